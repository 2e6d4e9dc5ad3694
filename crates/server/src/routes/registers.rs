//! Registers: number series of an agency and year.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use issuance::{ActName, AgencyId, NumberSource, Refusal, Register, RegisterId};
use jiff::civil::Date;
use office::acts::admin as acts;
use serde::Deserialize;
use serde_json::{Value, json};
use store::queries::register;
use store::registers;
use utoipa::ToSchema;
use uuid::Uuid;

use super::admin::{Created, Made, OfAgency, belongs, made, may, perform};
use crate::app::App;
use crate::input::{Asked, Input, word};
use crate::problem::Problem;
use crate::session::LoggedIn;

/// A number series of a year.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterInput {
    #[schema(value_type = String, format = Uuid)]
    agency: AgencyId,
    #[schema(example = "QĐ", max_length = 40)]
    series: String,
    #[schema(minimum = 2000, maximum = 2200)]
    year: i16,
    /// Stands after the number.
    #[serde(default)]
    #[schema(example = "/QĐ-STP", max_length = 60)]
    symbol: String,
    /// The first number that it gives.
    #[serde(default = "one")]
    #[schema(minimum = 1)]
    first: u32,
}

fn one() -> u32 {
    1
}

/// Opens a register at any number.
#[utoipa::path(post, path = "/api/v1/registers", tag = "administration", operation_id = "open_register",
    request_body = RegisterInput, responses((status = 201, description = "Open.", body = Created)), security(("session" = [])))]
pub(crate) async fn open_register(
    State(app): State<App>,
    person: LoggedIn,
    Input(given): Input<RegisterInput>,
) -> Result<Made, Problem> {
    let id = RegisterId::new(Uuid::now_v7());
    let RegisterInput { agency, series, year, symbol, first } = given;
    let (next, ahead, closed) = (first, Default::default(), false);
    let register = Register { id, agency, series, year, symbol, first, next, ahead, closed };
    perform(&app, &person, ActName::OpenRegister, acts::OpenRegister(register)).await?;
    Ok(made(id.uuid()))
}

/// Registers of an agency.
#[utoipa::path(get, path = "/api/v1/registers", tag = "administration", operation_id = "registers",
    params(("agency" = Uuid, Query, description = "Of which agency.")),
    responses((status = 200, description = "All.", body = Vec<Object>)), security(("session" = [])))]
pub(crate) async fn list_registers(
    State(app): State<App>,
    person: LoggedIn,
    Asked(of): Asked<OfAgency>,
) -> Result<Json<Vec<Register>>, Problem> {
    let agency = belongs(&app, &person, of.agency).await?;
    let mut tx = app.store().read().await?;
    Ok(Json(registers::of_agency(&mut tx, agency.id).await?))
}

/// A register with its entries: taken, used, void, and whatever is unexplained.
#[utoipa::path(get, path = "/api/v1/registers/{id}", tag = "administration", operation_id = "register",
    params(("id" = Uuid, Path, description = "Of the register.")),
    responses((status = 200, description = "The register as it is printed.", body = Object)), security(("session" = [])))]
pub(crate) async fn one_register(
    State(app): State<App>,
    person: LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let unknown = || Problem::from(Refusal::Unknown { what: "register" });
    let mut tx = app.store().read().await?;
    let year = register::of(&mut tx, word(&id)?).await?.ok_or_else(unknown)?;
    drop(tx);
    may(&app, &person, ActName::ReadRegister, year.register.agency).await?;
    let unexplained = year.unexplained();
    Ok(Json(
        json!({ "register": year.register, "entries": year.entries, "unexplained": unexplained }),
    ))
}

/// A number given elsewhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberInput {
    #[schema(minimum = 1)]
    number: u32,
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// "paper" or "other_system"
    #[schema(value_type = String)]
    source: NumberSource,
    /// What it was given for.
    #[schema(max_length = 500)]
    note: String,
}

/// Enters a number that was given on paper or by another system.
#[utoipa::path(post, path = "/api/v1/registers/{id}/numbers", tag = "administration", operation_id = "enter_number",
    params(("id" = Uuid, Path, description = "Of the register.")),
    request_body = NumberInput, responses((status = 204, description = "Entered.")), security(("session" = [])))]
pub(crate) async fn enter_number(
    State(app): State<App>,
    person: LoggedIn,
    Path(id): Path<String>,
    Input(given): Input<NumberInput>,
) -> Result<StatusCode, Problem> {
    let NumberInput { number, date, source, note } = given;
    let act = acts::EnterNumber { register: word(&id)?, number, date, source, note };
    perform(&app, &person, ActName::EnterNumber, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes a register.
#[utoipa::path(post, path = "/api/v1/registers/{id}/close", tag = "administration", operation_id = "close_register",
    params(("id" = Uuid, Path, description = "Of the register.")),
    responses((status = 204, description = "It gives no further numbers.")), security(("session" = [])))]
pub(crate) async fn close_register(
    State(app): State<App>,
    person: LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    perform(&app, &person, ActName::CloseRegister, acts::CloseRegister(word(&id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}
