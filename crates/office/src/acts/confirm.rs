//! The second of two people; and a proposal taken back.

use issuance::{ProcedureResult, Proposal, ProposalId, Proposed, Refusal};
use store::{Act, ActError, Context, Detail, Tx, proposals, results};

use super::keep::{Why, keep, known, said};
use crate::entry::Who;

/// Another person confirms: now it happens, with its leaf.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Confirm {
    pub proposal: ProposalId,
}

/// Whoever proposed takes it back.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct WithdrawProposal {
    pub proposal: ProposalId,
}

impl Act for Confirm {
    const NAME: &'static str = "confirm";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let who = Who::of(tx, at).await?;
        let proposal = proposal(tx, self.proposal).await?;
        let was = known(tx, proposal.result).await?;
        let successor = match proposal.proposed {
            Proposed::Supersede { by } => results::get(tx, by).await?,
            _ => None,
        };
        let transition = was.confirm(&proposal, successor.as_ref(), &who.acting(), at.now);
        let (result, proposal, effects) = said(tx, &was, transition)?;
        proposals::close(tx, &proposal).await?;
        let word = proposal.proposed.act().as_str();
        let why = Why::reason(&format!("{word}: {}", proposal.reason));
        keep(tx, &was, &result, &effects, why).await?;
        Ok(result)
    }
}

impl Act for WithdrawProposal {
    const NAME: &'static str = "withdraw_proposal";
    type Done = Proposal;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Proposal, ActError> {
        let who = Who::of(tx, at).await?;
        let proposal = proposal(tx, self.proposal).await?;
        let withdrawn = proposal.withdraw(&who.acting(), at.now)?;
        proposals::close(tx, &withdrawn).await?;
        Ok(withdrawn)
    }
}

async fn proposal(tx: &mut Tx<'_>, id: ProposalId) -> Result<Proposal, ActError> {
    tx.record(Detail::of("proposal", id));
    let found = proposals::get(tx, id).await?;
    Ok(found.ok_or(Refusal::Unknown { what: "proposal" })?)
}
