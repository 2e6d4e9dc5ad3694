//! Acts in transactions: how one becomes durable, once, with its audit row, on either engine.
//!
//! - SQLite: all acts of the process go to one task. It takes what waits into one transaction, a
//!   savepoint each, commits once, and only then answers: one fsync for many acts.
//! - PostgreSQL: a transaction each, SERIALIZABLE unless the act says that less is enough, so that an
//!   act sees the database as if alone, as it does on SQLite. Whoever was in the way of another runs
//!   again.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use issuance::Refusal;
use jiff::Timestamp;
use sqlx::SqliteConnection;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::db::{Lite, Pg};
use crate::{Act, ActError, Actor, Context, Db, Isolation, PerformError, StoreError, Tx, audit};

/// Tries on PostgreSQL before an act is given up.
const TRIES: u32 = 20;
/// From this try on an act runs alone in its process.
const TRY_ALONE: u32 = 2;
/// A group ends after this many acts or this long: the first of it waits for the last.
const GROUP: usize = 256;
const GROUP_TIME: Duration = Duration::from_millis(20);
/// Acts that may wait; further callers wait before they may.
const QUEUE: usize = 1024;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The store: performs acts, reads. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    db: Db,
    clock: Clock,
    queue: Option<mpsc::Sender<Box<dyn Queued>>>,
    alone: Arc<Mutex<()>>,
}

impl Store {
    /// Over a database whose schema is this program's. Needs a running tokio.
    ///
    /// # Errors
    /// The schema is another one, or the database does not answer.
    pub async fn new(db: Db) -> Result<Self, StoreError> {
        Self::with_clock(db, Timestamp::now).await
    }

    /// With another clock, for tests of what passes with time.
    ///
    /// # Errors
    /// As [`Store::new`].
    pub async fn with_clock(
        db: Db,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, StoreError> {
        db.check_schema().await?;
        let clock = Clock { read: Arc::new(clock), last: Arc::default() };
        let queue = match &db {
            Db::Lite(lite) => Some(start_writer(lite, clock.clone()).await?),
            Db::Pg(_) => None,
        };
        Ok(Self { db, clock, queue, alone: Arc::default() })
    }

    /// The database below.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// A reader for the queries.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn read(&self) -> Result<Tx<'static>, StoreError> {
        let mut tx = self.db.read().await?;
        tx.next_act(self.clock.now());
        Ok(tx)
    }

    /// The time that acts get.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs the act with its audit row, outbox and leaves in one transaction; returns once it is on
    /// the disk. When the caller goes away, the act is performed all the same.
    ///
    /// # Errors
    /// Refused (the refusal is in the audit), or the store could not work. When the connection
    /// breaks at the very end, the act may have been kept: the caller repeats it under the same
    /// idempotency key or version, which tells.
    pub async fn perform<A: Act>(&self, act: A, actor: Actor) -> Result<A::Done, PerformError> {
        self.run(Audited { act, actor }).await
    }

    /// A step of the store itself or of the machinery around acts (leases, positions in the chain,
    /// last use): durable like an act, without an audit row.
    pub(crate) async fn step<T, F>(&self, name: &'static str, step: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Tx<'_>) -> Boxed<'a, Result<T, StoreError>> + Send + Sync + 'static,
    {
        match self.run(Step { name, step }).await {
            Ok(done) => Ok(done),
            Err(PerformError::Store(error)) => Err(error),
            // A step has nobody to refuse.
            Err(PerformError::Refused(refusal)) => Err(StoreError::Database(refusal.to_string())),
        }
    }

    async fn run<U: Unit>(&self, unit: U) -> Result<U::Done, PerformError> {
        match (&self.db, &self.queue) {
            (Db::Lite(_), Some(queue)) => in_group(queue, unit).await,
            (Db::Pg(pg), _) => {
                // Spawned, so that an act of a caller who went away is not cut off in the middle of
                // its answer: the engines behave alike.
                let (pg, clock, alone) = (pg.clone(), self.clock.clone(), self.alone.clone());
                let task = tokio::spawn(async move { by_itself(&pg, &clock, &alone, unit).await });
                task.await.map_err(|_| StoreError::Panicked(std::any::type_name::<U>()))?
            }
            (Db::Lite(_), None) => Err(StoreError::Closed.into()),
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.db.engine()).finish()
    }
}

