//! Reasons as callers get them: a stable word, two languages, what is left to do.

use fetch::FetchError;
use signing::Refusal;
use token::TokenError;

use super::journal::JournalError;
use crate::protocol::{Fault, Then};

pub(crate) fn refused(code: &str, then: Then, vi: &str, en: &str) -> Fault {
    Fault {
        code: code.to_owned(),
        refused: true,
        then,
        text_vi: vi.to_owned(),
        text_en: en.to_owned(),
    }
}

pub(crate) fn failed(code: &str, then: Then, vi: &str, en: &str) -> Fault {
    Fault { refused: false, ..refused(code, then, vi, en) }
}

pub(crate) fn activation_unknown() -> Fault {
    refused(
        "activation_unknown",
        Then::NewActivation,
        "Bộ ký không có phiên kích hoạt này (đã kết thúc, hoặc bộ ký đã khởi động lại). Những văn bản chưa ký cần nhập PIN lại.",
        "The signer does not have this activation (it ended, or the signer was started anew). What is unsigned needs the PIN again.",
    )
}

pub(crate) fn activation_expired() -> Fault {
    refused(
        "activation_expired",
        Then::NewActivation,
        "Phiên kích hoạt đã hết thời hạn. Những văn bản chưa ký cần nhập PIN lại.",
        "The activation has expired. What is unsigned needs the PIN again.",
    )
}

pub(crate) fn activation_used() -> Fault {
    refused(
        "activation_used",
        Then::NewActivation,
        "Mã phiên kích hoạt này đã dùng một lần. Hãy tạo phiên mới. PIN chưa được thử.",
        "This activation was used already. Begin a new one. The PIN was not tried.",
    )
}

pub(crate) fn bad_request(why: &str) -> Fault {
    refused(
        "bad_request",
        Then::Over,
        &format!("Yêu cầu gửi bộ ký không hợp lệ: {why}."),
        &format!("The request to the signer is not acceptable: {why}."),
    )
}

pub(crate) fn key_unknown(key: &str) -> Fault {
    refused(
        "key_unknown",
        Then::Over,
        &format!("Bộ ký không có khóa “{key}”. Hãy kiểm tra cấu hình bộ ký."),
        &format!("The signer has no key \"{key}\". Check its configuration."),
    )
}

pub(crate) fn token_busy(token: &str) -> Fault {
    failed(
        "token_busy",
        Then::Again,
        &format!(
            "Thiết bị ký “{token}” đang dùng cho một phiên khác. Hãy thử lại sau giây lát. PIN chưa được thử."
        ),
        &format!(
            "The token \"{token}\" is used by another activation. Try again in a moment. The PIN was not tried."
        ),
    )
}

pub(crate) fn item_unknown() -> Fault {
    refused(
        "item_unknown",
        Then::Over,
        "Văn bản này không có trong danh sách đã duyệt. Không ký.",
        "This item is not in the approved list. Nothing was signed.",
    )
}

pub(crate) fn item_changed() -> Fault {
    refused(
        "item_changed",
        Then::Over,
        "Yêu cầu ký khác với điều đã duyệt khi nhập PIN. Không ký văn bản này.",
        "What is to be signed is not what was approved when the PIN was typed. This item was not signed.",
    )
}

pub(crate) fn earlier_not_proven() -> Fault {
    refused(
        "earlier_not_proven",
        Then::Over,
        "Một chữ ký có trước trong văn bản chưa được xác nhận. Không ký thêm vào văn bản này.",
        "An earlier signature in the document is not proven. Nothing was added to it.",
    )
}

/// Signed, but the status of a certificate could not be found out: the value waits, see the caller.
pub(crate) fn status_pending() -> Fault {
    failed(
        "status_unknown",
        Then::Again,
        "Chưa lấy được trạng thái thu hồi của một chứng thư nên chưa trả kết quả ký. Hãy thử lại.",
        "The status of a certificate could not be found out, so no signed file is given yet. Try again.",
    )
}

pub(crate) fn result_not_valid(detail: &str) -> Fault {
    failed(
        "result_not_valid",
        Then::Over,
        &format!("Bản vừa ký không qua được kiểm tra ({detail}). Không trả tệp nào."),
        &format!("The signed result did not pass validation ({detail}). No file is given."),
    )
}

pub(crate) fn tsa_missing() -> Fault {
    failed(
        "tsa_missing",
        Then::Over,
        "Bộ ký không có máy chủ dấu thời gian (tsa.url) nên không ký được mức T.",
        "The signer has no timestamp authority (tsa.url), so level T cannot be signed.",
    )
}

pub(crate) fn not_allowed(uid: u32) -> Fault {
    refused(
        "not_allowed",
        Then::Over,
        &format!("Người dùng hệ thống {uid} không được phép gọi bộ ký."),
        &format!("System user {uid} may not talk to the signer."),
    )
}

pub(crate) fn overloaded() -> Fault {
    failed(
        "overloaded",
        Then::Again,
        "Bộ ký đang có quá nhiều kết nối. Hãy thử lại sau giây lát.",
        "The signer has too many connections. Try again in a moment.",
    )
}

pub(crate) fn broken(why: &str) -> Fault {
    failed(
        "signer_failed",
        Then::Over,
        &format!("Bộ ký gặp lỗi: {why}."),
        &format!("The signer failed: {why}."),
    )
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        // What could not be fetched may come with the next try.
        let then = if refusal.missing().is_empty() { Then::Over } else { Then::Again };
        refused(refusal.code(), then, &refusal.text_vi(), &refusal.text_en())
    }
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Fault {
        let then = match &error {
            // Said by one call; the session is alive and nothing was signed.
            TokenError::Other { .. } => Then::Again,
            TokenError::MechanismNotOffered { .. }
            | TokenError::ContextLoginNeeded { .. }
            | TokenError::NotAllowed { .. } => Then::Over,
            _ => Then::NewActivation,
        };
        Fault {
            code: error.code().to_owned(),
            refused: error.is_refusal(),
            then,
            text_vi: error.text_vi(),
            text_en: error.text_en(),
        }
    }
}

impl From<FetchError> for Fault {
    fn from(error: FetchError) -> Fault {
        failed(error.code(), Then::Again, &error.text_vi(), &error.text_en())
    }
}

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Fault {
        tracing::error!(%error, "the signer's own log");
        Fault { then: Then::Again, ..broken(&error.to_string()) }
    }
}
