//! Words about the installation itself: origin of the log, read-only after a restore, …

use crate::value::values;
use crate::{StoreError, Tx};

/// The word under this name.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>, StoreError> {
    tx.one("SELECT value FROM meta WHERE name = $1", values![name]).await
}

/// Sets it.
///
/// # Errors
/// The database failed.
pub async fn put(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO meta (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        values![name, value],
    )
    .await?;
    Ok(())
}

/// Takes it away.
///
/// # Errors
/// The database failed.
pub async fn remove(tx: &mut Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM meta WHERE name = $1", values![name]).await?;
    Ok(())
}
