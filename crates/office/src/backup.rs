//! Backup and restore that prove themselves.
//!
//! ```text
//!  DIR/manifest.json      written last: without it there is no backup
//!  DIR/tables/NAME.jsonl  every row, all from one instant (store::dump)
//!  DIR/objects/HH/HASH    files and evidence, named by their SHA-256
//!  DIR/log/…              the published log as it was before that instant
//! ```
//!
//! The manifest says for each table how many rows and which SHA-256, for the objects how many, and
//! which head the log had. Restoring reads everything into an empty database, of either engine, then
//! reads it out again and compares; the log that is published by now and the signer's head then say
//! whether anything was issued since.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use issuance::FileHash;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::dump::{DumpError, TableDump};
use store::{Db, Objects, StoreError};
use tlog::CHECKPOINT_PATH;

use crate::log::{Folder, LogError};

const SCHEMA: &str = "antin.backup/1";
const MANIFEST: &str = "manifest.json";

/// What a backup holds, and proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// "antin.backup/1"
    pub schema: String,
    /// When it began.
    pub at: Timestamp,
    /// "sqlite" or "postgresql": where it comes from; it goes into either.
    pub engine: String,
    /// Version of the database's schema.
    pub database: i64,
    /// By name.
    pub tables: BTreeMap<String, Table>,
    /// Number of objects.
    pub objects: u64,
    /// SHA-256 over the sorted names of the objects, each ended by a newline.
    pub objects_sha256: FileHash,
    /// The signed head of the log, as published.
    pub checkpoint: Option<String>,
    /// Files of the published log.
    pub log_files: u64,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Rows in it.
    pub rows: u64,
    /// SHA-256 of its lines.
    pub sha256: FileHash,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder holds something already.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// No manifest: a backup that did not end, or none.
    #[error("{}: no backup, or one that did not end", .0.display())]
    NoBackup(PathBuf),
    /// The backup is not what its manifest says.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// The database holds rows already.
    #[error("the database is not empty: table {0} has rows")]
    DatabaseNotEmpty(&'static str),
    /// Made by a program with another schema.
    #[error("the backup has schema {found}, this program {needed}")]
    Schema {
        /// Of the backup.
        found: i64,
        /// Of this program.
        needed: i64,
    },
    /// A file.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database or the objects.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The published log.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Writes a backup into `dir`, which must be absent or empty, while the service runs. Gives the
/// manifest and its SHA-256, to be kept elsewhere.
///
/// # Errors
/// [`BackupError`]; then there is no manifest, and `dir` is no backup.
pub async fn backup(
    db: &Db,
    objects: &Objects,
    log: &Folder,
    dir: &Path,
) -> Result<(Manifest, FileHash), BackupError> {
    let at = Timestamp::now();
    make_empty(dir)?;
    // The log first: whatever is published by now has its rows, so that the backup by itself never
    // looks like an older database beside a newer log.
    let checkpoint = log.read(CHECKPOINT_PATH)?;
    let log_files = copy_log(log, &dir.join("log"), checkpoint.as_deref())?;
    let tables = write_tables(db, &dir.join("tables")).await?;
    // Then the objects: each was written before the row that names it.
    let (count, objects_sha256) = copy_objects(objects, &dir.join("objects")).await?;
    let manifest = Manifest {
        schema: SCHEMA.to_owned(),
        at,
        engine: db.engine().to_owned(),
        database: db.schema_version().await?,
        tables,
        objects: count,
        objects_sha256,
        checkpoint: checkpoint.map(|note| String::from_utf8_lossy(&note).into_owned()),
        log_files,
    };
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| BackupError::Damaged(error.to_string()))?;
    // Dies before this line: no manifest, no backup, and the next one says so.
    write(&dir.join(MANIFEST), &text)?;
    Ok((manifest, FileHash::of(&text)))
}

