//! HTTP only: the API, and the pages that stand on it. Handlers extract, call one act or query, and map
//! the answer; they decide nothing. Only `office` and `store` are asked; no rule, no SQL and no key is here.
//!
//! ```text
//!  staff listener ──┐  edge: id, peer, room, time limit       ┌─ session or token ─► act ─► answer
//!                   ├──► problems in words, headers, log line ─┤
//!  public listener ─┘  (no body is read before its limits)     └─ verify, check, log files
//! ```
//!
//! - Passwords and PINs pass only over TLS, on the same machine, or through a named proxy ([`Config`]).
//! - A session is a random value whose hash is stored; what changes something needs its CSRF token.
//! - Whatever goes wrong is a problem (RFC 9457) with a stable code and two languages.

mod app;
mod config;
mod edge;
mod input;
mod language;
mod listen;
mod openapi;
mod password;
mod peer;
mod problem;
mod rate;
mod routes;
mod session;
mod standing;

pub use app::{App, Parts};
pub use config::{Config, Limits, Sessions, TlsFiles};
pub use listen::Server;
pub use password::{
    LONGEST_BYTES, PasswordError, SHORTEST, hash as hash_password, verify as verify_password,
};

/// The document of the API as JSON.
pub fn openapi_json() -> String {
    openapi::document().to_json().unwrap_or_default()
}
