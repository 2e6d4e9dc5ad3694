//! Deliveries of events to webhooks: one row an event and client, one more for each attempt.
//!
//! The sequencer makes the rows when it places an event. At least once: a worker that dies between
//! the answer and its row sends again, and the event's id tells the receiver.

use issuance::ClientId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::events::{self, PlacedEvent};
use crate::leases::later;
use crate::value::{Row, values};
use crate::{Store, StoreError, Tx};

/// A delivery that this worker holds.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Delivery {
    pub client: ClientId,
    pub event: PlacedEvent,
    /// This one included.
    pub attempt: u32,
    pub fence: i64,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// HTTP status, if there was an answer.
    pub status: Option<u32>,
    /// Why it did not arrive.
    pub error: Option<String>,
    /// How long it took.
    pub milliseconds: u64,
    /// What follows.
    pub next: Next,
}

/// What follows on an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It arrived.
    Delivered,
    /// Again at this time.
    At(Timestamp),
    /// No further attempts.
    GivenUp,
}

/// Takes up to `limit` due deliveries, in the order of their events.
///
/// # Errors
/// The database failed.
pub async fn claim(
    store: &Store,
    holder: &str,
    seconds: i64,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    if !due(store).await? {
        return Ok(Vec::new());
    }
    let holder = holder.to_owned();
    store
        .step("claim_deliveries", move |tx| {
            let holder = holder.clone();
            Box::pin(async move {
                let lock = if tx.is_pg() { " FOR UPDATE SKIP LOCKED" } else { "" };
                let sql = format!(
                    "UPDATE deliveries SET holder = $2, lease_until = $3, fence = fence + 1, \
                     attempts = attempts + 1 WHERE (event, client) IN (SELECT event, client \
                     FROM deliveries WHERE state = 'waiting' AND next_at <= $1 \
                     AND (lease_until IS NULL OR lease_until <= $1) \
                     ORDER BY next_at, position LIMIT {}{lock}) \
                     RETURNING event, client, attempts, fence",
                    limit.min(1000)
                );
                let arguments = values![tx.now, &holder, later(tx.now, seconds)].to_vec();
                let mut claimed = Vec::new();
                for row in tx.rows_built(sql, &arguments).await? {
                    claimed.push(read(tx, row).await?);
                }
                claimed.sort_by_key(|delivery| delivery.event.position);
                Ok(claimed)
            })
        })
        .await
}

async fn due(store: &Store) -> Result<bool, StoreError> {
    let mut tx = store.read().await?;
    let now = tx.now;
    let sql = "SELECT event FROM deliveries WHERE state = 'waiting' AND next_at <= $1 \
               AND (lease_until IS NULL OR lease_until <= $1) LIMIT 1";
    Ok(tx.row(sql, values![now]).await?.is_some())
}

/// Writes the attempt and what follows.
///
/// # Errors
/// [`StoreError::LeaseLost`] when another worker took it meanwhile.
pub async fn attempted(
    store: &Store,
    delivery: &Delivery,
    attempt: Attempt,
) -> Result<(), StoreError> {
    let (event, client) = (delivery.event.id.to_string(), delivery.client);
    let (number, fence) = (delivery.attempt, delivery.fence);
    store
        .step("delivery_attempted", move |tx| {
            let (event, attempt) = (event.clone(), attempt.clone());
            Box::pin(async move {
                let (state, next_at) = match attempt.next {
                    Next::Delivered => ("delivered", None),
                    Next::At(at) => ("waiting", Some(at)),
                    Next::GivenUp => ("given_up", None),
                };
                let sql = "UPDATE deliveries SET state = $4, next_at = COALESCE($5, next_at), \
                           lease_until = NULL, holder = NULL \
                           WHERE event = $1 AND client = $2 AND fence = $3 AND state = 'waiting'";
                let changed =
                    tx.execute(sql, values![&event, client, fence, state, next_at]).await?;
                if changed == 0 {
                    return Err(StoreError::LeaseLost(format!("delivery {event}")));
                }
                let now = tx.now;
                let sql = "INSERT INTO delivery_attempts (event, client, attempt, at, status, \
                           error, milliseconds) VALUES ($1, $2, $3, $4, $5, $6, $7)";
                tx.execute(
                    sql,
                    values![
                        &event,
                        client,
                        number,
                        now,
                        attempt.status,
                        attempt.error,
                        attempt.milliseconds,
                    ],
                )
                .await?;
                Ok(())
            })
        })
        .await
}

/// Of a client, how many deliveries are in each state.
///
/// # Errors
/// The database does not answer.
pub async fn counts(tx: &mut Tx<'_>, client: ClientId) -> Result<Vec<(String, u64)>, StoreError> {
    let sql = "SELECT state, COUNT(*) FROM deliveries WHERE client = $1 GROUP BY state \
               ORDER BY state";
    let rows = tx.rows(sql, values![client]).await?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

/// The attempts of one delivery: number, time, status, error.
///
/// # Errors
/// The database does not answer.
#[allow(clippy::type_complexity)]
pub async fn attempts(
    tx: &mut Tx<'_>,
    event: Uuid,
    client: ClientId,
) -> Result<Vec<(u32, Timestamp, Option<u32>, Option<String>)>, StoreError> {
    let sql = "SELECT attempt, at, status, error FROM delivery_attempts \
               WHERE event = $1 AND client = $2 ORDER BY attempt";
    let rows = tx.rows(sql, values![event.to_string(), client]).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take()?, row.take()?, row.take()?, row.take()?)))
        .collect()
}

async fn read(tx: &mut Tx<'_>, row: Row) -> Result<Delivery, StoreError> {
    let mut row = row.from("deliveries");
    let event: Uuid = row.take()?;
    let (client, attempt, fence) = (row.take()?, row.take()?, row.take()?);
    let placed = events::get(tx, event).await?;
    let event = placed.ok_or_else(|| StoreError::Unreadable {
        what: "deliveries".into(),
        why: format!("event {event} has no place"),
    })?;
    Ok(Delivery { client, event, attempt, fence })
}
