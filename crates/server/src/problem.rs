//! What went wrong, as RFC 9457 says it: one shape for every refusal and error, in two languages.
//!
//! A handler answers with a [`Problem`]; the outermost layer ([`crate::edge`]) puts it into the language
//! that was asked for and beside the request's id.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use issuance::{Refusal, RefusalKind};
use office::desk::DeskError;
use serde::Serialize;
use serde_json::Value;
use store::{PerformError, StoreError};
use utoipa::ToSchema;

use crate::language::Language;

/// Media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal or an error on its way out.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) detail_vi: String,
    pub(crate) detail_en: String,
    pub(crate) data: Value,
    pub(crate) retry_after_seconds: Option<u32>,
}

/// A problem (RFC 9457). `code` is stable; `title` and `detail` are in the language asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemBody<'a> {
    /// "urn:antin:problem:CODE"
    #[schema(example = "urn:antin:problem:wrong_state")]
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    /// A stable word.
    #[schema(example = "wrong_state")]
    code: &'a str,
    detail_vi: &'a str,
    detail_en: &'a str,
    /// Stands in the log of the service.
    request_id: &'a str,
    /// What a program can use.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Value::is_null")]
    data: &'a Value,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) -> Problem {
        Problem {
            status,
            code: code.into(),
            detail_vi: vi.into(),
            detail_en: en.into(),
            data: Value::Null,
            retry_after_seconds: None,
        }
    }

    #[must_use]
    pub(crate) fn after(self, seconds: u32) -> Problem {
        Problem { retry_after_seconds: Some(seconds), ..self }
    }

    /// The request cannot be read.
    pub(crate) fn unreadable(why: impl std::fmt::Display) -> Problem {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "request_unreadable",
            format!("Không đọc được yêu cầu: {why}."),
            format!("The request cannot be read: {why}."),
        )
    }

    /// No log-in, or an expired one.
    pub(crate) fn not_logged_in() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "not_logged_in",
            "Bạn chưa đăng nhập, hoặc phiên làm việc đã hết hạn. Hãy đăng nhập lại.",
            "You are not logged in, or the session has expired. Log in again.",
        )
    }

    /// Too often.
    pub(crate) fn too_many(seconds: u32) -> Problem {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            format!("Quá nhiều yêu cầu. Hãy thử lại sau {seconds} giây."),
            format!("Too many requests. Try again in {seconds} seconds."),
        )
        .after(seconds)
    }

    /// Larger than permitted.
    pub(crate) fn too_large(most: u64) -> Problem {
        let mebibytes = most as f64 / f64::from(1 << 20);
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("Nội dung gửi lên lớn hơn mức cho phép ({mebibytes:.0} MiB)."),
            format!("The content is larger than permitted ({mebibytes:.0} MiB)."),
        )
    }

    /// Our fault; details are in the log.
    pub(crate) fn internal() -> Problem {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_failed",
            "Máy chủ gặp lỗi. Hãy tải lại rồi kiểm tra trước khi làm lại; báo quản trị viên mã yêu cầu bên dưới.",
            "The server met an error. Reload and look before repeating; give the administrator the request id below.",
        )
    }

    /// Could not work now.
    pub(crate) fn unavailable(code: &'static str, vi: &str, en: &str) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, vi, en).after(5)
    }

    /// For answers that a framework made.
    pub(crate) fn of_status(status: StatusCode) -> Problem {
        let (code, vi, en) = match status.as_u16() {
            401 => return Problem::not_logged_in(),
            404 => ("not_found", "Không có địa chỉ này.", "There is no such address."),
            405 => (
                "method_not_allowed",
                "Địa chỉ này không nhận lệnh đó.",
                "This address does not take that method.",
            ),
            408 => ("request_timeout", "Yêu cầu đến quá chậm.", "The request came too slowly."),
            413 => (
                "too_large",
                "Nội dung gửi lên lớn hơn mức cho phép.",
                "The content is larger than permitted.",
            ),
            415 => (
                "media_type",
                "Kiểu nội dung không đúng; cần application/json.",
                "The content type is not right; application/json is wanted.",
            ),
            429 => return Problem::too_many(60),
            500.. => return Problem { status, ..Problem::internal() },
            _ => ("request_unreadable", "Không đọc được yêu cầu.", "The request cannot be read."),
        };
        Problem::new(status, code, vi, en)
    }

    /// The answer in full.
    pub(crate) fn render(&self, language: Language, request_id: &str) -> Response {
        let (title_vi, title_en) = title(self.status);
        let body = ProblemBody {
            r#type: format!("urn:antin:problem:{}", self.code),
            title: language.of(title_vi, title_en),
            status: self.status.as_u16(),
            detail: language.of(&self.detail_vi, &self.detail_en),
            code: &self.code,
            detail_vi: &self.detail_vi,
            detail_en: &self.detail_en,
            request_id,
            data: &self.data,
        };
        // Plain data with text keys: writing it to memory does not fail.
        let mut response = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert("content-language", HeaderValue::from_static(language.tag()));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn title(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        401 => ("Chưa đăng nhập", "Not logged in"),
        403 => ("Không được phép", "Not permitted"),
        404 => ("Không tìm thấy", "Not found"),
        405 => ("Lệnh không đúng", "Method not allowed"),
        408 => ("Quá chậm", "Too slow"),
        409 => ("Đã thay đổi", "Changed since"),
        413 => ("Quá lớn", "Too large"),
        415 => ("Kiểu nội dung không đúng", "Wrong content type"),
        422 => ("Không nhận được", "Cannot be taken"),
        429 => ("Quá nhiều yêu cầu", "Too many requests"),
        503 => ("Tạm thời không làm được", "Cannot work at the moment"),
        500.. => ("Lỗi máy chủ", "Server error"),
        _ => ("Yêu cầu không đúng", "Bad request"),
    }
}

impl IntoResponse for Problem {
    /// A bare status with the problem beside it: [`crate::edge`] words it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let said = refusal.said();
        let status = match said.kind {
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem {
            status,
            code: said.code,
            detail_vi: said.text_vi,
            detail_en: said.text_en,
            data: said.data,
            retry_after_seconds: None,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        // Addresses of databases and objects; no personal data.
        tracing::error!(code = error.code(), %error, "store");
        let (vi, en) = error.texts();
        match error.code() {
            "store" => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "server_failed", vi, en),
            code => Problem::unavailable(code, vi, en),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Problem {
        match error {
            DeskError::Refused(refusal) => refusal.into(),
            DeskError::Store(error) => error.into(),
            DeskError::Signer(why) => {
                tracing::error!(why, "signer");
                Problem::unavailable(
                    "signer_away",
                    "Tiến trình ký không trả lời hoặc không làm việc được. Chưa ký văn bản nào; hãy báo quản trị viên.",
                    "The signer does not answer, or cannot work. Nothing was signed; tell the administrator.",
                )
            }
            DeskError::Ended(why) => {
                tracing::error!(why, "desk");
                Problem::internal()
            }
        }
    }
}

impl From<PerformError> for Problem {
    fn from(error: PerformError) -> Problem {
        match error {
            PerformError::Refused(refusal) => refusal.into(),
            PerformError::Store(error) => error.into(),
        }
    }
}
