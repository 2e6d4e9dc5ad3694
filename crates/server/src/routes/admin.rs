//! Administration: agencies, people, positions, procedures, keys.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use issuance::{
    ActName, Agency, AgencyId, Authority, FileHash, Key, KeyId, KeyOwner, KeyState, Person,
    PersonId, Position, PositionId, Procedure, Refusal, Role, permit,
};
use jiff::Timestamp;
use office::acts::admin as acts;
use office::entry::Who;
use serde::{Deserialize, Serialize};
use store::{Act, Context, PerformError, agencies, keys, people, positions, procedures};
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::login::PositionView;
use super::results::CREATED;
use crate::app::App;
use crate::input::{Asked, Input, word};
use crate::password::{self, PasswordError};
use crate::peer::Peer;
use crate::problem::Problem;
use crate::session::LoggedIn;

/// An id, and what has to be shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Created {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
}

pub(crate) type Made = (StatusCode, Json<Created>);

pub(crate) fn made(id: Uuid) -> Made {
    (CREATED, Json(Created { id }))
}

pub(crate) async fn perform<A: Act>(
    app: &App,
    person: &LoggedIn,
    name: ActName,
    act: A,
) -> Result<A::Done, Problem> {
    let actor = person.actor(name, app.store().now());
    Ok(app.store().perform(act, actor).await?)
}

/// Of which agency.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfAgency {
    pub(crate) agency: AgencyId,
}

/// Lists are for people of the agency, or of one above it.
pub(crate) async fn belongs(app: &App, person: &LoggedIn, id: AgencyId) -> Result<Agency, Problem> {
    let now = app.store().now();
    let mut tx = app.store().read().await?;
    let agency = agencies::get(&mut tx, id).await?.ok_or(Refusal::Unknown { what: "agency" })?;
    let mut in_force = person.positions.iter().filter(|position| position.in_force(now));
    match in_force.any(|p| p.agency == id || agency.above.contains(&p.agency)) {
        true => Ok(agency),
        false => Err(Refusal::Unknown { what: "agency" }.into()),
    }
}

/// Whether the table of acts lets this person read there.
pub(crate) async fn may(
    app: &App,
    person: &LoggedIn,
    act: ActName,
    agency: AgencyId,
) -> Result<(), Problem> {
    let mut tx = app.store().read().await?;
    let found = agencies::get(&mut tx, agency).await?;
    let found = found.ok_or(Refusal::Unknown { what: "agency" })?;
    let now = tx.now();
    let at = Context { now, actor: person.actor(act, now) };
    let who = Who::of(&mut tx, &at).await.map_err(PerformError::from)?;
    Ok(permit(act, &who.acting(), &found.about(), now)?)
}

/// A new agency below another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgencyInput {
    #[schema(example = "so-tu-phap", max_length = 60)]
    word: String,
    #[schema(max_length = 200)]
    name: String,
    #[serde(default)]
    code: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    parent: AgencyId,
}

/// Creates an agency below one of the caller's.
#[utoipa::path(post, path = "/api/v1/admin/agencies", tag = "administration", operation_id = "create_agency",
    request_body = AgencyInput, responses((status = 201, description = "Created.", body = Created)), security(("session" = [])))]
pub(crate) async fn create_agency(
    State(app): State<App>,
    person: LoggedIn,
    Input(given): Input<AgencyInput>,
) -> Result<Made, Problem> {
    let id = AgencyId::new(Uuid::now_v7());
    let AgencyInput { word, name, code, parent } = given;
    let act = acts::CreateAgency { id, word, name, code, parent: Some(parent) };
    perform(&app, &person, ActName::CreateAgency, act).await?;
    Ok(made(id.uuid()))
}

/// All agencies of the installation: names are public.
#[utoipa::path(get, path = "/api/v1/admin/agencies", tag = "administration", operation_id = "agencies",
    responses((status = 200, description = "All.", body = Vec<Object>)), security(("session" = [])))]
pub(crate) async fn list_agencies(
    State(app): State<App>,
    _: LoggedIn,
) -> Result<Json<Vec<Agency>>, Problem> {
    let mut tx = app.store().read().await?;
    Ok(Json(agencies::all(&mut tx).await?))
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonInput {
    #[schema(value_type = String, format = Uuid)]
    agency: AgencyId,
    #[schema(max_length = 60)]
    login: String,
    #[schema(max_length = 120)]
    name: String,
    /// At least 12 characters; absent: cannot log in yet.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Zeroizing<String>>,
}

/// Creates an account.
#[utoipa::path(post, path = "/api/v1/admin/people", tag = "administration", operation_id = "create_person",
    request_body = PersonInput, responses((status = 201, description = "Created.", body = Created)), security(("session" = [])))]
