//! An activation: its list put in hand, its PIN typed, each item finished or failed, its end.
//!
//! ```text
//!  BeginActivation ─► begun ─ the signer took the PIN ─► ActivationOpened ─► open ─ job `sign`
//!        │                  └ it did not ─────────────► ActivationRefused ─► refused
//!        │ items that changed since, or that are not this person's: refused alone
//!        └ job `release`, after its end: what nobody opened goes out of hand (lost)
//!
//!  per item: FinishItem (all steps of its chain, or none) | FailItem          CloseActivation ─► closed
//! ```

mod begin;
mod close;
mod finish;
mod open;

pub use begin::{BeginActivation, Begun, BegunItem, Ink, Wish};
pub use close::CloseActivation;
pub use finish::{FailItem, FinishItem, StepMade};
pub use open::{ActivationOpened, ActivationRefused};

use issuance::{FileHash, Refusal, Said};
use serde::{Deserialize, Serialize};

/// What an item's row keeps to make its orders again: they follow from the result in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Steps {
    /// Indexes into the result's acts, in order.
    pub steps: Vec<u16>,
}

/// What became of an item, as its row keeps it and as people are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ItemState {
    /// Signed and validated.
    Done {
        file: FileHash,
        /// Line of the signer's own log, and its hash.
        signer_line: u64,
        signer_hash: String,
    },
    /// Not signed.
    Failed(Said),
}

/// Words of `activations.state`.
pub(crate) mod state {
    pub(crate) const BEGUN: &str = "begun";
    pub(crate) const OPEN: &str = "open";
    pub(crate) const CLOSED: &str = "closed";
    pub(crate) const REFUSED: &str = "refused";
    pub(crate) const LOST: &str = "lost";
}

/// Words of `activation_items.state`.
pub(crate) mod item {
    pub(crate) const WAITING: &str = "waiting";
    pub(crate) const DONE: &str = "done";
    pub(crate) const FAILED: &str = "failed";
    pub(crate) const REFUSED: &str = "refused";
}

/// The activation, or the signer, is gone: nothing was signed that we know of.
pub fn activation_lost() -> Refusal {
    Refusal::other(
        "activation_lost",
        issuance::RefusalKind::Conflict,
        "Phiên ký đã mất trước khi ký xong văn bản này. Văn bản chưa được ký; hãy bắt đầu phiên mới.",
        "The activation was lost before this document was signed. It is not signed; begin a new one.",
        serde_json::Value::Null,
    )
}
