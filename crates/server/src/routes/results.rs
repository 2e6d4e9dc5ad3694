//! Results: lists, one, its files and evidence, and the decisions on it that need no signer.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse as _, Response};
use issuance::{ActName, FileHash, ProcedureResult, Refusal, ResultId, Seen, State as Life};
use jiff::Timestamp;
use office::acts;
use office::entry::{Look, Looked, Who, may_look};
use office::log::{Folder, Inclusion};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::queries::inbox::{self, Page};
use store::queries::since::{self, Whose};
use store::{Act, evidence, leaves};
use utoipa::ToSchema;
use uuid::Uuid;

use super::views::{LineView, ResultView};
use crate::app::App;
use crate::input::{Asked, Input, word};
use crate::problem::Problem;
use crate::session::{Caller, LoggedIn};

/// From where on, and how many.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    #[serde(default)]
    since: u64,
    #[serde(default = "hundred")]
    limit: u32,
}

fn hundred() -> u32 {
    100
}

/// What happened since the cursor.
#[derive(Serialize, ToSchema)]
pub(crate) struct Events {
    /// Where to go on.
    cursor: u64,
    events: Vec<EventView>,
}

/// What happened; a webhook gets the same.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventView {
    position: u64,
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[schema(example = "result.issued")]
    kind: String,
    /// The id of the result.
    object: String,
    #[schema(value_type = Object)]
    data: Value,
}

/// What happened to results since a cursor: an API client sees its own, a person those of their
/// agencies. Nothing is missed and nothing comes out of order.
#[utoipa::path(
    get, path = "/api/v1/results", tag = "results", operation_id = "events_since",
    params(
        ("since" = Option<u64>, Query, description = "Cursor of the last answer; 0 from the beginning.", maximum = 9007199254740991_i64),
        ("limit" = Option<u32>, Query, description = "At most 1000.", minimum = 1, maximum = 1000),
    ),
    responses((status = 200, description = "Oldest first.", body = Events))
)]
pub(crate) async fn events(
    State(app): State<App>,
    caller: Caller,
    Asked(cursor): Asked<Cursor>,
) -> Result<Json<Events>, Problem> {
    let now = app.store().now();
    let whose = match &caller {
        Caller::Client(client, _) => Whose::Client(client.id),
        Caller::Person(person) => {
            let in_force = person.positions.iter().filter(|position| position.in_force(now));
            Whose::Agencies(in_force.map(|position| position.agency).collect())
        }
    };
    let from = cursor.since.min(i64::MAX.unsigned_abs());
    let mut tx = app.store().read().await?;
    let found = since::events(&mut tx, from, &whose, cursor.limit.clamp(1, 1000)).await?;
    let events = found.events.into_iter().map(|placed| EventView {
        position: placed.position,
        id: placed.id,
        at: placed.at,
        kind: placed.event.kind,
        object: placed.event.object,
        data: placed.event.data,
    });
    Ok(Json(Events { cursor: found.cursor, events: events.collect() }))
}

/// Which list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    #[serde(default)]
    queue: Queue,
    #[serde(default)]
    offset: u32,
    #[serde(default = "hundred")]
    limit: u32,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Queue {
    /// Waits for the caller's positions.
    #[default]
    Mine,
    /// Waits for the registry of the caller's agencies: signed, numbered, sealed, accepted.
    Registry,
    /// Sent back, or cancelled.
    Returned,
    /// Issued, to be returned at the caller's place.
    Place,
}

/// A list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Lines {
    results: Vec<LineView>,
}

/// What waits: for a person's positions, for the registry, for the case officer, at the counter. Due
/// first.
#[utoipa::path(
    get, path = "/api/v1/inbox", tag = "results", operation_id = "inbox",
    params(
        ("queue" = Option<Queue>, Query, description = "Which list."),
        ("offset" = Option<u32>, Query, description = "From where on.", maximum = 1000000),
        ("limit" = Option<u32>, Query, description = "At most 1000.", minimum = 1, maximum = 1000),
    ),
    responses((status = 200, description = "The list.", body = Lines)),
    security(("session" = []))
)]
pub(crate) async fn inbox(
    State(app): State<App>,
    person: LoggedIn,
    Asked(listed): Asked<Listed>,
) -> Result<Json<Lines>, Problem> {
    let now = app.store().now();
    let page = Page { limit: listed.limit.clamp(1, 1000), offset: listed.offset };
    let in_force: Vec<_> = person.positions.iter().filter(|p| p.in_force(now)).collect();
    let agencies: Vec<_> = in_force.iter().map(|position| position.agency).collect();
    let mut tx = app.store().read().await?;
    let tx = &mut tx;
    let found = match listed.queue {
        Queue::Mine => {
            let own = in_force.iter().map(|position| position.id);
            let deputised = in_force.iter().filter_map(|position| position.deputy_of);
            let positions: Vec<_> = own.chain(deputised).collect();
            inbox::of_positions(tx, &positions, page).await?
        }
        Queue::Registry => {
            let states = [Life::Signed, Life::Numbered, Life::Sealed, Life::Accepted];
            inbox::of_agencies(tx, &agencies, &states, page).await?
        }
        Queue::Returned => {
            let states = [Life::Returned, Life::Cancelled];
            inbox::of_agencies(tx, &agencies, &states, page).await?
        }
        Queue::Place => inbox::of_places(tx, &agencies, &[Life::Issued], page).await?,
    };
    let results = found.iter().map(|result| LineView::of(result, now)).collect();
    Ok(Json(Lines { results }))
}

