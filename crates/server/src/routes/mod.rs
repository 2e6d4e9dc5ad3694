//! The addresses of both listeners.

mod health;
mod log_files;
mod verify;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::openapi;

/// For people of the agencies and for API clients.
pub(crate) fn staff() -> Router<App> {
    everybody().route("/health", get(health::staff))
}

/// For everybody.
pub(crate) fn public() -> Router<App> {
    everybody().route("/health", get(health::public))
}

fn everybody() -> Router<App> {
    Router::new()
        .route("/api/v1/openapi.json", get(openapi::serve))
        .route("/api/v1/verify", post(verify::verify))
        .route("/log/{*path}", get(log_files::get))
}

/// For the document of the API.
pub(crate) mod paths {
    pub(crate) use super::health::__path_staff;
    pub(crate) use super::log_files::__path_get as __path_log_file;
    pub(crate) use super::verify::__path_verify;
}
