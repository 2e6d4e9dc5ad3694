use serde::{Deserialize, Serialize};

/// Why this crate could not answer. A certificate that is merely bad (expired, not a CA) is no
/// error: that is a [`path::PathDefect`](crate::path::PathDefect).
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    /// The bytes are not what they claim to be.
    #[error("{what}: not valid DER at byte {offset}: {detail}")]
    Malformed {
        /// The structure that was being read, in the standard's words.
        what: String,
        /// Offset into the bytes that were given.
        offset: usize,
        /// What was wrong there.
        detail: String,
    },
    /// An algorithm, or its parameters, that this crate does not implement.
    #[error("algorithm not supported: {0}")]
    Algorithm(String),
    /// The public key is unreadable, out of bounds, or of another kind than the algorithm.
    #[error("the public key cannot be used: {0}")]
    Key(String),
    /// The mathematics say no.
    #[error("the signature value does not verify")]
    SignatureInvalid,
    /// A bound on work was reached before an answer.
    #[error("budget spent: {0}")]
    Budget(String),
}

impl Error {
    pub(crate) fn malformed(what: &str, offset: usize, detail: impl ToString) -> Self {
        Self::Malformed { what: what.into(), offset, detail: detail.to_string() }
    }
}
