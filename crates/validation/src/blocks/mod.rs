//! One building block of EN 319 102-1 each.
//!
//! ```text
//!  basic ─► format ─► identification ─► context ─► crypto ─► x509 ─► acceptance
//!    └────► timestamp (§5.4) gives proofs of existence ─► x509 and acceptance look at that time
//!  long_term: document timestamps from the last to the first, each proven by those after it (POE)
//! ```

pub(crate) mod acceptance;
pub(crate) mod basic;
pub(crate) mod context;
pub(crate) mod crypto;
pub(crate) mod format;
pub(crate) mod identification;
pub(crate) mod long_term;
pub(crate) mod timestamp;
pub(crate) mod x509;
