//! The audit trail, for auditors.

use axum::Json;
use axum::extract::State;
use issuance::{ActName, AgencyId, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::audit::{self, AuditRow, Search};
use utoipa::ToSchema;

use super::admin::may;
use crate::app::App;
use crate::input::Asked;
use crate::problem::Problem;
use crate::session::LoggedIn;

/// Which rows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    agency: AgencyId,
    #[serde(default)]
    object: Option<String>,
    #[serde(default)]
    person: Option<PersonId>,
    #[serde(default)]
    act: Option<String>,
    #[serde(default)]
    before: Option<u64>,
    #[serde(default = "hundred")]
    limit: u32,
}

fn hundred() -> u32 {
    100
}

/// Rows of the audit.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditRows {
    rows: Vec<AuditView>,
}

/// One row; its hash covers the one before it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditView {
    /// Its place in the chain, from 0.
    chain_index: Option<u64>,
    /// SHA-256, hexadecimal.
    chain_hash: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    act: String,
    /// Nothing for what was done.
    #[schema(value_type = Option<Object>)]
    refusal: Option<Value>,
    #[schema(value_type = Option<String>, format = Uuid)]
    person: Option<PersonId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    position: Option<issuance::PositionId>,
    via: String,
    address: Option<String>,
    object: Option<String>,
    #[schema(value_type = Option<String>)]
    before: Option<issuance::FileHash>,
    #[schema(value_type = Option<String>)]
    after: Option<issuance::FileHash>,
    #[schema(value_type = Option<String>, format = Uuid)]
    activation: Option<issuance::ActivationId>,
    reason: Option<String>,
}

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> AuditView {
        AuditView {
            chain_index: row.chain.map(|(index, _)| index),
            chain_hash: row.chain.map(|(_, hash)| issuance::FileHash(hash).to_string()),
            at: row.at,
            act: row.act,
            refusal: row.refusal.and_then(|text| serde_json::from_str(&text).ok()),
            person: row.person,
            position: row.position,
            via: row.via,
            address: row.address.map(|address| address.to_string()),
            object: row.object,
            before: row.before,
            after: row.after,
            activation: row.activation,
            reason: row.reason,
        }
    }
}

/// What people of an agency did, newest first; linked rows only.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "administration", operation_id = "read_audit",
    params(
        ("agency" = Uuid, Query, description = "Whose people."),
        ("object" = Option<String>, Query, description = "Kind and id, as \"result 0190…\".", max_length = 100),
        ("person" = Option<Uuid>, Query, description = "Who."),
        ("act" = Option<String>, Query, description = "Which act.", max_length = 60),
        ("before" = Option<u64>, Query, description = "Only before this place in the chain.", maximum = 9007199254740991_i64),
        ("limit" = Option<u32>, Query, description = "At most 1000.", minimum = 1, maximum = 1000),
    ),
    responses((status = 200, description = "Newest first.", body = AuditRows)),
    security(("session" = []))
)]
pub(crate) async fn search(
    State(app): State<App>,
    person: LoggedIn,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<AuditRows>, Problem> {
    may(&app, &person, ActName::ReadAudit, wanted.agency).await?;
    let search = Search {
        object: wanted.object,
        person: wanted.person,
        act: wanted.act,
        agency: Some(wanted.agency),
        before: wanted.before.map(|before| before.min(i64::MAX.unsigned_abs())),
        limit: wanted.limit.clamp(1, 1000),
    };
    let mut tx = app.store().read().await?;
    let rows = audit::search(&mut tx, &search).await?;
    Ok(Json(AuditRows { rows: rows.into_iter().map(AuditView::from).collect() }))
}
