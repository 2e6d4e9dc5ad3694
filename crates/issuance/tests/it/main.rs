//! The rules of results, registers, copies and roles, tried from outside the crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod code;
mod copies;
mod documents;
mod life;
mod registers;
mod roles;
mod walk;
mod world;
