//! PDF as bytes: objects, cross-references, revisions, filters, append. Parses strictly and never
//! rebuilds; what is wrong becomes a named [`Defect`]. Reads through [`Source`], so memory does not
//! follow file size. Writes only by appending: an [`Update`] is the tail of a known base.
#![allow(clippy::todo, missing_docs, unused_variables)] // skeleton
use serde::{Deserialize, Serialize};

/// Random access to bytes; implemented for slices, Vec and std::fs::File (positioned reads).
pub trait Source: Send + Sync {
    fn len(&self) -> u64;
    fn is_empty(&self) -> bool { self.len() == 0 }
    /// Fills `buf` from `offset` or fails; never short.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError>;
    /// The whole as one slice where it is in memory anyway (fast path).
    fn as_slice(&self) -> Option<&[u8]> { None }
}
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot read {wanted} bytes at {offset}: {detail}")]
pub struct SourceError { pub offset: u64, pub wanted: u64, pub detail: String }

/// SHA-256 of a whole file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct FileHash(pub [u8; 32]);

/// What signing yields: bytes to append to exactly that base. "Earlier bytes are a prefix" holds by construction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Update { pub base: FileHash, pub base_len: u64, pub tail: Vec<u8> }
impl Update {
    /// SHA-256 of base followed by tail.
    pub fn file_hash(&self, base: &dyn Source) -> Result<FileHash, SourceError> { todo!() }
}
/// base followed by tail, as a Source (for validating without copying).
pub struct Chained<'a> { pub base: &'a dyn Source, pub tail: &'a [u8] }

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ObjectId { pub number: u32, pub generation: u16 }

/// Rule 1 of the verifier as facts: what is structurally wrong, where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defect { /// stable word: "not_a_pdf", "header_not_at_start", "startxref_missing", "xref_loop", "xref_entry_wrong", "duplicate_key", "duplicate_object", "hybrid_inconsistent", "encrypted", "tail_not_parsed", "budget", …
    pub code: String, pub offset: Option<u64>, pub object: Option<ObjectId>, pub detail: String }

#[derive(Clone, Copy, Debug)]
pub struct Limits { pub depth: u32, pub decoded_bytes: u64, pub objects: u64, pub revisions: u32, pub fields: u32, pub contents_bytes: u64 }
impl Default for Limits { fn default() -> Self { Self { depth: 64, decoded_bytes: 256 << 20, objects: 4_000_000, revisions: 1_000, fields: 10_000, contents_bytes: 4 << 20 } } }
