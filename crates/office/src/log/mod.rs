//! The transparency log as it lies in a folder and in the database: published, proved, verified,
//! compared.
//!
//! ```text
//!  database rows ─► jobs::sequence ─► Folder (tlog-tiles) ─► prove, verify: from the files alone
//!        └─────────────► standing ◄───────┴──── the signer's head, kept outside the database
//! ```

mod folder;
mod recover;
mod standing;
mod verify;

pub use folder::{Folder, Publishing};
pub use recover::{ConfirmRecovery, Gap, LostLeaf, ProposeRecovery, counts, gap, publish_gap};
pub use standing::{Standing, Witness, standing};
pub(crate) use standing::{empty, load_edge, rows};
pub use verify::{Known, Verified, verify};

use std::path::PathBuf;

use store::leaves::LeafRow;
use tlog::{ProofText, SignedCheckpoint, VerifierKey, prove_inclusion};

/// Why the log cannot be written, read or believed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file of the log could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A published file would have to change. Nothing was written.
    #[error("{0} is published with other bytes")]
    Conflict(String),
    /// The files are not a log, or not the one that the checkpoint names.
    #[error(transparent)]
    Log(#[from] tlog::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// What the log says does not hold; in words.
    #[error("{0}")]
    Broken(String),
    /// A file of a log elsewhere could not be fetched; the reason, in the reader's words.
    #[error("{0}")]
    Fetch(String),
    /// Another process has the folder.
    #[error("another process publishes into the log folder")]
    Locked,
}

/// The proof that leaf `index` is in the published log, or none while it is not. From the published
/// files alone.
///
/// # Errors
/// [`LogError`] when the published log cannot be read or contradicts its own checkpoint.
pub fn prove(
    folder: &Folder,
    key: &VerifierKey,
    index: u64,
) -> Result<Option<(ProofText, SignedCheckpoint)>, LogError> {
    let Some(signed) = folder.head(key)? else {
        return Ok(None);
    };
    let head = signed.checkpoint();
    if index >= head.size {
        return Ok(None);
    }
    let hashes =
        prove_inclusion(index, head.size, head.root, &|path| folder.read(path).ok().flatten())?;
    let proof = ProofText { extra: None, index, hashes, note: signed.note().to_vec() };
    Ok(Some((proof, signed)))
}

/// Where a leaf of the database stands in the published log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inclusion {
    /// Being entered: no published checkpoint covers it yet.
    Waiting,
    /// Under the published checkpoint, as this proof shows.
    Proved(Box<ProofText>),
}

/// Proves a leaf of the database from the published files; the entry proved is the one of the row.
///
/// # Errors
/// [`LogError`] when the published log holds another entry at its place, or cannot be read.
pub fn inclusion(folder: &Folder, key: &VerifierKey, row: &LeafRow) -> Result<Inclusion, LogError> {
    let Some(index) = row.index else { return Ok(Inclusion::Waiting) };
    let Some((proof, _)) = prove(folder, key, index)? else { return Ok(Inclusion::Waiting) };
    proof.verify(key, &row.bytes)?;
    Ok(Inclusion::Proved(Box::new(proof)))
}
