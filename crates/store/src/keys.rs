//! Signing keys as the service knows them: certificate, label, owner; never a key.

use issuance::{AgencyId, Key, KeyId, KeyOwner, PersonId};

use crate::value::{json, values};
use crate::{StoreError, Tx, doc};

/// Adds it.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx<'_>, key: &Key) -> Result<(), StoreError> {
    let person = match key.owner {
        KeyOwner::Person(person) => Some(person),
        KeyOwner::Seal => None,
    };
    tx.execute(
        "INSERT INTO keys (id, agency, person, doc) VALUES ($1, $2, $3, $4)",
        values![key.id, key.agency, person, json(key)?],
    )
    .await?;
    Ok(())
}

/// Changes it. Owner and agency stay.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &mut Tx<'_>, key: &Key) -> Result<(), StoreError> {
    tx.execute("UPDATE keys SET doc = $2 WHERE id = $1", values![key.id, json(key)?]).await?;
    Ok(())
}

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: KeyId) -> Result<Option<Key>, StoreError> {
    doc::one(tx, "keys", "SELECT doc FROM keys WHERE id = $1", values![id]).await
}

/// A person's, retired ones included.
///
/// # Errors
/// The database does not answer.
pub async fn of_person(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Key>, StoreError> {
    let sql = "SELECT doc FROM keys WHERE person = $1 ORDER BY id";
    doc::all(tx, "keys", sql, values![person]).await
}

/// An agency's: its seals and the keys of its people, retired ones included.
///
/// # Errors
/// The database does not answer.
pub async fn of_agency(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<Key>, StoreError> {
    let sql = "SELECT doc FROM keys WHERE agency = $1 ORDER BY id";
    doc::all(tx, "keys", sql, values![agency]).await
}
