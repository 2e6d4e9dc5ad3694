//! People and their passwords (Argon2, PHC strings).

use issuance::{AgencyId, Person, PersonId};

use crate::value::{json, values};
use crate::{StoreError, Tx, doc};

/// Adds a person; without a password nobody logs in as them.
///
/// # Errors
/// [`StoreError::Exists`] when the login is taken.
pub async fn insert(
    tx: &mut Tx<'_>,
    person: &Person,
    password: Option<&str>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO people (id, agency, login, password, doc) VALUES ($1, $2, $3, $4, $5)",
        values![person.id, person.agency, &person.login, password, json(person)?],
    )
    .await?;
    Ok(())
}

/// Changes a person. Id, agency and login stay.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &mut Tx<'_>, person: &Person) -> Result<(), StoreError> {
    tx.execute("UPDATE people SET doc = $2 WHERE id = $1", values![person.id, json(person)?])
        .await?;
    Ok(())
}

/// Sets the password and ends all sessions of the person.
///
/// # Errors
/// The database failed.
pub async fn set_password(
    tx: &mut Tx<'_>,
    person: PersonId,
    password: &str,
) -> Result<(), StoreError> {
    tx.execute("UPDATE people SET password = $2 WHERE id = $1", values![person, password]).await?;
    crate::sessions::end_all(tx, person).await
}

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: PersonId) -> Result<Option<Person>, StoreError> {
    doc::one(tx, "people", "SELECT doc FROM people WHERE id = $1", values![id]).await
}

/// By login (lower case), with the password's PHC string.
///
/// # Errors
/// The database does not answer.
pub async fn by_login(
    tx: &mut Tx<'_>,
    login: &str,
) -> Result<Option<(Person, Option<String>)>, StoreError> {
    let row = tx.row("SELECT doc, password FROM people WHERE login = $1", values![login]).await?;
    let Some(row) = row else { return Ok(None) };
    let mut row = row.from("people");
    Ok(Some((row.json()?, row.take()?)))
}

/// Those whose account an agency administers, by login.
///
/// # Errors
/// The database does not answer.
pub async fn of_agency(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<Person>, StoreError> {
    let sql = "SELECT doc FROM people WHERE agency = $1 ORDER BY login";
    doc::all(tx, "people", sql, values![agency]).await
}

/// How many there are: none means that set-up has not been done.
///
/// # Errors
/// The database does not answer.
pub async fn count(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    Ok(tx.one("SELECT COUNT(*) FROM people", &[]).await?.unwrap_or(0))
}