/// Whole microseconds, as the columns keep them, and never backwards within a process.
#[derive(Clone)]
struct Clock {
    read: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    last: Arc<AtomicI64>,
}

impl Clock {
    fn now(&self) -> Timestamp {
        let now = (self.read)().as_microsecond();
        let now = self.last.fetch_max(now, Ordering::SeqCst).max(now);
        Timestamp::from_microsecond(now).unwrap_or(Timestamp::MAX)
    }
}

// Units: what runs in a transaction ----------------------------------------------------------

trait Unit: Send + Sync + 'static {
    type Done: Send + 'static;

    fn name(&self) -> &'static str;

    /// On PostgreSQL.
    fn begin(&self) -> &'static str;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Boxed<'a, Result<Self::Done, ActError>>;

    /// Written after the unit's own rows were taken back.
    fn refused<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        refusal: &'a Refusal,
    ) -> Boxed<'a, Result<(), StoreError>>;
}

struct Audited<A> {
    act: A,
    actor: Actor,
}

impl<A: Act> Unit for Audited<A> {
    type Done = A::Done;

    fn name(&self) -> &'static str {
        A::NAME
    }

    fn begin(&self) -> &'static str {
        match A::ISOLATION {
            Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            Isolation::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ",
        }
    }

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Boxed<'a, Result<Self::Done, ActError>> {
        Box::pin(async move {
            let at = Context { now: tx.now, actor: self.actor.clone() };
            let done = self.act.run(tx, &at).await?;
            audit::insert(tx, A::NAME, &self.actor, None).await?;
            Ok(done)
        })
    }

    fn refused<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        refusal: &'a Refusal,
    ) -> Boxed<'a, Result<(), StoreError>> {
        Box::pin(audit::insert(tx, A::NAME, &self.actor, Some(refusal)))
    }
}

struct Step<F> {
    name: &'static str,
    step: F,
}

impl<T, F> Unit for Step<F>
where
    T: Send + 'static,
    F: for<'a> Fn(&'a mut Tx<'_>) -> Boxed<'a, Result<T, StoreError>> + Send + Sync + 'static,
{
    type Done = T;

    fn name(&self) -> &'static str {
        self.name
    }

    /// Steps lock the rows that they decide on; waiting for a lock beats running again.
    fn begin(&self) -> &'static str {
        "BEGIN"
    }

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Boxed<'a, Result<T, ActError>> {
        Box::pin(async move { Ok((self.step)(tx).await?) })
    }

    fn refused<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: &'a Refusal,
    ) -> Boxed<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}

/// Runs it; a panic is its error alone, and an error that it passed over is its error too.
async fn guarded<U: Unit>(unit: &U, tx: &mut Tx<'_>) -> Result<U::Done, ActError> {
    let done = {
        let mut run = unit.run(tx);
        std::future::poll_fn(|context| {
            // After a panic neither the future nor what it borrowed is used again: the
            // transaction is rolled back to before it.
            let poll = std::panic::catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(context)));
            poll.unwrap_or_else(|_| {
                std::task::Poll::Ready(Err(StoreError::Panicked(unit.name()).into()))
            })
        })
        .await?
    };
    if tx.failed() {
        return Err(StoreError::Database(format!("{} passed over an error", unit.name())).into());
    }
    Ok(done)
}

// PostgreSQL ---------------------------------------------------------------------------------

