//! Places: rows of audit, events and leaves are written without one, so that acts do not wait for
//! each other; whoever holds the lease [`LEASE`] gives them theirs, in one transaction, within a
//! second. Positions therefore have no gaps and appear in order.

use crate::audit::{self, COVERED};
use crate::value::{Row, Value, values};
use crate::{Lease, Store, StoreError, Tx};

/// The lease under which places are given.
pub const LEASE: &str = "sequence";

/// Rows of each table that one call places: its transaction keeps the writer from acts.
const MOST: usize = 1000;
/// Rows in one statement.
const AT_ONCE: usize = 50;

/// How many rows got their place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Placed {
    pub audit: usize,
    pub events: usize,
    pub leaves: usize,
}

impl Placed {
    /// There may be more: call again at once.
    pub fn is_full(&self) -> bool {
        [self.audit, self.events, self.leaves].contains(&MOST)
    }

    /// Nothing was waiting.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Gives places to what waits, oldest first.
///
/// # Errors
/// The lease is lost (nothing was placed), or the database failed.
pub async fn place(store: &Store, lease: &Lease) -> Result<Placed, StoreError> {
    if !waiting(store).await? {
        return Ok(Placed::default());
    }
    let lease = lease.clone();
    store
        .step("place", move |tx| {
            let lease = lease.clone();
            Box::pin(async move {
                // All three or none. If we die in here, the rows are still without a place, and the
                // next holder begins with the same ones.
                lease.hold(tx).await?;
                let audit = link_audit(tx).await?;
                let events = place_events(tx).await?;
                let leaves = place_leaves(tx).await?;
                Ok(Placed { audit, events, leaves })
            })
        })
        .await
}

async fn waiting(store: &Store) -> Result<bool, StoreError> {
    let mut tx = store.read().await?;
    for sql in [
        "SELECT act_id FROM audit WHERE chain_index IS NULL LIMIT 1",
        "SELECT id FROM events WHERE position IS NULL LIMIT 1",
        "SELECT id FROM leaves WHERE leaf_index IS NULL LIMIT 1",
    ] {
        if tx.row(sql, &[]).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn link_audit(tx: &mut Tx<'_>) -> Result<usize, StoreError> {
    let head = head(tx).await?;
    let (mut index, mut hash) = head.map_or((0, [0; 32]), |head| (head.index + 1, head.hash));
    let sql = format!(
        "SELECT {} FROM audit WHERE chain_index IS NULL ORDER BY at, act_id, ordinal LIMIT {MOST}",
        audit::COLUMNS
    );
    let rows = tx.rows_built(sql, &[]).await?;
    let mut links = Vec::with_capacity(rows.len() * 4);
    let placed = rows.len();
    for row in rows {
        let mut row = row.from("audit");
        let mut key = row.clone();
        hash = audit::link(&hash, index, &mut row)?;
        let (act_id, ordinal): (Value, Value) = (key.take()?, key.take()?);
        links.extend([act_id, ordinal, Value::from(index), Value::from(hash)]);
        index += 1;
    }
    let update = "UPDATE audit SET chain_index = v.i, chain_hash = v.h FROM v \
                  WHERE audit.act_id = v.a AND audit.ordinal = v.o";
    set(tx, "a, o, i, h", 4, &links, update).await?;
    Ok(placed)
}

async fn place_events(tx: &mut Tx<'_>) -> Result<usize, StoreError> {
    let last: Option<Option<u64>> = tx.one("SELECT MAX(position) FROM events", &[]).await?;
    let first = last.flatten().unwrap_or(0) + 1;
    let sql = format!("SELECT id FROM events WHERE position IS NULL ORDER BY at, id LIMIT {MOST}");
    let rows = tx.rows_built(sql, &[]).await?;
    let placed = rows.len();
    if placed == 0 {
        return Ok(0);
    }
    let update = "UPDATE events SET position = v.i FROM v WHERE events.id = v.a";
    set(tx, "a, i", 2, &numbered(rows, first)?, update).await?;
    let now = tx.now;
    // What a client is told of: only from now on, in order, each once.
    tx.execute(
        "INSERT INTO deliveries (event, client, position, state, next_at, attempts, fence) \
         SELECT e.id, c.id, e.position, 'waiting', $2, 0, 0 FROM events e \
         JOIN clients c ON c.id = e.client WHERE e.position >= $1 AND c.webhook IS NOT NULL",
        values![first, now],
    )
    .await?;
    Ok(placed)
}

async fn place_leaves(tx: &mut Tx<'_>) -> Result<usize, StoreError> {
    let first = crate::leaves::placed(tx).await?;
    let sql =
        format!("SELECT id FROM leaves WHERE leaf_index IS NULL ORDER BY at, id LIMIT {MOST}");
    let rows = tx.rows_built(sql, &[]).await?;
    let placed = rows.len();
    let update = "UPDATE leaves SET leaf_index = v.i FROM v WHERE leaves.id = v.a";
    set(tx, "a, i", 2, &numbered(rows, first)?, update).await?;
    Ok(placed)
}

fn numbered(rows: Vec<Row>, first: u64) -> Result<Vec<Value>, StoreError> {
    let mut values = Vec::with_capacity(rows.len() * 2);
    for (mut row, number) in rows.into_iter().zip(first..) {
        values.extend([row.take::<Value>()?, Value::from(number)]);
    }
    Ok(values)
}

/// Runs `update` from a table `v` of these values, in statements of few different lengths, so that
/// they stay prepared.
async fn set(
    tx: &mut Tx<'_>,
    columns: &str,
    width: usize,
    values: &[Value],
    update: &str,
) -> Result<(), StoreError> {
    let (many, few) = values.split_at(values.len() - values.len() % (width * AT_ONCE));
    let statement = |rows: usize| {
        let rows: Vec<String> = (0..rows)
            .map(|row| format!("({})", crate::doc::places(row * width + 1, width)))
            .collect();
        format!("WITH v({columns}) AS (VALUES {}) {update}", rows.join(", "))
    };
    for chunk in many.chunks(width * AT_ONCE) {
        changed(tx.execute_built(statement(AT_ONCE), chunk).await?, AT_ONCE)?;
    }
    for row in few.chunks(width) {
        changed(tx.execute_built(statement(1), row).await?, 1)?;
    }
    Ok(())
}

fn changed(rows: u64, wanted: usize) -> Result<(), StoreError> {
    if usize::try_from(rows) == Ok(wanted) {
        return Ok(());
    }
    Err(StoreError::Database(format!("placing changed {rows} rows of {wanted}")))
}

// The chain, read ----------------------------------------------------------------------------

/// The last link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ChainHead {
    pub index: u64,
    pub hash: [u8; 32],
}

/// The last link of the audit chain. Kept outside the database, it shows later whether rows before
/// it were changed or cut off.
///
/// # Errors
/// The database does not answer.
pub async fn head(tx: &mut Tx<'_>) -> Result<Option<ChainHead>, StoreError> {
    let sql = "SELECT chain_index, chain_hash FROM audit WHERE chain_index IS NOT NULL \
               ORDER BY chain_index DESC LIMIT 1";
    let Some(row) = tx.row(sql, &[]).await? else { return Ok(None) };
    let mut row = row.from("audit");
    Ok(Some(ChainHead { index: row.take()?, hash: row.take()? }))
}

/// What the verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// Rows that are linked.
    pub linked: u64,
    /// The last link.
    pub head: Option<ChainHead>,
    /// Rows that wait for their link: none older than a second or so while the service runs.
    pub unlinked: u64,
    /// The first thing that is wrong; nothing: the chain is whole.
    pub defect: Option<ChainDefect>,
}

/// What is wrong with the chain, at the first row where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ChainDefect {
    /// The row at this index, or one before it, was changed.
    Changed { index: u64 },
    /// There is no row at this index.
    Missing { index: u64 },
    /// The chain does not hold the head that was kept elsewhere.
    NotThisHead { index: u64 },
}

