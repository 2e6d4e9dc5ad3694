//! Activations: one typing of a PIN over a list, and what became of each item.

use issuance::{ActivationId, KeyId, PersonId, PositionId, Refusal, ResultId};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::value::{Row, json, values};
use crate::{ActError, StoreError, Tx};

/// An activation; `state` is `office`'s word: "open", "closed", "lost", …
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Activation {
    pub id: ActivationId,
    pub person: PersonId,
    pub position: PositionId,
    pub key: KeyId,
    pub began: Timestamp,
    pub expires: Timestamp,
    pub state: String,
    /// Why it ended early.
    pub reason: Option<String>,
}

/// One item; `orders` is what the signer is asked, `outcome` what became of it.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Item<O> {
    pub activation: ActivationId,
    pub ordinal: u32,
    pub result: ResultId,
    /// Index into the result's files.
    pub file: u32,
    pub revision: u32,
    /// As the activation is bound to it.
    pub item_hash: Option<[u8; 32]>,
    pub orders: O,
    /// "waiting", "done", "failed", "refused".
    pub state: String,
    pub outcome: Option<serde_json::Value>,
}

/// Adds it with its items.
///
/// # Errors
/// [`StoreError::Exists`]: an activation is used once.
pub async fn insert<O: Serialize>(
    tx: &mut Tx<'_>,
    activation: &Activation,
    items: &[Item<O>],
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO activations (id, person, position, key, began, expires, state, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            activation.id,
            activation.person,
            activation.position,
            activation.key,
            activation.began,
            activation.expires,
            &activation.state,
            activation.reason.as_ref(),
        ],
    )
    .await?;
    for item in items {
        let outcome = item.outcome.as_ref().map(json).transpose()?;
        tx.execute(
            "INSERT INTO activation_items (activation, ordinal, result, file, revision, item_hash, \
             orders, state, outcome, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values![
                activation.id,
                item.ordinal,
                item.result,
                item.file,
                item.revision,
                item.item_hash,
                json(&item.orders)?,
                &item.state,
                outcome,
                tx.now,
            ],
        )
        .await?;
    }
    Ok(())
}

/// Another state, if it still has the one before.
///
/// # Errors
/// Refused as over when it has not.
pub async fn set_state(
    tx: &mut Tx<'_>,
    id: ActivationId,
    before: &str,
    after: &str,
    reason: Option<&str>,
) -> Result<(), ActError> {
    let changed = tx
        .execute(
            "UPDATE activations SET state = $3, reason = $4 WHERE id = $1 AND state = $2",
            values![id, before, after, reason],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Refusal::ActivationOver.into()) }
}

/// An item ended, if it still waited.
///
/// # Errors
/// Refused as over when it ended before.
pub async fn end_item<T: Serialize>(
    tx: &mut Tx<'_>,
    activation: ActivationId,
    ordinal: u32,
    state: &str,
    outcome: &T,
) -> Result<(), ActError> {
    let changed = tx
        .execute(
            "UPDATE activation_items SET state = $3, outcome = $4, updated = $5 \
             WHERE activation = $1 AND ordinal = $2 AND state = 'waiting'",
            values![activation, ordinal, state, json(outcome)?, tx.now],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Refusal::ActivationOver.into()) }
}

const COLUMNS: &str = "id, person, position, key, began, expires, state, reason";

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: ActivationId) -> Result<Option<Activation>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM activations WHERE id = $1");
    tx.rows_built(sql, values![id]).await?.into_iter().next().map(read).transpose()
}

/// Those in a state whose time is over.
///
/// # Errors
/// The database does not answer.
pub async fn expired(
    tx: &mut Tx<'_>,
    state: &str,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Activation>, StoreError> {
    let limit = limit.min(1000);
    let sql = format!(
        "SELECT {COLUMNS} FROM activations WHERE state = $1 AND expires <= $2 \
         ORDER BY expires LIMIT {limit}"
    );
    tx.rows_built(sql, values![state, now]).await?.into_iter().map(read).collect()
}

/// A person's, newest first.
///
/// # Errors
/// The database does not answer.
pub async fn of_person(
    tx: &mut Tx<'_>,
    person: PersonId,
    limit: u32,
) -> Result<Vec<Activation>, StoreError> {
    let limit = limit.min(1000);
    let sql = format!(
        "SELECT {COLUMNS} FROM activations WHERE person = $1 ORDER BY began DESC LIMIT {limit}"
    );
    tx.rows_built(sql, values![person]).await?.into_iter().map(read).collect()
}

/// Its items in order.
///
/// # Errors
/// The database does not answer.
pub async fn items<O: DeserializeOwned>(
    tx: &mut Tx<'_>,
    activation: ActivationId,
) -> Result<Vec<Item<O>>, StoreError> {
    let rows = tx
        .rows(
            "SELECT ordinal, result, file, revision, item_hash, orders, state, outcome \
             FROM activation_items WHERE activation = $1 ORDER BY ordinal",
            values![activation],
        )
        .await?;
    rows.into_iter().map(|row| read_item(activation, row)).collect()
}

fn read(row: Row) -> Result<Activation, StoreError> {
    let mut row = row.from("activations");
    Ok(Activation {
        id: row.take()?,
        person: row.take()?,
        position: row.take()?,
        key: row.take()?,
        began: row.take()?,
        expires: row.take()?,
        state: row.take()?,
        reason: row.take()?,
    })
}

fn read_item<O: DeserializeOwned>(
    activation: ActivationId,
    row: Row,
) -> Result<Item<O>, StoreError> {
    let mut row = row.from("activation_items");
    Ok(Item {
        activation,
        ordinal: row.take()?,
        result: row.take()?,
        file: row.take()?,
        revision: row.take()?,
        item_hash: row.take()?,
        orders: row.json()?,
        state: row.take()?,
        outcome: row.optional_json()?,
    })
}
