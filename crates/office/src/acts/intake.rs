//! The outcome of a validation at the second door, and the end of the job that ran it, in one.

use issuance::{Finding, Kind, ProcedureResult, ResultId, Validation};
use store::evidence::EvidenceRow;
use store::{Act, ActError, Context, End, Job, Tx, evidence, jobs, registers};

use super::keep::{Why, keep, known, said};
use crate::entry::Who;

/// Accepted, refused, or waiting for evidence.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct JudgeIntake {
    pub result: ResultId,
    pub validation: Validation,
    /// The job that judged, and how it ends.
    pub job: Option<(Job, End)>,
}

impl Act for JudgeIntake {
    const NAME: &'static str = "judge_intake";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        if let Some((job, end)) = &self.job {
            jobs::finish(tx, job.id, job.fence, end).await?;
        }
        let who = Who::of(tx, at).await?;
        let was = known(tx, self.result).await?;
        let register = match (&was.submission.kind, &was.terms.series) {
            (Kind::SignedElsewhere(elsewhere), Some(series)) => {
                let year = elsewhere.date.year();
                registers::of_series(tx, was.agency(), series, year)
                    .await?
                    .map(|register| (register.seq_of(&elsewhere.number), register))
            }
            _ => None,
        };
        let there = match &register {
            Some((Some(seq), register)) => registers::number(tx, register.id, *seq).await?,
            _ => None,
        };
        let register = register.as_ref().map(|(_, register)| (register, there.as_ref()));
        let transition = was.judge_intake(self.validation.clone(), register, &who.acting(), at.now);
        let (result, effects) = said(tx, &was, transition)?;
        let validation = &self.validation;
        let conclusion = match validation.finding {
            Finding::Passed { .. } => "TOTAL_PASSED",
            Finding::WantsEvidence { .. } => "INDETERMINATE",
            Finding::Failed { .. } => "TOTAL_FAILED",
        };
        evidence::insert(
            tx,
            &EvidenceRow {
                hash: validation.evidence,
                result: result.id,
                kind: "intake".to_owned(),
                file: validation.file,
                policy: validation.policy.clone(),
                conclusion: conclusion.to_owned(),
                at: validation.at,
            },
        )
        .await?;
        keep(tx, &was, &result, &effects, Why::default()).await?;
        Ok(result)
    }
}
