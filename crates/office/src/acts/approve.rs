//! The official's decision on what they saw; signing may follow later.

use issuance::{ProcedureResult, ResultId};
use store::{Act, ActError, Context, Tx};

use super::keep::{Why, keep, known, said};
use crate::entry::Who;

/// The official's decision on what they saw; signing may follow later.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Approve {
    pub result: ResultId,
    pub seen: issuance::Seen,
}

impl Act for Approve {
    const NAME: &'static str = "approve";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let who = Who::of(tx, at).await?;
        let was = known(tx, self.result).await?;
        let transition = was.approve(&self.seen, &who.acting(), at.now);
        let (result, effects) = said(tx, &was, transition)?;
        keep(tx, &was, &result, &effects, Why::default()).await?;
        Ok(result)
    }
}
