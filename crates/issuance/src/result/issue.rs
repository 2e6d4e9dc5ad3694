//! Issue: the moment from which the result has effect, with its leaf in the log.

use jiff::Timestamp;

use super::{ActKind, Door, Finding, ProcedureResult, State, Transition};
use crate::{ActName, Acting, Effect, EventKind, FileAct, LeafKind, NumberState, Refusal};

impl ProcedureResult {
    /// Issued by the registry. The leaf is written in the same transaction; the public sees it as
    /// valid once the leaf's inclusion is proved.
    ///
    /// # Errors
    /// Not permitted, in hand, or something that the procedure demands is missing.
    pub fn issue(&self, who: &Acting<'_>, now: Timestamp) -> Transition {
        let act = ActName::Issue;
        self.ask(act, who, now)?;
        self.ready()?;
        let mut doc = self.after(act, State::Issued, now)?;
        doc.issued = Some(now);
        let leaf = doc.leaf(LeafKind::Issue, now)?;
        Ok((ProcedureResult(doc), vec![leaf, Effect::Event(EventKind::Issued)]))
    }

    /// Everything is there that the procedure demands.
    ///
    /// # Errors
    /// Names what is missing.
    pub fn ready(&self) -> Result<(), Refusal> {
        if self.door() == Door::Elsewhere {
            let main = self.main()?.current;
            let passed = self.intake.as_ref().is_some_and(|intake| {
                intake.file == main && matches!(intake.finding, Finding::Passed { .. })
            });
            return match passed && self.state == State::Accepted {
                true => Ok(()),
                false => Err(Refusal::NotPassed),
            };
        }
        let waits = |act: &&FileAct| !act.is_done();
        let mut waiting: Vec<ActKind> =
            self.acts.iter().filter(waits).map(|act| act.kind).collect();
        let numbered = self.number.as_ref().is_some_and(|n| n.state == NumberState::Used);
        if self.acts.iter().any(|act| act.kind.writes().number) && !numbered {
            waiting.push(ActKind::Number);
        }
        if !self.acts.iter().any(|act| act.kind == ActKind::Sign) {
            waiting.push(ActKind::Sign);
        }
        match waiting.is_empty() {
            true => Ok(()),
            false => Err(Refusal::NotReady { waiting }),
        }
    }
}
