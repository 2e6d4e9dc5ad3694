//! A result: the aggregate, and one file for each transition.

mod activation;
mod after_issue;
mod approve;
mod cancel;
mod claims;
mod intake;
mod issue;
mod return_;
mod state;
mod submit;
mod withdraw;

use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use activation::{ACTIVATION_SECONDS, Begin, IN_HAND_GRACE_SECONDS, Signed};
pub use after_issue::{Proposal, ProposalState, Proposed};
pub use intake::{Finding, Validation};
pub use state::State;
pub use submit::Incoming;

use crate::{
    About, ActKind, ActName, Acting, ActivationId, AgencyId, CheckCode, ClientId, Effect,
    EventKind, FileHash, KeyId, KeyUse, Kind, LeafKind, Number, PersonId, Place, PositionId,
    ProcedureId, Refusal, ResultId, Signer, Submission, Terms, permit,
};

/// What a transition gives: the result after, and what has to happen with it.
pub type Transition = Result<(ProcedureResult, Vec<Effect>), Refusal>;

/// A result that obeys the rules: only transitions make one. Fields are read through `Deref`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProcedureResult(ResultDoc);

/// The data of a [`ProcedureResult`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ResultDoc {
    pub id: ResultId,
    pub code: CheckCode,
    pub submission: Submission,
    pub submitter: Submitter,
    pub submitted: Timestamp,
    /// Of the last transition.
    pub updated: Timestamp,
    pub state: State,
    /// From 1; a new draft raises it.
    pub revision: u32,
    /// From 1; each transition raises it. Stores compare it before they set.
    pub version: u64,
    /// Version of the procedure from which acts and terms were taken.
    pub procedure_version: u32,
    pub terms: Terms,
    /// The main file first.
    pub files: Vec<File>,
    /// Boxes of the layout as they lie on the pages.
    pub boxes: Vec<FieldBox>,
    /// All acts on all files: initials, signatures, number and date, seals, in this order.
    pub acts: Vec<FileAct>,
    /// Taken or used; never void.
    pub number: Option<Number>,
    /// Numbers of cancelled revisions.
    pub void_numbers: Vec<Number>,
    pub in_hand: Option<InHand>,
    /// Evidence of the validation at intake (second door); evidence of signatures stands in the acts.
    pub intake: Option<Validation>,
    pub reasons: Vec<Reason>,
    pub leaves: Vec<LeafNote>,
    pub issued: Option<Timestamp>,
    pub superseded_by: Option<ResultId>,
}

/// Who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Submitter {
    Person { person: PersonId, position: PositionId },
    Client { client: ClientId, acts_for: Option<PersonId> },
}

/// Which door it came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// A draft that is signed here.
    Draft,
    /// Signed and sealed in another system.
    Elsewhere,
}

/// A file: as it came, and as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct File {
    pub role: FileRole,
    pub submitted: FileHash,
    /// With QR and fields, then with each signature; equal to `submitted` at the second door.
    pub current: FileHash,
    pub bytes: u64,
}

/// What a file is to the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FileRole {
    Main,
    Attachment(String),
}

/// A box of the layout on a page, with the signature field that was made there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct FieldBox {
    /// As the layout names it.
    pub name: String,
    /// Index into [`ResultDoc::files`].
    pub file: u16,
    /// The empty signature field; `None` for the QR, or where the field is made on signing.
    pub field: Option<String>,
    pub place: Place,
}

/// One act on one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct FileAct {
    /// Index into [`ResultDoc::files`].
    pub file: u16,
    pub kind: ActKind,
    /// [`Signer::SigningPosition`] is resolved: a position or the registry.
    pub by: Signer,
    pub key: KeyUse,
    /// Name of its box.
    pub place: Option<String>,
    pub state: ActState,
}

/// Not done, or done by whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ActState {
    Waiting,
    Done {
        person: PersonId,
        position: PositionId,
        key: KeyId,
        at: Timestamp,
        activation: ActivationId,
        field: Option<String>,
        /// The file with this signature.
        file: FileHash,
        /// Chain, status, timestamp, report: an object.
        evidence: FileHash,
        best_time: Option<Timestamp>,
    },
}

/// An activation holds some steps of the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct InHand {
    pub activation: ActivationId,
    pub person: PersonId,
    pub position: PositionId,
    pub key: KeyId,
    /// Indexes into [`ResultDoc::acts`], in order.
    pub acts: Vec<u16>,
    /// From then on others may take it, even if nobody said what became of it.
    pub until: Timestamp,
}

/// Why somebody did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Reason {
    pub act: ActName,
    pub at: Timestamp,
    pub person: Option<PersonId>,
    pub revision: u32,
    pub text: String,
}

/// A leaf that a transition asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LeafNote {
    pub kind: LeafKind,
    pub at: Timestamp,
    /// SHA-256 of the main file.
    pub file: FileHash,
}

/// What a person saw when they decided: compared with what is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Seen {
    pub revision: u32,
    /// SHA-256 of the file shown.
    pub sha256: FileHash,
    /// `None`: changes that left revision and file alone are accepted.
    #[serde(default)]
    pub version: Option<u64>,
}

impl Deref for ProcedureResult {
    type Target = ResultDoc;

