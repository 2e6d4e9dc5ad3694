use std::path::PathBuf;

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

use crate::module::PinState;
use crate::scheme::Scheme;

/// Why a token did not do what was asked. [`TokenError::code`] is for programs, the texts are for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text_en())]
#[allow(missing_docs)] // Fields are named after what they hold.
pub enum TokenError {
    /// There is no file at the path of the module.
    ModuleNotFound { path: PathBuf },
    /// The file is not a PKCS#11 library for this machine, or does not start.
    ModuleUnusable { path: PathBuf, reason: String },
    /// No token with this label or serial number is plugged in; `seen` are the labels of those that are.
    TokenAbsent { label: String, seen: Vec<String> },
    /// Several tokens have this label.
    TokenAmbiguous { label: String, serials: Vec<String> },
    /// Wrong PIN, tried once; `state` is what the token tells of the tries left.
    PinIncorrect { state: PinState },
    /// The PIN is locked; only the issuer can unlock it.
    PinLocked,
    /// The PIN is shorter or longer than the token takes; no try was used. Lengths in bytes.
    PinLength { min: usize, max: usize },
    /// The PIN has expired or was never set.
    PinExpired,
    /// The token has no keypad of its own.
    PinPadMissing { label: String },
    /// This process is logged in to the token already, so the PIN could not be checked (`CKR_USER_ALREADY_LOGGED_IN`);
    /// use [`Session::sibling`](crate::Session::sibling).
    AlreadyLoggedIn { label: String },
    /// No private key with this label or id; `seen` are those on the token.
    KeyNotFound { label: String, seen: Vec<String> },
    /// Several private keys have this label.
    KeyAmbiguous { label: String, ids: Vec<String> },
    /// Several certificates belong to the key.
    CertificateAmbiguous { key: String, count: usize },
    /// The token was pulled out while in use.
    Removed,
    /// The session or its login ended: another program reset the token, or it was pulled out and put in again.
    SessionLost,
    /// The token or the key does not offer this kind of signature.
    MechanismNotOffered { scheme: Scheme },
    /// The key wants its PIN for every single signature, which is not supported yet.
    ContextLoginNeeded { key: String },
    /// The token forbids the operation for this key or user.
    NotAllowed { function: String, rv: String },
    /// Anything else, with the PKCS#11 function and its return value.
    Other { function: String, rv: String },
}

