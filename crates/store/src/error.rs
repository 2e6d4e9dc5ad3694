//! What kept the store from its work. A refusal of the rules is never one of these.

use std::borrow::Cow;

/// The store could not do its work: exit 2, HTTP 5xx.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is neither `sqlite:PATH` nor `postgres://…`.
    #[error("not a database address: {0}")]
    Address(String),
    /// The database does not answer, or the connection broke. When this comes from the end of a
    /// transaction, it may have been kept all the same: read before doing it again.
    #[error("the database does not answer: {0}")]
    Unreachable(String),
    /// The disk is full.
    #[error("the disk of the database is full: {0}")]
    Full(String),
    /// Others kept changing the same rows, or held them for too long.
    #[error("others kept changing the same rows: {0}")]
    Contended(String),
    /// A row with this key is there already.
    #[error("there already: {0}")]
    Exists(String),
    /// The schema is not the one that this program knows.
    #[error("the database has schema {found}, this program needs {needed}: run `antin migrate`")]
    Schema {
        /// Of the database.
        found: i64,
        /// Of this program.
        needed: i64,
    },
    /// A migration that was applied is not the one in this program.
    #[error("migration {0} was applied with another content")]
    MigrationChanged(i64),
    /// The lease went to another holder: whatever this holder still wanted to write is not written.
    #[error("the lease {0} is lost")]
    LeaseLost(String),
    /// A row holds what this program cannot read.
    #[error("unreadable {what}: {why}")]
    Unreadable {
        /// Table or object.
        what: Cow<'static, str>,
        /// Where it fails.
        why: String,
    },
    /// An object is not there.
    #[error("no such object: {0}")]
    NoObject(String),
    /// The folder or bucket of the objects does not do what it has to.
    #[error("object store: {0}")]
    Objects(String),
    /// The store is closing, or its writer died.
    #[error("the store is closed")]
    Closed,
    /// The act panicked: a defect of the program; nothing of it was kept.
    #[error("the act {0} panicked")]
    Panicked(&'static str),
    /// Anything else that the database says: a defect of the program.
    #[error("database: {0}")]
    Database(String),
}

impl StoreError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Closed => "database_unreachable",
            Self::Full(_) => "disk_full",
            Self::Contended(_) => "database_busy",
            Self::NoObject(_) | Self::Objects(_) => "objects_unavailable",
            Self::Schema { .. } | Self::MigrationChanged(_) => "schema",
            _ => "store",
        }
    }

    /// What people read, Vietnamese then English. Details belong into the log of the service.
    pub fn texts(&self) -> (&'static str, &'static str) {
        match self.code() {
            "database_unreachable" => (
                "Cơ sở dữ liệu không trả lời. Chưa rõ thao tác đã được ghi hay chưa: hãy tải lại trang rồi kiểm tra trước khi làm lại.",
                "The database does not answer. Whether the action was recorded is not known: reload and look before repeating it.",
            ),
            "disk_full" => (
                "Ổ đĩa của máy chủ đã đầy. Không có gì bị mất; thao tác này chưa được ghi.",
                "The disk of the server is full. Nothing is lost; this action was not recorded.",
            ),
            "database_busy" => (
                "Nhiều người đang sửa cùng một dữ liệu. Thao tác này chưa được ghi; hãy thử lại.",
                "Many are changing the same data. This action was not recorded; try again.",
            ),
            "objects_unavailable" => (
                "Kho tệp không đọc hoặc ghi được. Thao tác này chưa được ghi.",
                "The files cannot be read or written. This action was not recorded.",
            ),
            "schema" => (
                "Cơ sở dữ liệu khác phiên bản với chương trình. Hãy chạy `antin migrate`.",
                "Database and program are of different versions. Run `antin migrate`.",
            ),
            _ => (
                "Máy chủ gặp lỗi. Thao tác này chưa được ghi.",
                "The server met an error. This action was not recorded.",
            ),
        }
    }

    /// The same act may run again: another transaction was in the way and nothing was kept.
    pub(crate) fn retry(&self, attempt: u32) -> bool {
        match self {
            Self::Contended(_) => true,
            // Two acts looked, found nothing and inserted. Run again, the later one finds the row
            // and says so in words; an act that does not look gets its error.
            Self::Exists(_) => attempt < 3,
            _ => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        match error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or(Cow::Borrowed(""));
                if database.is_unique_violation() {
                    let constraint = database.constraint().map(str::to_owned);
                    return Self::Exists(constraint.unwrap_or(text));
                }
                match code.as_ref() {
                    // PostgreSQL: serialization_failure, deadlock_detected, lock_not_available.
                    "40001" | "40P01" | "55P03" => Self::Contended(text),
                    // disk_full; SQLITE_FULL.
                    "53100" | "13" => Self::Full(text),
                    // SQLITE_BUSY, _RECOVERY, _SNAPSHOT, _TIMEOUT, SQLITE_LOCKED.
                    "5" | "261" | "517" | "773" | "6" => Self::Contended(text),
                    // SQLITE_CANTOPEN and its kin; SQLITE_IOERR and its kin.
                    "14" | "10" | "1034" | "266" | "778" => Self::Unreachable(text),
                    // Class 08, admin_shutdown, crash_shutdown, cannot_connect_now.
                    code if code.starts_with("08") || code.starts_with("57P") => {
                        Self::Unreachable(text)
                    }
                    _ => Self::Database(text),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::WorkerCrashed => Self::Unreachable(text),
            sqlx::Error::PoolClosed => Self::Closed,
            _ => Self::Database(text),
        }
    }
}
