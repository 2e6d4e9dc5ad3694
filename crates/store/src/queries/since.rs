//! Events and states since a cursor.

use issuance::{AgencyId, ClientId};

use crate::doc::places;
use crate::events::{self, PlacedEvent};
use crate::value::Value;
use crate::{StoreError, Tx};

/// Whose events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// Those that concern a client.
    Client(ClientId),
    /// Those of agencies.
    Agencies(Vec<AgencyId>),
}

/// What a reader gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Since {
    /// Oldest first.
    pub events: Vec<PlacedEvent>,
    /// Where to go on: the position of the last event given, or the cursor that was asked with.
    pub cursor: u64,
}

/// Events after `cursor`, oldest first.
///
/// # Errors
/// The database does not answer.
pub async fn events(
    tx: &mut Tx<'_>,
    cursor: u64,
    whose: &Whose,
    limit: u32,
) -> Result<Since, StoreError> {
    let events = match whose {
        Whose::All => events::since(tx, cursor, None, limit).await?,
        Whose::Client(client) => events::since(tx, cursor, Some(*client), limit).await?,
        Whose::Agencies(agencies) => {
            let sql = format!(
                "SELECT {} FROM events WHERE position > $1 AND agency IN ({}) \
                 ORDER BY position LIMIT {}",
                events::COLUMNS,
                places(2, agencies.len()),
                limit.min(10_000),
            );
            let mut arguments = vec![Value::from(cursor)];
            arguments.extend(agencies.iter().copied().map(Value::from));
            let rows = tx.rows_built(sql, &arguments).await?;
            rows.into_iter().map(events::read).collect::<Result<_, _>>()?
        }
    };
    let cursor = events.last().map_or(cursor, |event| event.position);
    Ok(Since { events, cursor })
}
