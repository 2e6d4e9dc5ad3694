//! Sessions of people, found by the SHA-256 of their cookie: who reads the table cannot log in.

use issuance::PersonId;
use jiff::Timestamp;

use crate::value::{Row, values};
use crate::{Store, StoreError, Tx};

/// A session.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Session {
    /// SHA-256 of the cookie.
    pub hash: [u8; 32],
    pub person: PersonId,
    /// What forms have to send back.
    pub csrf: String,
    pub began: Timestamp,
    pub last_use: Timestamp,
    pub expires: Timestamp,
    pub address: Option<String>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("person", &self.person).finish_non_exhaustive()
    }
}

/// Begins it.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx<'_>, session: &Session) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO sessions (hash, person, csrf, began, last_use, expires, address) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            session.hash,
            session.person,
            &session.csrf,
            session.began,
            session.last_use,
            session.expires,
            session.address.as_ref(),
        ],
    )
    .await?;
    Ok(())
}

/// By the cookie's hash, unless its time is over.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT hash, person, csrf, began, last_use, expires, address FROM sessions \
               WHERE hash = $1 AND expires > $2";
    let now = tx.now;
    tx.row(sql, values![*hash, now]).await?.map(read).transpose()
}

/// It was used now and lasts until `expires`. No act: call it once a minute, not at each request.
///
/// # Errors
/// The database failed.
pub async fn touch(store: &Store, hash: [u8; 32], expires: Timestamp) -> Result<(), StoreError> {
    store
        .step("touch_session", move |tx| {
            Box::pin(async move {
                let now = tx.now;
                let sql = "UPDATE sessions SET last_use = $2, expires = $3 WHERE hash = $1";
                tx.execute(sql, values![hash, now, expires]).await?;
                Ok(())
            })
        })
        .await
}

/// Ends it.
///
/// # Errors
/// The database failed.
pub async fn end(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE hash = $1", values![*hash]).await?;
    Ok(())
}

/// Ends all of a person.
///
/// # Errors
/// The database failed.
pub async fn end_all(tx: &mut Tx<'_>, person: PersonId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE person = $1", values![person]).await?;
    Ok(())
}

/// Removes those whose time is over; gives how many.
///
/// # Errors
/// The database failed.
pub async fn sweep(store: &Store) -> Result<u64, StoreError> {
    store
        .step("sweep_sessions", |tx| {
            Box::pin(async move {
                let now = tx.now;
                tx.execute("DELETE FROM sessions WHERE expires <= $1", values![now]).await
            })
        })
        .await
}

fn read(row: Row) -> Result<Session, StoreError> {
    let mut row = row.from("sessions");
    Ok(Session {
        hash: row.take()?,
        person: row.take()?,
        csrf: row.take()?,
        began: row.take()?,
        last_use: row.take()?,
        expires: row.take()?,
        address: row.take()?,
    })
}
