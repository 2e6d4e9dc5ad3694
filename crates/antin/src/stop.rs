//! Why a command ends without its result: refused (1) or unable (2), in two languages.

use std::fmt::Display;
use std::io;
use std::path::Path;

/// What ends a command early.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) kind: Kind,
    pub(crate) code: String,
    pub(crate) vi: String,
    pub(crate) en: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The document, the certificate, the policy or the token says no: exit 1.
    Refused,
    /// The work could not be done: exit 2.
    Failed,
}

impl Stop {
    pub(crate) fn refused(code: &str, vi: impl Into<String>, en: impl Into<String>) -> Stop {
        Stop { kind: Kind::Refused, code: code.to_owned(), vi: vi.into(), en: en.into() }
    }

    pub(crate) fn failed(code: &str, vi: impl Into<String>, en: impl Into<String>) -> Stop {
        Stop { kind: Kind::Failed, code: code.to_owned(), vi: vi.into(), en: en.into() }
    }

    /// Something that this version does not do.
    pub(crate) fn not_available(kind: Kind, what: &str) -> Stop {
        Stop {
            kind,
            code: "not_available".to_owned(),
            vi: format!("{what}: chưa có trong phiên bản này, sẽ có ở phiên bản sau."),
            en: format!("{what}: comes in a later version."),
        }
    }

    /// Encrypted documents are opened by a later version; without a password nobody could, so this is
    /// work that could not be done.
    pub(crate) fn password(given: bool) -> Stop {
        if given {
            return Stop::not_available(Kind::Failed, "--password-file");
        }
        Stop::failed(
            "password_missing",
            "Tệp PDF được mã hóa và cần mật khẩu (--password-file, có ở phiên bản sau). Không làm gì với tệp này. Hãy dùng bản không mã hóa.",
            "The PDF is encrypted and a password is wanted (--password-file, in a later version). Nothing was done with it. Use a copy without encryption.",
        )
    }

    pub(crate) fn exit(&self) -> u8 {
        match self.kind {
            Kind::Refused => 1,
            Kind::Failed => 2,
        }
    }

    pub(crate) fn outcome(&self) -> &'static str {
        match self.kind {
            Kind::Refused => "refused",
            Kind::Failed => "failed",
        }
    }
}

impl From<signing::Refusal> for Stop {
    fn from(refusal: signing::Refusal) -> Stop {
        if refusal == signing::Refusal::Encrypted {
            return Stop::password(false);
        }
        Stop::refused(refusal.code(), refusal.text_vi(), refusal.text_en())
    }
}

impl From<token::TokenError> for Stop {
    fn from(error: token::TokenError) -> Stop {
        let kind = if error.is_refusal() { Kind::Refused } else { Kind::Failed };
        Stop { kind, code: error.code().to_owned(), vi: error.text_vi(), en: error.text_en() }
    }
}

impl From<fetch::FetchError> for Stop {
    fn from(error: fetch::FetchError) -> Stop {
        Stop::failed(error.code(), error.text_vi(), error.text_en())
    }
}

impl From<pdf::SourceError> for Stop {
    fn from(error: pdf::SourceError) -> Stop {
        let why = error.to_string();
        Stop::failed(
            "file_unreadable",
            format!("Không đọc được tệp: {why}."),
            format!("The file cannot be read: {why}."),
        )
    }
}

/// An error of the operating system on a named file, in words where it is one that people meet.
pub(crate) fn io(code: &str, path: &Path, error: &io::Error) -> Stop {
    use io::ErrorKind;
    let known = match error.kind() {
        ErrorKind::NotFound => Some(("không có tệp hoặc thư mục này", "no such file or folder")),
        ErrorKind::PermissionDenied => Some(("không có quyền", "permission denied")),
        ErrorKind::ReadOnlyFilesystem => Some(("nơi này chỉ cho đọc", "this place is read-only")),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some(("ổ đĩa đã đầy", "the disk is full"))
        }
        _ => None,
    };
    let other = error.to_string();
    let (vi, en) = known.unwrap_or((&other, &other));
    on_file(code, path, vi, en)
}

/// A named file that is not what it should be; `why` serves both languages.
pub(crate) fn unfit(code: &str, path: &Path, why: &dyn Display) -> Stop {
    let why = why.to_string();
    on_file(code, path, &why, &why)
}

fn on_file(code: &str, path: &Path, why_vi: &str, why_en: &str) -> Stop {
    let path = path.display();
    let (vi, en, advice) = match code {
        "file_missing" => ("Không mở được tệp", "The file cannot be opened:", None),
        "output_failed" => (
            "Không ghi được tệp kết quả (không có tệp dở dang nào được để lại)",
            "The result cannot be written (no half-written file is left):",
            Some((
                "Hãy chọn nơi khác bằng -o hoặc dọn chỗ.",
                "Name another place by -o, or make room.",
            )),
        ),
        _ => ("Không đọc được tệp", "The file cannot be read:", None),
    };
    let (advice_vi, advice_en) =
        advice.map_or_else(Default::default, |(vi, en)| (format!(" {vi}"), format!(" {en}")));
    Stop::failed(
        code,
        format!("{vi} {path}: {why_vi}.{advice_vi}"),
        format!("{en} {path}: {why_en}.{advice_en}"),
    )
}
