//! What people, clients and workers do: one file an act, each one transaction.
//!
//! An act reads rows, asks one transition of `issuance`, and keeps what it gives with all effects:
//!
//! ```text
//!  Act { input } ─ run(tx) ─► Who (position in force, client active)
//!                             results::known ─► transition ─► refused: nothing is kept but the audit row
//!                                                    │
//!                             keep: result (compare-and-set), numbers, register, leaf, events, audit
//! ```
//!
//! No act does I/O but through its transaction, and each may run again: ids, hashes and signed bytes
//! are its fields. What talks to the signer, to children or to objects is [`crate::desk`] and
//! [`crate::jobs`].

pub mod activation;
pub mod admin;
mod approve;
mod cancel;
mod confirm;
mod intake;
mod issue;
mod keep;
mod propose;
mod return_;
mod submit;
mod withdraw;

pub use activation::{
    ActivationOpened, ActivationRefused, BeginActivation, Begun, BegunItem, CloseActivation,
    FailItem, FinishItem, Ink, ItemState, StepMade, Steps, Wish,
};
pub use approve::Approve;
pub use cancel::Cancel;
pub use confirm::{Confirm, WithdrawProposal};
pub use intake::JudgeIntake;
pub use issue::Issue;
pub use propose::Propose;
pub use return_::Return;
pub use submit::{
    Answer, Idempotency, Made, PlaceBoxes, Resubmit, SubmitDraft, SubmitElsewhere, owner,
};
pub use withdraw::Withdraw;