/// Computes every link again. `known` is a head kept outside the database.
///
/// # Errors
/// The database does not answer.
pub async fn verify_audit_chain(
    tx: &mut Tx<'_>,
    known: Option<ChainHead>,
) -> Result<ChainReport, StoreError> {
    let sql = format!(
        "SELECT {}, chain_index, chain_hash FROM audit WHERE chain_index >= $1 \
         ORDER BY chain_index LIMIT 1000",
        audit::COLUMNS
    );
    let (mut next, mut hash) = (0, [0; 32]);
    let mut defect = None;
    'pages: loop {
        let rows = tx.rows_built(sql.clone(), values![next]).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let mut row = row.from("audit");
            let mut stored = row.clone();
            for _ in 0..COVERED {
                stored.take::<Value>()?;
            }
            let (index, stored): (u64, Option<[u8; 32]>) = (stored.take()?, stored.take()?);
            if index != next {
                defect = Some(ChainDefect::Missing { index: next });
                break 'pages;
            }
            let computed = audit::link(&hash, index, &mut row)?;
            if stored != Some(computed) {
                defect = Some(ChainDefect::Changed { index });
                break 'pages;
            }
            hash = computed;
            if known.is_some_and(|known| known.index == index && known.hash != hash) {
                defect = Some(ChainDefect::NotThisHead { index });
                break 'pages;
            }
            next += 1;
        }
    }
    if let Some(known) = known.filter(|known| defect.is_none() && known.index >= next) {
        defect = Some(ChainDefect::NotThisHead { index: known.index });
    }
    let linked: u64 = tx.one("SELECT COUNT(chain_index) FROM audit", &[]).await?.unwrap_or(0);
    let unlinked = audit::count(tx).await?.saturating_sub(linked);
    Ok(ChainReport { linked, head: head(tx).await?, unlinked, defect })
}