/// Reads the manifest and holds every file of the backup against it.
///
/// # Errors
/// [`BackupError::NoBackup`], [`BackupError::Damaged`].
pub fn check(dir: &Path) -> Result<Manifest, BackupError> {
    let manifest = read_manifest(dir)?;
    for (name, table) in &manifest.tables {
        let path = table_path(dir, name);
        let bytes = read(&path)?;
        let rows = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        if FileHash::of(&bytes) != table.sha256 || rows != table.rows + 1 {
            return Err(BackupError::Damaged(format!("{}", path.display())));
        }
    }
    let names = object_names(&dir.join("objects"))?;
    for name in &names {
        let path = object_path(&dir.join("objects"), name);
        if FileHash::of(&read(&path)?) != *name {
            return Err(BackupError::Damaged(format!("{}", path.display())));
        }
    }
    if hash_names(&names) != manifest.objects_sha256 || names.len() as u64 != manifest.objects {
        return Err(BackupError::Damaged("objects are missing".to_owned()));
    }
    let log = Folder::at(dir.join("log"));
    let checkpoint = log.read(CHECKPOINT_PATH)?;
    if checkpoint.as_deref() != manifest.checkpoint.as_deref().map(str::as_bytes) {
        return Err(BackupError::Damaged("log/checkpoint".to_owned()));
    }
    Ok(manifest)
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Of the backup.
    pub manifest: Manifest,
    /// Whether the log's folder was filled from the backup; not where a log is published already.
    pub log_from_backup: bool,
}

/// Restores a backup into an empty database and the objects; the log's folder only where nothing is
/// published: what the public has seen is never replaced by something older. All is checked before,
/// and the database read out again after.
///
/// # Errors
/// [`BackupError`]. A database that could not be filled is still empty.
pub async fn restore(
    db: &Db,
    objects: &Objects,
    log: &Folder,
    dir: &Path,
) -> Result<Restored, BackupError> {
    let manifest = check(dir)?;
    db.migrate().await?;
    let needed = db.schema_version().await?;
    if manifest.database != needed {
        return Err(BackupError::Schema { found: manifest.database, needed });
    }
    // Objects first: harmless without rows, and the rows are whole once they are there.
    for name in object_names(&dir.join("objects"))? {
        objects.put(read(&object_path(&dir.join("objects"), &name))?).await?;
    }
    let source = |name: &'static str| fs::File::open(table_path(dir, name)).map(BufReader::new);
    let loaded = db.load(source).await.map_err(dump_error)?;
    if by_name(loaded) != manifest.tables {
        return Err(BackupError::Damaged("the database holds other rows than the backup".into()));
    }
    let log_from_backup = log.read(CHECKPOINT_PATH)?.is_none() && manifest.checkpoint.is_some();
    if log_from_backup {
        let from = Folder::at(dir.join("log"));
        let right = log.publishing()?;
        for path in from.files()? {
            let Some(bytes) = from.read(&path)?.filter(|_| path != CHECKPOINT_PATH) else {
                continue;
            };
            log.put(&right, &tlog::File { path, bytes })?;
        }
        if let Some(note) = from.read(CHECKPOINT_PATH)? {
            log.put_checkpoint(&right, &note)?;
        }
    }
    Ok(Restored { manifest, log_from_backup })
}

async fn write_tables(db: &Db, dir: &Path) -> Result<BTreeMap<String, Table>, BackupError> {
    make_folder(dir)?;
    let mut open: Option<(&'static str, BufWriter<fs::File>)> = None;
    let sink = |name: &'static str, line: &str| -> io::Result<()> {
        if open.as_ref().is_none_or(|(table, _)| *table != name) {
            finish(open.take())?;
            let file = fs::File::create(dir.join(format!("{name}.jsonl")))?;
            open = Some((name, BufWriter::new(file)));
        }
        match &mut open {
            Some((_, file)) => writeln!(file, "{line}"),
            None => Ok(()),
        }
    };
    let dumped = db.dump(sink).await.map_err(dump_error)?;
    finish(open.take()).map_err(|source| BackupError::File { path: dir.to_owned(), source })?;
    Ok(by_name(dumped))
}

