//! The log against a naive Merkle tree, against `tlog_tiles`, and against bytes that lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod leaf;
mod note;
mod tree;
