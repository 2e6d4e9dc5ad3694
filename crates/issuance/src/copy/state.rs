//! The copy: reserved, attempting, confirmed by its own code, handed over; or void.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Answer, Attempt, AttemptState, Printer};
use crate::{
    About, ActName, Acting, AgencyId, AttemptId, CheckCode, CopyId, FileHash, LeafKind,
    ProcedureResult, Refusal, ResultId, State, permit, text,
};

/// One copy of one result. Another copy, a reprint too, is another `Copy` with its own serial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Copy {
    pub id: CopyId,
    pub result: ResultId,
    pub agency: AgencyId,
    pub place: AgencyId,
    /// "Bản in 2": from 1 within its result.
    pub serial: u32,
    pub kind: CopyKind,
    pub state: CopyState,
    pub attempts: Vec<Attempt>,
    pub version: u64,
}

/// The three paper outputs that are never merged (NĐ 30/2020, NĐ 137/2024).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyKind {
    /// Gets the ink seal.
    Original,
    /// Sao y.
    Certified,
    /// Bản chuyển đổi.
    Converted,
}

/// What the law sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum CopyState {
    Reserved,
    Attempting,
    Confirmed,
    HandedOver,
    Voided,
}

/// What has to happen with a transition of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyEffect {
    /// A leaf in the log, about the sheet of this attempt.
    Leaf {
        /// `copy` or `void`.
        kind: LeafKind,
        /// Whose code.
        attempt: AttemptId,
    },
}

/// A copy after a transition.
pub type CopyDone = Result<(Copy, Vec<CopyEffect>), Refusal>;

