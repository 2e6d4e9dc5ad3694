//! The store against SQLite and PostgreSQL: every test runs on both.
//!
//! The PostgreSQL server is one of this binary's own (`lab::postgres`), each test has a database of
//! its own; SQLite's files lie in a temporary folder. Nothing here comes from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod acts;
mod chain;
mod crash;
mod documents;
mod dumped;
mod jobs;
mod objects;
mod refusals;
mod throughput;
mod together;
mod world;

pub(crate) use lab::both;