impl TokenError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            TokenError::ModuleNotFound { .. } => "token_module_not_found",
            TokenError::ModuleUnusable { .. } => "token_module_unusable",
            TokenError::TokenAbsent { .. } => "token_absent",
            TokenError::TokenAmbiguous { .. } => "token_ambiguous",
            TokenError::PinIncorrect { .. } => "pin_incorrect",
            TokenError::PinLocked => "pin_locked",
            TokenError::PinLength { .. } => "pin_length",
            TokenError::PinExpired => "pin_expired",
            TokenError::PinPadMissing { .. } => "pin_pad_missing",
            TokenError::AlreadyLoggedIn { .. } => "token_already_logged_in",
            TokenError::KeyNotFound { .. } => "key_not_found",
            TokenError::KeyAmbiguous { .. } => "key_ambiguous",
            TokenError::CertificateAmbiguous { .. } => "certificate_ambiguous",
            TokenError::Removed => "token_removed",
            TokenError::SessionLost => "token_session_lost",
            TokenError::MechanismNotOffered { .. } => "mechanism_not_offered",
            TokenError::ContextLoginNeeded { .. } => "context_login_needed",
            TokenError::NotAllowed { .. } => "token_not_allowed",
            TokenError::Other { .. } => "token_error",
        }
    }

    /// Whether the token said no to the person (exit 1), rather than being out of reach (exit 2).
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            TokenError::PinIncorrect { .. }
                | TokenError::PinLocked
                | TokenError::PinLength { .. }
                | TokenError::PinExpired
        )
    }

    /// What happened, where, and what to do, in Vietnamese.
    pub fn text_vi(&self) -> String {
        match self {
            TokenError::ModuleNotFound { path } => format!(
                "Không tìm thấy thư viện PKCS#11 tại {}. Hãy kiểm tra đường dẫn hoặc cài phần mềm của thiết bị ký.",
                path.display()
            ),
            TokenError::ModuleUnusable { path, reason } => format!(
                "Không dùng được thư viện PKCS#11 {} ({reason}). Hãy kiểm tra đúng tệp, đúng 32/64 bit và phần mềm đi kèm thiết bị.",
                path.display()
            ),
            TokenError::TokenAbsent { label, seen } => format!(
                "Không thấy thiết bị ký “{label}”. {} Hãy cắm thiết bị hoặc chọn đúng tên.",
                list(seen, "Không có thiết bị nào đang cắm.", "Đang thấy: ")
            ),
            TokenError::TokenAmbiguous { label, serials } => format!(
                "Có {} thiết bị ký cùng tên “{label}”. Hãy chọn bằng số sê-ri: {}.",
                serials.len(),
                serials.join(", ")
            ),
            TokenError::PinIncorrect { state } => {
                let left = match state {
                    PinState::Ok => "",
                    PinState::CountLow => " Thiết bị báo số lần thử còn ít.",
                    PinState::FinalTry => " Chỉ còn MỘT lần thử; nhập sai nữa thiết bị sẽ bị khóa.",
                    PinState::Locked => " Mã PIN đã bị khóa.",
                };
                format!("Mã PIN không đúng (đã thử một lần, không tự thử lại).{left} Chưa ký gì cả.")
            }
            TokenError::PinLocked => {
                "Mã PIN của thiết bị ký đã bị khóa. Hãy liên hệ nơi cấp thiết bị để mở khóa. Chưa ký gì cả.".to_owned()
            }
            TokenError::PinLength { min, max } => format!(
                "Mã PIN phải dài từ {min} đến {max} ký tự. Chưa gửi đến thiết bị nên không mất lần thử nào."
            ),
            TokenError::PinExpired => {
                "Mã PIN đã hết hạn hoặc chưa được đặt. Hãy đổi PIN bằng phần mềm của thiết bị rồi ký lại.".to_owned()
            }
            TokenError::PinPadMissing { label } => {
                format!("Thiết bị ký “{label}” không có bàn phím nhập PIN riêng. Hãy nhập PIN trên máy tính.")
            }
            TokenError::AlreadyLoggedIn { label } => format!(
                "Thiết bị ký “{label}” đang được chính chương trình này sử dụng nên không kiểm tra được PIN. Hãy đợi phiên kia kết thúc."
            ),
            TokenError::KeyNotFound { label, seen } => format!(
                "Không thấy khóa “{label}” trên thiết bị ký. {} Hãy chọn đúng tên hoặc mã khóa.",
                list(seen, "Thiết bị không có khóa bí mật nào.", "Các khóa hiện có: ")
            ),
            TokenError::KeyAmbiguous { label, ids } => {
                format!("Có {} khóa cùng tên “{label}”. Hãy chọn bằng mã (ID): {}.", ids.len(), ids.join(", "))
            }
            TokenError::CertificateAmbiguous { key, count } => format!(
                "Có {count} chứng thư số cho khóa “{key}” trên thiết bị. Hãy chỉ rõ chứng thư bằng một tệp."
            ),
            TokenError::Removed => {
                "Thiết bị ký đã bị rút ra khi đang ký. Hãy cắm lại và ký lại từ đầu. Tệp này chưa được ký.".to_owned()
            }
            TokenError::SessionLost => {
                "Phiên làm việc với thiết bị ký đã mất (thiết bị bị rút hoặc bị chương trình khác đặt lại). Hãy ký lại và nhập PIN lại."
                    .to_owned()
            }
            TokenError::MechanismNotOffered { scheme } => format!(
                "Thiết bị hoặc khóa không hỗ trợ kiểu chữ ký {scheme}. Hãy chọn kiểu khác mà thiết bị có."
            ),
            TokenError::ContextLoginNeeded { key } => format!(
                "Khóa “{key}” đòi nhập PIN cho từng chữ ký; phiên bản này chưa hỗ trợ. Hãy dùng khóa khác."
            ),
            TokenError::NotAllowed { function, rv } => format!(
                "Thiết bị ký không cho phép thao tác này với khóa đã chọn ({function}: {rv}). Hãy hỏi nơi cấp thiết bị."
            ),
            TokenError::Other { function, rv } => format!(
                "Thiết bị ký báo lỗi ({function}: {rv}). Hãy rút ra, cắm lại và thử lại; nếu vẫn lỗi hãy gửi thông báo này cho bộ phận kỹ thuật."
            ),
        }
    }

    /// What happened, where, and what to do, in English.
    pub fn text_en(&self) -> String {
        match self {
            TokenError::ModuleNotFound { path } => format!(
                "There is no PKCS#11 library at {}. Check the path or install the token's software.",
                path.display()
            ),
            TokenError::ModuleUnusable { path, reason } => format!(
                "The PKCS#11 library {} cannot be used ({reason}). Check that it is the right file, 32 or 64 bit, and that the token's software is complete.",
                path.display()
            ),
            TokenError::TokenAbsent { label, seen } => format!(
                "The token \"{label}\" is not there. {} Plug it in or choose the right name.",
                list(seen, "No token is plugged in.", "Seen: ")
            ),
            TokenError::TokenAmbiguous { label, serials } => format!(
                "{} tokens are named \"{label}\". Choose by serial number: {}.",
                serials.len(),
                serials.join(", ")
            ),
            TokenError::PinIncorrect { state } => {
                let left = match state {
                    PinState::Ok => "",
                    PinState::CountLow => " The token says that few tries are left.",
                    PinState::FinalTry => " ONE try is left; another wrong PIN locks the token.",
                    PinState::Locked => " The PIN is locked now.",
                };
                format!("The PIN is wrong (tried once, never repeated).{left} Nothing was signed.")
            }
            TokenError::PinLocked => {
                "The token's PIN is locked. Ask the issuer of the token to unlock it. Nothing was signed.".to_owned()
            }
            TokenError::PinLength { min, max } => format!(
                "The PIN must have {min} to {max} characters. It was not sent to the token, so no try was lost."
            ),
            TokenError::PinExpired => {
                "The PIN has expired or was never set. Change it with the token's software and sign again.".to_owned()
            }
            TokenError::PinPadMissing { label } => {
                format!("The token \"{label}\" has no PIN pad. Enter the PIN on the computer.")
            }
            TokenError::AlreadyLoggedIn { label } => format!(
                "This very program is using the token \"{label}\", so the PIN could not be checked. Wait until the other session ends."
            ),
            TokenError::KeyNotFound { label, seen } => format!(
                "There is no key \"{label}\" on the token. {} Choose the right label or id.",
                list(seen, "The token has no private key.", "Keys: ")
            ),
            TokenError::KeyAmbiguous { label, ids } => {
                format!("{} keys are named \"{label}\". Choose by id: {}.", ids.len(), ids.join(", "))
            }
            TokenError::CertificateAmbiguous { key, count } => {
                format!("The token holds {count} certificates for the key \"{key}\". Name one by a file.")
            }
            TokenError::Removed => {
                "The token was removed while signing. Plug it in and start again. This file was not signed.".to_owned()
            }
            TokenError::SessionLost => {
                "The session with the token was lost (it was removed, or another program reset it). Sign again and enter the PIN again."
                    .to_owned()
            }
            TokenError::MechanismNotOffered { scheme } => {
                format!("The token or the key does not offer {scheme}. Choose another kind that it has.")
            }
            TokenError::ContextLoginNeeded { key } => format!(
                "The key \"{key}\" wants its PIN for every signature, which this version does not support yet. Use another key."
            ),
            TokenError::NotAllowed { function, rv } => format!(
                "The token does not allow this with the chosen key ({function}: {rv}). Ask the issuer of the token."
            ),
            TokenError::Other { function, rv } => format!(
                "The token reports an error ({function}: {rv}). Unplug it, plug it in and try again; if it stays, send this message to your technicians."
            ),
        }
    }
}

