//! Agencies.

use issuance::{Agency, AgencyId};

use crate::value::{json, values};
use crate::{StoreError, Tx, doc};

/// Adds it.
///
/// # Errors
/// [`StoreError::Exists`] when its word is taken.
pub async fn insert(tx: &mut Tx<'_>, agency: &Agency) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO agencies (id, word, doc) VALUES ($1, $2, $3)",
        values![agency.id, &agency.word, json(agency)?],
    )
    .await?;
    Ok(())
}

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: AgencyId) -> Result<Option<Agency>, StoreError> {
    doc::one(tx, "agencies", "SELECT doc FROM agencies WHERE id = $1", values![id]).await
}

/// By its short word.
///
/// # Errors
/// The database does not answer.
pub async fn by_word(tx: &mut Tx<'_>, word: &str) -> Result<Option<Agency>, StoreError> {
    doc::one(tx, "agencies", "SELECT doc FROM agencies WHERE word = $1", values![word]).await
}

/// All of them, by word.
///
/// # Errors
/// The database does not answer.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Agency>, StoreError> {
    doc::all(tx, "agencies", "SELECT doc FROM agencies ORDER BY word", &[]).await
}
