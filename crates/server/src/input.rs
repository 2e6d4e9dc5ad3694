//! What comes in: bodies within their limits and their time, JSON with its faults worded.

use std::str::FromStr;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use issuance::Refusal;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::problem::Problem;

/// A JSON body of the usual size.
pub(crate) struct Input<T>(pub(crate) T);

/// A JSON body that may hold a document, and its SHA-256.
pub(crate) struct Large<T>(pub(crate) T, pub(crate) [u8; 32]);

/// What stands behind the question mark.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let most = u64::try_from(app.config().limits.body_bytes).unwrap_or(u64::MAX);
        Ok(Input(json(request, app, most).await?.0))
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Large<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        // Base64, and as much again as any other body.
        let limits = app.config().limits;
        let most = limits.document_bytes.saturating_mul(4) / 3;
        let most = most.saturating_add(u64::try_from(limits.body_bytes).unwrap_or(u64::MAX));
        json(request, app, most).await.map(|(value, hash)| Large(value, hash))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|Query(asked)| Asked(asked)).map_err(|e| Problem::unreadable(e.body_text()))
    }
}

/// An id or another word of the address. What cannot be one names nothing: 404, as the unknown does.
pub(crate) fn word<T: FromStr<Err = Refusal>>(text: &str) -> Result<T, Problem> {
    text.parse::<T>().map_err(Problem::from)
}

async fn json<T: DeserializeOwned>(
    request: Request,
    app: &App,
    most: u64,
) -> Result<(T, [u8; 32]), Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let bytes = body(request, app, most).await?;
    match Json::<T>::from_bytes(&bytes) {
        Ok(Json(value)) => Ok((value, Sha256::digest(&bytes).into())),
        Err(JsonRejection::JsonDataError(error)) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "field",
            format!("Dữ liệu không đúng dạng: {}.", error.body_text()),
            format!("The data has not the right shape: {}.", error.body_text()),
        )),
        Err(error) => Err(Problem::unreadable(error.body_text())),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The whole body: refused by its announced length before a byte is read.
pub(crate) async fn body(request: Request, app: &App, most: u64) -> Result<Bytes, Problem> {
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced = announced.and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(Problem::too_large(most));
    }
    let patience = Duration::from_secs(app.config().limits.body_seconds);
    let cap = usize::try_from(most).unwrap_or(usize::MAX);
    let body: Body = request.into_body();
    match tokio::time::timeout(patience, axum::body::to_bytes(body, cap)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length(&error) => Err(Problem::too_large(most)),
        Ok(Err(_)) => Err(Problem::unreadable("kết nối bị ngắt · the connection broke")),
        Err(_) => Err(Problem::of_status(StatusCode::REQUEST_TIMEOUT)),
    }
}

fn is_length(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}
