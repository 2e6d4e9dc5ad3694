//! One typing of a PIN over an exact list.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use issuance::{ActName, ActivationId, FileHash, KeyId, PositionId, Refusal, ResultId, Said};
use jiff::Timestamp;
use office::acts::Wish;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::activations;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::app::App;
use crate::input::{Input, word};
use crate::peer::Peer;
use crate::problem::Problem;
use crate::session::LoggedIn;

/// What is signed, with which key. The PIN passes to the signer and is kept nowhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivationInput {
    #[schema(value_type = String, format = Uuid)]
    key: KeyId,
    /// Through which position; absent: the one that fits.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    position: Option<PositionId>,
    #[schema(min_items = 1, max_items = 1000)]
    items: Vec<WishInput>,
    #[schema(value_type = String, format = Password, max_length = 255)]
    pin: Zeroizing<String>,
}

/// A line of the list that the person saw.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WishInput {
    #[schema(value_type = String, format = Uuid)]
    result: ResultId,
    /// Which of its files; 0 is the main one.
    #[serde(default)]
    file: u16,
    revision: u32,
    /// SHA-256 of the file shown.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    sha256: FileHash,
    #[serde(default)]
    version: Option<u64>,
}

/// What will be signed, and what was refused alone.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActivationBegun {
    #[schema(value_type = String, format = Uuid)]
    id: ActivationId,
    #[schema(value_type = String, format = DateTime)]
    expires: Timestamp,
    items: Vec<BegunView>,
}

/// A line and what becomes of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct BegunView {
    ordinal: u32,
    #[schema(value_type = String, format = Uuid)]
    result: ResultId,
    file: u16,
    accepted: bool,
    refusal: Option<SaidView>,
}

/// Why something was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct SaidView {
    code: String,
    text_vi: String,
    text_en: String,
}

impl From<Said> for SaidView {
    fn from(said: Said) -> SaidView {
        let Said { code, text_vi, text_en, .. } = said;
        SaidView { code: code.into_owned(), text_vi, text_en }
    }
}

/// An activation and what became of each line.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActivationView {
    #[schema(value_type = String, format = Uuid)]
    id: ActivationId,
    /// begun | open | closed | refused | lost
    state: String,
    #[schema(value_type = String, format = DateTime)]
    began: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires: Timestamp,
    reason: Option<String>,
    items: Vec<ItemView>,
}

/// A line.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemView {
    ordinal: u32,
    #[schema(value_type = String, format = Uuid)]
    result: ResultId,
    file: u32,
    revision: u32,
    /// waiting | done | failed | refused
    state: String,
    /// {"done": {file, …}} or {"failed": {code, text_vi, text_en, …}}
    #[schema(value_type = Option<Object>)]
    outcome: Option<Value>,
}

/// Signs a list with one PIN. Lines that changed since they were shown are refused alone; signing goes
/// on when the page is closed: see `GET /api/v1/activations/{id}`.
#[utoipa::path(
    post, path = "/api/v1/activations", tag = "signing", operation_id = "activate",
    request_body = ActivationInput,
    responses((status = 202, description = "Being signed.", body = ActivationBegun)),
    security(("session" = []))
)]
pub(crate) async fn begin(
    State(app): State<App>,
    peer: Peer,
    person: LoggedIn,
    Input(given): Input<ActivationInput>,
) -> Result<(StatusCode, Json<ActivationBegun>), Problem> {
    peer.must_be_private()?;
    let actor = match given.position {
        Some(position) => person.through(Some(position)),
        None => person.actor(ActName::Sign, app.store().now()),
    };
    let items = given.items.into_iter().map(|wish| {
        let WishInput { result, file, revision, sha256, version } = wish;
        Wish { result, file, revision, sha256, version }
    });
    let begun = app.desk().activate(given.key, items.collect(), given.pin, actor).await?;
    let items = begun.items.into_iter().map(|item| BegunView {
        ordinal: item.ordinal,
        result: item.result,
        file: item.file,
        accepted: item.hash.is_ok(),
        refusal: item.hash.err().map(SaidView::from),
    });
    let begun = ActivationBegun { id: begun.id, expires: begun.expires, items: items.collect() };
    Ok((StatusCode::ACCEPTED, Json(begun)))
}

/// How an activation of one's own stands.
#[utoipa::path(
    get, path = "/api/v1/activations/{id}", tag = "signing", operation_id = "activation",
    params(("id" = Uuid, Path, description = "Of the activation.")),
    responses((status = 200, description = "How it stands.", body = ActivationView)),
    security(("session" = []))
)]
pub(crate) async fn one(
    State(app): State<App>,
    person: LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<ActivationView>, Problem> {
    let id = word::<ActivationId>(&id)?;
    let mut tx = app.store().read().await?;
    let found = activations::get(&mut tx, id).await?;
    let found = found.filter(|activation| activation.person == person.person.id);
    let found = found.ok_or(Refusal::Unknown { what: "activation" })?;
    let items = activations::items::<Value>(&mut tx, id).await?;
    let items = items.into_iter().map(|item| ItemView {
        ordinal: item.ordinal,
        result: item.result,
        file: item.file,
        revision: item.revision,
        state: item.state,
        outcome: item.outcome,
    });
    Ok(Json(ActivationView {
        id,
        state: found.state,
        began: found.began,
        expires: found.expires,
        reason: found.reason,
        items: items.collect(),
    }))
}

/// A key of the caller, or a seal of one of their agencies.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyView {
    #[schema(value_type = String, format = Uuid)]
    id: KeyId,
    #[schema(value_type = String, format = Uuid)]
    agency: issuance::AgencyId,
    label: String,
    /// "person" or "seal"
    owner: &'static str,
    /// SHA-256 of the certificate.
    #[schema(value_type = String)]
    certificate: FileHash,
    /// proposed | bound | retired
    #[schema(value_type = String)]
    state: issuance::KeyState,
}

/// Keys that the caller may sign with: their own, and the seals of their agencies.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "signing", operation_id = "own_keys",
    responses((status = 200, description = "Keys.", body = Vec<KeyView>)),
    security(("session" = []))
)]
pub(crate) async fn own_keys(
    State(app): State<App>,
    person: LoggedIn,
) -> Result<Json<Vec<KeyView>>, Problem> {
    let now = app.store().now();
    let mut tx = app.store().read().await?;
    let mut found = store::keys::of_person(&mut tx, person.person.id).await?;
    let mut agencies: Vec<_> =
        person.positions.iter().filter(|p| p.in_force(now)).map(|p| p.agency).collect();
    agencies.sort_unstable();
    agencies.dedup();
    for agency in agencies {
        let all = store::keys::of_agency(&mut tx, agency).await?;
        found.extend(all.into_iter().filter(|key| key.owner == issuance::KeyOwner::Seal));
    }
    let view = |key: issuance::Key| KeyView {
        id: key.id,
        agency: key.agency,
        owner: if key.owner == issuance::KeyOwner::Seal { "seal" } else { "person" },
        label: key.label,
        certificate: key.certificate,
        state: key.state,
    };
    Ok(Json(found.into_iter().map(view).collect()))
}
