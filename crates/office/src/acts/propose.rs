//! The first of two people: revoke, suspend, resume, supersede.

use issuance::{Effect, Proposal, ProposalId, Proposed, ResultId};
use serde_json::json;
use store::{Act, ActError, Context, Detail, Event, Tx, proposals, results};

use super::keep::{known, said};
use crate::entry::Who;

/// A proposal; the result does not change.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Propose {
    pub id: ProposalId,
    pub result: ResultId,
    pub proposed: Proposed,
    pub reason: String,
}

impl Act for Propose {
    const NAME: &'static str = "propose";
    type Done = Proposal;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Proposal, ActError> {
        let who = Who::of(tx, at).await?;
        let result = known(tx, self.result).await?;
        let successor = match self.proposed {
            Proposed::Supersede { by } => results::get(tx, by).await?,
            _ => None,
        };
        let made = result.propose(
            self.id,
            self.proposed,
            &self.reason,
            successor.as_ref(),
            &who.acting(),
            at.now,
        );
        let (proposal, effects) = said(tx, &result, made)?;
        proposals::insert(tx, &proposal).await?;
        let word = self.proposed.act().as_str();
        tx.record(Detail::of("result", result.id).reason(format!("{word}: {}", proposal.reason)));
        for effect in effects {
            if let Effect::Event(kind) = effect {
                tx.emit(Event {
                    kind: kind.as_str().to_owned(),
                    agency: result.agency(),
                    // What is only proposed is not the client's business yet.
                    client: None,
                    object: result.id.to_string(),
                    data: json!({ "result": result.id, "proposal": proposal.id, "act": word }),
                })
                .await?;
            }
        }
        Ok(proposal)
    }
}
