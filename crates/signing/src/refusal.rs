//! Why nothing is signed: a stable word for programs, a sentence in two languages for people.

use jiff::Timestamp;
use jiff::tz::Offset;
use pades::PrepareRefusal;
use serde::{Deserialize, Serialize};
use stamp::StampError;
use validation::Missing;

/// The document, the certificate or the policy says no. Nothing was signed.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
#[error("{}", self.text_en())]
#[allow(missing_docs)] // Fields are named after what they hold.
pub enum Refusal {
    /// The signer's certificate, or one above it, is revoked.
    Revoked { subject: String, at: Timestamp },
    /// The signer's certificate, or one above it, has expired.
    Expired { subject: String, not_after: Timestamp },
    /// The signer's certificate, or one above it, is not valid yet.
    NotYetValid { subject: String, not_before: Timestamp },
    /// No path to a trusted anchor; `missing` is what could be fetched to find one.
    Untrusted { subject: String, issuer: String, why: String, missing: Vec<Missing> },
    /// Key usage does not permit signing documents.
    NotForSigning { subject: String, why: String },
    /// Whether a certificate of the path is revoked is not known.
    StatusUnknown { subjects: Vec<String>, missing: Vec<Missing> },
    /// The signature value is not of the certificate's key.
    KeyMismatch { subject: String },
    /// The algorithm or key is not allowed.
    Algorithm { why: String },
    /// A certificate cannot be read.
    BadCertificate { why: String },
    /// The document is encrypted.
    Encrypted,
    /// The bytes are not a PDF.
    NotAPdf { why: String },
    /// The file cannot be appended to as it is.
    NeedsRepair { why: String },
    /// There is no such page.
    NoSuchPage { page: u32 },
    /// The box lies outside the page.
    OutsidePage,
    /// The field has a signature already, or is no signature field.
    FieldNotEmpty { field: String },
    /// The field exists.
    FieldExists { field: String },
    /// A certification in the file forbids the change.
    CertificationForbids { why: String },
    /// A new visible field after a certifying signature.
    NewVisibleFieldAfterCertification,
    /// Only the first signature can certify.
    CertifyNotFirst,
    /// A signature that is there already is broken, or was changed after.
    EarlierSignature { field: String, why: String },
    /// A letter that the built-in face does not have.
    MissingGlyph { letter: char },
    /// Picture or text do not fit.
    NoRoom { why: String },
    /// The picture cannot be used.
    BadPicture { why: String },
    /// The anchor text is not on any page.
    TextNotFound { text: String },
    /// The anchor text is there several times.
    TextAmbiguous { text: String, times: usize },
    /// The document changed since the order was made.
    BaseChanged,
    /// Anything else that the document does not permit.
    Document { why: String },
}

