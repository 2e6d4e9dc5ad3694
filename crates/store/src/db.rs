//! The two engines and how they are opened. The only other places that tell them apart are
//! [`tx`](crate::tx), [`perform`](crate::perform) and the reading of migrations.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::StoreError;

/// How long a statement waits for a row or a writer before the act is tried again or given up.
const WAIT: Duration = Duration::from_secs(15);
const READERS: u32 = 8;
const PG_WRITERS: u32 = 8;

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// One file: one writer, many readers.
    Lite(Lite),
    /// A server.
    Pg(Pg),
}

/// SQLite.
#[derive(Clone, Debug)]
pub struct Lite {
    path: PathBuf,
    pub(crate) readers: SqlitePool,
}

/// PostgreSQL.
#[derive(Clone, Debug)]
pub struct Pg {
    pub(crate) writers: PgPool,
    pub(crate) readers: PgPool,
}

impl Db {
    /// Opens `sqlite:PATH` (made when absent, mode 0600) or `postgres://…`.
    ///
    /// # Errors
    /// The address cannot be read, or nothing answers there.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Pg(Pg::open(url).await?));
        }
        let path = url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
        match path {
            Some(path) if !path.is_empty() && !path.starts_with(":memory:") => {
                Ok(Self::Lite(Lite::open(Path::new(path)).await?))
            }
            _ => Err(StoreError::Address(without_password(url))),
        }
    }

    /// Closes all connections. SQLite moves its write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Lite(lite) => lite.readers.close().await,
            Self::Pg(pg) => {
                pg.writers.close().await;
                pg.readers.close().await;
            }
        }
    }

    /// "sqlite" or "postgresql".
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Lite(_) => "sqlite",
            Self::Pg(_) => "postgresql",
        }
    }
}

impl Lite {
    async fn open(path: &Path) -> Result<Self, StoreError> {
        let unreachable =
            |error: std::io::Error| StoreError::Unreachable(format!("{}: {error}", path.display()));
        // The file holds personal data. SQLite gives -wal and -shm the same mode.
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(unreachable)?;
        // The first connection turns the file to WAL; readers do not have to.
        options(path).connect().await?.close().await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(WAIT)
            .test_before_acquire(false)
            .connect_lazy_with(options(path).pragma("query_only", "ON"));
        Ok(Self { path: path.to_owned(), readers })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn writer(&self) -> Result<SqliteConnection, StoreError> {
        Ok(options(&self.path).connect().await?)
    }
}

/// WAL with synchronous=FULL: a COMMIT that returned survives loss of power. Another process may
/// write the same file; SQLite then makes us wait for its transaction.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WAIT)
        .statement_cache_capacity(300)
        .disable_statement_logging()
}

impl Pg {
    async fn open(url: &str) -> Result<Self, StoreError> {
        let wait = format!("{}ms", WAIT.as_millis());
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::Address(without_password(url)))?
            .application_name("antin")
            .statement_cache_capacity(300)
            .disable_statement_logging()
            .options([
                // Whatever the server is set to: an answer is given after the disk has it.
                ("synchronous_commit", "on"),
                ("lock_timeout", wait.as_str()),
                ("idle_in_transaction_session_timeout", "60s"),
                // A sequential scan under SERIALIZABLE conflicts with every writer of the table.
                ("enable_seqscan", "off"),
            ]);
        let pool = || PgPoolOptions::new().acquire_timeout(WAIT).test_before_acquire(true);
        let writers = pool().max_connections(PG_WRITERS).connect_with(options.clone()).await?;
        let read_only = options.options([("default_transaction_read_only", "on")]);
        let readers = pool().max_connections(READERS).connect_lazy_with(read_only);
        Ok(Self { writers, readers })
    }
}

/// For messages: everything before the last `@` may hold a password.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => url.to_owned(),
    }
}
