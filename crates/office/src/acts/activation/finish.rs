//! What became of one item.

use issuance::{Acting, ActivationId, FileHash, ProcedureResult, Refusal, ResultId, Said, Signed};
use jiff::Timestamp;
use store::activations::Item;
use store::evidence::EvidenceRow;
use store::{Act, ActError, Context, Detail, Tx, activations, evidence, results};

use super::super::keep::{Why, keep, known, said};
use super::{ItemState, Steps, item};

/// One signature of a chain, validated by the signer: only TOTAL_PASSED comes here.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct StepMade {
    /// Index into the result's acts.
    pub act: u16,
    pub base: FileHash,
    pub file: FileHash,
    pub bytes: u64,
    pub field: String,
    /// An object: what the verdict rests on.
    pub evidence: FileHash,
    pub policy: String,
    pub at: Timestamp,
    pub best_time: Timestamp,
}

/// All steps of an item are signed; file and evidence are objects already.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct FinishItem {
    pub activation: ActivationId,
    pub ordinal: u32,
    pub result: ResultId,
    pub steps: Vec<StepMade>,
    /// Line of the signer's own log, and its hash.
    pub signer_line: (u64, String),
}

/// Nothing of these items was signed; those that ended before stay as they ended.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct FailItem {
    pub activation: ActivationId,
    pub ordinals: Vec<u32>,
    pub said: Said,
}

impl Act for FinishItem {
    const NAME: &'static str = "finish_item";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let was = known(tx, self.result).await?;
        let last = self.steps.last().ok_or(Refusal::NotInHand)?;
        let (signer_line, signer_hash) = self.signer_line.clone();
        let outcome = ItemState::Done { file: last.file, signer_line, signer_hash };
        let ended =
            activations::end_item(tx, self.activation, self.ordinal, item::DONE, &outcome).await;
        if let Err(ActError::Refused(refusal)) = ended {
            return said(tx, &was, Err(refusal));
        }
        ended?;
        let (mut result, mut effects) = (was.clone(), vec![]);
        for step in &self.steps {
            let signed = Signed {
                activation: self.activation,
                act: step.act,
                base: step.base,
                file: step.file,
                bytes: step.bytes,
                field: Some(step.field.clone()),
                evidence: step.evidence,
                best_time: Some(step.best_time),
            };
            let transition = result.finish(&signed, &Acting::System, at.now);
            let (next, more) = said(tx, &was, transition)?;
            result = next;
            effects.extend(more);
            evidence::insert(
                tx,
                &EvidenceRow {
                    hash: step.evidence,
                    result: result.id,
                    kind: "signature".to_owned(),
                    file: step.file,
                    policy: step.policy.clone(),
                    conclusion: "TOTAL_PASSED".to_owned(),
                    at: step.at,
                },
            )
            .await?;
        }
        let why = Why { reason: None, activation: Some(self.activation) };
        keep(tx, &was, &result, &effects, why).await?;
        Ok(result)
    }
}

impl Act for FailItem {
    const NAME: &'static str = "fail_item";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        for row in activations::items::<Steps>(tx, self.activation).await? {
            if row.state == item::WAITING && self.ordinals.contains(&row.ordinal) {
                fail(tx, at, self.activation, &row, &self.said).await?;
            }
        }
        Ok(())
    }
}

/// Ends the item; its steps go out of hand, unless somebody else took them after their time.
pub(super) async fn fail(
    tx: &mut Tx<'_>,
    at: &Context,
    activation: ActivationId,
    row: &Item<Steps>,
    why: &Said,
) -> Result<(), ActError> {
    let outcome = ItemState::Failed(why.clone());
    activations::end_item(tx, activation, row.ordinal, item::FAILED, &outcome).await?;
    let detail = Detail::of("result", row.result).activation(activation);
    let Some(was) = results::get(tx, row.result).await? else {
        tx.record(detail.reason(why.code.clone()));
        return Ok(());
    };
    let file = u16::try_from(row.file).unwrap_or(u16::MAX);
    match was.fail(activation, file, &why.text_vi, &Acting::System, at.now) {
        Ok((result, effects)) => {
            let why = Why { reason: Some(why.code.to_string()), activation: Some(activation) };
            keep(tx, &was, &result, &effects, why).await
        }
        Err(_) => {
            tx.record(detail.reason(why.code.clone()));
            Ok(())
        }
    }
}
