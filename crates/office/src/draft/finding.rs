//! What is found in a draft, in words.

use issuance::{Refusal, RefusalKind};
use serde::{Deserialize, Serialize};

/// One thing found, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable word.
    pub code: String,
    /// From 1; `None`: not on a page.
    pub page: Option<u32>,
    /// "12 0 R"
    pub object: Option<String>,
    /// Name of a box of the layout.
    #[serde(rename = "box")]
    pub of_box: Option<String>,
    /// It cannot be signed with this in it.
    pub refused: bool,
    /// What it is, for people.
    pub text_vi: String,
    /// What it is, for people.
    pub text_en: String,
}

/// Why a draft is not taken: every reason, and what was only noted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{}", self.text(|f| &f.text_en))]
pub struct Refused {
    /// All of them; at least one is `refused`.
    pub findings: Vec<Finding>,
}

impl Refused {
    /// One reason alone.
    pub(crate) fn one(finding: Finding) -> Self {
        Self { findings: vec![finding] }
    }

    fn text<'a>(&'a self, of: impl Fn(&'a Finding) -> &'a str) -> String {
        let mut said: Vec<&str> = vec![];
        for finding in self.findings.iter().filter(|f| f.refused) {
            let text = of(finding);
            if !said.contains(&text) && said.len() < SAID {
                said.push(text);
            }
        }
        said.join(" ")
    }
}

/// Reasons that one sentence lists; all are in the data.
const SAID: usize = 8;

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Refusal {
        let mut codes = refused.findings.iter().filter(|f| f.refused).map(|f| f.code.as_str());
        let first = codes.next().unwrap_or("draft_refused");
        let code = if codes.all(|code| code == first) { first } else { "draft_refused" };
        let data = serde_json::json!({ "findings": refused.findings });
        Refusal::other(
            code.to_owned(),
            RefusalKind::Invalid,
            format!("Không nhận dự thảo. {}", refused.text(|f| &f.text_vi)),
            format!("The draft is not taken. {}", refused.text(|f| &f.text_en)),
            data,
        )
    }
}

impl Finding {
    /// Nobody could read the draft within the limits.
    pub(crate) fn unreadable(why: &str) -> Self {
        Self::refused("too_large").detail(why, why)
    }

    /// A reason to refuse, worded by the table.
    pub(crate) fn refused(code: &str) -> Self {
        let (vi, en) = words(code);
        Self {
            code: code.to_owned(),
            page: None,
            object: None,
            of_box: None,
            refused: true,
            text_vi: vi.to_owned(),
            text_en: en.to_owned(),
        }
    }

    /// Something to know.
    pub(crate) fn noted(code: &str) -> Self {
        Self { refused: false, ..Self::refused(code) }
    }

    /// With a detail after the table's words.
    #[must_use]
    pub(crate) fn detail(mut self, vi: &str, en: &str) -> Self {
        self.text_vi = format!("{}: {}.", self.text_vi.trim_end_matches('.'), shortened(vi));
        self.text_en = format!("{}: {}.", self.text_en.trim_end_matches('.'), shortened(en));
        self
    }

    /// With its place, in the words too.
    #[must_use]
    pub(crate) fn at(mut self, page: Option<u32>, object: Option<pdf::ObjectId>) -> Self {
        let (mut vi, mut en) = (vec![], vec![]);
        if let Some(page) = page {
            let page = page.saturating_add(1);
            self.page = Some(page);
            vi.push(format!("trang {page}"));
            en.push(format!("page {page}"));
        }
        if let Some(object) = object {
            self.object = Some(object.to_string());
            vi.push(format!("đối tượng {object}"));
            en.push(format!("object {object}"));
        }
        if !vi.is_empty() {
            self.text_vi = format!("{} ({}).", self.text_vi.trim_end_matches('.'), vi.join(", "));
            self.text_en = format!("{} ({}).", self.text_en.trim_end_matches('.'), en.join(", "));
        }
        self
    }

    /// About a box of the layout.
    #[must_use]
    pub(crate) fn of_box(mut self, name: &str) -> Self {
        self.of_box = Some(name.to_owned());
        self.text_vi = format!("Khung \"{name}\": {}", self.text_vi);
        self.text_en = format!("Box \"{name}\": {}", self.text_en);
        self
    }
}

