//! The outbox: what happened, for API clients and webhooks, written in the act's own transaction.
//!
//! An event has no position until the sequencer gives it one; positions have no gaps and never
//! appear out of order, so that "everything since N" misses nothing on either engine.

use issuance::{AgencyId, ClientId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::value::{Row, json, values};
use crate::{StoreError, Tx};

/// What an act says to the outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The stable word of `issuance::EventKind`.
    pub kind: String,
    /// Whose it is.
    pub agency: AgencyId,
    /// The API client that it concerns: its webhook gets it.
    pub client: Option<ClientId>,
    /// The id of what it is about.
    pub object: String,
    /// What the client reads; no personal data.
    pub data: serde_json::Value,
}

/// An event in its place.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct PlacedEvent {
    /// The cursor: 1 is the first.
    pub position: u64,
    pub id: Uuid,
    pub at: Timestamp,
    pub event: Event,
}

impl Tx<'_> {
    /// Puts an event into the outbox.
    ///
    /// # Errors
    /// The database failed.
    pub async fn emit(&mut self, event: Event) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO events (id, at, kind, agency, client, object, data) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            values![
                Uuid::now_v7().to_string(),
                self.now,
                event.kind,
                event.agency,
                event.client,
                event.object,
                json(&event.data)?,
            ],
        )
        .await?;
        Ok(())
    }
}

pub(crate) const COLUMNS: &str = "position, id, at, kind, agency, client, object, data";

/// Events after `cursor`, oldest first; of one client, or of all.
///
/// # Errors
/// The database does not answer.
pub async fn since(
    tx: &mut Tx<'_>,
    cursor: u64,
    client: Option<ClientId>,
    limit: u32,
) -> Result<Vec<PlacedEvent>, StoreError> {
    let limit = limit.min(10_000);
    let rows = match client {
        Some(client) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM events WHERE position > $1 AND client = $2 \
                 ORDER BY position LIMIT {limit}"
            );
            tx.rows_built(sql, values![cursor, client]).await?
        }
        None => {
            let sql = format!(
                "SELECT {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT {limit}"
            );
            tx.rows_built(sql, values![cursor]).await?
        }
    };
    rows.into_iter().map(read).collect()
}

/// By id, once it has its place.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<PlacedEvent>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE id = $1 AND position IS NOT NULL");
    tx.rows_built(sql, values![id.to_string()]).await?.into_iter().next().map(read).transpose()
}

/// The position of the last event; 0 when there is none.
///
/// # Errors
/// The database does not answer.
pub async fn last_position(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let last: Option<Option<u64>> = tx.one("SELECT MAX(position) FROM events", &[]).await?;
    Ok(last.flatten().unwrap_or(0))
}

pub(crate) fn read(row: Row) -> Result<PlacedEvent, StoreError> {
    let mut row = row.from("events");
    Ok(PlacedEvent {
        position: row.take()?,
        id: row.take()?,
        at: row.take()?,
        event: Event {
            kind: row.take()?,
            agency: row.take()?,
            client: row.take()?,
            object: row.take()?,
            data: row.json()?,
        },
    })
}
