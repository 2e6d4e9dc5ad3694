//! Submissions by either door, corrected drafts, moved boxes.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use issuance::{ActName, CheckCode, Kind, Place, Refusal, ResultId, SubmissionInput};
use office::acts::{Answer, Idempotency};
use office::desk::{Attachment, Submit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::results::{CREATED, view};
use super::views::{ResultView, link};
use crate::app::App;
use crate::input::{Input, Large, word};
use crate::problem::Problem;
use crate::session::Caller;

/// A submission with its files.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitInput {
    #[schema(value_type = SubmissionSchema)]
    submission: SubmissionInput,
    /// The main file, base64.
    pdf: String,
    #[serde(default)]
    attachments: Vec<AttachmentInput>,
}

/// A file beside the main one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttachmentInput {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Base64.
    pdf: String,
}

/// The data of a submission. Text is normalised to NFC.
#[derive(ToSchema)]
#[allow(dead_code)] // describes `issuance::SubmissionInput`
pub(crate) struct SubmissionSchema {
    /// Identifiers of appointment slips.
    #[schema(required = false)]
    slips: Vec<String>,
    /// Dossier codes.
    #[schema(required = false)]
    dossiers: Vec<String>,
    #[schema(format = Uuid)]
    procedure: String,
    /// Which decides.
    #[schema(format = Uuid)]
    agency: String,
    /// Where it is returned.
    #[schema(format = Uuid)]
    receiving_place: String,
    /// Who shall sign; none for a result signed elsewhere.
    #[schema(format = Uuid)]
    signing_position: Option<String>,
    #[schema(min_length = 1, max_length = 500)]
    title: String,
    /// {"person": {name, last_four, birth_year}} or {"organisation": {name, code, retrieval_secret}}
    #[schema(required = false)]
    holders: Vec<Object>,
    #[schema(format = DateTime)]
    deadline: Option<String>,
    /// counter | post | electronic
    #[schema(required = false)]
    channel: String,
    /// What a reader compares with the paper: [{name, value}]
    #[schema(required = false)]
    fields: Vec<Object>,
    /// "draft", or {"signed_elsewhere": {kind, number, date, title, signer}}
    #[schema(value_type = Object)]
    kind: String,
}

type Object = serde_json::Map<String, serde_json::Value>;

/// What the submitter keeps.
#[derive(Serialize, ToSchema)]
pub(crate) struct Submitted {
    #[schema(value_type = String, format = Uuid)]
    id: ResultId,
    /// Stands on printed copies: opens the public page.
    #[schema(value_type = String)]
    code: CheckCode,
    link: String,
    #[schema(value_type = String, example = "submitted")]
    state: issuance::State,
    revision: u32,
    version: u64,
}

impl Submitted {
    fn of(answer: &Answer, public_url: &str) -> Submitted {
        let Answer { id, code, state, revision, version } = answer.clone();
        Submitted { id, code, link: link(public_url, &code), state, revision, version }
    }
}

impl SubmitInput {
    fn read(self, idempotency: Option<Idempotency>, most: u64) -> Result<Submit, Problem> {
        let decode = |name: &'static str, text: &str| {
            let bytes = STANDARD.decode(text);
            let bytes =
                bytes.map_err(|_| Refusal::field(name, "không phải base64", "not base64"))?;
            match u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
                true => Ok(bytes),
                false => Err(Problem::too_large(most)),
            }
        };
        let attachments = self
            .attachments
            .into_iter()
            .map(|one| Ok(Attachment { pdf: decode("attachments", &one.pdf)?, name: one.name }));
        Ok(Submit {
            attachments: attachments.collect::<Result<_, Problem>>()?,
            pdf: decode("pdf", &self.pdf)?,
            submission: self.submission,
            idempotency,
        })
    }
}

/// The header `Idempotency-Key`: 1 to 200 visible characters.
fn idempotency(headers: &HeaderMap, fingerprint: [u8; 32]) -> Result<Option<Idempotency>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > 200 {
        return Err(Problem::unreadable("Idempotency-Key: 1–200"));
    }
    Ok(Some(Idempotency { key: key.to_owned(), fingerprint }))
}

/// Submits by either door. A draft is looked through at once and refused with every reason; a result
/// signed elsewhere is kept byte for byte and judged by a worker. The same `Idempotency-Key` gives the
/// same answer.
#[utoipa::path(
    post, path = "/api/v1/results", tag = "results", operation_id = "submit",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request twice is done once.", max_length = 200)),
    request_body = SubmitInput,
    responses((status = 201, description = "Submitted.", body = Submitted))
)]
pub(crate) async fn submit(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Large(given, fingerprint): Large<SubmitInput>,
) -> Result<(StatusCode, Json<Submitted>), Problem> {
    let submit =
        given.read(idempotency(&headers, fingerprint)?, app.config().limits.document_bytes)?;
    let act = match submit.submission.kind {
        Kind::Draft => ActName::SubmitDraft,
        Kind::SignedElsewhere(_) => ActName::SubmitElsewhere,
    };
    let actor = caller.actor(act, app.store().now());
    let answer = app.desk().submit(submit, actor).await?;
    Ok((CREATED, Json(Submitted::of(&answer, &app.config().public_url))))
}

/// A corrected draft after return or cancellation: a new revision of the same result.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/resubmit", tag = "results", operation_id = "resubmit",
    params(
        ("id" = Uuid, Path, description = "Of the result."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request twice is done once.", max_length = 200),
    ),
    request_body = SubmitInput,
    responses((status = 200, description = "Submitted again.", body = Submitted))
)]
pub(crate) async fn resubmit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Large(given, fingerprint): Large<SubmitInput>,
) -> Result<Json<Submitted>, Problem> {
    let submit =
        given.read(idempotency(&headers, fingerprint)?, app.config().limits.document_bytes)?;
    let actor = caller.actor(ActName::Resubmit, app.store().now());
    let answer = app.desk().resubmit(word(&id)?, submit, actor).await?;
    Ok(Json(Submitted::of(&answer, &app.config().public_url)))
}

/// Boxes of the main file moved on the preview.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoxesInput {
    /// The version that was seen.
    version: u64,
    /// By the name of the box.
    #[schema(value_type = Object)]
    moved: BTreeMap<String, Place>,
}

/// Moves boxes of the layout before anything is signed; the file is prepared again.
#[utoipa::path(
    post, path = "/api/v1/results/{id}/boxes", tag = "results", operation_id = "place_boxes",
    params(("id" = Uuid, Path, description = "Of the result.")),
    request_body = BoxesInput,
    responses((status = 200, description = "Moved.", body = ResultView)),
    security(("session" = []))
)]
pub(crate) async fn place_boxes(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Input(given): Input<BoxesInput>,
) -> Result<Json<ResultView>, Problem> {
    let actor = caller.actor(ActName::PlaceBoxes, app.store().now());
    let moved = app.desk().place_boxes(word(&id)?, given.version, given.moved, actor).await?;
    Ok(view(&app, &moved))
}
