//! Results: the aggregate as one document. Whoever changes it names the version it saw.

use issuance::{CheckCode, ProcedureResult, Refusal, ResultId};

use crate::value::{json, values};
use crate::{ActError, StoreError, Tx, doc};

/// A new result, findable by its code.
///
/// # Errors
/// [`StoreError::Exists`]: id or code are there already.
pub async fn insert(tx: &mut Tx<'_>, result: &ProcedureResult) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO results (id, agency, place, procedure, position, client, state, version, \
         deadline, updated, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            result.id,
            result.agency(),
            result.receiving_place(),
            result.procedure(),
            result.next_position(),
            result.client(),
            result.state.as_str(),
            result.version,
            result.submission.deadline,
            result.updated,
            json(result)?,
        ],
    )
    .await?;
    tx.execute(
        "INSERT INTO codes (hash, result) VALUES ($1, $2)",
        values![result.code.sha256(), result.id],
    )
    .await?;
    Ok(())
}

/// Compare and set: stores `after` if the result still has version `before`.
///
/// # Errors
/// Refused with `changed_since` when it has not.
pub async fn update(tx: &mut Tx<'_>, before: u64, after: &ProcedureResult) -> Result<(), ActError> {
    let changed = tx
        .execute(
            "UPDATE results SET position = $3, state = $4, version = $5, deadline = $6, \
             updated = $7, doc = $8 WHERE id = $1 AND version = $2",
            values![
                after.id,
                before,
                after.next_position(),
                after.state.as_str(),
                after.version,
                after.submission.deadline,
                after.updated,
                json(after)?,
            ],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Refusal::ChangedSince { what: "version" }.into()) }
}

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: ResultId) -> Result<Option<ProcedureResult>, StoreError> {
    doc::one(tx, "results", "SELECT doc FROM results WHERE id = $1", values![id]).await
}

/// By id, inside an act.
///
/// # Errors
/// Refused as unknown when there is none.
pub async fn known(tx: &mut Tx<'_>, id: ResultId) -> Result<ProcedureResult, ActError> {
    let result = get(tx, id).await?;
    result.ok_or_else(|| Refusal::Unknown { what: "result" }.into())
}

/// By check code.
///
/// # Errors
/// The database does not answer.
pub async fn by_code(
    tx: &mut Tx<'_>,
    code: &CheckCode,
) -> Result<Option<ProcedureResult>, StoreError> {
    by_code_hash(tx, &code.sha256()).await
}

/// By the SHA-256 of the check code.
///
/// # Errors
/// The database does not answer.
pub async fn by_code_hash(
    tx: &mut Tx<'_>,
    hash: &[u8; 32],
) -> Result<Option<ProcedureResult>, StoreError> {
    let sql = "SELECT r.doc FROM codes c JOIN results r ON r.id = c.result WHERE c.hash = $1";
    doc::one(tx, "results", sql, values![*hash]).await
}

/// Ids from `after` on, in order: for whoever goes through all of them.
///
/// # Errors
/// The database does not answer.
pub async fn ids(
    tx: &mut Tx<'_>,
    after: Option<ResultId>,
    limit: u32,
) -> Result<Vec<ResultId>, StoreError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let limit = limit.min(10_000);
    let sql = format!("SELECT id FROM results WHERE id > $1 ORDER BY id LIMIT {limit}");
    tx.rows_built(sql, values![after]).await?.into_iter().map(|mut row| row.take()).collect()
}
