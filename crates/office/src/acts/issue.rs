//! Issue, with its leaf in the same transaction. The public page says HỢP LỆ only once the leaf's
//! inclusion is proved under a published checkpoint.

use issuance::{ProcedureResult, ResultId, Seen};
use store::{Act, ActError, Context, Tx};

use super::keep::{Why, keep, known, said};
use crate::entry::Who;

/// Issue, by the registry.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Issue {
    pub result: ResultId,
    /// What the clerk looked at; `None`: whatever is there.
    pub seen: Option<Seen>,
}

impl Act for Issue {
    const NAME: &'static str = "issue";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let who = Who::of(tx, at).await?;
        let was = known(tx, self.result).await?;
        // Who may not issue learns nothing of what changed.
        let transition = was.issue(&who.acting(), at.now);
        let (result, effects) = said(tx, &was, transition)?;
        if let Some(seen) = &self.seen {
            let same = was.must_be_seen(seen, 0);
            said(tx, &was, same)?;
        }
        keep(tx, &was, &result, &effects, Why::default()).await?;
        Ok(result)
    }
}