/// A result. A person's view is a row of the audit.
#[utoipa::path(
    get, path = "/api/v1/results/{id}", tag = "results", operation_id = "result",
    params(("id" = Uuid, Path, description = "Of the result.")),
    responses((status = 200, description = "The result.", body = ResultView))
)]
pub(crate) async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ResultView>, Problem> {
    let result = word::<ResultId>(&id)?;
    let result = match &caller {
        Caller::Client(client, _) => {
            let who = Who::Client((**client).clone());
            let mut tx = app.store().read().await?;
            let seen = may_look(&mut tx, result, Looked::Data, &who, app.store().now()).await;
            seen.map_err(|error| Problem::from(store::PerformError::from(error)))?
        }
        Caller::Person(_) => look(&app, &caller, result, Looked::Data).await?,
    };
    Ok(view(&app, &result))
}

async fn look(
    app: &App,
    caller: &Caller,
    result: ResultId,
    what: Looked,
) -> Result<ProcedureResult, Problem> {
    let act = match what {
        Looked::Data | Looked::File(_) => ActName::ReadResult,
        Looked::Evidence => ActName::ReadEvidence,
    };
    let actor = caller.actor(act, app.store().now());
    Ok(app.store().perform(Look { result, what }, actor).await?)
}

pub(crate) fn view(app: &App, result: &ProcedureResult) -> Json<ResultView> {
    Json(ResultView::of(result, &app.config().public_url, app.store().now()))
}

/// Which file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    #[serde(default)]
    index: u16,
}

/// A file of a result, as it is now. Every download is a row of the audit.
#[utoipa::path(
    get, path = "/api/v1/results/{id}/file", tag = "results", operation_id = "result_file",
    params(
        ("id" = Uuid, Path, description = "Of the result."),
        ("index" = Option<u16>, Query, description = "0: the main file.", maximum = 1000),
    ),
    responses((status = 200, description = "The file.", content_type = "application/pdf", body = Vec<u8>))
)]
pub(crate) async fn file(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    let id = word::<ResultId>(&id)?;
    let result = look(&app, &caller, id, Looked::File(which.index)).await?;
    let file = result.files.get(usize::from(which.index));
    let hash = file.ok_or(Refusal::Unknown { what: "file" })?.current;
    let bytes = app.objects().get(&hash).await?;
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{id}-{}.pdf\"", which.index)),
        (ETAG, format!("\"{hash}\"")),
    ];
    Ok((headers, bytes).into_response())
}

/// What the verdicts on a result rest on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Evidence {
    items: Vec<EvidenceView>,
    leaves: Vec<LeafView>,
}

/// Evidence of one verdict.
#[derive(Serialize, ToSchema)]
pub(crate) struct EvidenceView {
    /// "signature" or "intake"
    kind: String,
    /// SHA-256 of the file that was judged.
    #[schema(value_type = String)]
    file: FileHash,
    policy: String,
    #[schema(example = "TOTAL_PASSED")]
    conclusion: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Certificates, revocation lists, OCSP answers: schema antin.evidence/1.
    #[schema(value_type = Object)]
    evidence: Value,
}

/// An entry of the transparency log.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeafView {
    /// issue | revoke | supersede | suspend | resume …
    kind: String,
    /// Its place; none while it is on its way.
    index: Option<u64>,
    /// The entry itself.
    entry: String,
    /// C2SP tlog-proof as text, once it is published.
    proof: Option<String>,
}