fn finish(open: Option<(&'static str, BufWriter<fs::File>)>) -> io::Result<()> {
    match open {
        Some((_, file)) => file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all(),
        None => Ok(()),
    }
}

fn by_name(tables: Vec<TableDump>) -> BTreeMap<String, Table> {
    let table =
        |dump: TableDump| (dump.name, Table { rows: dump.rows, sha256: FileHash(dump.sha256) });
    tables.into_iter().map(table).collect()
}

async fn copy_objects(objects: &Objects, dir: &Path) -> Result<(u64, FileHash), BackupError> {
    let mut names = BTreeSet::new();
    objects
        .list(|name| {
            names.insert(name.to_string());
        })
        .await?;
    let names: Vec<FileHash> = names.iter().filter_map(|name| name.parse().ok()).collect();
    for name in &names {
        // Reading compares the bytes with the name.
        write(&object_path(dir, name), &objects.get(name).await?)?;
    }
    Ok((names.len() as u64, hash_names(&names)))
}

fn copy_log(log: &Folder, dir: &Path, checkpoint: Option<&[u8]>) -> Result<u64, BackupError> {
    let mut copied = 0;
    for path in log.files()? {
        if path == CHECKPOINT_PATH {
            continue;
        }
        if let Some(bytes) = log.read(&path)? {
            write(&dir.join(&path), &bytes)?;
            copied += 1;
        }
    }
    if let Some(note) = checkpoint {
        write(&dir.join(CHECKPOINT_PATH), note)?;
        copied += 1;
    }
    Ok(copied)
}

fn read_manifest(dir: &Path) -> Result<Manifest, BackupError> {
    let bytes = match fs::read(dir.join(MANIFEST)) {
        Ok(bytes) => bytes,
        Err(_) => return Err(BackupError::NoBackup(dir.to_owned())),
    };
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| BackupError::Damaged(format!("{MANIFEST}: {error}")))?;
    match manifest.schema == SCHEMA {
        true => Ok(manifest),
        false => Err(BackupError::Damaged(format!("{MANIFEST}: {}", manifest.schema))),
    }
}

fn object_names(dir: &Path) -> Result<Vec<FileHash>, BackupError> {
    let mut names = BTreeSet::new();
    let list = |path: &Path| -> Result<Vec<PathBuf>, BackupError> {
        match fs::read_dir(path) {
            Ok(items) => Ok(items.flatten().map(|item| item.path()).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(BackupError::File { path: path.to_owned(), source }),
        }
    };
    for folder in list(dir)? {
        for file in list(&folder)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            names.insert(name);
        }
    }
    let parsed =
        |name: String| name.parse().map_err(|_| BackupError::Damaged(format!("objects: {name}")));
    names.into_iter().map(parsed).collect()
}

fn hash_names(names: &[FileHash]) -> FileHash {
    let mut hash = Sha256::new();
    for name in names {
        hash.update(format!("{name}\n"));
    }
    FileHash(hash.finalize().into())
}

fn object_path(dir: &Path, name: &FileHash) -> PathBuf {
    let name = name.to_string();
    dir.join(name.get(..2).unwrap_or_default()).join(&name)
}

fn table_path(dir: &Path, name: &str) -> PathBuf {
    dir.join("tables").join(format!("{name}.jsonl"))
}

fn make_empty(dir: &Path) -> Result<(), BackupError> {
    make_folder(dir)?;
    let mut items =
        fs::read_dir(dir).map_err(|source| BackupError::File { path: dir.to_owned(), source })?;
    match items.next() {
        None => Ok(()),
        Some(_) => Err(BackupError::NotEmpty(dir.to_owned())),
    }
}

/// Readable by nobody else: a backup holds what the database holds.
fn make_folder(dir: &Path) -> Result<(), BackupError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| BackupError::File { path: dir.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let written = fs::File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|source| BackupError::File { path: path.to_owned(), source })
}

fn read(path: &Path) -> Result<Vec<u8>, BackupError> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(BackupError::Damaged(format!("{} is missing", path.display())))
        }
        Err(source) => Err(BackupError::File { path: path.to_owned(), source }),
    }
}

fn dump_error(error: DumpError) -> BackupError {
    match error {
        DumpError::Store(error) => BackupError::Store(error),
        DumpError::NotEmpty(table) => BackupError::DatabaseNotEmpty(table),
        DumpError::Io(source) => BackupError::File { path: "tables".into(), source },
        other => BackupError::Damaged(other.to_string()),
    }
}
