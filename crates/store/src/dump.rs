//! The rows of the database as text, in one consistent view, and back into an empty database of
//! either engine.
//!
//! A table is one file of JSON lines: first the names of its columns, then a row a line, an array in
//! the order of the columns, rows in the order of the primary key; bytes are `{"x": "hex"}`. The same
//! rows give the same lines on both engines, so that the SHA-256 of a table proves a restored one.

use std::io::{self, BufRead};

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use sqlx::Connection as _;

use crate::{Db, StoreError, Tx, Value};

/// Tables with their primary keys, those that are referred to before those that refer. A table that
/// is neither here nor in [`LEFT_OUT`] stops the dump.
const TABLES: &[(&str, &str)] = &[
    ("meta", "name"),
    ("agencies", "id"),
    ("people", "id"),
    ("positions", "id"),
    ("procedures", "id"),
    ("keys", "id"),
    ("registers", "id"),
    ("results", "id"),
    ("numbers", "register, seq"),
    ("codes", "hash"),
    ("activations", "id"),
    ("activation_items", "activation, ordinal"),
    ("idempotency", "owner, key"),
    ("clients", "id"),
    ("jobs", "id"),
    ("events", "id"),
    ("deliveries", "event, client"),
    ("delivery_attempts", "event, client, attempt"),
    ("audit", "act_id, ordinal"),
    ("leaves", "id"),
    ("checkpoints", "generation"),
    ("evidence", "result, file, hash"),
    ("proposals", "id"),
];

/// Left out: sessions that ended since would begin again, leases belong to processes that run.
const LEFT_OUT: &[&str] = &["schema_version", "sessions", "leases"];

/// Rows of one statement.
const PAGE: usize = 2000;

/// What a table held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDump {
    /// Its name.
    pub name: String,
    /// Rows in it.
    pub rows: u64,
    /// SHA-256 of its lines.
    pub sha256: [u8; 32],
}

