//! What could not be fetched, from where, why, and what to do.

/// What was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The status of a certificate by OCSP.
    Ocsp,
    /// A revocation list.
    Crl,
    /// An issuer's certificate.
    Issuer,
    /// A timestamp.
    Timestamp,
    /// A file that a person named.
    File,
}

impl What {
    fn vi(self) -> &'static str {
        match self {
            What::Ocsp => "trạng thái chứng thư (OCSP)",
            What::Crl => "danh sách thu hồi (CRL)",
            What::Issuer => "chứng thư của nơi cấp",
            What::Timestamp => "dấu thời gian",
            What::File => "tệp",
        }
    }

    fn en(self) -> &'static str {
        match self {
            What::Ocsp => "certificate status (OCSP)",
            What::Crl => "revocation list (CRL)",
            What::Issuer => "issuer's certificate",
            What::Timestamp => "timestamp",
            What::File => "file",
        }
    }

    /// Largest answer that is taken, in bytes.
    pub fn cap_bytes(self) -> u64 {
        match self {
            What::Ocsp | What::Issuer | What::Timestamp => 64 << 10,
            What::Crl | What::File => 32 << 20,
        }
    }
}

/// A request that did not bring an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text_en())]
pub struct FetchError {
    /// What was wanted.
    pub what: What,
    /// From where.
    pub url: String,
    /// Why it did not come.
    pub why: Why,
}

/// Why an answer did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The address is not one that is asked: scheme, or a private host from a certificate.
    Forbidden(String),
    /// No connection, or none in time.
    Down(String),
    /// An HTTP status other than 200.
    Status(u16),
    /// A redirect, which is not followed.
    Redirect,
    /// More bytes than allowed.
    TooLarge {
        /// The cap.
        cap_bytes: u64,
    },
    /// The bytes are not what was wanted.
    Unreadable(String),
    /// Understood, and no.
    Refused(String),
    /// An answer to another question.
    Lied(String),
    /// The limit of the whole run is used up.
    Spent,
}

impl FetchError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match (self.what, &self.why) {
            (What::Timestamp, Why::Lied(_) | Why::Unreadable(_) | Why::TooLarge { .. }) => {
                "tsa_lied"
            }
            (What::Timestamp, Why::Refused(_)) => "tsa_refused",
            (What::Timestamp, _) => "tsa_down",
            _ => "fetch_failed",
        }
    }

    /// What, where, why, what to do, in Vietnamese.
    pub fn text_vi(&self) -> String {
        let what = self.what.vi();
        let url = &self.url;
        let why = match &self.why {
            Why::Forbidden(why) => format!("địa chỉ không được phép ({why})"),
            Why::Down(why) => format!("không kết nối được hoặc quá thời gian ({why})"),
            Why::Status(status) => format!("máy chủ trả lời HTTP {status}"),
            Why::Redirect => "máy chủ chuyển hướng, phần mềm không đi theo".to_owned(),
            Why::TooLarge { cap_bytes } => format!("trả lời lớn hơn {cap_bytes} byte"),
            Why::Unreadable(why) => format!("trả lời không đọc được ({why})"),
            Why::Refused(why) => format!("máy chủ từ chối ({why})"),
            Why::Lied(why) => format!("trả lời không đúng câu hỏi ({why})"),
            Why::Spent => "đã hết hạn mức tải của lần chạy này".to_owned(),
        };
        let advice = match self.what {
            What::Timestamp => " Hãy thử lại, hoặc chọn máy chủ khác bằng --tsa, hoặc ký mức b.",
            _ => " Hãy kiểm tra mạng, hoặc đưa sẵn tệp bằng --crl, --cert.",
        };
        format!("Không lấy được {what} từ {url}: {why}.{advice}")
    }

    /// What, where, why, what to do, in English.
    pub fn text_en(&self) -> String {
        let what = self.what.en();
        let url = &self.url;
        let why = match &self.why {
            Why::Forbidden(why) => format!("the address is not allowed ({why})"),
            Why::Down(why) => format!("no connection, or none in time ({why})"),
            Why::Status(status) => format!("the server answered HTTP {status}"),
            Why::Redirect => "the server redirects, which is not followed".to_owned(),
            Why::TooLarge { cap_bytes } => format!("the answer has more than {cap_bytes} bytes"),
            Why::Unreadable(why) => format!("the answer cannot be read ({why})"),
            Why::Refused(why) => format!("the server refused ({why})"),
            Why::Lied(why) => format!("the answer is not to our question ({why})"),
            Why::Spent => "the limit for downloads of this run is used up".to_owned(),
        };
        let advice = match self.what {
            What::Timestamp => " Try again, name another server by --tsa, or sign at level b.",
            _ => " Check the network, or give the file by --crl or --cert.",
        };
        format!("No {what} from {url}: {why}.{advice}")
    }
}
