//! API clients: made, given another token, switched off.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use issuance::{ActName, AgencyId, Client, ClientId, PersonId, Refusal, Scope};
use jiff::SignedDuration;
use office::acts::admin as acts;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::clients;
use utoipa::ToSchema;
use uuid::Uuid;

use super::admin::{ActiveInput, OfAgency, belongs, perform};
use super::results::CREATED;
use crate::app::App;
use crate::input::{Asked, Input, word};
use crate::peer::Peer;
use crate::problem::Problem;
use crate::session::{self, LoggedIn};

/// The old token of a client is taken this long after a rotation.
const OLD_TOKEN_SECONDS: i64 = 24 * 3600;

/// A system that submits and asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientInput {
    #[schema(value_type = String, format = Uuid)]
    agency: AgencyId,
    #[schema(max_length = 120)]
    name: String,
    /// [{agency, procedures: [ids] or null for all}]
    #[schema(value_type = Vec<Object>)]
    scopes: Vec<Scope>,
    /// The officer acted for.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    acts_for: Option<PersonId>,
    /// Where its webhook listens.
    #[serde(default)]
    #[schema(max_length = 500)]
    webhook: Option<String>,
}

/// What is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientSecrets {
    #[schema(value_type = String, format = Uuid)]
    id: ClientId,
    /// Bearer token: shown once, only its hash is kept.
    token: String,
    /// Key of the webhook's HMAC, as the bytes of this text: shown once.
    webhook_key: Option<String>,
}

/// Creates an API client. Its secrets are shown once.
#[utoipa::path(post, path = "/api/v1/admin/clients", tag = "administration", operation_id = "create_client",
    request_body = ClientInput, responses((status = 201, description = "Created.", body = ClientSecrets)), security(("session" = [])))]
pub(crate) async fn create_client(
    State(app): State<App>,
    peer: Peer,
    person: LoggedIn,
    Input(given): Input<ClientInput>,
) -> Result<(StatusCode, Json<ClientSecrets>), Problem> {
    peer.must_be_private()?;
    let ClientInput { agency, name, scopes, acts_for, webhook } = given;
    let http = |url: &String| url.starts_with("http://") || url.starts_with("https://");
    if webhook.as_ref().is_some_and(|url| !http(url) || url.len() > 500) {
        return Err(
            Refusal::field("webhook", "http:// hoặc https://", "http:// or https://").into()
        );
    }
    let id = ClientId::new(Uuid::now_v7());
    let token = session::secret()?;
    let webhook_key = webhook.as_ref().map(|_| session::secret()).transpose()?;
    let created = app.store().now();
    let client = Client { id, agency, name, scopes, acts_for, webhook, active: true, created };
    let act = acts::CreateClient {
        client,
        token: session::hash(&token),
        webhook_key: webhook_key.clone().map(String::into_bytes),
    };
    perform(&app, &person, ActName::CreateClient, act).await?;
    Ok((CREATED, Json(ClientSecrets { id, token, webhook_key })))
}

/// API clients of an agency.
#[utoipa::path(get, path = "/api/v1/admin/clients", tag = "administration", operation_id = "clients",
    params(("agency" = Uuid, Query, description = "Of which agency.")),
    responses((status = 200, description = "All.", body = Vec<Object>)), security(("session" = [])))]
pub(crate) async fn list_clients(
    State(app): State<App>,
    person: LoggedIn,
    Asked(of): Asked<OfAgency>,
) -> Result<Json<Vec<Value>>, Problem> {
    let agency = belongs(&app, &person, of.agency).await?;
    let mut tx = app.store().read().await?;
    let mut all = vec![];
    for client in clients::of_agency(&mut tx, agency.id).await? {
        let last_use = clients::last_use(&mut tx, client.id).await?;
        all.push(json!({ "client": client, "last_use": last_use }));
    }
    Ok(Json(all))
}

/// Another token; the one before is taken for a day.
#[utoipa::path(post, path = "/api/v1/admin/clients/{id}/rotate", tag = "administration", operation_id = "rotate_client",
    params(("id" = Uuid, Path, description = "Of the client.")),
    responses((status = 200, description = "The new token, shown once.", body = ClientSecrets)), security(("session" = [])))]
pub(crate) async fn rotate_client(
    State(app): State<App>,
    peer: Peer,
    person: LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<ClientSecrets>, Problem> {
    peer.must_be_private()?;
    let id = word::<ClientId>(&id)?;
    let token = session::secret()?;
    let now = app.store().now();
    let old_until = now.saturating_add(SignedDuration::from_secs(OLD_TOKEN_SECONDS)).unwrap_or(now);
    let act = acts::RotateClient { client: id, token: session::hash(&token), old_until };
    perform(&app, &person, ActName::RotateClient, act).await?;
    Ok(Json(ClientSecrets { id, token, webhook_key: None }))
}

/// Switches an API client off or on.
#[utoipa::path(post, path = "/api/v1/admin/clients/{id}/active", tag = "administration", operation_id = "disable_client",
    params(("id" = Uuid, Path, description = "Of the client.")),
    request_body = ActiveInput, responses((status = 204, description = "Done.")), security(("session" = [])))]
pub(crate) async fn disable_client(
    State(app): State<App>,
    person: LoggedIn,
    Path(id): Path<String>,
    Input(given): Input<ActiveInput>,
) -> Result<StatusCode, Problem> {
    let act = acts::DisableClient { client: word(&id)?, active: given.active };
    perform(&app, &person, ActName::DisableClient, act).await?;
    Ok(StatusCode::NO_CONTENT)
}
