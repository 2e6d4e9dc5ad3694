//! Taken back by whoever sent it.

use issuance::{ProcedureResult, ResultId};
use store::{Act, ActError, Context, Tx};

use super::keep::{Why, keep, known, said};
use crate::entry::Who;

/// Taken back by whoever sent it.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Withdraw {
    pub result: ResultId,
    pub reason: String,
}

impl Act for Withdraw {
    const NAME: &'static str = "withdraw";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let who = Who::of(tx, at).await?;
        let was = known(tx, self.result).await?;
        let transition = was.withdraw(&self.reason, &who.acting(), at.now);
        let (result, effects) = said(tx, &was, transition)?;
        keep(tx, &was, &result, &effects, Why::reason(&self.reason)).await?;
        Ok(result)
    }
}
