//! The server through real listeners: what people, clients and strangers get.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod agencies;
mod document;
mod entry;
mod limits;
mod public;
mod verify;
mod webhook;
mod world;
