//! What is missing, over HTTP, with caps: OCSP responses, CRLs, issuers' certificates, timestamps.
//!
//! The crate brings bytes and judges none of them: what an answer proves is decided by `pki` and
//! `validation`, which ask again for what they still miss.
//!
//! ```text
//!  judge(evidence) ─► missing ─► complete ─► OCSP (POST), CRL, AIA (GET) ─► evidence ─► judge …
//!                                   └─ rounds, requests, bytes and time have limits
//!  Tsa::stamp(request) ─► response          application/timestamp-query
//! ```
//!
//! What it holds to:
//! - **Addresses from certificates are a stranger's.** Only http and https; no redirects; hosts that
//!   resolve to private, loopback, link-local or multicast addresses are refused, the name being
//!   resolved once and that very address used. A configured host mapping is the way to name one.
//! - **Addresses that a person named** (the TSA of the configuration or command line) are used as
//!   named.
//! - **Everything has a cap**: time, bytes of each answer and of all, requests, rounds. What is too
//!   much is an error with the place, never a partial answer.
//! - The HTTP client is built with the first request, so a run without one costs nothing.
//!
//! It never asks a clock, and randomness comes from the caller.

mod client;
mod complete;
mod error;
mod guard;
mod tsa;

pub use client::{Client, Config};
pub use complete::{Asked, complete};
pub use error::{FetchError, What, Why};
pub use tsa::Tsa;