pub(crate) async fn create_person(
    State(app): State<App>,
    peer: Peer,
    person: LoggedIn,
    Input(given): Input<PersonInput>,
) -> Result<Made, Problem> {
    let id = PersonId::new(Uuid::now_v7());
    let password = match &given.password {
        Some(password) => {
            peer.must_be_private()?;
            Some(hashed(password.clone()).await?)
        }
        None => None,
    };
    let PersonInput { agency, login, name, .. } = given;
    let act = acts::CreatePerson { id, agency, login, name, password };
    perform(&app, &person, ActName::CreatePerson, act).await?;
    Ok(made(id.uuid()))
}

async fn hashed(password: Zeroizing<String>) -> Result<String, Problem> {
    let hashing = tokio::task::spawn_blocking(move || password::hash(&password));
    match hashing.await {
        Ok(Ok(hash)) => Ok(hash),
        Ok(Err(PasswordError::System(error))) => {
            tracing::error!(error, "password");
            Err(Problem::internal())
        }
        Ok(Err(error)) => {
            let vi = format!(
                "từ {} ký tự, không quá {} byte",
                password::SHORTEST,
                password::LONGEST_BYTES
            );
            Err(Refusal::field("password", vi, error.to_string()).into())
        }
        Err(_) => Err(Problem::internal()),
    }
}

/// Accounts of an agency.
#[utoipa::path(get, path = "/api/v1/admin/people", tag = "administration", operation_id = "people",
    params(("agency" = Uuid, Query, description = "Of which agency.")),
    responses((status = 200, description = "By name of log-in.", body = Vec<Object>)), security(("session" = [])))]
pub(crate) async fn list_people(
    State(app): State<App>,
    person: LoggedIn,
    Asked(of): Asked<OfAgency>,
) -> Result<Json<Vec<Person>>, Problem> {
    let agency = belongs(&app, &person, of.agency).await?;
    let mut tx = app.store().read().await?;
    Ok(Json(people::of_agency(&mut tx, agency.id).await?))
}

/// On or off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActiveInput {
    pub(crate) active: bool,
}

/// Switches an account off (all its sessions end) or on.
#[utoipa::path(post, path = "/api/v1/admin/people/{id}/active", tag = "administration", operation_id = "disable_person",
    params(("id" = Uuid, Path, description = "Of the person.")),
    request_body = ActiveInput, responses((status = 204, description = "Done.")), security(("session" = [])))]
pub(crate) async fn disable_person(
    State(app): State<App>,
    person: LoggedIn,
    Path(id): Path<String>,
    Input(given): Input<ActiveInput>,
) -> Result<StatusCode, Problem> {
    let act = acts::DisablePerson { person: word(&id)?, active: given.active };
    perform(&app, &person, ActName::DisablePerson, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordInput {
    #[schema(value_type = String, format = Password)]
    password: Zeroizing<String>,
    /// One's own: the one before.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    old: Option<Zeroizing<String>>,
}

/// Sets the password of another; all their sessions end.
#[utoipa::path(post, path = "/api/v1/admin/people/{id}/password", tag = "administration", operation_id = "set_password",
    params(("id" = Uuid, Path, description = "Of the person.")),
    request_body = PasswordInput, responses((status = 204, description = "Done.")), security(("session" = [])))]
pub(crate) async fn set_password(
    State(app): State<App>,
    peer: Peer,
    person: LoggedIn,
    Path(id): Path<String>,
    Input(given): Input<PasswordInput>,
) -> Result<StatusCode, Problem> {
    peer.must_be_private()?;
    let password = hashed(given.password).await?;
    let act = acts::SetPassword { person: word(&id)?, password, own: false };
    perform(&app, &person, ActName::SetPassword, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets one's own password; all sessions end, this one too.
#[utoipa::path(post, path = "/api/v1/password", tag = "session", operation_id = "own_password",
    request_body = PasswordInput, responses((status = 204, description = "Done: log in again.")), security(("session" = [])))]
