//! Stopped after approval and before issue; its number becomes void.

use issuance::{ProcedureResult, ResultId};
use store::{Act, ActError, Context, Tx};

use super::keep::{Why, keep, known, said};
use crate::entry::Who;

/// Stopped after approval and before issue; its number becomes void.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Cancel {
    pub result: ResultId,
    pub reason: String,
}

impl Act for Cancel {
    const NAME: &'static str = "cancel";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let who = Who::of(tx, at).await?;
        let was = known(tx, self.result).await?;
        let transition = was.cancel(&self.reason, &who.acting(), at.now);
        let (result, effects) = said(tx, &was, transition)?;
        keep(tx, &was, &result, &effects, Why::reason(&self.reason)).await?;
        Ok(result)
    }
}
