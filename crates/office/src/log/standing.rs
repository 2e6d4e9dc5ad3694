//! Is the database still the one that the log was made from? Asked at every start: what was
//! published and what the signer signed last lie outside the database, and neither goes back.

use store::leaves::LeafRow;
use store::{Store, leaves, recovery};
use tlog::{
    Checkpoint, Edge, TILE_WIDTH, Tile, VerifierKey, prove_consistency, read_bundle,
    verify_consistency,
};

use super::{Folder, LogError};

/// Who says that the database once knew more, or other things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// The published files.
    Published,
    /// The signer's own record of what it signed.
    Signer,
}

/// What the comparison gives. Anything but `Open` opens the service read-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Database, published log and signer agree.
    Open {
        /// Leaves that have their place in the database.
        database: u64,
        /// Leaves under the published checkpoint.
        published: u64,
    },
    /// The database has fewer leaves than somebody saw: an older copy was put in its place.
    SetBack {
        /// Leaves in the database.
        database: u64,
        /// Leaves once known.
        known: u64,
        /// By whom.
        by: Witness,
    },
    /// The database has other leaves than somebody saw.
    Forked {
        /// The tree of this size differs.
        size: u64,
        /// From what this one saw.
        by: Witness,
    },
}

impl Standing {
    /// Whether acts may be performed.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// A stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "log_open",
            Self::SetBack { .. } => "log_set_back",
            Self::Forked { .. } => "log_forked",
        }
    }

    /// What people read, Vietnamese then English.
    pub fn texts(&self) -> (String, String) {
        match self {
            Self::Open { database, published } => (
                format!("Nhật ký khớp với cơ sở dữ liệu: {database} mục, đã công bố {published}."),
                format!("Log and database agree: {database} leaves, {published} published."),
            ),
            Self::SetBack { database, known, by } => (
                format!(
                    "Cơ sở dữ liệu có {database} mục nhật ký, nhưng {} có {known}: đây là bản cũ được khôi phục. Hệ thống chỉ cho đọc; hai người chạy `antin log recover` để khôi phục hoặc công bố phần thiếu.",
                    by.vi()
                ),
                format!(
                    "The database has {database} leaves of the log, but {} has {known}: an older copy was restored. The service is read-only; two people run `antin log recover` to restore or publish what is missing.",
                    by.en()
                ),
            ),
            Self::Forked { size, by } => (
                format!(
                    "Nhật ký trong cơ sở dữ liệu khác với {} ở {size} mục đầu. Hệ thống chỉ cho đọc; hai người chạy `antin log recover`.",
                    by.vi()
                ),
                format!(
                    "The log in the database differs from {} within its first {size} leaves. The service is read-only; two people run `antin log recover`.",
                    by.en()
                ),
            ),
        }
    }
}

impl Witness {
    fn vi(self) -> &'static str {
        match self {
            Self::Published => "nhật ký đã công bố",
            Self::Signer => "sổ của tiến trình ký",
        }
    }

    fn en(self) -> &'static str {
        match self {
            Self::Published => "the published log",
            Self::Signer => "the signer's record",
        }
    }
}

/// Compares. `signer_head`: what the signer signed last, asked for before this call, since it only
/// grows; none where it signed nothing yet.
///
/// # Errors
/// [`LogError`] when the published log contradicts itself or cannot be read, or the database does
/// not answer.
pub async fn standing(
    store: &Store,
    folder: &Folder,
    key: &VerifierKey,
    signer_head: Option<&Checkpoint>,
) -> Result<Standing, LogError> {
    // The published head before the database: rows come first, so that a head published meanwhile
    // is never ahead of the rows read.
    let published = folder.head(key)?.map(|signed| signed.checkpoint().clone());
    let mut tx = store.read().await?;
    let database = leaves::placed(&mut tx).await?;
    drop(tx);
    let head = published.clone().unwrap_or_else(|| empty(key));
    if head.size > database {
        return Ok(Standing::SetBack { database, known: head.size, by: Witness::Published });
    }
    if let Some(signed) = signer_head
        && signed.size > database
    {
        return Ok(Standing::SetBack { database, known: signed.size, by: Witness::Signer });
    }
    if published.is_some() && !same_end(store, folder, &head).await? {
        return Ok(Standing::Forked { size: head.size, by: Witness::Published });
    }
    if let Some(signed) = signer_head
        && !signed_this(store, folder, &head, signed).await?
    {
        return Ok(Standing::Forked { size: signed.size, by: Witness::Signer });
    }
    Ok(Standing::Open { database, published: head.size })
}

