//! Appearances drawn into a small PDF and looked at by poppler, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod draw;
mod pictures;
mod words;
