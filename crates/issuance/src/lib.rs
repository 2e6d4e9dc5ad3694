//! Results of administrative procedures as pure transitions: who may do what, when, and what follows.
//!
//! The crate never reads a clock, makes an id, opens a file or writes a row: time, ids and hashes are
//! arguments, and what has to happen elsewhere comes back as an [`Effect`]. Whoever stores (crates
//! `store` and `office`) runs one transition in one transaction with all its effects, or none.
//!
//! ```text
//!  first door   Submission ─ submit ─► submitted ─ approve ─► approved
//!                              ▲          │ return, withdraw     │ begin ─ finish      each act of the
//!                              └ resubmit ┘                      ▼                     procedure in order,
//!                                                     signed ─► numbered ─► sealed     one activation at a time
//!                              ▲                         └─────────┴──────────┤
//!                              └ resubmit (revision + 1) ─ cancelled ◄ cancel ┤ issue = leaf in the log
//!  second door  submit ─► accept (validated elsewhere) ─► accepted ───────────┤
//!                                                                             ▼
//!                              two people: revoke, suspend, resume, supersede ◄ issued
//! ```
//!
//! - [`ACTS`] is the one table of acts: roles, place, states before and after. Transitions obey it,
//!   [`state_diagram`] draws it, pages and the table of roles list it.
//! - A [`ProcedureResult`] can be read everywhere and changed only by a transition: its fields are
//!   behind `Deref`.
//! - Legal texts, marks and number forms are data of procedures and registers, not code.

mod activity;
mod agency;
mod client;
mod code;
mod copy;
mod diagram;
mod effect;
mod ids;
mod key;
mod person;
mod position;
mod procedure;
mod refusal;
mod register;
mod result;
mod role;
mod submission;
mod text;

pub use activity::{ACTS, ActName, ActRule, By, Where};
pub use agency::Agency;
pub use client::{Client, Scope};
pub use code::CheckCode;
pub use copy::{
    Answer, Attempt, AttemptState, Copy, CopyDone, CopyEffect, CopyKind, CopyState, Printer,
    Recovery, Seen as SeenAtPrinter, recover,
};
pub use diagram::{role_table, state_diagram};
pub use effect::{Effect, EventKind, LeafKind};
pub use ids::{
    ActivationId, AgencyId, AttemptId, ClientId, CopyId, FileHash, KeyId, PersonId, PositionId,
    PrinterId, ProcedureId, ProposalId, RegisterId, ResultId,
};
pub use key::{Key, KeyOwner, KeyState};
pub use person::Person;
pub use position::{Authority, Position};
pub use procedure::{
    ActKind, ActSpec, HeaderPart, KeyUse, Layout, PageRef, Place, Procedure, Signer, Spot, Terms,
};
pub use refusal::{Refusal, RefusalKind, Said};
pub use register::{Number, NumberEntry, NumberSource, NumberState, Register};
pub use result::{
    ACTIVATION_SECONDS, ActState, Begin, Door, FieldBox, File, FileAct, FileRole, Finding,
    IN_HAND_GRACE_SECONDS, InHand, Incoming, LeafNote, ProcedureResult, Proposal, ProposalState,
    Proposed, Reason, ResultDoc, Seen, Signed, State, Submitter, Transition, Validation,
};
pub use role::{About, Acting, Role, permit};
pub use submission::{
    Channel, Compared, Elsewhere, Holder, HolderInput, Kind, Submission, SubmissionInput,
};
pub use text::{day_in_vietnam, year_in_vietnam};