pub(crate) async fn own_password(
    State(app): State<App>,
    peer: Peer,
    person: LoggedIn,
    Input(given): Input<PasswordInput>,
) -> Result<StatusCode, Problem> {
    peer.must_be_private()?;
    let login = person.person.login.clone();
    app.rates().name.look(login.as_bytes()).map_err(Problem::too_many)?;
    let mut tx = app.store().read().await?;
    let stored = people::by_login(&mut tx, &login).await?.and_then(|(_, stored)| stored);
    drop(tx);
    let old = given.old.unwrap_or_default();
    if !app.passwords().check(stored, &old).await {
        // What it gives back only says when to come again.
        let _ = app.rates().name.count(login.as_bytes());
        let (vi, en) = ("mật khẩu cũ không đúng", "the old password is not right");
        return Err(Refusal::field("old", vi, en).into());
    }
    let password = hashed(given.password).await?;
    let act = acts::SetPassword { person: person.person.id, password, own: true };
    perform(&app, &person, ActName::SetPassword, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A position, given by a decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PositionInput {
    #[schema(value_type = String, format = Uuid)]
    agency: AgencyId,
    #[schema(value_type = String, format = Uuid)]
    person: PersonId,
    /// case_officer | official | registry_clerk | counter_clerk | shift_lead | administrator | auditor
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    #[schema(max_length = 120)]
    title: String,
    /// TM. | KT. | TL. | TUQ. | Q.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    authority: Option<Authority>,
    /// Absent: now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Number of the decision.
    #[serde(default)]
    decision: String,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    deputy_of: Option<PositionId>,
}

/// Gives a position.
#[utoipa::path(post, path = "/api/v1/admin/positions", tag = "administration", operation_id = "give_position",
    request_body = PositionInput, responses((status = 201, description = "Given.", body = Created)), security(("session" = [])))]
pub(crate) async fn give_position(
    State(app): State<App>,
    person: LoggedIn,
    Input(given): Input<PositionInput>,
) -> Result<Made, Problem> {
    let id = PositionId::new(Uuid::now_v7());
    let position = Position {
        id,
        agency: given.agency,
        person: given.person,
        roles: given.roles.into_iter().collect(),
        title: given.title,
        authority: given.authority,
        from: given.from.unwrap_or_else(|| app.store().now()),
        to: given.to,
        decision: given.decision,
        deputy_of: given.deputy_of,
    };
    perform(&app, &person, ActName::GivePosition, acts::GivePosition(position)).await?;
    Ok(made(id.uuid()))
}

/// Positions of an agency.
#[utoipa::path(get, path = "/api/v1/admin/positions", tag = "administration", operation_id = "positions",
    params(("agency" = Uuid, Query, description = "Of which agency.")),
    responses((status = 200, description = "All, past ones too.", body = Vec<PositionView>)), security(("session" = [])))]
pub(crate) async fn list_positions(
    State(app): State<App>,
    person: LoggedIn,
    Asked(of): Asked<OfAgency>,
) -> Result<Json<Vec<PositionView>>, Problem> {
    let agency = belongs(&app, &person, of.agency).await?;
    let now = app.store().now();
    let mut tx = app.store().read().await?;
    let all = positions::of_agency(&mut tx, agency.id).await?;
    Ok(Json(all.iter().map(|position| PositionView::of(position, now)).collect()))
}

/// When.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndInput {
    /// Absent: now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// Ends a position.
#[utoipa::path(post, path = "/api/v1/admin/positions/{id}/end", tag = "administration", operation_id = "end_position",
    params(("id" = Uuid, Path, description = "Of the position.")),
    request_body = EndInput, responses((status = 204, description = "Ended.")), security(("session" = [])))]
pub(crate) async fn end_position(
    State(app): State<App>,
    person: LoggedIn,
    Path(id): Path<String>,
    Input(given): Input<EndInput>,
) -> Result<StatusCode, Problem> {
    let act = acts::EndPosition { position: word(&id)?, at: given.at };
    perform(&app, &person, ActName::EndPosition, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Creates a procedure, or puts its next version in place.
#[utoipa::path(put, path = "/api/v1/admin/procedures", tag = "administration", operation_id = "put_procedure",
    request_body(content = Object, description = "id, agency, code, name, acts, attachment_acts, layout, terms, from, to"),
    responses((status = 200, description = "As it is now.", body = Object)), security(("session" = [])))]
pub(crate) async fn put_procedure(
    State(app): State<App>,
    person: LoggedIn,
    Input(given): Input<Procedure>,
) -> Result<Json<Procedure>, Problem> {
    let put = perform(&app, &person, ActName::PutProcedure, acts::PutProcedure(given)).await?;
    Ok(Json(put))
}

