//! What two people do to an issued result: one proposes, another confirms.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use issuance::{
    AgencyId, PersonId, PositionId, Proposal, ProposalId, ProposalState, Proposed, ResultId,
};
use jiff::Timestamp;
use office::acts;
use serde::{Deserialize, Serialize};
use store::proposals;
use utoipa::ToSchema;
use uuid::Uuid;

use super::results::{CREATED, view};
use super::views::ResultView;
use crate::app::App;
use crate::input::{Input, word};
use crate::problem::Problem;
use crate::session::{Caller, LoggedIn};

/// What is proposed, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposalInput {
    #[schema(value_type = String, format = Uuid)]
    result: ResultId,
    act: ProposedAct,
    /// For supersede: the issued result that takes its place.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    by: Option<ResultId>,
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProposedAct {
    Revoke,
    Suspend,
    Resume,
    Supersede,
}

/// Half of an act that needs two people.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProposalView {
    #[schema(value_type = String, format = Uuid)]
    id: ProposalId,
    #[schema(value_type = String, format = Uuid)]
    result: ResultId,
    /// revoke | suspend | resume | supersede
    act: &'static str,
    reason: String,
    #[schema(value_type = String, format = Uuid)]
    person: PersonId,
    #[schema(value_type = String, format = Uuid)]
    position: PositionId,
    #[schema(value_type = String, format = Uuid)]
    agency: AgencyId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// open | confirmed | withdrawn
    state: &'static str,
}

/// A list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proposals {
    proposals: Vec<ProposalView>,
}

impl ProposalView {
    fn of(proposal: &Proposal) -> ProposalView {
        ProposalView {
            id: proposal.id,
            result: proposal.result,
            act: proposal.proposed.act().rule().word,
            reason: proposal.reason.clone(),
            person: proposal.person,
            position: proposal.position,
            agency: proposal.agency,
            at: proposal.at,
            state: match proposal.state {
                ProposalState::Open => "open",
                ProposalState::Confirmed { .. } => "confirmed",
                ProposalState::Withdrawn { .. } => "withdrawn",
            },
        }
    }
}

/// The first of two people. The result does not change yet.
#[utoipa::path(
    post, path = "/api/v1/proposals", tag = "results", operation_id = "propose",
    request_body = ProposalInput,
    responses((status = 201, description = "Proposed.", body = ProposalView)),
    security(("session" = []))
)]
pub(crate) async fn propose(
    State(app): State<App>,
    caller: Caller,
    Input(given): Input<ProposalInput>,
) -> Result<(StatusCode, Json<ProposalView>), Problem> {
    let proposed = match (given.act, given.by) {
        (ProposedAct::Revoke, None) => Proposed::Revoke,
        (ProposedAct::Suspend, None) => Proposed::Suspend,
        (ProposedAct::Resume, None) => Proposed::Resume,
        (ProposedAct::Supersede, Some(by)) => Proposed::Supersede { by },
        _ => {
            let (vi, en) =
                ("chỉ dùng, và phải có, khi thay thế", "only for, and needed for, supersede");
            return Err(issuance::Refusal::field("by", vi, en).into());
        }
    };
    let now = app.store().now();
    let actor = caller.actor(proposed.act(), now);
    let id = ProposalId::new(Uuid::now_v7());
    let act = acts::Propose { id, result: given.result, proposed, reason: given.reason };
    let proposal = app.store().perform(act, actor).await?;
    Ok((CREATED, Json(ProposalView::of(&proposal))))
}

/// The second of two people: now it happens.
#[utoipa::path(
    post, path = "/api/v1/proposals/{id}/confirm", tag = "results", operation_id = "confirm",
    params(("id" = Uuid, Path, description = "Of the proposal.")),
    responses((status = 200, description = "Done.", body = ResultView)),
    security(("session" = []))
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ResultView>, Problem> {
    let proposal = word::<ProposalId>(&id)?;
    let actor = caller.actor(issuance::ActName::Revoke, app.store().now());
    let result = app.store().perform(acts::Confirm { proposal }, actor).await?;
    Ok(view(&app, &result))
}

/// Taken back by whoever proposed it.
#[utoipa::path(
    post, path = "/api/v1/proposals/{id}/withdraw", tag = "results", operation_id = "withdraw_proposal",
    params(("id" = Uuid, Path, description = "Of the proposal.")),
    responses((status = 200, description = "Withdrawn.", body = ProposalView)),
    security(("session" = []))
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ProposalView>, Problem> {
    let proposal = word::<ProposalId>(&id)?;
    let actor = caller.actor(issuance::ActName::Revoke, app.store().now());
    let withdrawn = app.store().perform(acts::WithdrawProposal { proposal }, actor).await?;
    Ok(Json(ProposalView::of(&withdrawn)))
}

/// Open proposals of the caller's agencies.
#[utoipa::path(
    get, path = "/api/v1/proposals", tag = "results", operation_id = "proposals",
    responses((status = 200, description = "Open ones.", body = Proposals)),
    security(("session" = []))
)]
pub(crate) async fn open(
    State(app): State<App>,
    person: LoggedIn,
) -> Result<Json<Proposals>, Problem> {
    let now = app.store().now();
    let mut agencies: Vec<AgencyId> =
        person.positions.iter().filter(|p| p.in_force(now)).map(|p| p.agency).collect();
    agencies.sort_unstable();
    agencies.dedup();
    let mut tx = app.store().read().await?;
    let mut found = vec![];
    for agency in agencies {
        let open = proposals::open(&mut tx, agency).await?;
        found.extend(open.iter().map(ProposalView::of));
    }
    Ok(Json(Proposals { proposals: found }))
}