/// What a stranger wrote is quoted, not poured out.
fn shortened(text: &str) -> String {
    const MOST: usize = 120;
    let clean: String = text.chars().filter(|c| !c.is_control()).take(MOST + 1).collect();
    match clean.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", clean.get(..at).unwrap_or_default()),
        None => clean,
    }
}

fn words(code: &str) -> (&'static str, &'static str) {
    match code {
        "not_a_pdf" => ("Tệp không phải PDF.", "The file is no PDF."),
        "needs_repair" => (
            "Tệp PDF bị lỗi cấu trúc; hãy xuất lại từ chương trình soạn thảo.",
            "The PDF is damaged; export it again from the word processor.",
        ),
        "encrypted" => (
            "Tệp có mật khẩu hoặc bị mã hóa; hãy xuất lại không đặt mật khẩu.",
            "The file is encrypted; export it again without a password.",
        ),
        "already_signed" => (
            "Tệp đã có chữ ký số; kết quả đã ký ở nơi khác phải gửi theo loại signed_elsewhere.",
            "The file is signed already; a result signed elsewhere is sent as signed_elsewhere.",
        ),
        "javascript" => ("Có mã JavaScript.", "There is JavaScript."),
        "open_action" => (
            "Có hành động tự chạy khi mở tệp.",
            "There is an action that runs when the file is opened.",
        ),
        "additional_actions" => (
            "Có hành động tự chạy theo sự kiện (AA).",
            "There are actions that events trigger (AA).",
        ),
        "launch_action" => (
            "Có lệnh mở chương trình hoặc tệp khác (Launch).",
            "There is an action that starts a program or opens a file (Launch).",
        ),
        "submit_action" => (
            "Có lệnh gửi dữ liệu ra ngoài (SubmitForm).",
            "There is an action that sends data away (SubmitForm).",
        ),
        "import_action" => (
            "Có lệnh nhập dữ liệu từ ngoài (ImportData).",
            "There is an action that imports data (ImportData).",
        ),
        "action" => ("Có hành động không được phép.", "There is an action that is not permitted."),
        "link_scheme" => (
            "Có liên kết không phải web, thư điện tử hoặc điện thoại.",
            "There is a link that is neither web, mail nor telephone.",
        ),
        "link" => ("Có liên kết.", "There is a link."),
        "form_field" => (
            "Có trường biểu mẫu không phải ô ký để trống; hãy làm phẳng biểu mẫu.",
            "There is a form field other than an empty signature field; flatten the form.",
        ),
        "xfa" => ("Có biểu mẫu XFA.", "There is an XFA form."),
        "optional_content" => (
            "Có lớp nội dung bật tắt được (optional content).",
            "There are layers that can be switched (optional content).",
        ),
        "embedded_file" => ("Có tệp nhúng bên trong.", "There is an embedded file."),
        "multimedia" => {
            ("Có nội dung đa phương tiện hoặc 3D.", "There is multimedia or 3D content.")
        }
        "external_stream" => {
            ("Có dữ liệu lấy từ ngoài tệp.", "There is data that lies outside the file.")
        }
        "too_large" => {
            ("Tệp quá phức tạp để kiểm tra.", "The file is too complex to be looked through.")
        }
        "box_missing" => ("không tìm thấy chỗ trên trang.", "its place is not found on the page."),
        "box_outside_page" => ("nằm ngoài trang.", "it lies outside the page."),
        "box_over_ink" => ("sẽ đè lên nội dung đã có.", "it would paint over what is there."),
        "boxes_overlap" => ("đè lên khung khác.", "it lies over another box."),
        "qr_too_fine" => (
            "quá nhỏ cho mã QR (cần ô vuông từ 0,44 mm).",
            "it is too small for the QR (squares of 0.44 mm are needed).",
        ),
        "qr_not_shown" => {
            ("không vẽ được mã QR lên trang này.", "the QR cannot be drawn on this page.")
        }
        _ => ("Không dùng được tệp này.", "The file cannot be used."),
    }
}
