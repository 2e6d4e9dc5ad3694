//! What has to happen with a transition, in the same transaction, or not at all.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Number, NumberEntry, Register};

/// One consequence of a transition.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Others are told: outbox, webhook, cursor.
    Event(EventKind),
    /// A row for the transparency log.
    Leaf(LeafKind),
    /// A number was taken: store the register as it is now, and the number.
    NumberTaken {
        /// The register after.
        register: Box<Register>,
        /// The number, taken.
        number: Number,
    },
    /// A number given elsewhere: store the register as it is now, and the entry.
    NumberEntered {
        /// The register after.
        register: Box<Register>,
        /// The entry.
        entry: NumberEntry,
    },
    /// The number stands in a signed file.
    NumberUsed(Number),
    /// The number is never used again.
    NumberVoid {
        /// The number, void.
        number: Number,
        /// Why.
        reason: String,
    },
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$of])* #[serde(rename = $word)] $variant),* }

        impl $name {
            /// The stable word.
            pub const fn as_str(&self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What others are told about a result; the words of API and webhooks.
    #[allow(missing_docs)]
    EventKind {
        Submitted "result.submitted",
        Placed "result.placed",
        Returned "result.returned",
        Withdrawn "result.withdrawn",
        Initialled "result.initialled",
        Approved "result.approved",
        Signed "result.signed",
        Numbered "result.numbered",
        Sealed "result.sealed",
        /// A step was signed, and others of the same kind are missing.
        StepDone "result.step_done",
        StepFailed "result.step_failed",
        Cancelled "result.cancelled",
        Accepted "result.accepted",
        Refused "result.refused",
        AwaitingEvidence "result.awaiting_evidence",
        Issued "result.issued",
        Suspended "result.suspended",
        Resumed "result.resumed",
        Superseded "result.superseded",
        Revoked "result.revoked",
        Proposed "result.proposed",
    }
}

words! {
    /// Types of log leaves that transitions ask for (qr-and-log).
    #[allow(missing_docs)]
    LeafKind {
        Issue "issue",
        Revoke "revoke",
        Supersede "supersede",
        Suspend "suspend",
        Resume "resume",
        Copy "copy",
        Void "void",
    }
}
