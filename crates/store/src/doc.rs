//! Tables whose rows are a document of `issuance` and columns derived from it.

use serde::de::DeserializeOwned;

use crate::value::Value;
use crate::{StoreError, Tx};

/// The document of the first row.
pub(crate) async fn one<T: DeserializeOwned>(
    tx: &mut Tx<'_>,
    table: &'static str,
    sql: &'static str,
    values: &[Value],
) -> Result<Option<T>, StoreError> {
    tx.row(sql, values).await?.map(|row| row.from(table).json()).transpose()
}

/// The documents of all rows.
pub(crate) async fn all<T: DeserializeOwned>(
    tx: &mut Tx<'_>,
    table: &'static str,
    sql: &'static str,
    values: &[Value],
) -> Result<Vec<T>, StoreError> {
    tx.rows(sql, values).await?.into_iter().map(|row| row.from(table).json()).collect()
}

/// As `all`, for a text that was put together from constants.
pub(crate) async fn all_built<T: DeserializeOwned>(
    tx: &mut Tx<'_>,
    table: &'static str,
    sql: String,
    values: &[Value],
) -> Result<Vec<T>, StoreError> {
    tx.rows_built(sql, values).await?.into_iter().map(|row| row.from(table).json()).collect()
}

/// "$first, $first+1, …" for `count` arguments; an empty list of arguments matches nothing.
pub(crate) fn places(first: usize, count: usize) -> String {
    if count == 0 {
        return "NULL".to_owned();
    }
    let places: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    places.join(", ")
}