impl From<Error> for TokenError {
    fn from(error: Error) -> TokenError {
        let Error::Pkcs11(rv, function) = &error else {
            return TokenError::Other { function: "PKCS#11".to_owned(), rv: error.to_string() };
        };
        match rv {
            RvError::DeviceRemoved
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::SlotIdInvalid => TokenError::Removed,
            RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::UserNotLoggedIn
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::CryptokiNotInitialized => TokenError::SessionLost,
            RvError::PinLocked => TokenError::PinLocked,
            RvError::KeyFunctionNotPermitted
            | RvError::ActionProhibited
            | RvError::FunctionRejected => {
                TokenError::NotAllowed { function: c_name(*function), rv: ckr_name(*rv) }
            }
            _ => TokenError::Other { function: c_name(*function), rv: ckr_name(*rv) },
        }
    }
}

/// "C_Sign", as PKCS#11 and vendors write it.
fn c_name(function: Function) -> String {
    format!("C_{function:?}")
}

/// "CKR_DEVICE_ERROR": what a technician looks for.
fn ckr_name(rv: RvError) -> String {
    let mut name = "CKR".to_owned();
    for letter in format!("{rv:?}").chars() {
        if letter.is_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn list(items: &[String], none: &str, some: &str) -> String {
    match items {
        [] => none.to_owned(),
        items => format!("{some}{}.", items.join(", ")),
    }
}
