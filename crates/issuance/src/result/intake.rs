//! The second door: a result signed elsewhere is accepted, refused, or waits for evidence.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Door, FileHash, ProcedureResult, State, Transition};
use crate::{
    ActName, Acting, Effect, EventKind, Kind, NumberEntry, NumberSource, Refusal, Register, permit,
};

/// A validation of the main file, as the edge ran it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Validation {
    /// The file that was validated.
    pub file: FileHash,
    pub finding: Finding,
    pub policy: String,
    pub at: Timestamp,
    /// Facts, chain, status, report: an object.
    pub evidence: FileHash,
}

/// What it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Finding {
    /// TOTAL_PASSED, later changes none or permitted.
    Passed { hierarchy: Option<String>, signers: Vec<String> },
    /// INDETERMINATE for want of evidence alone.
    WantsEvidence { missing: Vec<String> },
    /// Anything else; why, as people read it.
    Failed { code: String, text_vi: String, text_en: String },
}

impl ProcedureResult {
    /// The validation's outcome. `register` is that of the series and of the year of the document's
    /// date, with the row that stands at its number, so that the number is entered.
    ///
    /// # Errors
    /// Not a worker, the wrong state, or a validation of another file.
    pub fn judge_intake(
        &self,
        validation: Validation,
        register: Option<(&Register, Option<&NumberEntry>)>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Transition {
        let act = ActName::JudgeIntake;
        permit(act, who, &self.about(), now)?;
        self.in_state(act)?;
        if self.door() != Door::Elsewhere {
            return Err(Refusal::WrongState { act, state: self.state });
        }
        if self.main()?.current != validation.file {
            return Err(Refusal::OtherFile);
        }
        let mut effects = vec![];
        let (to, event, why) = match &validation.finding {
            Finding::Passed { .. } => match self.enter(register, who, now) {
                Ok(entered) => {
                    effects.extend(entered);
                    (State::Accepted, EventKind::Accepted, None)
                }
                // Two documents with one number: one of them is wrong, and people decide which.
                Err(refusal) => {
                    let said = refusal.said();
                    (State::Refused, EventKind::Refused, Some(said.text_vi))
                }
            },
            Finding::WantsEvidence { .. } => {
                (State::AwaitingEvidence, EventKind::AwaitingEvidence, None)
            }
            Finding::Failed { text_vi, .. } => {
                (State::Refused, EventKind::Refused, Some(text_vi.clone()))
            }
        };
        let mut doc = self.after(act, to, now)?;
        if let Some(why) = why {
            doc.note(act, who, now, why);
        }
        if let Some(Effect::NumberEntered { entry, .. }) = effects.first() {
            doc.number = Some(entry.number.clone());
        }
        doc.intake = Some(validation);
        // Asking again and still waiting is no news.
        if to != self.state {
            effects.push(Effect::Event(event));
        }
        Ok((ProcedureResult(doc), effects))
    }

    /// The entry into the register, where the number belongs into one.
    fn enter(
        &self,
        register: Option<(&Register, Option<&NumberEntry>)>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Option<Effect>, Refusal> {
        let Kind::SignedElsewhere(elsewhere) = &self.submission.kind else { return Ok(None) };
        let Some((register, there)) = register else { return Ok(None) };
        if register.agency != self.agency() || Some(&register.series) != self.terms.series.as_ref()
        {
            return Ok(None);
        }
        let Some(seq) = register.seq_of(&elsewhere.number) else { return Ok(None) };
        let (register, entry) = register.enter(
            seq,
            elsewhere.date,
            NumberSource::OtherSystem,
            &elsewhere.title,
            there,
            who,
            now,
        )?;
        let entry = NumberEntry { result: Some(self.id), ..entry };
        Ok(Some(Effect::NumberEntered { register: Box::new(register), entry }))
    }
}
