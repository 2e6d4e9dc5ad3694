//! Which evidence belongs to which result; the evidence itself is an object.

use issuance::{FileHash, ResultId};
use jiff::Timestamp;

use crate::value::{Row, values};
use crate::{StoreError, Tx};

/// Evidence of one judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct EvidenceRow {
    /// SHA-256 of the evidence: its object.
    pub hash: FileHash,
    pub result: ResultId,
    /// "signature" or "intake".
    pub kind: String,
    /// SHA-256 of the file that was judged.
    pub file: FileHash,
    pub policy: String,
    /// "TOTAL_PASSED", …
    pub conclusion: String,
    pub at: Timestamp,
}

/// Adds it; the same one again changes nothing.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx<'_>, evidence: &EvidenceRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO evidence (hash, result, kind, file, policy, conclusion, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (result, file, hash) DO NOTHING",
        values![
            evidence.hash,
            evidence.result,
            &evidence.kind,
            evidence.file,
            &evidence.policy,
            &evidence.conclusion,
            evidence.at,
        ],
    )
    .await?;
    Ok(())
}

/// All of a result, oldest first.
///
/// # Errors
/// The database does not answer.
pub async fn of_result(tx: &mut Tx<'_>, result: ResultId) -> Result<Vec<EvidenceRow>, StoreError> {
    let sql = "SELECT hash, result, kind, file, policy, conclusion, at FROM evidence \
               WHERE result = $1 ORDER BY at, hash";
    tx.rows(sql, values![result]).await?.into_iter().map(read).collect()
}

fn read(row: Row) -> Result<EvidenceRow, StoreError> {
    let mut row = row.from("evidence");
    Ok(EvidenceRow {
        hash: row.take()?,
        result: row.take()?,
        kind: row.take()?,
        file: row.take()?,
        policy: row.take()?,
        conclusion: row.take()?,
        at: row.take()?,
    })
}
