//! Jobs: what has to happen after an act, enqueued in its transaction, done by a worker under a
//! lease, ended by a decision.
//!
//! ```text
//! enqueue ─► waiting ─ claim ─► running ─ end ─► done | failed | operator
//!               ▲                  │ RetryAt, or the lease ran out (the worker died)
//!               └──────────────────┘
//! ```
//!
//! A worker that slept past its lease is fenced: its [`finish`] fails, and with it the act in which
//! it stands. So a job's effect and its end are one transaction, and happen once.

use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::doc::places;
use crate::leases::later;
use crate::value::{Row, Value, json, values};
use crate::{Store, StoreError, Tx};

/// A job to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// Which job it is.
    pub kind: String,
    /// At most one job ever has this key; none: as many as are enqueued.
    pub key: Option<String>,
    /// Its input.
    pub payload: Json,
    /// Not before.
    pub run_at: Timestamp,
}

/// A job that this worker holds.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Job {
    pub id: Uuid,
    pub kind: String,
    pub payload: Json,
    /// This one included.
    pub attempts: u32,
    pub fence: i64,
    pub lease_until: Timestamp,
}

/// What a worker decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Done.
    Done,
    /// Again at this time, because of this.
    RetryAt(Timestamp, String),
    /// Never again, because of this.
    Failed(String),
    /// A person has to look at it.
    NeedsOperator(String),
}

/// How a job stands.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct JobState {
    pub id: Uuid,
    pub kind: String,
    pub key: Option<String>,
    /// "waiting", "running", "done", "failed", "operator".
    pub state: String,
    pub run_at: Timestamp,
    pub attempts: u32,
    pub note: Option<String>,
}

/// Adds a job; nothing happens when its key is there already.
///
/// # Errors
/// The database failed.
pub async fn enqueue(tx: &mut Tx<'_>, job: &NewJob) -> Result<(), StoreError> {
    let now = tx.now;
    tx.execute(
        "INSERT INTO jobs (id, kind, key, payload, state, run_at, attempts, fence, created) \
         VALUES ($1, $2, $3, $4, 'waiting', $5, 0, 0, $6) ON CONFLICT (key) DO NOTHING",
        values![
            Uuid::now_v7().to_string(),
            &job.kind,
            job.key.as_ref(),
            json(&job.payload)?,
            job.run_at,
            now,
        ],
    )
    .await?;
    Ok(())
}

/// Takes up to `limit` due jobs of these kinds, those of dead workers included.
///
/// # Errors
/// The database failed.
pub async fn claim(
    store: &Store,
    kinds: &[&str],
    holder: &str,
    seconds: i64,
    limit: u32,
) -> Result<Vec<Job>, StoreError> {
    // Looking costs nothing; an idle worker does not make the writer write.
    if !due(store, kinds).await? {
        return Ok(Vec::new());
    }
    let kinds: Vec<Value> = kinds.iter().copied().map(Value::from).collect();
    let holder = holder.to_owned();
    store
        .step("claim_jobs", move |tx| {
            let (kinds, holder) = (kinds.clone(), holder.clone());
            Box::pin(async move {
                let lock = if tx.is_pg() { " FOR UPDATE SKIP LOCKED" } else { "" };
                let sql = format!(
                    "UPDATE jobs SET state = 'running', holder = $2, lease_until = $3, \
                     fence = fence + 1, attempts = attempts + 1 WHERE id IN (SELECT id FROM jobs \
                     WHERE ((state = 'waiting' AND run_at <= $1) \
                     OR (state = 'running' AND lease_until <= $1)) AND kind IN ({}) \
                     ORDER BY run_at, id LIMIT {}{lock}) \
                     RETURNING id, kind, payload, attempts, fence, lease_until",
                    places(4, kinds.len()),
                    limit.min(1000),
                );
                let mut arguments = values![tx.now, &holder, later(tx.now, seconds)].to_vec();
                arguments.extend(kinds);
                let rows = tx.rows_built(sql, &arguments).await?;
                let mut jobs = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
                jobs.sort_by_key(|job| job.id);
                Ok(jobs)
            })
        })
        .await
}

