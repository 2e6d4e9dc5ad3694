//! What signing yields: the tail of a known base.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Source, SourceError, source::for_each_chunk};

/// SHA-256 of a whole file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct FileHash(pub [u8; 32]);

impl FileHash {
    /// Reads the whole source.
    pub fn of(source: &dyn Source) -> Result<Self, SourceError> {
        let mut hash = Sha256::new();
        for_each_chunk(source, 0, source.len(), |piece| hash.update(piece))?;
        Ok(Self(hash.finalize().into()))
    }
}

/// Bytes to append to exactly that base. "Earlier bytes are a prefix" holds by construction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Update {
    /// SHA-256 of the base.
    pub base: FileHash,
    /// Length of the base.
    pub base_len: u64,
    /// What is appended.
    pub tail: Vec<u8>,
}

impl Update {
    /// SHA-256 of base followed by tail.
    pub fn file_hash(&self, base: &dyn Source) -> Result<FileHash, SourceError> {
        let mut hash = Sha256::new();
        for_each_chunk(base, 0, base.len(), |piece| hash.update(piece))?;
        hash.update(&self.tail);
        Ok(FileHash(hash.finalize().into()))
    }
}