    fn deref(&self) -> &ResultDoc {
        &self.0
    }
}

impl ResultDoc {
    /// The agency that decides.
    pub fn agency(&self) -> AgencyId {
        self.submission.agency
    }

    /// Where it is returned.
    pub fn receiving_place(&self) -> AgencyId {
        self.submission.receiving_place
    }

    /// The procedure.
    pub fn procedure(&self) -> ProcedureId {
        self.submission.procedure
    }

    /// The door.
    pub fn door(&self) -> Door {
        match self.submission.kind {
            Kind::Draft => Door::Draft,
            Kind::SignedElsewhere(_) => Door::Elsewhere,
        }
    }

    /// The API client that sent it.
    pub fn client(&self) -> Option<ClientId> {
        match self.submitter {
            Submitter::Client { client, .. } => Some(client),
            Submitter::Person { .. } => None,
        }
    }

    /// The main file. A result always has one.
    pub fn main(&self) -> Result<&File, Refusal> {
        self.files.first().ok_or(Refusal::Unknown { what: "file" })
    }

    /// The first act that is not done.
    pub fn next_act(&self) -> Option<(usize, &FileAct)> {
        self.acts.iter().enumerate().find(|(_, act)| !act.is_done())
    }

    /// The position in whose inbox it is; `None`: the registry's, a case officer's or nobody's.
    pub fn next_position(&self) -> Option<PositionId> {
        let signs = match self.state {
            State::Submitted | State::Approved => self.next_act().map(|(_, act)| act.by),
            _ => None,
        };
        match signs {
            Some(Signer::Position(position)) => Some(position),
            _ => None,
        }
    }

    /// All acts are done that come before approval.
    pub fn initialled(&self) -> bool {
        self.acts.iter().all(|act| act.kind != ActKind::Initial || act.is_done())
    }

    /// The box of that name in that file.
    pub fn field_box(&self, name: &str, file: u16) -> Option<&FieldBox> {
        self.boxes.iter().find(|b| b.name == name && b.file == file)
    }

    /// Who holds it now, if the time is not over.
    pub fn held(&self, now: Timestamp) -> Option<&InHand> {
        self.in_hand.as_ref().filter(|hand| now < hand.until)
    }

    /// As permission asks for it.
    pub fn about(&self) -> About<'static> {
        About {
            agency: self.agency(),
            place: Some(self.receiving_place()),
            procedure: Some(self.procedure()),
            named: self.submission.signing_position,
            above: &[],
        }
    }

    /// # Errors
    /// What was seen is not what is there.
    pub fn must_be_seen(&self, seen: &Seen, file: u16) -> Result<(), Refusal> {
        if seen.revision != self.revision {
            return Err(Refusal::ChangedSince { what: "revision" });
        }
        let now = self.files.get(usize::from(file)).ok_or(Refusal::Unknown { what: "file" })?;
        if seen.sha256 != now.current {
            return Err(Refusal::ChangedSince { what: "file" });
        }
        if seen.version.is_some_and(|version| version != self.version) {
            return Err(Refusal::ChangedSince { what: "version" });
        }
        Ok(())
    }
}

impl FileAct {
    /// Done.
    pub fn is_done(&self) -> bool {
        matches!(self.state, ActState::Done { .. })
    }
}

impl ProcedureResult {
    /// The data, to be kept.
    pub fn doc(&self) -> &ResultDoc {
        &self.0
    }

    /// What every transition asks: permission, state, and that no activation holds it.
    fn ask(&self, act: ActName, who: &Acting<'_>, now: Timestamp) -> Result<(), Refusal> {
        permit(act, who, &self.about(), now)?;
        self.in_state(act)?;
        match self.held(now) {
            Some(hand) => Err(Refusal::InHand { until: hand.until }),
            None => Ok(()),
        }
    }

    fn in_state(&self, act: ActName) -> Result<(), Refusal> {
        match act.rule().from.contains(&self.state) {
            true => Ok(()),
            false => Err(Refusal::WrongState { act, state: self.state }),
        }
    }

    /// The data after `act`: next version, new state, nothing in hand.
    fn after(&self, act: ActName, to: State, now: Timestamp) -> Result<ResultDoc, Refusal> {
        // The table is the law: a transition that it does not have is not made.
        if !act.rule().to.contains(&to) {
            return Err(Refusal::WrongState { act, state: self.state });
        }
        let mut doc = self.0.clone();
        doc.state = to;
        doc.version = doc.version.saturating_add(1);
        doc.updated = now;
        doc.in_hand = None;
        Ok(doc)
    }
}

impl ResultDoc {
    fn note(&mut self, act: ActName, who: &Acting<'_>, now: Timestamp, text: String) {
        let person = who.person();
        self.reasons.push(Reason { act, at: now, person, revision: self.revision, text });
    }

    /// Asks for a leaf and remembers that it did.
    fn leaf(&mut self, kind: LeafKind, now: Timestamp) -> Result<Effect, Refusal> {
        let file = self.main()?.current;
        self.leaves.push(LeafNote { kind, at: now, file });
        Ok(Effect::Leaf(kind))
    }
}

fn done(doc: ResultDoc, event: EventKind) -> Transition {
    Ok((ProcedureResult(doc), vec![Effect::Event(event)]))
}
