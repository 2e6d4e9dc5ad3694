//! What comparing and recovering the log needs of its rows, and nothing else may use: places and
//! checkpoints are otherwise given once and never taken back.

use jiff::Timestamp;
use uuid::Uuid;

use crate::leaves::{self, LeafRow};
use crate::value::values;
use crate::{StoreError, Tx};

/// The root of the newest checkpoint over this many leaves.
///
/// # Errors
/// The database does not answer.
pub async fn root_of_size(tx: &mut Tx<'_>, size: u64) -> Result<Option<[u8; 32]>, StoreError> {
    let sql = "SELECT root FROM checkpoints WHERE size = $1 ORDER BY generation DESC LIMIT 1";
    tx.one(sql, values![size]).await
}

/// Leaves without a place, and those placed at `from` or after.
///
/// # Errors
/// The database does not answer.
pub async fn loose(tx: &mut Tx<'_>, from: u64) -> Result<Vec<LeafRow>, StoreError> {
    let sql = "SELECT id FROM leaves WHERE leaf_index IS NULL OR leaf_index >= $1 ORDER BY at, id";
    let mut rows = Vec::new();
    for mut row in tx.rows(sql, values![from]).await? {
        let id: Uuid = row.take()?;
        rows.extend(leaves::get(tx, id).await?);
    }
    Ok(rows)
}

/// Takes the places from `from` on away; the sequencer gives those rows new ones.
///
/// # Errors
/// The database failed.
pub async fn unplace(tx: &mut Tx<'_>, from: u64) -> Result<u64, StoreError> {
    tx.execute("UPDATE leaves SET leaf_index = NULL WHERE leaf_index >= $1", values![from]).await
}

/// Gives a row the place that it has in the published log.
///
/// # Errors
/// The database failed.
pub async fn place_at(tx: &mut Tx<'_>, id: Uuid, index: u64) -> Result<(), StoreError> {
    let sql = "UPDATE leaves SET leaf_index = $2 WHERE id = $1 AND leaf_index IS NULL";
    match tx.execute(sql, values![id.to_string(), index]).await? {
        1 => Ok(()),
        _ => Err(StoreError::Database(format!("leaf {id} has a place"))),
    }
}

/// Takes a published leaf whose row was lost back into the database, without its result.
///
/// # Errors
/// The database failed.
pub async fn import(tx: &mut Tx<'_>, leaf: &tlog::Leaf, index: u64) -> Result<(), StoreError> {
    let (id, bytes) = (Uuid::now_v7(), leaf.to_bytes());
    let at = Timestamp::from_microsecond(leaf.time_us).unwrap_or(tx.now());
    tx.execute(
        "INSERT INTO leaves (id, at, kind, bytes, hash, leaf_index) VALUES ($1, $2, $3, $4, $5, $6)",
        values![
            id.to_string(),
            at,
            leaf.kind.as_str(),
            bytes.as_slice(),
            tlog::leaf_hash(&bytes).0,
            index
        ],
    )
    .await?;
    Ok(())
}

/// Makes the published checkpoint the database's head; those over more leaves than `keep` are not
/// of this log's history and go.
///
/// # Errors
/// The database failed.
pub async fn adopt_checkpoint(
    tx: &mut Tx<'_>,
    keep: u64,
    size: u64,
    root: [u8; 32],
    note: &[u8],
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM checkpoints WHERE size > $1", values![keep]).await?;
    let last: Option<Option<u64>> = tx.one("SELECT MAX(generation) FROM checkpoints", &[]).await?;
    let (generation, now) = (last.flatten().unwrap_or(0) + 1, tx.now());
    tx.execute(
        "INSERT INTO checkpoints (generation, size, root, note, at, published) \
         VALUES ($1, $2, $3, $4, $5, $5)",
        values![generation, size, root, note, now],
    )
    .await?;
    Ok(())
}
