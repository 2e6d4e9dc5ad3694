//! One connection inside a transaction, or a reader: statements in one text for both engines.

use jiff::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::{
    AssertSqlSafe, Executor as _, PgConnection, Postgres, SqlSafeStr, Sqlite, SqliteConnection,
};

use crate::value::{FromValue, Row, Value, lite_arguments, lite_row, pg_arguments, pg_row};
use crate::{Db, Detail, StoreError};

/// What acts and queries are given. Its rows can be changed only inside an act (or one of the
/// store's own steps); a reader's engine refuses to write.
#[derive(Debug)]
pub struct Tx<'c> {
    connection: Connection<'c>,
    pub(crate) now: Timestamp,
    pub(crate) details: Vec<Detail>,
    /// A statement failed. PostgreSQL keeps nothing after that, so neither may SQLite: an act that
    /// passes over an error does not end as done.
    failed: bool,
}

#[derive(Debug)]
enum Connection<'c> {
    Lite(&'c mut SqliteConnection),
    Pg(&'c mut PgConnection),
    LiteReader(PoolConnection<Sqlite>),
    PgReader(PoolConnection<Postgres>),
}

impl<'c> Tx<'c> {
    pub(crate) fn lite(connection: &'c mut SqliteConnection) -> Self {
        Self::on(Connection::Lite(connection))
    }

    pub(crate) fn pg(connection: &'c mut PgConnection) -> Self {
        Self::on(Connection::Pg(connection))
    }

    fn on(connection: Connection<'c>) -> Self {
        Self { connection, now: Timestamp::UNIX_EPOCH, details: Vec::new(), failed: false }
    }

    /// Goes into the audit row of this act: the first detail into the row itself, each further one
    /// into a row of its own beside it. Say it early: a refusal's row carries what was said before.
    pub fn record(&mut self, detail: Detail) {
        self.details.push(detail);
    }

    /// The time of this act; the same as [`Context::now`](crate::Context).
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    /// A fresh start for the next act on the same connection.
    pub(crate) fn next_act(&mut self, now: Timestamp) {
        self.now = now;
        self.details.clear();
        self.failed = false;
    }

    pub(crate) fn is_pg(&self) -> bool {
        matches!(self.connection, Connection::Pg(_) | Connection::PgReader(_))
    }

    /// Rows changed.
    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<u64, StoreError> {
        self.run(sql, values).await
    }

    /// As `execute`, for a text that was put together from constants.
    pub(crate) async fn execute_built(
        &mut self,
        sql: String,
        values: &[Value],
    ) -> Result<u64, StoreError> {
        self.run(AssertSqlSafe(sql), values).await
    }

    async fn run(&mut self, sql: impl SqlSafeStr, values: &[Value]) -> Result<u64, StoreError> {
        let changed = self.connection.run(sql, values).await;
        self.failed |= changed.is_err();
        changed
    }

    /// All rows of the answer.
    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        self.fetch(sql, values).await
    }

    /// As `rows`, for a text that was put together from constants.
    pub(crate) async fn rows_built(
        &mut self,
        sql: String,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        self.fetch(AssertSqlSafe(sql), values).await
    }

    async fn fetch(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let rows = self.connection.fetch(sql, values).await;
        self.failed |= rows.is_err();
        rows
    }

    /// The first row, if there is one.
    pub(crate) async fn row(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The first column of the first row.
    pub(crate) async fn one<T: FromValue>(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Option<T>, StoreError> {
        self.row(sql, values).await?.map(|mut row| row.take()).transpose()
    }

    /// Several statements without arguments.
    pub(crate) async fn batch(&mut self, sql: impl SqlSafeStr) -> Result<(), StoreError> {
        let sql = sqlx::raw_sql(sql);
        match &mut self.connection {
            Connection::Lite(lite) => lite.execute(sql).await.map(drop),
            Connection::Pg(pg) => pg.execute(sql).await.map(drop),
            Connection::LiteReader(lite) => lite.execute(sql).await.map(drop),
            Connection::PgReader(pg) => pg.execute(sql).await.map(drop),
        }
        .map_err(StoreError::from)
    }
}

impl Connection<'_> {
    async fn run(&mut self, sql: impl SqlSafeStr, values: &[Value]) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Lite(lite) => lite_run(lite, sql, values).await?,
            Self::LiteReader(lite) => lite_run(lite, sql, values).await?,
            Self::Pg(pg) => pg_run(pg, sql, values).await?,
            Self::PgReader(pg) => pg_run(pg, sql, values).await?,
        })
    }

    async fn fetch(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Lite(lite) => lite_fetch(lite, sql, values).await,
            Self::LiteReader(lite) => lite_fetch(lite, sql, values).await,
            Self::Pg(pg) => pg_fetch(pg, sql, values).await,
            Self::PgReader(pg) => pg_fetch(pg, sql, values).await,
        }
    }
}

async fn lite_run(
    lite: &mut SqliteConnection,
    sql: impl SqlSafeStr,
    values: &[Value],
) -> Result<u64, StoreError> {
    let query = sqlx::query_with(sql, lite_arguments(values)?);
    Ok(lite.execute(query).await?.rows_affected())
}

async fn pg_run(
    pg: &mut PgConnection,
    sql: impl SqlSafeStr,
    values: &[Value],
) -> Result<u64, StoreError> {
    let query = sqlx::query_with(sql, pg_arguments(values)?);
    Ok(pg.execute(query).await?.rows_affected())
}

async fn lite_fetch(
    lite: &mut SqliteConnection,
    sql: impl SqlSafeStr,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let query = sqlx::query_with(sql, lite_arguments(values)?);
    lite.fetch_all(query).await?.iter().map(lite_row).collect()
}

async fn pg_fetch(
    pg: &mut PgConnection,
    sql: impl SqlSafeStr,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let query = sqlx::query_with(sql, pg_arguments(values)?);
    pg.fetch_all(query).await?.iter().map(pg_row).collect()
}

impl Db {
    /// A reader: each statement sees what was committed before it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn read(&self) -> Result<Tx<'static>, StoreError> {
        let connection = match self {
            Self::Lite(lite) => Connection::LiteReader(lite.readers.acquire().await?),
            Self::Pg(pg) => Connection::PgReader(pg.readers.acquire().await?),
        };
        Ok(Tx { now: Timestamp::now(), ..Tx::on(connection) })
    }
}
