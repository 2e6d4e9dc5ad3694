//! Taken back by whoever sent it, before approval.

use jiff::Timestamp;

use super::{ProcedureResult, State, Transition, done};
use crate::{ActName, Acting, EventKind, text};

impl ProcedureResult {
    /// Withdrawn for good.
    ///
    /// # Errors
    /// Not permitted, another client's, approved already, in hand, or no reason.
    pub fn withdraw(&self, reason: &str, who: &Acting<'_>, now: Timestamp) -> Transition {
        let act = ActName::Withdraw;
        self.ask(act, who, now)?;
        self.own_if_client(who)?;
        let reason = text::reason(reason)?;
        let mut doc = self.after(act, State::Withdrawn, now)?;
        doc.note(act, who, now, reason);
        done(doc, EventKind::Withdrawn)
    }
}
