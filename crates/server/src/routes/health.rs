//! `GET /health`: each part, and for each red one what to do; to the public only whether it works.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use office::health::{self, Part, PartState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// How the service is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// "ok", "warning" or "down"
    #[schema(example = "ok")]
    status: PartWord,
    /// UTC.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Only for the staff listener.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartView>,
}

/// One part of the service.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartView {
    /// database, objects, signer, log, queue, disk
    name: &'static str,
    state: PartWord,
    text_vi: String,
    text_en: String,
    /// What to do; empty where nothing has to be done.
    todo_vi: String,
    todo_en: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartWord {
    Ok,
    Warning,
    Down,
}

impl From<PartState> for PartWord {
    fn from(state: PartState) -> PartWord {
        match state {
            PartState::Ok => PartWord::Ok,
            PartState::Warning => PartWord::Warning,
            PartState::Down => PartWord::Down,
        }
    }
}

impl From<Part> for PartView {
    fn from(part: Part) -> PartView {
        let Part { name, state, text_vi, text_en, todo_vi, todo_en } = part;
        PartView { name, state: state.into(), text_vi, text_en, todo_vi, todo_en }
    }
}

/// How the service is, part by part. To the public listener only `status` and `at`.
#[utoipa::path(
    get, path = "/health", tag = "operations", operation_id = "health",
    responses(
        (status = 200, description = "It works; with warnings perhaps.", body = Health),
        (status = 503, description = "A part does not work.", body = Health),
    ),
    security(())
)]
pub(crate) async fn staff(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let health = look(&app).await;
    (code(&health), Json(health))
}

/// The same without the parts.
pub(crate) async fn public(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let health = look(&app).await;
    (code(&health), Json(Health { parts: vec![], ..health }))
}

async fn look(app: &App) -> Health {
    let standing = app.log().standing();
    let (database, objects, signer, log, queue) = tokio::join!(
        health::database(app.store()),
        health::objects(app.objects()),
        health::signer(app.signer()),
        health::log(app.store(), standing.as_ref()),
        health::queue(app.store()),
    );
    let disk = health::disk(&app.config().data_folder);
    let parts = [database, objects, signer, log, queue, disk];
    let parts: Vec<PartView> = parts.into_iter().map(PartView::from).collect();
    let status = parts.iter().map(|part| part.state).max().unwrap_or(PartWord::Ok);
    Health { status, at: app.store().now(), parts }
}

fn code(health: &Health) -> StatusCode {
    match health.status {
        PartWord::Down => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}
