//! Proposals: the first half of acts that need two people.

use issuance::{AgencyId, Proposal, ProposalId, ProposalState, Refusal, ResultId};

use crate::value::{json, values};
use crate::{ActError, StoreError, Tx, doc};

/// Adds it.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx<'_>, proposal: &Proposal) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO proposals (id, result, agency, state, doc) VALUES ($1, $2, $3, $4, $5)",
        values![
            proposal.id,
            proposal.result,
            proposal.agency,
            word(&proposal.state),
            json(proposal)?
        ],
    )
    .await?;
    Ok(())
}

/// It was confirmed or withdrawn, if it was still open.
///
/// # Errors
/// Refused as closed when it was not.
pub async fn close(tx: &mut Tx<'_>, proposal: &Proposal) -> Result<(), ActError> {
    let sql = "UPDATE proposals SET state = $2, doc = $3 WHERE id = $1 AND state = 'open'";
    let values = values![proposal.id, word(&proposal.state), json(proposal)?];
    match tx.execute(sql, values).await? {
        1 => Ok(()),
        _ => Err(Refusal::ProposalClosed.into()),
    }
}

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: ProposalId) -> Result<Option<Proposal>, StoreError> {
    doc::one(tx, "proposals", "SELECT doc FROM proposals WHERE id = $1", values![id]).await
}

/// All of a result, oldest first.
///
/// # Errors
/// The database does not answer.
pub async fn of_result(tx: &mut Tx<'_>, result: ResultId) -> Result<Vec<Proposal>, StoreError> {
    let sql = "SELECT doc FROM proposals WHERE result = $1 ORDER BY id";
    doc::all(tx, "proposals", sql, values![result]).await
}

/// Those of an agency's people that wait for a second person.
///
/// # Errors
/// The database does not answer.
pub async fn open(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<Proposal>, StoreError> {
    let sql = "SELECT doc FROM proposals WHERE agency = $1 AND state = 'open' ORDER BY id";
    doc::all(tx, "proposals", sql, values![agency]).await
}

fn word(state: &ProposalState) -> &'static str {
    match state {
        ProposalState::Open => "open",
        ProposalState::Confirmed { .. } => "confirmed",
        ProposalState::Withdrawn { .. } => "withdrawn",
    }
}
