//! The transparency log as bytes: what is hashed, tiled, signed and proved (C2SP tlog-tiles,
//! tlog-checkpoint, signed-note, tlog-proof; RFC 6962 §2.1). This crate never opens a file, never
//! asks the clock and never signs: bytes come in, bytes go out, and the signature is an argument.
//!
//! ```text
//!  Leaf ─► canonical bytes ─► Edge::append ─► tiles, entry bundles, root ─► Checkpoint ─► note
//!                                                                             │ signature
//!  note + key ─► Checkpoint ─► inclusion / consistency from tiles alone ◄─────┘
//! ```

mod checkpoint;
mod edge;
mod error;
mod hash;
mod leaf;
mod proof;
mod proof_text;
mod tile;

pub use checkpoint::{Checkpoint, MAX_NOTE_BYTES, SignedCheckpoint, VerifierKey, read_unverified};
pub use edge::{Edge, File};
pub use error::Error;
pub use hash::{Hash, leaf_hash, node_hash};
pub use leaf::{Leaf, LeafId, LeafKind, MAX_LEAF_BYTES, commitment};
pub use proof::{
    MAX_PROOF, leaf_at, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};
pub use proof_text::ProofText;
pub use tile::{CHECKPOINT_PATH, MAX_SIZE, TILE_WIDTH, Tile, read_bundle, read_hashes};