async fn due(store: &Store, kinds: &[&str]) -> Result<bool, StoreError> {
    let mut tx = store.read().await?;
    let places = places(2, kinds.len());
    let mut arguments = values![tx.now].to_vec();
    arguments.extend(kinds.iter().copied().map(Value::from));
    for due in ["state = 'waiting' AND run_at <= $1", "state = 'running' AND lease_until <= $1"] {
        let sql = format!("SELECT id FROM jobs WHERE {due} AND kind IN ({places}) LIMIT 1");
        if !tx.rows_built(sql, &arguments).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Prolongs the lease of a job that takes longer.
///
/// # Errors
/// [`StoreError::LeaseLost`] when another worker took it.
pub async fn renew(store: &Store, job: &Job, seconds: i64) -> Result<(), StoreError> {
    let (id, fence) = (job.id, job.fence);
    store
        .step("renew_job", move |tx| {
            Box::pin(async move {
                let until = later(tx.now, seconds);
                let sql = "UPDATE jobs SET lease_until = $3 \
                           WHERE id = $1 AND fence = $2 AND state = 'running'";
                held(tx.execute(sql, values![id.to_string(), fence, until]).await?, id)
            })
        })
        .await
}

/// Ends it by itself.
///
/// # Errors
/// [`StoreError::LeaseLost`] when another worker took it.
pub async fn end(store: &Store, job: &Job, end: End) -> Result<(), StoreError> {
    let job = job.clone();
    store
        .step("end_job", move |tx| {
            let (job, end) = (job.clone(), end.clone());
            Box::pin(async move { finish(tx, job.id, job.fence, &end).await })
        })
        .await
}

/// Ends it inside the act that is its effect.
///
/// # Errors
/// [`StoreError::LeaseLost`] when another worker took it: the act then ends without effect.
pub async fn finish(tx: &mut Tx<'_>, id: Uuid, fence: i64, end: &End) -> Result<(), StoreError> {
    let now = tx.now;
    let (state, run_at, note) = match end {
        End::Done => ("done", None, None),
        End::RetryAt(at, why) => ("waiting", Some(*at), Some(why)),
        End::Failed(why) => ("failed", None, Some(why)),
        End::NeedsOperator(why) => ("operator", None, Some(why)),
    };
    let ended = run_at.is_none().then_some(now);
    let sql = "UPDATE jobs SET state = $3, run_at = COALESCE($4, run_at), note = $5, ended = $6, \
               lease_until = NULL, holder = NULL \
               WHERE id = $1 AND fence = $2 AND state = 'running'";
    held(tx.execute(sql, values![id.to_string(), fence, state, run_at, note, ended]).await?, id)
}

/// Holds the job to the end of the transaction without ending it.
///
/// # Errors
/// [`StoreError::LeaseLost`] when another worker took it.
pub async fn hold(tx: &mut Tx<'_>, id: Uuid, fence: i64) -> Result<(), StoreError> {
    let sql = "UPDATE jobs SET fence = fence WHERE id = $1 AND fence = $2 AND state = 'running'";
    held(tx.execute(sql, values![id.to_string(), fence]).await?, id)
}

/// A person looked at it: it runs again now.
///
/// # Errors
/// The database failed.
pub async fn release(tx: &mut Tx<'_>, id: Uuid) -> Result<bool, StoreError> {
    let now = tx.now;
    let sql = "UPDATE jobs SET state = 'waiting', run_at = $2, ended = NULL \
               WHERE id = $1 AND state IN ('failed', 'operator')";
    Ok(tx.execute(sql, values![id.to_string(), now]).await? == 1)
}

/// The job under this key.
///
/// # Errors
/// The database does not answer.
pub async fn by_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<JobState>, StoreError> {
    let sql = "SELECT id, kind, key, state, run_at, attempts, note FROM jobs WHERE key = $1";
    tx.row(sql, values![key]).await?.map(read_state).transpose()
}

/// Jobs in a state, oldest first.
///
/// # Errors
/// The database does not answer.
pub async fn in_state(
    tx: &mut Tx<'_>,
    state: &str,
    limit: u32,
) -> Result<Vec<JobState>, StoreError> {
    let limit = limit.min(1000);
    let sql = format!(
        "SELECT id, kind, key, state, run_at, attempts, note FROM jobs WHERE state = $1 \
         ORDER BY id LIMIT {limit}"
    );
    tx.rows_built(sql, values![state]).await?.into_iter().map(read_state).collect()
}

/// How many there are of each kind in each state.
///
/// # Errors
/// The database does not answer.
pub async fn counts(tx: &mut Tx<'_>) -> Result<Vec<(String, String, u64)>, StoreError> {
    let sql = "SELECT kind, state, COUNT(*) FROM jobs GROUP BY kind, state ORDER BY kind, state";
    let rows = tx.rows(sql, &[]).await?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?, row.take()?))).collect()
}

fn held(changed: u64, id: Uuid) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::LeaseLost(format!("job {id}"))) }
}

fn read(row: Row) -> Result<Job, StoreError> {
    let mut row = row.from("jobs");
    Ok(Job {
        id: row.take()?,
        kind: row.take()?,
        payload: row.json()?,
        attempts: row.take()?,
        fence: row.take()?,
        lease_until: row.take()?,
    })
}

fn read_state(row: Row) -> Result<JobState, StoreError> {
    let mut row = row.from("jobs");
    Ok(JobState {
        id: row.take()?,
        kind: row.take()?,
        key: row.take()?,
        state: row.take()?,
        run_at: row.take()?,
        attempts: row.take()?,
        note: row.take()?,
    })
}