/// Evidence of all signatures, and the entries of the log with their proofs.
#[utoipa::path(
    get, path = "/api/v1/results/{id}/evidence", tag = "results", operation_id = "result_evidence",
    params(("id" = Uuid, Path, description = "Of the result.")),
    responses((status = 200, description = "Evidence and proofs.", body = Evidence))
)]
pub(crate) async fn evidence_of(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Evidence>, Problem> {
    let result = look(&app, &caller, word(&id)?, Looked::Evidence).await?;
    let mut tx = app.store().read().await?;
    let rows = evidence::of_result(&mut tx, result.id).await?;
    let entries = leaves::of_result(&mut tx, result.id).await?;
    drop(tx);
    let mut items = vec![];
    for row in rows {
        let bytes = app.objects().get(&row.hash).await?;
        items.push(EvidenceView {
            kind: row.kind,
            file: row.file,
            policy: row.policy,
            conclusion: row.conclusion,
            at: row.at,
            evidence: serde_json::from_slice(&bytes).unwrap_or_default(),
        });
    }
    let (folder, key) = (Folder::at(&app.config().log_folder), app.log_key());
    let proved = tokio::task::spawn_blocking(move || {
        entries
            .into_iter()
            .map(|row| {
                let proof = match key.as_ref().map(|key| office::log::inclusion(&folder, key, &row))
                {
                    Some(Ok(Inclusion::Proved(proof))) => {
                        Some(String::from_utf8_lossy(&proof.to_bytes()).into_owned())
                    }
                    _ => None,
                };
                let entry = String::from_utf8_lossy(&row.bytes).into_owned();
                LeafView { kind: row.kind, index: row.index, entry, proof }
            })
            .collect()
    });
    let leaves = proved.await.map_err(|_| Problem::internal())?;
    Ok(Json(Evidence { items, leaves }))
}

/// What the person saw: refused when it changed meanwhile.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenInput {
    #[schema(minimum = 1)]
    revision: u32,
    /// SHA-256 of the file shown.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    sha256: FileHash,
    /// Absent: changes that left revision and file alone are accepted.
    #[serde(default)]
    version: Option<u64>,
}

impl SeenInput {
    fn seen(&self) -> Seen {
        Seen { revision: self.revision, sha256: self.sha256, version: self.version }
    }
}

/// What was seen, and why it goes back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnInput {
    seen: SeenInput,
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonInput {
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

/// What was seen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueInput {
    seen: SeenInput,
}

async fn decide<A: Act<Done = ProcedureResult>>(
    app: &App,
    caller: &Caller,
    name: ActName,
    act: A,
) -> Result<Json<ResultView>, Problem> {
    let actor = caller.actor(name, app.store().now());
    let result = app.store().perform(act, actor).await?;
    Ok(view(app, &result))
}

/// The official approves what they saw; the signature follows by an activation.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/approve", tag = "results", operation_id = "approve",
    params(("id" = Uuid, Path, description = "Of the result.")),
    request_body = SeenInput,
    responses((status = 200, description = "Approved.", body = ResultView)),
    security(("session" = []))
)]
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Input(seen): Input<SeenInput>,
) -> Result<Json<ResultView>, Problem> {
    let act = acts::Approve { result: word(&id)?, seen: seen.seen() };
    decide(&app, &caller, ActName::Approve, act).await
}

/// Back to the case officer.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/return", tag = "results", operation_id = "return",
    params(("id" = Uuid, Path, description = "Of the result.")),
    request_body = ReturnInput,
    responses((status = 200, description = "Returned.", body = ResultView)),
    security(("session" = []))
)]
pub(crate) async fn return_(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Input(given): Input<ReturnInput>,
) -> Result<Json<ResultView>, Problem> {
    let act = acts::Return { result: word(&id)?, seen: given.seen.seen(), reason: given.reason };
    decide(&app, &caller, ActName::Return, act).await
}

/// Taken back by whoever sent it.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/withdraw", tag = "results", operation_id = "withdraw",
    params(("id" = Uuid, Path, description = "Of the result.")),
    request_body = ReasonInput,
    responses((status = 200, description = "Withdrawn.", body = ResultView))
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Input(given): Input<ReasonInput>,
) -> Result<Json<ResultView>, Problem> {
    let act = acts::Withdraw { result: word(&id)?, reason: given.reason };
    decide(&app, &caller, ActName::Withdraw, act).await
}

/// Stopped after approval and before issue. Its number becomes void and is never used again.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/cancel", tag = "results", operation_id = "cancel",
    params(("id" = Uuid, Path, description = "Of the result.")),
    request_body = ReasonInput,
    responses((status = 200, description = "Cancelled.", body = ResultView)),
    security(("session" = []))
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Input(given): Input<ReasonInput>,
) -> Result<Json<ResultView>, Problem> {
    let act = acts::Cancel { result: word(&id)?, reason: given.reason };
    decide(&app, &caller, ActName::Cancel, act).await
}

/// Issues: the result is in force and entered in the public log; it can be revoked, never changed.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/issue", tag = "results", operation_id = "issue",
    params(("id" = Uuid, Path, description = "Of the result.")),
    request_body = IssueInput,
    responses((status = 200, description = "Issued.", body = ResultView)),
    security(("session" = []))
)]
pub(crate) async fn issue(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Input(given): Input<IssueInput>,
) -> Result<Json<ResultView>, Problem> {
    let act = acts::Issue { result: word(&id)?, seen: Some(given.seen.seen()) };
    decide(&app, &caller, ActName::Issue, act).await
}

/// For handlers that make something new.
pub(crate) const CREATED: StatusCode = StatusCode::CREATED;
