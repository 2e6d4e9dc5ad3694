//! Stopped after approval and before issue: its number becomes void.

use jiff::Timestamp;

use super::{ProcedureResult, State, Transition};
use crate::{ActName, Acting, Effect, EventKind, NumberState, text};

impl ProcedureResult {
    /// Cancelled, by the agency's officials or its registry. A corrected draft may follow.
    ///
    /// # Errors
    /// Not permitted, issued already, in hand, or no reason.
    pub fn cancel(&self, reason: &str, who: &Acting<'_>, now: Timestamp) -> Transition {
        let act = ActName::Cancel;
        self.ask(act, who, now)?;
        let reason = text::reason(reason)?;
        let mut doc = self.after(act, State::Cancelled, now)?;
        doc.note(act, who, now, reason.clone());
        let mut effects = vec![];
        if let Some(mut number) = doc.number.take() {
            number.state = NumberState::Void;
            doc.void_numbers.push(number.clone());
            effects.push(Effect::NumberVoid { number, reason });
        }
        effects.push(Effect::Event(EventKind::Cancelled));
        Ok((ProcedureResult(doc), effects))
    }
}