impl Refusal {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Revoked { .. } => "revoked",
            Refusal::Expired { .. } => "expired",
            Refusal::NotYetValid { .. } => "not_yet_valid",
            Refusal::Untrusted { .. } => "untrusted",
            Refusal::NotForSigning { .. } => "not_for_signing",
            Refusal::StatusUnknown { .. } => "status_unknown",
            Refusal::KeyMismatch { .. } => "key_mismatch",
            Refusal::Algorithm { .. } => "algorithm_not_allowed",
            Refusal::BadCertificate { .. } => "bad_certificate",
            Refusal::Encrypted => "encrypted",
            Refusal::NotAPdf { .. } => "not_a_pdf",
            Refusal::NeedsRepair { .. } => "needs_repair",
            Refusal::NoSuchPage { .. } => "no_such_page",
            Refusal::OutsidePage => "outside_page",
            Refusal::FieldNotEmpty { .. } => "field_not_empty",
            Refusal::FieldExists { .. } => "field_exists",
            Refusal::CertificationForbids { .. } => "certification_forbids",
            Refusal::NewVisibleFieldAfterCertification => "new_visible_field_after_certification",
            Refusal::CertifyNotFirst => "certify_not_first",
            Refusal::EarlierSignature { .. } => "earlier_signature_not_valid",
            Refusal::MissingGlyph { .. } => "missing_glyph",
            Refusal::NoRoom { .. } => "no_room",
            Refusal::BadPicture { .. } => "bad_picture",
            Refusal::TextNotFound { .. } => "text_not_found",
            Refusal::TextAmbiguous { .. } => "text_ambiguous",
            Refusal::BaseChanged => "document_changed",
            Refusal::Document { .. } => "document_refused",
        }
    }

    /// What could be fetched before asking again.
    pub fn missing(&self) -> &[Missing] {
        match self {
            Refusal::Untrusted { missing, .. } | Refusal::StatusUnknown { missing, .. } => missing,
            _ => &[],
        }
    }

    /// What is refused, why and what to do, in Vietnamese.
    pub fn text_vi(&self) -> String {
        match self {
            Refusal::Revoked { subject, at } => format!(
                "Chứng thư số của {subject} đã bị thu hồi lúc {}. Không ký. Hãy dùng chứng thư khác hoặc liên hệ nơi cấp.",
                time(*at)
            ),
            Refusal::Expired { subject, not_after } => format!(
                "Chứng thư số của {subject} đã hết hạn từ {}. Không ký. Hãy gia hạn hoặc dùng chứng thư khác.",
                time(*not_after)
            ),
            Refusal::NotYetValid { subject, not_before } => format!(
                "Chứng thư số của {subject} chưa có hiệu lực (từ {}). Không ký. Hãy kiểm tra đồng hồ máy tính.",
                time(*not_before)
            ),
            Refusal::Untrusted { subject, issuer, why, .. } => format!(
                "Chứng thư số của {subject} (do {issuer} cấp) không dẫn đến gốc tin cậy nào{}. Không ký. Hãy thêm chứng thư gốc bằng --trust hoặc antin trust add, chứng thư trung gian bằng --chain.",
                note(why)
            ),
            Refusal::NotForSigning { subject, why } => format!(
                "Chứng thư số của {subject} không dùng để ký văn bản ({why}). Không ký. Hãy chọn chứng thư ký số."
            ),
            Refusal::StatusUnknown { subjects, .. } => format!(
                "Chưa biết chứng thư số có bị thu hồi hay không: {}. Không ký. Hãy nối mạng, hoặc đưa CRL bằng --crl, hoặc chấp nhận bằng --allow-unknown-status.",
                subjects.join("; ")
            ),
            Refusal::KeyMismatch { subject } => format!(
                "Giá trị chữ ký không khớp với chứng thư số của {subject}: khóa trên thiết bị là của chứng thư khác, hoặc thiết bị trả lời sai. Không ghi tệp nào. Hãy chọn đúng --key và --cert, hoặc kiểm tra thiết bị."
            ),
            Refusal::Algorithm { why } => {
                format!("Thuật toán hoặc khóa không được phép: {why}. Không ký.")
            }
            Refusal::BadCertificate { why } => format!("Không đọc được chứng thư số: {why}."),
            Refusal::Encrypted => {
                "Tệp PDF được mã hóa. Không ký. Hãy ký bản không mã hóa.".to_owned()
            }
            Refusal::NotAPdf { why } => {
                format!("Đây không phải tệp PDF đọc được{}. Không ký. Hãy chọn đúng tệp hoặc xuất lại PDF.", note(why))
            }
            Refusal::NeedsRepair { why } => format!(
                "Cấu trúc tệp PDF hỏng nên không thể ký nối tiếp{}. Không ký. Hãy xuất lại tệp từ phần mềm soạn thảo.",
                note(why)
            ),
            Refusal::NoSuchPage { page } => format!("Tài liệu không có trang {page}. Không ký."),
            Refusal::OutsidePage => {
                "Khung chữ ký nằm ngoài trang. Không ký. Hãy sửa --rect (mm, gốc ở góc dưới bên trái trang).".to_owned()
            }
            Refusal::FieldNotEmpty { field } => format!(
                "Trường “{field}” không phải là trường chữ ký trống. Không ký. Hãy chọn trường khác (antin verify liệt kê các chữ ký)."
            ),
            Refusal::FieldExists { field } => {
                format!("Trường “{field}” đã có trong tài liệu. Hãy đặt tên khác.")
            }
            Refusal::CertificationForbids { why } => format!(
                "Chữ ký chứng thực trong tài liệu không cho phép thay đổi này{}. Không ký.",
                note(why)
            ),
            Refusal::NewVisibleFieldAfterCertification => {
                "Tài liệu đã có chữ ký chứng thực nên không thể thêm khung chữ ký mới nhìn thấy được (phần mềm khác sẽ báo hỏng). Hãy tạo trước các trường bằng antin fields, hoặc ký không hiển thị.".to_owned()
            }
            Refusal::CertifyNotFirst => {
                "Chỉ chữ ký đầu tiên mới có thể là chữ ký chứng thực (--certify). Không ký.".to_owned()
            }
            Refusal::EarlierSignature { field, why } => format!(
                "Chữ ký có trước “{field}” không hợp lệ ({why}). Không ký thêm lên tài liệu này."
            ),
            Refusal::MissingGlyph { letter } => format!(
                "Phông chữ không có ký tự “{letter}” (U+{:04X}). Không ký. Hãy bỏ ký tự đó.",
                u32::from(*letter)
            ),
            Refusal::NoRoom { why } => {
                format!("Không đủ chỗ cho hình thức chữ ký: {why}. Không ký. Hãy cho khung lớn hơn hoặc chỗ khác.")
            }
            Refusal::BadPicture { why } => {
                format!("Không dùng được ảnh chữ ký: {why}. Cần ảnh PNG, nền trong suốt.")
            }
            Refusal::TextNotFound { text } => format!(
                "Không tìm thấy dòng chữ “{text}” trong tài liệu để đặt chữ ký. Không ký. Hãy kiểm tra lại hoặc dùng --page và --rect."
            ),
            Refusal::TextAmbiguous { text, times } => format!(
                "Dòng chữ “{text}” xuất hiện {times} lần nên không rõ đặt chữ ký ở đâu. Không ký. Hãy dùng --page và --rect."
            ),
            Refusal::BaseChanged => {
                "Tệp đã thay đổi trong khi ký. Không ghi tệp nào. Hãy ký lại.".to_owned()
            }
            Refusal::Document { why } => format!("Không ký được tài liệu này: {why}."),
        }
    }

    /// What is refused, why and what to do, in English.
    pub fn text_en(&self) -> String {
        match self {
            Refusal::Revoked { subject, at } => format!(
                "The certificate of {subject} was revoked at {}. Nothing was signed. Use another certificate or ask its issuer.",
                time(*at)
            ),
            Refusal::Expired { subject, not_after } => format!(
                "The certificate of {subject} expired at {}. Nothing was signed. Renew it or use another one.",
                time(*not_after)
            ),
            Refusal::NotYetValid { subject, not_before } => format!(
                "The certificate of {subject} is not valid before {}. Nothing was signed. Check the clock of this computer.",
                time(*not_before)
            ),
            Refusal::Untrusted { subject, issuer, why, .. } => format!(
                "The certificate of {subject} (issued by {issuer}) leads to no trusted anchor{}. Nothing was signed. Give the root by --trust or antin trust add, intermediates by --chain.",
                note(why)
            ),
            Refusal::NotForSigning { subject, why } => format!(
                "The certificate of {subject} is not for signing documents ({why}). Nothing was signed. Choose a signing certificate."
            ),
            Refusal::StatusUnknown { subjects, .. } => format!(
                "It is not known whether these are revoked: {}. Nothing was signed. Connect to the network, give a CRL by --crl, or accept it by --allow-unknown-status.",
                subjects.join("; ")
            ),
            Refusal::KeyMismatch { subject } => format!(
                "The signature value does not fit the certificate of {subject}: the key on the token belongs to another certificate, or the token answered wrongly. No file was written. Choose the right --key and --cert, or have the token checked."
            ),
            Refusal::Algorithm { why } => {
                format!("The algorithm or key is not allowed: {why}. Nothing was signed.")
            }
            Refusal::BadCertificate { why } => format!("The certificate cannot be read: {why}."),
            Refusal::Encrypted => {
                "The PDF is encrypted. Nothing was signed. Sign the file without encryption."
                    .to_owned()
            }
            Refusal::NotAPdf { why } => {
                format!("This is not a readable PDF{}. Nothing was signed. Choose the right file or export the PDF anew.", note(why))
            }
            Refusal::NeedsRepair { why } => format!(
                "The structure of the PDF is damaged, so nothing can be appended{}. Nothing was signed. Export it anew from the word processor.",
                note(why)
            ),
            Refusal::NoSuchPage { page } => {
                format!("The document has no page {page}. Nothing was signed.")
            }
            Refusal::OutsidePage => {
                "The box lies outside the page. Nothing was signed. Correct --rect (mm, from the lower left of the page).".to_owned()
            }
            Refusal::FieldNotEmpty { field } => format!(
                "\"{field}\" is not an empty signature field. Nothing was signed. Choose another one."
            ),
            Refusal::FieldExists { field } => {
                format!("The field \"{field}\" exists already. Choose another name.")
            }
            Refusal::CertificationForbids { why } => format!(
                "The certification in this document does not permit the change{}. Nothing was signed.",
                note(why)
            ),
            Refusal::NewVisibleFieldAfterCertification => {
                "After a certifying signature a new visible field is refused (other validators would call the certification broken). Create the fields first by antin fields, or sign invisibly.".to_owned()
            }
            Refusal::CertifyNotFirst => {
                "Only the first signature can certify (--certify). Nothing was signed.".to_owned()
            }
            Refusal::EarlierSignature { field, why } => format!(
                "The earlier signature \"{field}\" is not valid ({why}). Nothing was added to this document."
            ),
            Refusal::MissingGlyph { letter } => format!(
                "The font has no letter \"{letter}\" (U+{:04X}). Nothing was signed. Leave it out.",
                u32::from(*letter)
            ),
            Refusal::NoRoom { why } => {
                format!("There is no room for the appearance: {why}. Nothing was signed. Give a larger box or another place.")
            }
            Refusal::BadPicture { why } => {
                format!("The picture cannot be used: {why}. A transparent PNG is wanted.")
            }
            Refusal::TextNotFound { text } => format!(
                "The text \"{text}\" is not in the document, so there is no place for the signature. Nothing was signed. Check it or use --page and --rect."
            ),
            Refusal::TextAmbiguous { text, times } => format!(
                "The text \"{text}\" occurs {times} times, so the place is not clear. Nothing was signed. Use --page and --rect."
            ),
            Refusal::BaseChanged => {
                "The file changed while it was being signed. No file was written. Sign again."
                    .to_owned()
            }
            Refusal::Document { why } => format!("This document cannot be signed: {why}."),
        }
    }
}

