//! Acts and jobs over both engines: each test runs on SQLite and on PostgreSQL (`lab::postgres`).
//!
//! The signer here is one of this binary's own that speaks the protocol and appends made-up tails:
//! what is tried is what the service does with its answers. The real one is tried in its own crate
//! and in `tests/e2e`.

mod activation;
mod administration;
mod life;
mod signer;
mod together;
mod trouble;
mod world;

pub(crate) use lab::both;
