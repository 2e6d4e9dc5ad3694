//! The ceremony with keys made by openssl in place of a token.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod ceremony;
mod certificate;
mod world;
