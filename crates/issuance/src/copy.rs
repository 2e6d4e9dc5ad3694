//! Copies on paper: a copy is what the law sees, an attempt what the machine knows.
//!
//! ```text
//! copy     reserved ─► attempting ─► confirmed ─► handed_over          voided
//! attempt  prepared ─► created ─► sending ─► sent ─► printed
//!             └────────────┴ abandoned  └──────┴──► uncertain, printed_look: a person looks
//! ```
//!
//! Paper is not idempotent: from `sending` on a sheet may be out, and nothing here sends a second
//! time unless a person counted the paper. At most one attempt of a copy is on its way.

mod attempt;
mod recover;
mod state;

pub use attempt::{Answer, Attempt, AttemptState, Printer};
pub use recover::{Recovery, Seen, recover};
pub use state::{Copy, CopyDone, CopyEffect, CopyKind, CopyState};
