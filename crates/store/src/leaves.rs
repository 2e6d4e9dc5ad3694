//! Leaves of the transparency log, written in the transaction of the act that they tell of.
//!
//! The sequencer gives each an index within a second; the log's files are made from the bytes here.

use issuance::ResultId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::value::{Row, values};
use crate::{StoreError, Tx};

/// A leaf as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct LeafRow {
    pub id: Uuid,
    pub at: Timestamp,
    pub result: Option<ResultId>,
    /// "issue", "revoke", …
    pub kind: String,
    /// The entry of the log.
    pub bytes: Vec<u8>,
    pub hash: [u8; 32],
    /// Its place in the log, once it has one.
    pub index: Option<u64>,
}

impl Tx<'_> {
    /// Writes a leaf; gives the id of its row.
    ///
    /// # Errors
    /// The database failed.
    pub async fn leaf(
        &mut self,
        leaf: &tlog::Leaf,
        result: Option<ResultId>,
    ) -> Result<Uuid, StoreError> {
        let (id, bytes) = (Uuid::now_v7(), leaf.to_bytes());
        let hash = tlog::leaf_hash(&bytes).0;
        self.execute(
            "INSERT INTO leaves (id, at, result, kind, bytes, hash) VALUES ($1, $2, $3, $4, $5, $6)",
            values![id.to_string(), self.now, result, leaf.kind.as_str(), bytes, hash],
        )
        .await?;
        Ok(id)
    }
}

const COLUMNS: &str = "id, at, result, kind, bytes, hash, leaf_index";

/// All leaves of a result, oldest first.
///
/// # Errors
/// The database does not answer.
pub async fn of_result(tx: &mut Tx<'_>, result: ResultId) -> Result<Vec<LeafRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM leaves WHERE result = $1 ORDER BY at, id");
    tx.rows_built(sql, values![result]).await?.into_iter().map(read).collect()
}

/// The leaf of a row.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<LeafRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM leaves WHERE id = $1");
    tx.rows_built(sql, values![id.to_string()]).await?.into_iter().next().map(read).transpose()
}

/// Leaves with an index from `first` on, in order.
///
/// # Errors
/// The database does not answer.
pub async fn from_index(
    tx: &mut Tx<'_>,
    first: u64,
    limit: u32,
) -> Result<Vec<LeafRow>, StoreError> {
    let limit = limit.min(100_000);
    let sql = format!(
        "SELECT {COLUMNS} FROM leaves WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT {limit}"
    );
    tx.rows_built(sql, values![first]).await?.into_iter().map(read).collect()
}

/// Leaves that have an index.
///
/// # Errors
/// The database does not answer.
pub async fn placed(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let last: Option<Option<u64>> = tx.one("SELECT MAX(leaf_index) FROM leaves", &[]).await?;
    Ok(last.flatten().map_or(0, |last| last + 1))
}

fn read(row: Row) -> Result<LeafRow, StoreError> {
    let mut row = row.from("leaves");
    Ok(LeafRow {
        id: row.take()?,
        at: row.take()?,
        result: row.take()?,
        kind: row.take()?,
        bytes: row.take()?,
        hash: row.take()?,
        index: row.take()?,
    })
}
