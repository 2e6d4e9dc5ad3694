//! Checkpoints of the log. Inserting the next generation is the compare-and-set: of two that grow
//! the tree from the same head, one gets its row.

use jiff::Timestamp;

use crate::value::{Row, values};
use crate::{Lease, Store, StoreError, Tx};

/// A signed head of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CheckpointRow {
    /// 1 is the first.
    pub generation: u64,
    /// Leaves.
    pub size: u64,
    pub root: [u8; 32],
    /// The signed note.
    pub note: Vec<u8>,
    pub at: Timestamp,
    /// When its file was known to be published.
    pub published: Option<Timestamp>,
}

/// Sets the head after generation `before` (0: none yet), under the lease; false when another was
/// faster: load the head and begin again.
///
/// # Errors
/// The lease is lost, or the database failed.
pub async fn compare_and_set(
    store: &Store,
    lease: &Lease,
    before: u64,
    size: u64,
    root: [u8; 32],
    note: Vec<u8>,
) -> Result<bool, StoreError> {
    let lease = lease.clone();
    store
        .step("set_checkpoint", move |tx| {
            let (lease, note) = (lease.clone(), note.clone());
            Box::pin(async move {
                lease.hold(tx).await?;
                let now = tx.now;
                let head = last(tx).await?;
                let (generation, head_size) = head.map_or((0, 0), |h| (h.generation, h.size));
                if generation != before || size < head_size {
                    return Ok(false);
                }
                let sql = "INSERT INTO checkpoints (generation, size, root, note, at) \
                           VALUES ($1, $2, $3, $4, $5) ON CONFLICT (generation) DO NOTHING";
                Ok(tx.execute(sql, values![before + 1, size, root, note, now]).await? == 1)
            })
        })
        .await
}

/// Its file is published.
///
/// # Errors
/// The database failed.
pub async fn published(store: &Store, generation: u64) -> Result<(), StoreError> {
    store
        .step("checkpoint_published", move |tx| {
            Box::pin(async move {
                let now = tx.now;
                let sql = "UPDATE checkpoints SET published = $2 \
                           WHERE generation <= $1 AND published IS NULL";
                tx.execute(sql, values![generation, now]).await?;
                Ok(())
            })
        })
        .await
}

/// The newest.
///
/// # Errors
/// The database does not answer.
pub async fn last(tx: &mut Tx<'_>) -> Result<Option<CheckpointRow>, StoreError> {
    let sql = "SELECT generation, size, root, note, at, published FROM checkpoints \
               ORDER BY generation DESC LIMIT 1";
    tx.row(sql, &[]).await?.map(read).transpose()
}

/// The newest that is published: what the public may rely on.
///
/// # Errors
/// The database does not answer.
pub async fn last_published(tx: &mut Tx<'_>) -> Result<Option<CheckpointRow>, StoreError> {
    let sql = "SELECT generation, size, root, note, at, published FROM checkpoints \
               WHERE published IS NOT NULL ORDER BY generation DESC LIMIT 1";
    tx.row(sql, &[]).await?.map(read).transpose()
}

fn read(row: Row) -> Result<CheckpointRow, StoreError> {
    let mut row = row.from("checkpoints");
    Ok(CheckpointRow {
        generation: row.take()?,
        size: row.take()?,
        root: row.take()?,
        note: row.take()?,
        at: row.take()?,
        published: row.take()?,
    })
}
