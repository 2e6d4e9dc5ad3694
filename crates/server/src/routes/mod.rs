//! The addresses of both listeners.

pub(crate) mod activations;
pub(crate) mod admin;
pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod clients;
pub(crate) mod health;
pub(crate) mod log_files;
pub(crate) mod login;
pub(crate) mod proposals;
pub(crate) mod registers;
pub(crate) mod results;
pub(crate) mod submit;
pub(crate) mod verify;
mod views;

use axum::Router;
use axum::routing::{get, post, put};

use crate::app::App;
use crate::openapi;

/// For people of the agencies and for API clients.
pub(crate) fn staff() -> Router<App> {
    everybody()
        .route("/health", get(health::staff))
        .route("/api/v1/login", post(login::log_in))
        .route("/api/v1/logout", post(login::log_out))
        .route("/api/v1/me", get(login::me))
        .route("/api/v1/password", post(admin::own_password))
        .merge(results_())
        .merge(administration())
}

fn results_() -> Router<App> {
    Router::new()
        .route("/api/v1/inbox", get(results::inbox))
        .route("/api/v1/results", get(results::events).post(submit::submit))
        .route("/api/v1/results/{id}", get(results::one))
        .route("/api/v1/results/{id}/file", get(results::file))
        .route("/api/v1/results/{id}/evidence", get(results::evidence_of))
        .route("/api/v1/results/{id}/resubmit", post(submit::resubmit))
        .route("/api/v1/results/{id}/boxes", post(submit::place_boxes))
        .route("/api/v1/activations", post(activations::begin))
        .route("/api/v1/activations/{id}", get(activations::one))
        .route("/api/v1/keys", get(activations::own_keys))
        .route("/api/v1/results/{id}/approve", post(results::approve))
        .route("/api/v1/results/{id}/return", post(results::return_))
        .route("/api/v1/results/{id}/withdraw", post(results::withdraw))
        .route("/api/v1/results/{id}/cancel", post(results::cancel))
        .route("/api/v1/results/{id}/issue", post(results::issue))
        .route("/api/v1/proposals", get(proposals::open).post(proposals::propose))
        .route("/api/v1/proposals/{id}/confirm", post(proposals::confirm))
        .route("/api/v1/proposals/{id}/withdraw", post(proposals::withdraw))
}

fn administration() -> Router<App> {
    Router::new()
        .route("/api/v1/admin/agencies", get(admin::list_agencies).post(admin::create_agency))
        .route("/api/v1/admin/people", get(admin::list_people).post(admin::create_person))
        .route("/api/v1/admin/people/{id}/active", post(admin::disable_person))
        .route("/api/v1/admin/people/{id}/password", post(admin::set_password))
        .route("/api/v1/admin/positions", get(admin::list_positions).post(admin::give_position))
        .route("/api/v1/admin/positions/{id}/end", post(admin::end_position))
        .route(
            "/api/v1/admin/procedures",
            get(admin::list_procedures).merge(put(admin::put_procedure)),
        )
        .route("/api/v1/admin/keys", get(admin::list_keys).post(admin::bind_key))
        .route("/api/v1/admin/keys/{id}/confirm", post(admin::confirm_key))
        .route("/api/v1/admin/keys/{id}/retire", post(admin::retire_key))
        .route("/api/v1/admin/clients", get(clients::list_clients).post(clients::create_client))
        .route("/api/v1/admin/clients/{id}/rotate", post(clients::rotate_client))
        .route("/api/v1/admin/clients/{id}/active", post(clients::disable_client))
        .route("/api/v1/audit", get(audit::search))
        .route("/api/v1/registers", get(registers::list_registers).post(registers::open_register))
        .route("/api/v1/registers/{id}", get(registers::one_register))
        .route("/api/v1/registers/{id}/numbers", post(registers::enter_number))
        .route("/api/v1/registers/{id}/close", post(registers::close_register))
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