/// Whether the database committed this very head, and ends in the same leaves. All leaves are
/// compared by `antin log recover` and the nightly audit, not at every start.
async fn same_end(store: &Store, folder: &Folder, head: &Checkpoint) -> Result<bool, LogError> {
    let mut tx = store.read().await?;
    if recovery::root_of_size(&mut tx, head.size).await? != Some(head.root.0) {
        return Ok(false);
    }
    let Some(last) = head.size.checked_sub(1) else { return Ok(true) };
    let index = last / u64::from(TILE_WIDTH);
    let Some(tile) = Tile::at(0, index, head.size) else { return Ok(true) };
    let bundle = folder
        .read(&tile.entries_path())?
        .or(folder.read(&tile.full().entries_path())?)
        .ok_or_else(|| tlog::Error::Missing(tile.entries_path()))?;
    let first = index * u64::from(TILE_WIDTH);
    let rows = leaves::from_index(&mut tx, first, u32::from(tile.width)).await?;
    let published = read_bundle(&bundle)?;
    Ok(published
        .into_iter()
        .take(usize::from(tile.width))
        .eq(rows.iter().map(|row| row.bytes.as_slice())))
}

/// Whether the signer's head is one of this log: before the published head by proof, after it by the
/// leaves that the database has placed since.
async fn signed_this(
    store: &Store,
    folder: &Folder,
    head: &Checkpoint,
    signed: &Checkpoint,
) -> Result<bool, LogError> {
    if signed.origin != head.origin {
        return Ok(false);
    }
    if signed.size <= head.size {
        let read = |path: &str| folder.read(path).ok().flatten();
        let proof = prove_consistency(signed.size, head.size, head.root, &read)?;
        let held = verify_consistency(&proof, signed.size, signed.root, head.size, head.root);
        return Ok(held.is_ok());
    }
    let edge = load_edge(folder, head)?;
    let more = rows(store, head.size, signed.size).await?;
    let (edge, _) = edge.append(&more.iter().map(|row| &row.bytes).collect::<Vec<_>>())?;
    Ok(edge.size() == signed.size && edge.root() == signed.root)
}

/// The right edge of the published tree, checked against its head.
pub(crate) fn load_edge(folder: &Folder, head: &Checkpoint) -> Result<Edge, LogError> {
    let edge = Edge::load(head.size, |path| folder.read(path).ok().flatten())?;
    match edge.root() == head.root {
        true => Ok(edge),
        false => Err(tlog::Error::Inconsistent.into()),
    }
}

/// The rows from index `first` up to `end`, in order and without a gap.
pub(crate) async fn rows(store: &Store, first: u64, end: u64) -> Result<Vec<LeafRow>, LogError> {
    let mut tx = store.read().await?;
    let mut rows: Vec<LeafRow> = Vec::new();
    loop {
        let next = first + rows.len() as u64;
        if next >= end {
            return Ok(rows);
        }
        let limit = u32::try_from(end - next).unwrap_or(u32::MAX).min(10_000);
        let more = leaves::from_index(&mut tx, next, limit).await?;
        let in_order = more.iter().zip(next..).all(|(row, index)| row.index == Some(index));
        if more.is_empty() || !in_order {
            return Err(LogError::Broken(format!("the database has no leaf {next}")));
        }
        rows.extend(more);
    }
}

pub(crate) fn empty(key: &VerifierKey) -> Checkpoint {
    Checkpoint { origin: key.name().to_owned(), size: 0, root: tlog::Hash::EMPTY }
}
