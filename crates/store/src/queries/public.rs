//! What the public page needs, found by the SHA-256 of a check code.

use issuance::ProcedureResult;

use crate::checkpoints::{self, CheckpointRow};
use crate::leaves::{self, LeafRow};
use crate::{StoreError, Tx, results};

/// A result as the log knows it. Whether a leaf is proved under the checkpoint is not said here.
#[derive(Clone, Debug, PartialEq)]
pub struct Public {
    /// The result.
    pub result: ProcedureResult,
    /// Its leaves, oldest first; without an index they are still on their way.
    pub leaves: Vec<LeafRow>,
    /// The newest published checkpoint.
    pub checkpoint: Option<CheckpointRow>,
}

impl Public {
    /// The newest leaf has a place in the published tree. Its inclusion is still to be proved from
    /// the published files.
    pub fn is_placed(&self) -> bool {
        let size = self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
        let last = self.leaves.last().and_then(|leaf| leaf.index);
        last.is_some_and(|index| index < size)
    }
}

/// By the SHA-256 of the check code.
///
/// # Errors
/// The database does not answer.
pub async fn by_code_hash(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<Option<Public>, StoreError> {
    let Some(result) = results::by_code_hash(tx, hash).await? else { return Ok(None) };
    let leaves = leaves::of_result(tx, result.id).await?;
    let checkpoint = checkpoints::last_published(tx).await?;
    Ok(Some(Public { result, leaves, checkpoint }))
}
