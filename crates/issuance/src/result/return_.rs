//! Back to the case officer, with a reason.

use jiff::Timestamp;

use super::{ProcedureResult, Seen, State, Transition, done};
use crate::{ActName, Acting, EventKind, text};

impl ProcedureResult {
    /// The official returns the draft that they saw.
    ///
    /// # Errors
    /// Not permitted, changed since, in hand, or no reason.
    pub fn return_(
        &self,
        seen: &Seen,
        reason: &str,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Transition {
        let act = ActName::Return;
        self.ask(act, who, now)?;
        if self.door() != super::Door::Draft {
            return Err(crate::Refusal::WrongState { act, state: self.state });
        }
        self.must_be_seen(seen, 0)?;
        let reason = text::reason(reason)?;
        let mut doc = self.after(act, State::Returned, now)?;
        doc.note(act, who, now, reason);
        done(doc, EventKind::Returned)
    }
}
