//! After issue two people decide: one proposes, another confirms.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ProcedureResult, State, Transition};
use crate::{
    ActName, Acting, AgencyId, Effect, EventKind, LeafKind, PersonId, PositionId, ProposalId,
    Refusal, ResultId, permit, text,
};

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposed {
    /// Never valid again.
    Revoke,
    /// Not valid for the time being.
    Suspend,
    /// Valid again.
    Resume,
    /// Replaced by another issued result.
    Supersede {
        /// The successor.
        by: ResultId,
    },
}

/// Half of an act that needs two people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Proposal {
    pub id: ProposalId,
    pub result: ResultId,
    /// The result as it was when it was proposed.
    pub version: u64,
    pub proposed: Proposed,
    pub reason: String,
    pub person: PersonId,
    pub position: PositionId,
    /// The agency of the proposer's position.
    pub agency: AgencyId,
    pub at: Timestamp,
    pub state: ProposalState,
}

/// Waits, or is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ProposalState {
    Open,
    Confirmed { by: PersonId, at: Timestamp },
    Withdrawn { by: PersonId, at: Timestamp },
}

impl Proposed {
    /// The row of the table of acts.
    pub const fn act(&self) -> ActName {
        match self {
            Proposed::Revoke => ActName::Revoke,
            Proposed::Suspend => ActName::Suspend,
            Proposed::Resume => ActName::Resume,
            Proposed::Supersede { .. } => ActName::Supersede,
        }
    }
}

impl ProcedureResult {
    /// The first of two people. The result does not change.
    ///
    /// # Errors
    /// Not permitted, the wrong state, no reason, or a successor that cannot be one.
    pub fn propose(
        &self,
        id: ProposalId,
        proposed: Proposed,
        reason: &str,
        successor: Option<&ProcedureResult>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<(Proposal, Vec<Effect>), Refusal> {
        let act = proposed.act();
        self.ask(act, who, now)?;
        let Acting::Person { person, position } = who else {
            return Err(Refusal::NotYourRole { act });
        };
        self.successor(proposed, successor)?;
        let proposal = Proposal {
            id,
            result: self.id,
            version: self.version,
            proposed,
            reason: text::reason(reason)?,
            person: *person,
            position: position.id,
            agency: position.agency,
            at: now,
            state: ProposalState::Open,
        };
        Ok((proposal, vec![Effect::Event(EventKind::Proposed)]))
    }

    /// The second person: another one, and one of the two belongs to the deciding agency.
    ///
    /// # Errors
    /// Not permitted, the same person, decided already, or changed since.
    pub fn confirm(
        &self,
        proposal: &Proposal,
        successor: Option<&ProcedureResult>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<(ProcedureResult, Proposal, Vec<Effect>), Refusal> {
        let proposed = proposal.proposed;
        let act = proposed.act();
        if proposal.result != self.id {
            return Err(Refusal::Unknown { what: "proposal" });
        }
        permit(act, who, &self.about(), now)?;
        let Acting::Person { person, position } = who else {
            return Err(Refusal::NotYourRole { act });
        };
        if proposal.state != ProposalState::Open {
            return Err(Refusal::ProposalClosed);
        }
        if *person == proposal.person {
            return Err(Refusal::SamePerson);
        }
        if position.agency != self.agency() && proposal.agency != self.agency() {
            return Err(Refusal::NobodyOfTheAgency);
        }
        if proposal.version != self.version {
            return Err(Refusal::ProposalStale);
        }
        self.ask(act, who, now)?;
        self.successor(proposed, successor)?;
        let (result, effects) = self.decided(proposal, who, now)?;
        let state = ProposalState::Confirmed { by: *person, at: now };
        Ok((result, Proposal { state, ..proposal.clone() }, effects))
    }

    fn decided(&self, proposal: &Proposal, who: &Acting<'_>, now: Timestamp) -> Transition {
        let (to, leaf, event) = match proposal.proposed {
            Proposed::Revoke => (State::Revoked, LeafKind::Revoke, EventKind::Revoked),
            Proposed::Suspend => (State::Suspended, LeafKind::Suspend, EventKind::Suspended),
            Proposed::Resume => (State::Issued, LeafKind::Resume, EventKind::Resumed),
            Proposed::Supersede { .. } => {
                (State::Superseded, LeafKind::Supersede, EventKind::Superseded)
            }
        };
        let act = proposal.proposed.act();
        let mut doc = self.after(act, to, now)?;
        if let Proposed::Supersede { by } = proposal.proposed {
            doc.superseded_by = Some(by);
        }
        doc.note(act, who, now, proposal.reason.clone());
        let leaf = doc.leaf(leaf, now)?;
        Ok((ProcedureResult(doc), vec![leaf, Effect::Event(event)]))
    }

    fn successor(
        &self,
        proposed: Proposed,
        successor: Option<&ProcedureResult>,
    ) -> Result<(), Refusal> {
        let Proposed::Supersede { by } = proposed else { return Ok(()) };
        let fits = successor.is_some_and(|next| {
            next.id == by
                && next.id != self.id
                && next.state == State::Issued
                && next.agency() == self.agency()
        });
        if fits { Ok(()) } else { Err(Refusal::NotASuccessor) }
    }
}

impl Proposal {
    /// Taken back by whoever proposed.
    ///
    /// # Errors
    /// Somebody else's, or decided already.
    pub fn withdraw(&self, who: &Acting<'_>, now: Timestamp) -> Result<Proposal, Refusal> {
        let Acting::Person { person, position } = who else {
            return Err(Refusal::Unknown { what: "proposal" });
        };
        position.held_by(*person, now)?;
        if *person != self.person {
            return Err(Refusal::Unknown { what: "proposal" });
        }
        if self.state != ProposalState::Open {
            return Err(Refusal::ProposalClosed);
        }
        let state = ProposalState::Withdrawn { by: *person, at: now };
        Ok(Proposal { state, ..self.clone() })
    }
}
