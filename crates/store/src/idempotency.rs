//! Idempotency keys: the same request twice is done once and answered alike.
//!
//! Inside the act: [`find`] first; when there is nothing, do the work and [`keep`] the answer in the
//! same transaction.

use jiff::Timestamp;

use issuance::Refusal;

use crate::value::values;
use crate::{ActError, StoreError, Tx};

/// The answer that was kept for this key of this owner ("client 0190…", "person 0190…").
///
/// # Errors
/// Refused when the key came with another content: `fingerprint` is the SHA-256 of the request.
pub async fn find(
    tx: &mut Tx<'_>,
    owner: &str,
    key: &str,
    fingerprint: &[u8; 32],
) -> Result<Option<String>, ActError> {
    let sql = "SELECT fingerprint, answer FROM idempotency WHERE owner = $1 AND key = $2";
    let Some(mut row) = tx.row(sql, values![owner, key]).await? else { return Ok(None) };
    let first: [u8; 32] = row.take()?;
    if first != *fingerprint {
        return Err(Refusal::IdempotencyReused.into());
    }
    Ok(Some(row.take()?))
}

/// Keeps the answer.
///
/// # Errors
/// [`StoreError::Exists`]: [`find`] was not asked.
pub async fn keep(
    tx: &mut Tx<'_>,
    owner: &str,
    key: &str,
    fingerprint: &[u8; 32],
    answer: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO idempotency (owner, key, fingerprint, answer, at) VALUES ($1, $2, $3, $4, $5)",
        values![owner, key, *fingerprint, answer, tx.now],
    )
    .await?;
    Ok(())
}

/// Forgets what was kept before this time; gives how many.
///
/// # Errors
/// The database failed.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM idempotency WHERE at < $1", values![before]).await
}
