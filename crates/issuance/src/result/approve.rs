//! The official's decision on exactly what they saw.

use jiff::Timestamp;

use super::{Door, ProcedureResult, Seen, State, Transition, done};
use crate::{ActKind, ActName, Acting, EventKind, FileAct, Refusal};

impl ProcedureResult {
    /// Approved by the holder of the signing position, or their deputy, after all initials.
    ///
    /// # Errors
    /// Not permitted, changed since, in hand, or initials are missing.
    pub fn approve(&self, seen: &Seen, who: &Acting<'_>, now: Timestamp) -> Transition {
        let act = ActName::Approve;
        self.ask(act, who, now)?;
        if self.door() != Door::Draft {
            return Err(Refusal::WrongState { act, state: self.state });
        }
        self.must_be_seen(seen, 0)?;
        let missing = |act: &&FileAct| act.kind == ActKind::Initial && !act.is_done();
        let waiting: Vec<ActKind> = self.acts.iter().filter(missing).map(|act| act.kind).collect();
        if !waiting.is_empty() {
            return Err(Refusal::NotReady { waiting });
        }
        done(self.after(act, State::Approved, now)?, EventKind::Approved)
    }
}
