//! The process that holds the tokens of a service, and how to talk to it.
//!
//! Only this process opens tokens. Others send it over a Unix socket what a person approved by
//! typing a PIN (an *activation*: one key, a list of item hashes, five minutes), then one item after
//! the other with its document; it runs the ceremony of crate `signing` itself and answers with what
//! is to be appended, validated.
//!
//! ```text
//!  web ── Activate { key, [item_hash], expires } + PIN ──►┐
//!  worker ── Sign { index, orders } + document ──────────►│ socket, uid of the peer
//!  log ── Checkpoint { body, proof } ────────────────────►│
//!                                                         ▼
//!   protocol (frames, limits)       activation ── item in the list? not signed yet?
//!   client                               │ own log, fsynced: "this item is being signed"
//!                                        ▼
//!                              ceremony (crate signing) ── token thread: C_Sign
//!                                        │            └── TSA, OCSP, CRL (crate fetch)
//!                                        ▼ only TotalPassed leaves
//!                              Signed { tail, file, evidence, … } a step
//! ```
//!
//! What it never does: sign what is not in an activated list, sign an item twice, try a PIN again,
//! keep a PIN (it is wiped after `C_Login`, and never in a header, a log line or `Debug`), open a
//! database or an HTTP port, or decide who may sign: that is decided by the acts of the service,
//! before the PIN is asked for.
//!
//! Without feature `engine` there is only [`protocol`] and [`client`]: such a build cannot open a
//! token.

pub mod client;
#[cfg(feature = "engine")]
pub mod engine;
pub mod protocol;