impl Copy {
    /// Reserves a copy of an issued result. `serial` is the next free one.
    ///
    /// # Errors
    /// Not permitted, or the result is not issued now.
    pub fn reserve(
        id: CopyId,
        result: &ProcedureResult,
        serial: u32,
        kind: CopyKind,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> CopyDone {
        let act = ActName::ReserveCopy;
        permit(act, who, &result.about(), now)?;
        issued(act, result)?;
        let copy = Copy {
            id,
            result: result.id,
            agency: result.agency(),
            place: result.receiving_place(),
            serial,
            kind,
            state: CopyState::Reserved,
            attempts: vec![],
            version: 1,
        };
        Ok((copy, vec![]))
    }

    /// Before anything is said to a printer: the attempt with its token and code. A worker may do
    /// it again as long as nothing ever reached `sending`; after that only a person.
    ///
    /// # Errors
    /// Not permitted; an attempt is on its way or waits for a person; the result is not issued now.
    #[allow(clippy::too_many_arguments)]
    pub fn prepare(
        &self,
        attempt: AttemptId,
        token: [u8; 16],
        code: CheckCode,
        printer: Printer,
        derived: FileHash,
        result: &ProcedureResult,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> CopyDone {
        let again = matches!(who, Acting::System);
        let act = if again { ActName::FollowPrint } else { ActName::PrintCopy };
        permit(act, who, &self.about(), now)?;
        if result.id != self.result {
            return Err(Refusal::Unknown { what: "copy" });
        }
        issued(act, result)?;
        if !matches!(self.state, CopyState::Reserved | CopyState::Attempting) {
            return Err(Refusal::CopyState);
        }
        if self.attempts.iter().any(Attempt::is_live) {
            return Err(Refusal::AttemptInFlight);
        }
        // A worker repeats what a person released, and only if no sheet can be out.
        if again && (self.attempts.is_empty() || self.attempts.iter().any(|a| a.maybe_on_paper)) {
            return Err(Refusal::MayBeOnPaper);
        }
        let known = |a: &Attempt| a.id == attempt || a.token == token || a.code == code;
        if self.attempts.iter().any(known) {
            return Err(Refusal::Exists { what: "attempt" });
        }
        let mut copy = self.next();
        copy.state = CopyState::Attempting;
        copy.attempts.push(Attempt::new(attempt, token, code, printer, derived, now));
        Ok((copy, vec![]))
    }

    /// One step of the attempt on its way, as the worker learns it.
    ///
    /// # Errors
    /// Not a worker, no such attempt on its way, or a step that does not follow.
    pub fn follow(
        &self,
        attempt: AttemptId,
        to: AttemptState,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> CopyDone {
        permit(ActName::FollowPrint, who, &self.about(), now)?;
        let mut copy = self.next();
        copy.live(attempt)?.follow(to)?;
        Ok((copy, vec![]))
    }

    /// A person looked and counted.
    ///
    /// # Errors
    /// Not permitted, or there is nothing to ask.
    pub fn answer(
        &self,
        attempt: AttemptId,
        answer: Answer,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> CopyDone {
        permit(ActName::AnswerPrint, who, &self.about(), now)?;
        let mut copy = self.next();
        let live = copy.live(attempt)?;
        live.answer(answer)?;
        let leaf = CopyEffect::Leaf { kind: LeafKind::Void, attempt };
        let effects = if live.void { vec![leaf] } else { vec![] };
        Ok((copy, effects))
    }

    /// The clerk scanned the code off the sheet: it is out, whatever the printer said.
    ///
    /// # Errors
    /// Not permitted, another copy's code, a void sheet, or the result is not issued now.
    pub fn confirm(
        &self,
        scanned: CheckCode,
        result: &ProcedureResult,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> CopyDone {
        let act = ActName::ConfirmCopy;
        permit(act, who, &self.about(), now)?;
        if result.id != self.result {
            return Err(Refusal::Unknown { what: "copy" });
        }
        issued(act, result)?;
        if self.state != CopyState::Attempting {
            return Err(Refusal::CopyState);
        }
        let mut copy = self.next();
        let sheet = copy.attempts.iter_mut().find(|a| a.code == scanned);
        let sheet = sheet.ok_or(Refusal::Unknown { what: "copy" })?;
        if sheet.void || !sheet.maybe_on_paper {
            return Err(Refusal::CopyState);
        }
        sheet.state = AttemptState::Printed;
        let leaf = CopyEffect::Leaf { kind: LeafKind::Copy, attempt: sheet.id };
        copy.state = CopyState::Confirmed;
        Ok((copy, vec![leaf]))
    }

    /// Into the holder's hands.
    ///
    /// # Errors
    /// Not permitted, or not confirmed.
    pub fn hand_over(&self, who: &Acting<'_>, now: Timestamp) -> CopyDone {
        permit(ActName::HandOver, who, &self.about(), now)?;
        if self.state != CopyState::Confirmed {
            return Err(Refusal::CopyState);
        }
        Ok((Copy { state: CopyState::HandedOver, ..self.next() }, vec![]))
    }

    /// Spoiled, or a ghost: each sheet that may be out verifies as void from now on.
    ///
    /// # Errors
    /// Not permitted, no reason, handed over already, or sending at this moment.
    pub fn void(&self, reason: &str, who: &Acting<'_>, now: Timestamp) -> CopyDone {
        permit(ActName::VoidCopy, who, &self.about(), now)?;
        text::reason(reason)?;
        if matches!(self.state, CopyState::HandedOver | CopyState::Voided) {
            return Err(Refusal::CopyState);
        }
        let moving = |a: &Attempt| {
            use AttemptState::{Created, Prepared, Sending, Sent};
            matches!(a.state, Prepared | Created { .. } | Sending | Sent)
        };
        if self.attempts.iter().any(moving) {
            return Err(Refusal::AttemptInFlight);
        }
        let mut copy = self.next();
        copy.state = CopyState::Voided;
        let mut effects = vec![];
        for attempt in copy.attempts.iter_mut().filter(|a| a.maybe_on_paper && !a.void) {
            attempt.void = true;
            effects.push(CopyEffect::Leaf { kind: LeafKind::Void, attempt: attempt.id });
        }
        Ok((copy, effects))
    }

    fn about(&self) -> About<'static> {
        About { place: Some(self.place), ..About::of(self.agency) }
    }

    fn next(&self) -> Copy {
        Copy { version: self.version.saturating_add(1), ..self.clone() }
    }

    fn live(&mut self, attempt: AttemptId) -> Result<&mut Attempt, Refusal> {
        if self.state != CopyState::Attempting {
            return Err(Refusal::CopyState);
        }
        let live = self.attempts.iter_mut().find(|a| a.id == attempt && a.is_live());
        live.ok_or(Refusal::CopyState)
    }
}

/// Printed is what is valid now; the bytes were verified anew by whoever calls.
fn issued(act: ActName, result: &ProcedureResult) -> Result<(), Refusal> {
    match result.state {
        State::Issued => Ok(()),
        state => Err(Refusal::WrongState { act, state }),
    }
}
