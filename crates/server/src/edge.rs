//! What happens to every request before and after its handler.
//!
//! ```text
//!  id, peer ─► room? ─► time limit ─► handler ─► problems in words ─► headers ─► one log line
//! ```

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::app::App;
use crate::language::Language;
use crate::peer::Peer;
use crate::problem::{MEDIA_TYPE, Problem};
use crate::standing;

/// A listener, as its requests see it.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) name: &'static str,
    pub(crate) app: App,
    pub(crate) room: Arc<Semaphore>,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The outermost layer.
pub(crate) async fn around(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = Uuid::now_v7().to_string();
    let language = Language::asked(request.headers());
    let socket = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let socket = socket.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
    let peer = Peer::of(socket, request.headers(), door.app.config());
    request.extensions_mut().insert(peer);
    let method = request.method().clone();
    // The pattern, never the path: a path may hold a check code.
    let route = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned());
    let route = route.unwrap_or_else(|| "-".to_owned());

    let span = tracing::info_span!("request", id = %id);
    let response = within_limits(&door, request, next).instrument(span).await;
    let mut response = worded(response, language, &id);
    headers(response.headers_mut(), peer, &id);
    let status = response.status().as_u16();
    let code = response.extensions().get::<Problem>().map(|p| p.code.clone());
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        listener = door.name,
        request_id = %id,
        %method,
        route,
        status,
        code = code.as_deref(),
        milliseconds,
        "answered"
    );
    response
}

/// No more at a time than there is room for, none longer than permitted.
async fn within_limits(door: &Door, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if standing::changes(request.method(), route.unwrap_or_default())
        && let Some(closed) = door.app.log().closed()
    {
        return closed.into_response();
    }
    let Ok(_place) = door.room.try_acquire() else {
        let busy = Problem::unavailable(
            "overloaded",
            "Máy chủ đang bận. Hãy thử lại sau vài giây.",
            "The server is busy. Try again in a few seconds.",
        );
        return busy.into_response();
    };
    let patience = Duration::from_secs(door.app.config().limits.request_seconds);
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable(
            "timeout",
            "Máy chủ không trả lời kịp. Hãy tải lại rồi kiểm tra trước khi làm lại.",
            "The server did not answer in time. Reload and look before repeating.",
        )
        .into_response(),
    }
}

/// Every refusal and error has one shape, those of the framework too.
fn worded(response: Response, language: Language, id: &str) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        // A handler's own JSON (the health page) stays as it is.
        None if is_json(response.headers()) => return response,
        None => Problem::of_status(status),
    };
    let mut rendered = problem.render(language, id);
    for name in [axum::http::header::ALLOW, axum::http::header::SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    rendered.extensions_mut().insert(problem);
    rendered
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/json") || kind.starts_with(MEDIA_TYPE)
}

fn headers(headers: &mut HeaderMap, peer: Peer, id: &str) {
    let fixed = HeaderValue::from_static;
    headers.insert(CONTENT_SECURITY_POLICY, fixed(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    headers.insert(REFERRER_POLICY, fixed("no-referrer"));
    headers.insert(X_FRAME_OPTIONS, fixed("DENY"));
    headers.insert(ROBOTS, fixed("noindex, nofollow"));
    headers.insert(PERMISSIONS, fixed("camera=(self), geolocation=(), microphone=()"));
    headers.insert(OPENER, fixed("same-origin"));
    headers.insert(RESOURCE, fixed("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(fixed("no-store"));
    if peer.https {
        headers.insert(STRICT_TRANSPORT_SECURITY, fixed("max-age=31536000"));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// A handler that panicked: a defect of ours, the connection lives.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::internal().into_response()
}

/// No such address.
pub(crate) async fn no_such_address() -> Problem {
    Problem::of_status(StatusCode::NOT_FOUND)
}

/// No such method there.
pub(crate) async fn no_such_method() -> Problem {
    Problem::of_status(StatusCode::METHOD_NOT_ALLOWED)
}
