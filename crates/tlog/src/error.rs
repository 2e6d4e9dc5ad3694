/// What cannot be read, or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a leaf in canonical form; names the line.
    #[error("leaf: {0} is missing or malformed")]
    Leaf(&'static str),
    /// Not 32 bytes in base64.
    #[error("not a SHA-256 hash in base64")]
    Hash,
    /// An entry of 65,536 bytes or more has no place in a bundle (tlog-tiles, "Log entries").
    #[error("entry of {0} bytes")]
    EntryTooLong(usize),
    /// The bytes of a bundle end in the middle of an entry.
    #[error("entry bundle is cut short")]
    Bundle,
    /// A file of the log is not there, under its path in the log.
    #[error("{0} is missing")]
    Missing(String),
    /// A file of the log has another length than its place asks for.
    #[error("{0} has the wrong length")]
    Length(String),
    /// A tree of more leaves than this code works on ([`MAX_SIZE`](crate::MAX_SIZE)).
    #[error("tree of {0} leaves")]
    Size(u64),
    /// The index is not in the tree.
    #[error("no leaf {index} in a tree of {size}")]
    Index {
        /// Asked for.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// The tiles do not hash to the root: one of them was changed.
    #[error("tiles do not hash to the root of the checkpoint")]
    Inconsistent,
    /// The proof does not lead to the root.
    #[error("proof does not hold")]
    Proof,
    /// Not a note, or not signed by this key.
    #[error("note: {0}")]
    Note(&'static str),
    /// Not the body of a checkpoint (tlog-checkpoint, "Note text").
    #[error("checkpoint: {0}")]
    Checkpoint(&'static str),
    /// Not a verifier key `name+id+key` (signed-note).
    #[error("verifier key is malformed")]
    VerifierKey,
    /// Not a tlog-proof@v1.
    #[error("tlog-proof: {0}")]
    ProofText(&'static str),
}
