//! Keys that never leave their device: smart cards, USB tokens and HSMs over PKCS#11 (v2.40 and v3).
//!
//! ```text
//! Module::open(path) ── tokens() ──────────────► [TokenInfo]       what is plugged in; no PIN needed
//!        └─ open_session(label, pin) ──► Session ── key(label|id) ──► Key
//!                                           ├──── certificate_for(&key)
//!                                           ├──── schemes(&key)
//!                                           └──── sign(&key, scheme, bytes) ──► signature value
//! ```
//!
//! What a caller can rely on:
//! * **One try per PIN.** Nothing here repeats `C_Login`; a wrong PIN is [`TokenError::PinIncorrect`] with what the
//!   token tells of the tries left. A PIN of a length that the token cannot have is refused without a try.
//! * **Handles are held.** A [`Session`] stays logged in and a [`Key`] is looked up once: a signature costs
//!   `C_SignInit` and `C_Sign`, nothing else.
//! * **Every outcome has a type**: absent, ambiguous, removed, locked … with a stable word ([`TokenError::code`])
//!   and a sentence in Vietnamese and English that says what, where and what to do.
//!
//! What it never does: read a PIN from a terminal or a file, log it or keep it after login; decide whether a
//! certificate may sign; verify a signature; change a token (no `C_InitToken`, no key generation).
//!
//! A dead session stays dead: after [`TokenError::Removed`] or [`TokenError::SessionLost`] the caller opens a new one,
//! with a new PIN from the person. Re-insertion does not revive handles (seen with OpenSC and a PIV card).

mod error;
mod key;
mod module;
mod pin;
mod scheme;
mod session;

pub use error::TokenError;
pub use key::{Key, KeyKind};
pub use module::{Module, PinState, TokenInfo};
pub use pin::Pin;
pub use scheme::{Digest, Scheme};
pub use session::Session;
