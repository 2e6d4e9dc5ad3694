//! The addresses of both listeners.

mod check;
mod health;
mod log_files;
mod login;
mod verify;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::openapi;

/// For people of the agencies and for API clients.
pub(crate) fn staff() -> Router<App> {
    everybody()
        .route("/health", get(health::staff))
        .route("/api/v1/login", post(login::log_in))
        .route("/api/v1/logout", post(login::log_out))
        .route("/api/v1/me", get(login::me))
}

/// For everybody.
pub(crate) fn public() -> Router<App> {
    everybody().route("/health", get(health::public))
}

fn everybody() -> Router<App> {
    Router::new()
        .route("/api/v1/openapi.json", get(openapi::serve))
        .route("/api/v1/verify", post(verify::verify))
        .route("/api/v1/public/{code}", get(check::check))
        .route("/log/{*path}", get(log_files::get))
}

/// For the document of the API.
pub(crate) mod paths {
    pub(crate) use super::check::__path_check;
    pub(crate) use super::health::__path_staff;
    pub(crate) use super::log_files::__path_get as __path_log_file;
    pub(crate) use super::login::{__path_log_in, __path_log_out, __path_me};
    pub(crate) use super::verify::__path_verify;
}
