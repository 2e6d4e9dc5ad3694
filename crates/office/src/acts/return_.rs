//! Back to the case officer with a reason.

use issuance::{ProcedureResult, ResultId};
use store::{Act, ActError, Context, Tx};

use super::keep::{Why, keep, known, said};
use crate::entry::Who;

/// Back to the case officer with a reason.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Return {
    pub result: ResultId,
    pub seen: issuance::Seen,
    pub reason: String,
}

impl Act for Return {
    const NAME: &'static str = "return";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let who = Who::of(tx, at).await?;
        let was = known(tx, self.result).await?;
        let transition = was.return_(&self.seen, &self.reason, &who.acting(), at.now);
        let (result, effects) = said(tx, &was, transition)?;
        keep(tx, &was, &result, &effects, Why::reason(&self.reason)).await?;
        Ok(result)
    }
}
