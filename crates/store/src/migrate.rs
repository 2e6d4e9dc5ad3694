//! The schema, by numbered files that never change once published.
//!
//! The files are written with TEXT, BIGINT, BYTEA and BOOLEAN alone. SQLite gets INTEGER and BLOB for
//! them, and STRICT tables, so that both engines refuse a wrong type; PostgreSQL gets TEXT that sorts
//! by its bytes, as SQLite's does, whatever the language of the database.

use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::value::values;
use crate::{Db, StoreError, Tx};

struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "first", sql: include_str!("../migrations/0001_first.sql") }];

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, \
     name TEXT NOT NULL, sha256 BYTEA NOT NULL, applied BIGINT NOT NULL);";

impl Db {
    /// Brings the schema up to this program's; gives the versions that were applied now. Two
    /// processes may do it at once: one waits.
    ///
    /// # Errors
    /// The database is newer, an applied file changed since, or a statement failed: then the
    /// database is as it was before that file.
    pub async fn migrate(&self) -> Result<Vec<i64>, StoreError> {
        let mut applied = Vec::new();
        for migration in MIGRATIONS {
            // Each file and its version row are one transaction: if we die in it, nothing of the
            // file is there, and the next start begins with the same file.
            let done = match self {
                Db::Lite(lite) => {
                    let mut connection = lite.writer().await?;
                    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
                    let done = apply(&mut Tx::lite(&mut transaction), migration, for_lite).await?;
                    transaction.commit().await?;
                    close(connection).await;
                    done
                }
                Db::Pg(pg) => {
                    let mut transaction = pg.writers.begin().await?;
                    let mut tx = Tx::pg(&mut transaction);
                    // One migrates, the others wait and find it done. The number is ours alone.
                    tx.execute("SELECT pg_advisory_xact_lock(4711021976)", &[]).await?;
                    let done = apply(&mut tx, migration, for_pg).await?;
                    transaction.commit().await?;
                    done
                }
            };
            applied.extend(done.then_some(migration.version));
        }
        self.check_schema().await?;
        Ok(applied)
    }

    /// The schema is the one that this program knows.
    ///
    /// # Errors
    /// It is older, newer or was never made.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let needed = MIGRATIONS.last().map_or(0, |last| last.version);
        let found = self.schema_version().await?;
        if found == needed { Ok(()) } else { Err(StoreError::Schema { found, needed }) }
    }

    /// The version of the schema; 0 before the first migration.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        let mut tx = self.read().await?;
        let exists = match self {
            Db::Lite(_) => "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'",
            Db::Pg(_) => {
                "SELECT COUNT(*) FROM information_schema.tables \
                 WHERE table_name = 'schema_version' AND table_schema = current_schema()"
            }
        };
        if tx.one::<i64>(exists, &[]).await? == Some(0) {
            return Ok(0);
        }
        let version = tx.one::<Option<i64>>("SELECT MAX(version) FROM schema_version", &[]).await?;
        Ok(version.flatten().unwrap_or(0))
    }
}

async fn apply(
    tx: &mut Tx<'_>,
    migration: &Migration,
    dialect: impl Fn(&str) -> String,
) -> Result<bool, StoreError> {
    tx.batch(AssertSqlSafe(dialect(VERSIONS))).await?;
    let sha256: [u8; 32] = Sha256::digest(migration.sql).into();
    let known: Option<[u8; 32]> = tx
        .one("SELECT sha256 FROM schema_version WHERE version = $1", values![migration.version])
        .await?;
    match known {
        Some(known) if known == sha256 => return Ok(false),
        Some(_) => return Err(StoreError::MigrationChanged(migration.version)),
        None => {}
    }
    tx.batch(AssertSqlSafe(dialect(migration.sql))).await?;
    let now = jiff::Timestamp::now();
    tx.execute(
        "INSERT INTO schema_version (version, name, sha256, applied) VALUES ($1, $2, $3, $4)",
        values![migration.version, migration.name, sha256, now],
    )
    .await?;
    Ok(true)
}

fn for_pg(sql: &str) -> String {
    sql.replace(" TEXT", " TEXT COLLATE \"C\"")
}

fn for_lite(sql: &str) -> String {
    sql.replace("BIGINT", "INTEGER")
        .replace("BYTEA", "BLOB")
        .replace("BOOLEAN", "INTEGER")
        .replace("\n);", "\n) STRICT;")
}

async fn close(connection: SqliteConnection) {
    // Nothing hangs on it: all is committed.
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "closing the connection that migrated");
    }
}
