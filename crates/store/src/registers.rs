//! Registers and their numbers. (register, number) is the primary key: whatever a program does, no
//! number stands there twice.

use issuance::{AgencyId, Number, NumberEntry, Register, RegisterId, ResultId};

use crate::value::{json, values};
use crate::{StoreError, Tx, doc};

/// Opens a register.
///
/// # Errors
/// [`StoreError::Exists`] when agency, series and year have one.
pub async fn insert(tx: &mut Tx<'_>, register: &Register) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO registers (id, agency, series, year, doc) VALUES ($1, $2, $3, $4, $5)",
        values![register.id, register.agency, &register.series, register.year, json(register)?],
    )
    .await?;
    Ok(())
}

/// Stores it as it is after a transition. Its transaction read it: see [`Store`](crate::Store) for
/// why nobody else changed it meanwhile.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &mut Tx<'_>, register: &Register) -> Result<(), StoreError> {
    let sql = "UPDATE registers SET doc = $2 WHERE id = $1";
    tx.execute(sql, values![register.id, json(register)?]).await?;
    Ok(())
}

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: RegisterId) -> Result<Option<Register>, StoreError> {
    doc::one(tx, "registers", "SELECT doc FROM registers WHERE id = $1", values![id]).await
}

/// The one of a series and year.
///
/// # Errors
/// The database does not answer.
pub async fn of_series(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    series: &str,
    year: i16,
) -> Result<Option<Register>, StoreError> {
    let sql = "SELECT doc FROM registers WHERE agency = $1 AND series = $2 AND year = $3";
    doc::one(tx, "registers", sql, values![agency, series, year]).await
}

/// All of an agency, newest year first.
///
/// # Errors
/// The database does not answer.
pub async fn of_agency(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<Register>, StoreError> {
    let sql = "SELECT doc FROM registers WHERE agency = $1 ORDER BY year DESC, series";
    doc::all(tx, "registers", sql, values![agency]).await
}

/// A number that was not there before.
///
/// # Errors
/// [`StoreError::Exists`]: it was.
pub async fn insert_number(tx: &mut Tx<'_>, entry: &NumberEntry) -> Result<(), StoreError> {
    let number = &entry.number;
    tx.execute(
        "INSERT INTO numbers (register, seq, state, result, doc) VALUES ($1, $2, $3, $4, $5)",
        values![number.register, number.seq, number.state.as_str(), entry.result, json(entry)?],
    )
    .await?;
    Ok(())
}

/// The number became used or void; a note, when given, replaces the one before.
///
/// # Errors
/// The number is not there, or the database failed.
pub async fn update_number(
    tx: &mut Tx<'_>,
    number: &Number,
    note: Option<&str>,
) -> Result<(), StoreError> {
    let Some(mut entry) = self::number(tx, number.register, number.seq).await? else {
        return Err(StoreError::Unreadable {
            what: "numbers".into(),
            why: format!("no number {} in register {}", number.seq, number.register),
        });
    };
    entry.number = number.clone();
    if let Some(note) = note {
        entry.note = note.to_owned();
    }
    tx.execute(
        "UPDATE numbers SET state = $3, doc = $4 WHERE register = $1 AND seq = $2",
        values![number.register, number.seq, number.state.as_str(), json(&entry)?],
    )
    .await?;
    Ok(())
}

/// One entry.
///
/// # Errors
/// The database does not answer.
pub async fn number(
    tx: &mut Tx<'_>,
    register: RegisterId,
    seq: u32,
) -> Result<Option<NumberEntry>, StoreError> {
    let sql = "SELECT doc FROM numbers WHERE register = $1 AND seq = $2";
    doc::one(tx, "numbers", sql, values![register, seq]).await
}

/// The entries of a result: one for each revision that got a number.
///
/// # Errors
/// The database does not answer.
pub async fn numbers_of_result(
    tx: &mut Tx<'_>,
    result: ResultId,
) -> Result<Vec<NumberEntry>, StoreError> {
    let sql = "SELECT doc FROM numbers WHERE result = $1 ORDER BY register, seq";
    doc::all(tx, "numbers", sql, values![result]).await
}