async fn by_itself<U: Unit>(
    pg: &Pg,
    clock: &Clock,
    alone: &Mutex<()>,
    unit: U,
) -> Result<U::Done, PerformError> {
    let mut attempt = 1;
    loop {
        let guard = if attempt >= TRY_ALONE { Some(alone.lock().await) } else { None };
        let error = match try_once(pg, clock, &unit).await {
            Err(PerformError::Store(error)) => error,
            answer => return answer,
        };
        drop(guard);
        if attempt >= TRIES || !error.retry(attempt) {
            return Err(error.into());
        }
        tracing::debug!(act = unit.name(), attempt, %error, "running an act again");
        tokio::time::sleep(pause(attempt)).await;
        attempt += 1;
    }
}

async fn try_once<U: Unit>(pg: &Pg, clock: &Clock, unit: &U) -> Result<U::Done, PerformError> {
    let mut transaction = pg.writers.begin_with(unit.begin()).await.map_err(StoreError::from)?;
    let mut tx = Tx::pg(&mut transaction);
    tx.next_act(clock.now());
    let (refusal, details) = match guarded(unit, &mut tx).await {
        Ok(done) => {
            // If we die before this returns, either all of the act is there or nothing, and nobody
            // got an answer; the caller's idempotency key or version tells which.
            transaction.commit().await.map_err(StoreError::from)?;
            return Ok(done);
        }
        Err(ActError::Store(error)) => {
            // Dropping would roll back too, at some later time: the next try must not wait for us.
            let _ = transaction.rollback().await;
            return Err(error.into());
        }
        Err(ActError::Refused(refusal)) => (refusal, std::mem::take(&mut tx.details)),
    };
    transaction.rollback().await.map_err(StoreError::from)?;
    // If we die here, nothing was changed and nobody was told: no row is owed.
    let mut transaction = pg.writers.begin().await.map_err(StoreError::from)?;
    let mut tx = Tx::pg(&mut transaction);
    tx.next_act(clock.now());
    tx.details = details;
    unit.refused(&mut tx, &refusal).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Err(refusal.into())
}

/// A millisecond at first, then up to some thirty, spread so that two do not meet again.
fn pause(attempt: u32) -> Duration {
    let spread = u64::from(uuid::Uuid::now_v7().as_bytes()[15]);
    Duration::from_micros((500 + spread * 8) << attempt.min(4))
}

// SQLite -------------------------------------------------------------------------------------

/// What waits for the writer.
trait Queued: Send {
    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Boxed<'a, Ran>;

    /// The row of a refusal; after an error nothing.
    fn refused<'a>(&'a self, tx: &'a mut Tx<'_>) -> Boxed<'a, Result<(), StoreError>>;

    /// Why the store could not run it.
    fn error(&self) -> Option<&StoreError>;

    /// Nothing of it was kept.
    fn fail(&mut self, error: StoreError);

    /// To the caller, when the group is on the disk or given up.
    fn answer(self: Box<Self>);
}

/// What to do with the savepoint.
enum Ran {
    Keep,
    TakeBack,
}

struct Waiting<U: Unit> {
    unit: U,
    answer: Option<Result<U::Done, PerformError>>,
    caller: oneshot::Sender<Result<U::Done, PerformError>>,
}

impl<U: Unit> Queued for Waiting<U> {
    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Boxed<'a, Ran> {
        Box::pin(async move {
            let done = guarded(&self.unit, tx).await.map_err(PerformError::from);
            let ran = if done.is_ok() { Ran::Keep } else { Ran::TakeBack };
            self.answer = Some(done);
            ran
        })
    }

    fn refused<'a>(&'a self, tx: &'a mut Tx<'_>) -> Boxed<'a, Result<(), StoreError>> {
        match &self.answer {
            Some(Err(PerformError::Refused(refusal))) => self.unit.refused(tx, refusal),
            _ => Box::pin(async { Ok(()) }),
        }
    }

    fn error(&self) -> Option<&StoreError> {
        match &self.answer {
            Some(Err(PerformError::Store(error))) => Some(error),
            _ => None,
        }
    }

    fn fail(&mut self, error: StoreError) {
        // An act's own error says more than that of the group it took part in.
        if self.error().is_none() {
            self.answer = Some(Err(error.into()));
        }
    }

    fn answer(self: Box<Self>) {
        // A caller who went away needs no answer.
        let _ = self.caller.send(self.answer.unwrap_or(Err(StoreError::Closed.into())));
    }
}

