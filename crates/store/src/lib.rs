//! Acts in transactions, on SQLite or PostgreSQL; the only SQL of the service.
//!
//! The crate decides nothing: who may do what is in `issuance`, what an act consists of in `office`.
//! It never answers before the disk has it, never runs half an act, and never changes a row of the
//! audit after it was linked.
//!
//! ```text
//!  office ── perform(act, actor) ─► one transaction: rows of the act
//!                                                  + audit row(s)      a refusal gets one too
//!                                                  + events            Tx::emit
//!                                                  + leaves            Tx::leaf
//!                                   COMMIT, then the answer
//!  sequencer (whoever holds its lease) ─► places: audit chain, event positions, leaf indexes
//!  pages, API ── read() ─► queries
//!  files ─► objects, content-addressed, written before the act that names them
//! ```
//!
//! - [`Db`] opens and migrates; [`Store`] performs and reads; one file for each table.
//! - Statements have one text for both engines. Ids and JSON are TEXT, times BIGINT microseconds,
//!   hashes BYTEA.
//! - An object that no row names is an orphan of a crash between the two writes: harmless.

mod act;
pub mod activations;
pub mod agencies;
pub mod audit;
pub mod checkpoints;
pub mod clients;
mod db;
pub mod deliveries;
mod doc;
pub mod dump;
mod error;
pub mod events;
pub mod evidence;
pub mod idempotency;
pub mod jobs;
pub mod keys;
pub mod leases;
pub mod leaves;
pub mod meta;
mod migrate;
mod objects;
pub mod people;
mod perform;
pub mod positions;
pub mod procedures;
pub mod proposals;
pub mod queries;
pub mod recovery;
pub mod registers;
pub mod results;
pub mod sequence;
pub mod sessions;
mod tx;
mod value;

pub use act::{Act, ActError, Actor, Context, Detail, Isolation, PerformError, Via};
pub use db::{Db, Lite, Pg};
pub use error::StoreError;
pub use events::Event;
pub use jobs::{End, Job, NewJob};
pub use leases::Lease;
pub use objects::Objects;
pub use perform::Store;
pub use sequence::verify_audit_chain;
pub use tx::Tx;
pub use value::Value;