impl From<PrepareRefusal> for Refusal {
    fn from(refusal: PrepareRefusal) -> Refusal {
        match refusal {
            PrepareRefusal::NotAPdf(why) => Refusal::NotAPdf { why },
            PrepareRefusal::NeedsRepair(why) => Refusal::NeedsRepair { why },
            PrepareRefusal::Encrypted => Refusal::Encrypted,
            PrepareRefusal::NoSuchPage(page) => {
                Refusal::NoSuchPage { page: page.saturating_add(1) }
            }
            PrepareRefusal::FieldNotEmpty(field) => Refusal::FieldNotEmpty { field },
            PrepareRefusal::FieldExists(field) => Refusal::FieldExists { field },
            PrepareRefusal::CertificationForbids(why) => Refusal::CertificationForbids { why },
            PrepareRefusal::NewVisibleFieldAfterCertification => {
                Refusal::NewVisibleFieldAfterCertification
            }
            PrepareRefusal::OutsidePage => Refusal::OutsidePage,
            PrepareRefusal::CertifyNotFirst => Refusal::CertifyNotFirst,
            other => Refusal::Document { why: other.to_string() },
        }
    }
}

impl From<StampError> for Refusal {
    fn from(error: StampError) -> Refusal {
        match error {
            StampError::MissingGlyph { ch } => Refusal::MissingGlyph { letter: ch },
            StampError::TooWide { .. }
            | StampError::TooTall { .. }
            | StampError::NoText
            | StampError::BadSize(_) => Refusal::NoRoom { why: error.to_string() },
            StampError::BadPng(_) | StampError::TooManyPixels { .. } | StampError::EmptyPicture => {
                Refusal::BadPicture { why: error.to_string() }
            }
            other => Refusal::Document { why: other.to_string() },
        }
    }
}

impl From<page::AnchorRefusal> for Refusal {
    fn from(refusal: page::AnchorRefusal) -> Refusal {
        match refusal {
            page::AnchorRefusal::NotFound(text) => Refusal::TextNotFound { text },
            page::AnchorRefusal::Ambiguous(text, times) => Refusal::TextAmbiguous { text, times },
            other => Refusal::NoRoom { why: other.to_string() },
        }
    }
}

fn note(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(" ({why})") }
}

/// As people in Viet Nam read it: "24/11/2026 14:05:09 (+07:00)".
fn time(at: Timestamp) -> String {
    Offset::constant(7).to_datetime(at).strftime("%d/%m/%Y %H:%M:%S (+07:00)").to_string()
}