async fn in_group<U: Unit>(
    queue: &mpsc::Sender<Box<dyn Queued>>,
    unit: U,
) -> Result<U::Done, PerformError> {
    let (caller, answer) = oneshot::channel();
    let waiting = Box::new(Waiting { unit, answer: None, caller });
    queue.send(waiting).await.map_err(|_| StoreError::Closed)?;
    answer.await.map_err(|_| StoreError::Closed)?
}

async fn start_writer(
    lite: &Lite,
    clock: Clock,
) -> Result<mpsc::Sender<Box<dyn Queued>>, StoreError> {
    let (sender, queue) = mpsc::channel(QUEUE);
    let connection = lite.writer().await?;
    tokio::spawn(write(connection, queue, clock));
    Ok(sender)
}

/// Ends when the last [`Store`] is gone and the queue is empty.
async fn write(
    mut connection: SqliteConnection,
    mut queue: mpsc::Receiver<Box<dyn Queued>>,
    clock: Clock,
) {
    while let Some(first) = queue.recv().await {
        let mut group = Vec::new();
        // If we die in here, SQLite ignores the unfinished transaction at the next start, and
        // nobody of the group got an answer.
        let mut result = run_group(&mut connection, first, &mut queue, &mut group, &clock).await;
        if result.is_ok() {
            // One fsync for all of them. If we die after it and before the answers, all is kept and
            // the callers' idempotency keys or versions tell them.
            result = Tx::lite(&mut connection).batch("COMMIT").await;
        }
        if let Err(error) = &result {
            tracing::error!(%error, acts = group.len(), "a group of acts was not kept");
            // Some errors have ended the transaction already.
            let _ = Tx::lite(&mut connection).batch("ROLLBACK").await;
        }
        for mut waiting in group {
            if let Err(error) = &result {
                waiting.fail(again(error));
            }
            waiting.answer();
        }
    }
}

async fn run_group(
    connection: &mut SqliteConnection,
    first: Box<dyn Queued>,
    queue: &mut mpsc::Receiver<Box<dyn Queued>>,
    group: &mut Vec<Box<dyn Queued>>,
    clock: &Clock,
) -> Result<(), StoreError> {
    let began = Instant::now();
    let mut next = Some(first);
    let mut tx = Tx::lite(connection);
    let begun = tx.batch("BEGIN IMMEDIATE; SAVEPOINT act").await;
    while let Some(waiting) = next {
        group.push(waiting);
        let Some(waiting) = group.last_mut() else { break };
        if let Err(error) = &begun {
            return Err(again(error));
        }
        tx.next_act(clock.now());
        if let Ran::TakeBack = waiting.run(&mut tx).await {
            if let Err(error) = tx.execute("ROLLBACK TO act", &[]).await {
                // A full disk, for one, has ended the whole transaction: its error is the group's.
                return Err(waiting.error().map_or(error, again));
            }
            waiting.refused(&mut tx).await?;
        }
        // Both in one go: each statement is a visit to SQLite's thread. COMMIT takes the last one.
        tx.execute("RELEASE act; SAVEPOINT act", &[]).await?;
        let full = group.len() >= GROUP || began.elapsed() >= GROUP_TIME;
        next = if full { None } else { queue.try_recv().ok() };
    }
    Ok(())
}

/// The same error for the next of the group.
fn again(error: &StoreError) -> StoreError {
    let text = error.to_string();
    match error {
        StoreError::Full(_) => StoreError::Full(text),
        StoreError::Contended(_) => StoreError::Contended(text),
        StoreError::Unreachable(_) => StoreError::Unreachable(text),
        _ => StoreError::Database(text),
    }
}