/// Procedures of an agency.
#[utoipa::path(get, path = "/api/v1/admin/procedures", tag = "administration", operation_id = "procedures",
    params(("agency" = Uuid, Query, description = "Of which agency.")),
    responses((status = 200, description = "All.", body = Vec<Object>)), security(("session" = [])))]
pub(crate) async fn list_procedures(
    State(app): State<App>,
    person: LoggedIn,
    Asked(of): Asked<OfAgency>,
) -> Result<Json<Vec<Procedure>>, Problem> {
    let agency = belongs(&app, &person, of.agency).await?;
    let mut tx = app.store().read().await?;
    Ok(Json(procedures::of_agency(&mut tx, agency.id).await?))
}

/// A key of the signer, for a person or for the agency's seal.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyInput {
    #[schema(value_type = String, format = Uuid)]
    agency: AgencyId,
    /// Absent: the agency's seal.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    person: Option<PersonId>,
    /// Name of the key at the signer.
    #[schema(max_length = 120)]
    label: String,
    /// DER, base64.
    certificate: String,
    /// PNG of the handwritten signature or the seal, base64.
    #[serde(default)]
    image: Option<String>,
    /// PNG of the initials, base64.
    #[serde(default)]
    initials: Option<String>,
}

/// Binds a key: the first of two people.
#[utoipa::path(post, path = "/api/v1/admin/keys", tag = "administration", operation_id = "bind_key",
    request_body = KeyInput, responses((status = 201, description = "Waits for the second person.", body = Created)), security(("session" = [])))]
pub(crate) async fn bind_key(
    State(app): State<App>,
    person: LoggedIn,
    Input(given): Input<KeyInput>,
) -> Result<Made, Problem> {
    let id = KeyId::new(Uuid::now_v7());
    let certificate = object(&app, "certificate", Some(&given.certificate)).await?;
    let certificate = certificate.ok_or(Refusal::Unknown { what: "certificate" })?;
    let key = Key {
        id,
        agency: given.agency,
        owner: given.person.map_or(KeyOwner::Seal, KeyOwner::Person),
        label: given.label,
        certificate,
        image: object(&app, "image", given.image.as_deref()).await?,
        initials: object(&app, "initials", given.initials.as_deref()).await?,
        state: KeyState::Proposed,
        bound_by: Some(person.person.id),
        bound: app.store().now(),
        confirmed_by: None,
    };
    perform(&app, &person, ActName::BindKey, acts::BindKey(key)).await?;
    Ok(made(id.uuid()))
}

async fn object(
    app: &App,
    name: &'static str,
    text: Option<&str>,
) -> Result<Option<FileHash>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| Refusal::field(name, "không phải base64", "not base64"))?;
    Ok(Some(app.objects().put(bytes).await?))
}

/// Keys of an agency.
#[utoipa::path(get, path = "/api/v1/admin/keys", tag = "administration", operation_id = "keys",
    params(("agency" = Uuid, Query, description = "Of which agency.")),
    responses((status = 200, description = "All, retired ones too.", body = Vec<Object>)), security(("session" = [])))]
pub(crate) async fn list_keys(
    State(app): State<App>,
    person: LoggedIn,
    Asked(of): Asked<OfAgency>,
) -> Result<Json<Vec<Key>>, Problem> {
    let agency = belongs(&app, &person, of.agency).await?;
    let mut tx = app.store().read().await?;
    Ok(Json(keys::of_agency(&mut tx, agency.id).await?))
}

/// Confirms a key: the second of two people.
#[utoipa::path(post, path = "/api/v1/admin/keys/{id}/confirm", tag = "administration", operation_id = "confirm_key",
    params(("id" = Uuid, Path, description = "Of the key.")),
    responses((status = 204, description = "It signs from now on.")), security(("session" = [])))]
pub(crate) async fn confirm_key(
    State(app): State<App>,
    person: LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    perform(&app, &person, ActName::ConfirmKey, acts::ConfirmKey(word(&id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the use of a key.
#[utoipa::path(post, path = "/api/v1/admin/keys/{id}/retire", tag = "administration", operation_id = "retire_key",
    params(("id" = Uuid, Path, description = "Of the key.")),
    responses((status = 204, description = "It never signs again.")), security(("session" = [])))]
pub(crate) async fn retire_key(
    State(app): State<App>,
    person: LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    perform(&app, &person, ActName::RetireKey, acts::RetireKey(word(&id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}