/// Why a dump or a load did not end. A load that failed left nothing behind.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file that was written or read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A table that this program does not know.
    #[error("table {0} is not known to the dump")]
    UnknownTable(String),
    /// Only an empty database is loaded into.
    #[error("table {0} already has rows")]
    NotEmpty(&'static str),
    /// A line that no dump wrote.
    #[error("table {table}, line {line}: {why}")]
    Line {
        /// Which table.
        table: &'static str,
        /// From 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
}

impl Db {
    /// Gives every line of every table to `sink`, all from one instant, and what the tables held.
    ///
    /// # Errors
    /// The database or the sink failed.
    pub async fn dump(
        &self,
        mut sink: impl FnMut(&'static str, &str) -> io::Result<()> + Send,
    ) -> Result<Vec<TableDump>, DumpError> {
        let mut tx = self.read().await?;
        let begin =
            if tx.is_pg() { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" } else { "BEGIN" };
        tx.batch(begin).await?;
        let dumped = dump_all(&mut tx, &mut sink).await;
        // The connection goes back to the readers: without its transaction.
        tx.batch("ROLLBACK").await?;
        dumped
    }

    /// Reads every table from `source` into this database, which must be migrated and empty; all of
    /// it or nothing. Gives what the tables then hold, read again.
    ///
    /// # Errors
    /// The database is not empty, a line is not one of a dump, the database or a file failed.
    pub async fn load<R: BufRead + Send>(
        &self,
        mut source: impl FnMut(&'static str) -> io::Result<R> + Send,
    ) -> Result<Vec<TableDump>, DumpError> {
        self.check_schema().await?;
        match self {
            Db::Lite(lite) => {
                let mut connection = lite.writer().await?;
                let mut transaction =
                    connection.begin_with("BEGIN IMMEDIATE").await.map_err(StoreError::from)?;
                load_all(&mut Tx::lite(&mut transaction), &mut source).await?;
                transaction.commit().await.map_err(StoreError::from)?;
                connection.close().await.map_err(StoreError::from)?;
            }
            Db::Pg(pg) => {
                let mut transaction = pg.writers.begin().await.map_err(StoreError::from)?;
                load_all(&mut Tx::pg(&mut transaction), &mut source).await?;
                transaction.commit().await.map_err(StoreError::from)?;
            }
        }
        self.dump(|_, _| Ok(())).await
    }
}

async fn dump_all(
    tx: &mut Tx<'_>,
    sink: &mut (impl FnMut(&'static str, &str) -> io::Result<()> + Send),
) -> Result<Vec<TableDump>, DumpError> {
    for name in tables(tx).await? {
        let known = LEFT_OUT.contains(&name.as_str());
        if !known && !TABLES.iter().any(|(known, _)| *known == name) {
            return Err(DumpError::UnknownTable(name));
        }
    }
    let mut dumped = Vec::new();
    for (name, key) in TABLES {
        dumped.push(dump_table(tx, name, key, sink).await?);
    }
    Ok(dumped)
}

async fn dump_table(
    tx: &mut Tx<'_>,
    name: &'static str,
    key: &'static str,
    sink: &mut (impl FnMut(&'static str, &str) -> io::Result<()> + Send),
) -> Result<TableDump, DumpError> {
    let columns = columns(tx, name).await?;
    let mut hash = Sha256::new();
    let mut line = |text: String| -> io::Result<()> {
        hash.update(&text);
        hash.update(b"\n");
        sink(name, &text)
    };
    line(Json::from(columns.clone()).to_string())?;
    let places: Vec<usize> = key
        .split(", ")
        .filter_map(|part| columns.iter().position(|column| column == part))
        .collect();
    let list = columns.join(", ");
    let mut rows = 0;
    let mut last: Option<Vec<Value>> = None;
    loop {
        let after = last.as_ref().map_or(String::new(), |last| {
            let marks: Vec<String> = (1..=last.len()).map(|n| format!("${n}")).collect();
            format!(" WHERE ({key}) > ({})", marks.join(", "))
        });
        let sql = format!("SELECT {list} FROM {name}{after} ORDER BY {key} LIMIT {PAGE}");
        let page = tx.rows_built(sql, last.as_deref().unwrap_or_default()).await?;
        let full = page.len() == PAGE;
        for mut row in page {
            let values = (0..columns.len())
                .map(|_| row.take::<Value>())
                .collect::<Result<Vec<Value>, StoreError>>()?;
            last = Some(places.iter().filter_map(|place| values.get(*place).cloned()).collect());
            line(Json::Array(values.into_iter().map(to_json).collect()).to_string())?;
            rows += 1;
        }
        if !full {
            return Ok(TableDump { name: name.to_owned(), rows, sha256: hash.finalize().into() });
        }
    }
}

async fn load_all<R: BufRead + Send>(
    tx: &mut Tx<'_>,
    source: &mut (impl FnMut(&'static str) -> io::Result<R> + Send),
) -> Result<(), DumpError> {
    for (name, _) in TABLES {
        let rows: Option<i64> = tx
            .rows_built(format!("SELECT COUNT(*) FROM {name}"), &[])
            .await?
            .into_iter()
            .next()
            .map(|mut row| row.take())
            .transpose()?;
        if rows != Some(0) {
            return Err(DumpError::NotEmpty(name));
        }
    }
    for (name, _) in TABLES {
        load_table(tx, name, source(name)?).await?;
    }
    Ok(())
}

async fn load_table(
    tx: &mut Tx<'_>,
    table: &'static str,
    source: impl BufRead + Send,
) -> Result<(), DumpError> {
    let columns = columns(tx, table).await?;
    let marks: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let sql = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), marks.join(", "));
    let mut lines = (1..).zip(source.lines());
    let wrong = |line: u64, why: &str| DumpError::Line { table, line, why: why.to_owned() };
    match lines.next() {
        Some((line, text)) => {
            let head: Vec<String> =
                serde_json::from_str(&text?).map_err(|e| wrong(line, &e.to_string()))?;
            if head != columns {
                return Err(wrong(line, "other columns than this program's"));
            }
        }
        None => return Err(wrong(1, "empty")),
    }
    for (line, text) in lines {
        let row: Vec<Json> =
            serde_json::from_str(&text?).map_err(|e| wrong(line, &e.to_string()))?;
        if row.len() != columns.len() {
            return Err(wrong(line, "another number of columns"));
        }
        let values = row
            .into_iter()
            .map(|value| from_json(value).ok_or_else(|| wrong(line, "not a value of a dump")))
            .collect::<Result<Vec<Value>, DumpError>>()?;
        tx.execute_built(sql.clone(), &values).await?;
    }
    Ok(())
}

async fn tables(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let sql = if tx.is_pg() {
        "SELECT table_name::text FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    };
    tx.rows(sql, &[]).await?.into_iter().map(|mut row| row.take()).collect()
}

/// In the order in which the schema declares them.
async fn columns(tx: &mut Tx<'_>, table: &'static str) -> Result<Vec<String>, StoreError> {
    let sql = if tx.is_pg() {
        "SELECT column_name::text FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
    } else {
        "SELECT name FROM pragma_table_info($1) ORDER BY cid"
    };
    let rows = tx.rows(sql, &[Value::from(table)]).await?;
    rows.into_iter().map(|mut row| row.take()).collect()
}

fn to_json(value: Value) -> Json {
    match value {
        Value::Text(text) => Json::from(text),
        Value::Int(int) => Json::from(int),
        // SQLite has no other form of it.
        Value::Bool(bool) => Json::from(i64::from(bool)),
        Value::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            serde_json::json!({ "x": hex })
        }
        Value::Null => Json::Null,
    }
}

fn from_json(value: Json) -> Option<Value> {
    Some(match value {
        Json::Null => Value::Null,
        Json::String(text) => Value::Text(text),
        Json::Number(number) => Value::Int(number.as_i64()?),
        Json::Object(map) => {
            let hex = map.get("x")?.as_str()?.as_bytes();
            let digit = |c: u8| char::from(c).to_digit(16);
            if map.len() != 1 || !hex.len().is_multiple_of(2) {
                return None;
            }
            let bytes = hex
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[high, low]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok());
            Value::Bytes(bytes.collect::<Option<Vec<u8>>>()?)
        }
        Json::Bool(_) | Json::Array(_) => return None,
    })
}
