//! A migrated store on one engine, and a way around it for the tests that tamper.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use store::{Actor, Db, Store};
use uuid::Uuid;

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) url: String,
    /// Seconds by which the store's clock is ahead.
    ahead: Arc<AtomicI64>,
    /// SQLite's file lies in it.
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("antin.db").display());
        Self::at(url, folder).await
    }

    pub(crate) async fn postgresql() -> Self {
        let url = tokio::task::spawn_blocking(lab::postgres::database).await.unwrap().unwrap();
        Self::at(url, tempfile::tempdir().unwrap()).await
    }

    async fn at(url: String, folder: tempfile::TempDir) -> Self {
        let ahead = Arc::new(AtomicI64::new(0));
        let store = open(&url, ahead.clone()).await;
        Self { store, url, ahead, _folder: folder }
    }

    /// A second store over the same database, as another process has one.
    pub(crate) async fn another(&self) -> Store {
        open(&self.url, self.ahead.clone()).await
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.store.db().engine() == "sqlite"
    }

    /// Behind the store's back.
    pub(crate) async fn sql(&self, sql: &'static str) -> u64 {
        if self.is_sqlite() {
            let pool = sqlx::SqlitePool::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&pool).await.unwrap().rows_affected()
        } else {
            let pool = sqlx::PgPool::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&pool).await.unwrap().rows_affected()
        }
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        if self.is_sqlite() {
            let pool = sqlx::SqlitePool::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap()
        } else {
            let pool = sqlx::PgPool::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap()
        }
    }
}

async fn open(url: &str, ahead: Arc<AtomicI64>) -> Store {
    let db = Db::open(url).await.unwrap();
    db.migrate().await.unwrap();
    let now = move || Timestamp::now() + SignedDuration::from_secs(ahead.load(Ordering::SeqCst));
    Store::with_clock(db, now).await.unwrap()
}

pub(crate) fn somebody() -> Actor {
    Actor {
        person: Some(issuance::PersonId::new(Uuid::from_u128(7))),
        address: Some([127, 0, 0, 1].into()),
        ..Actor::command_line()
    }
}
