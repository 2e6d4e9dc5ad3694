//! The states, as API, webhooks and pages name them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ResultDoc;
use crate::{ActKind, Refusal};

/// Where a result is in its life. Printed and handed over are states of copies, never of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum State {
    Submitted,
    Returned,
    Withdrawn,
    Approved,
    Signed,
    Numbered,
    Sealed,
    Cancelled,
    Accepted,
    Refused,
    AwaitingEvidence,
    Issued,
    Suspended,
    Superseded,
    Revoked,
}

impl State {
    /// All states.
    pub const ALL: [State; 15] = [
        State::Submitted,
        State::Returned,
        State::Withdrawn,
        State::Approved,
        State::Signed,
        State::Numbered,
        State::Sealed,
        State::Cancelled,
        State::Accepted,
        State::Refused,
        State::AwaitingEvidence,
        State::Issued,
        State::Suspended,
        State::Superseded,
        State::Revoked,
    ];

    /// The stable word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            State::Submitted => "submitted",
            State::Returned => "returned",
            State::Withdrawn => "withdrawn",
            State::Approved => "approved",
            State::Signed => "signed",
            State::Numbered => "numbered",
            State::Sealed => "sealed",
            State::Cancelled => "cancelled",
            State::Accepted => "accepted",
            State::Refused => "refused",
            State::AwaitingEvidence => "awaiting_evidence",
            State::Issued => "issued",
            State::Suspended => "suspended",
            State::Superseded => "superseded",
            State::Revoked => "revoked",
        }
    }

    /// The words that people read.
    pub const fn text_vi(&self) -> &'static str {
        match self {
            State::Submitted => "đã gửi",
            State::Returned => "bị trả lại",
            State::Withdrawn => "đã rút",
            State::Approved => "đã duyệt",
            State::Signed => "đã ký",
            State::Numbered => "đã cho số",
            State::Sealed => "đã đóng dấu",
            State::Cancelled => "đã hủy trước khi ban hành",
            State::Accepted => "đã nhận (ký ở nơi khác)",
            State::Refused => "không nhận",
            State::AwaitingEvidence => "chờ chứng cứ",
            State::Issued => "đã ban hành",
            State::Suspended => "tạm ngừng hiệu lực",
            State::Superseded => "đã thay thế",
            State::Revoked => "đã thu hồi",
        }
    }

    /// Issued once, whatever became of it.
    pub const fn was_issued(&self) -> bool {
        matches!(self, State::Issued | State::Suspended | State::Superseded | State::Revoked)
    }
}

impl fmt::Display for State {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = Refusal;

    fn from_str(word: &str) -> Result<Self, Refusal> {
        let named = State::ALL.into_iter().find(|state| state.as_str() == word);
        named.ok_or(Refusal::Unknown { what: "state" })
    }
}

impl ResultDoc {
    /// The state that follows from the acts, once it is approved: what is done, not what was
    /// claimed. A procedure without number or seal leaves their states out.
    pub(super) fn derived(&self) -> State {
        let any = |kind: fn(ActKind) -> bool| self.acts.iter().any(|act| kind(act.kind));
        let waits =
            |kind: fn(ActKind) -> bool| self.acts.iter().any(|a| kind(a.kind) && !a.is_done());
        let header = |kind: ActKind| kind.is_header();
        let seal = |kind: ActKind| kind == ActKind::Seal;
        if waits(|kind| kind == ActKind::Sign || kind == ActKind::Initial) {
            return State::Approved;
        }
        if waits(header) || (waits(seal) && !any(header)) {
            return State::Signed;
        }
        if waits(seal) {
            return State::Numbered;
        }
        match (any(seal), any(header)) {
            (true, _) => State::Sealed,
            (false, true) => State::Numbered,
            (false, false) => State::Signed,
        }
    }
}
