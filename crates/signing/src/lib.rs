//! The signing ceremony: one order, the checks before the token is asked, the bytes to sign, the
//! value, the timestamp, and the result validated before anybody stores it.
//!
//! The crate never holds a key, a PIN, a clock or a socket. Whoever drives it (the command line, a
//! service, an agent beside a USB token, a batch) does the steps at the edge:
//!
//! ```text
//!  Order ── hash() is what a person approves; it exists before signing time and attributes do
//!    │   Signer::check(certificate, chain, terms, now)      Refusal: revoked, expired, untrusted …
//!    │                                                      status missing? *edge: fetch*, check again
//!    ▼
//!  begin(order, signer, base, room, now) ─► ToBeSigned ──── *edge: value* (token, remote key)
//!    │                                        one-time state, serialisable
//!    ▼
//!  with_value ─► Valued ──── level T: *edge: timestamp* ─► with_timestamp
//!    │
//!  finish ─► Candidate ──── *edge: status of the timestamp's certificate*
//!    │
//!    ▼
//!  settle(report) ─► Outcome: Proven(Update, TotalPassed) | Unproven(why) | Rejected(report)
//! ```
//!
//! An [`pades::Update`] is a tail for a known base, so that earlier bytes are a prefix of the result
//! by construction. Only [`Outcome::Proven`] is fit to be kept by a service; [`Outcome::Unproven`]
//! is another type on purpose.

mod appearance;
mod batch;
mod blanks;
mod ceremony;
mod certificate;
mod order;
mod outcome;
mod refusal;

pub use appearance::{Look, Picture, Place, Words, WordsFace};
pub use batch::{BatchError, Item, run as run_batch};
pub use blanks::{HeaderWords, header};
pub use ceremony::{BaseDigest, NeedsRoom, Room, ToBeSigned, Valued, begin, file_hash};
pub use certificate::{Signer, StatusRule, Terms};
pub use order::{Appearance, Level, Order, OrderHash};
pub use outcome::{Candidate, Earlier, Outcome, Unproven, WhyUnproven, earlier, read_earlier};
pub use refusal::Refusal;
