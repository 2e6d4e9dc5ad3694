//! Positions. Which are in force is `Position::in_force`, not a column.

use issuance::{AgencyId, PersonId, Position, PositionId};

use crate::value::{json, values};
use crate::{StoreError, Tx, doc};

/// Adds it.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx<'_>, position: &Position) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO positions (id, agency, person, deputy_of, doc) VALUES ($1, $2, $3, $4, $5)",
        values![position.id, position.agency, position.person, position.deputy_of, json(position)?],
    )
    .await?;
    Ok(())
}

/// Changes it (its end). Person and agency stay.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &mut Tx<'_>, position: &Position) -> Result<(), StoreError> {
    let sql = "UPDATE positions SET doc = $2 WHERE id = $1";
    tx.execute(sql, values![position.id, json(position)?]).await?;
    Ok(())
}

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: PositionId) -> Result<Option<Position>, StoreError> {
    doc::one(tx, "positions", "SELECT doc FROM positions WHERE id = $1", values![id]).await
}

/// All of a person, past ones included.
///
/// # Errors
/// The database does not answer.
pub async fn of_person(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Position>, StoreError> {
    let sql = "SELECT doc FROM positions WHERE person = $1 ORDER BY id";
    doc::all(tx, "positions", sql, values![person]).await
}

/// All of an agency, past ones included.
///
/// # Errors
/// The database does not answer.
pub async fn of_agency(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<Position>, StoreError> {
    let sql = "SELECT doc FROM positions WHERE agency = $1 ORDER BY id";
    doc::all(tx, "positions", sql, values![agency]).await
}

/// All that stand in for this one, past ones included.
///
/// # Errors
/// The database does not answer.
pub async fn deputies(tx: &mut Tx<'_>, of: PositionId) -> Result<Vec<Position>, StoreError> {
    let sql = "SELECT doc FROM positions WHERE deputy_of = $1 ORDER BY id";
    doc::all(tx, "positions", sql, values![of]).await
}
