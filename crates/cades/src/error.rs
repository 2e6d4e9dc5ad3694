use serde::{Deserialize, Serialize};

/// Why bytes could not be read or a signature not be assembled.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    /// The bytes are not what they claim to be.
    #[error("{what}: not valid {encoding} at byte {offset}: {detail}")]
    Malformed {
        /// The structure that was being read, in the standard's words.
        what: String,
        /// "BER" or "DER".
        encoding: String,
        /// Offset into the bytes that were given.
        offset: usize,
        /// What was wrong there.
        detail: String,
    },
    /// A value that the certificate does not verify is never embedded: wrong key, wrong bytes, or a
    /// device that answered nonsense.
    #[error("the signature value is not of the certificate's key")]
    WrongValue,
    /// One of [`Limits`](crate::Limits) was reached.
    #[error("limit reached: {0}")]
    Limit(String),
    /// From certificates, algorithms, keys.
    #[error(transparent)]
    Pki(#[from] pki::Error),
}

impl Error {
    pub(crate) fn ber(what: &str, offset: usize, detail: impl ToString) -> Self {
        Self::malformed("BER", what, offset, detail)
    }

    pub(crate) fn der(what: &str, detail: impl ToString) -> Self {
        Self::malformed("DER", what, 0, detail)
    }

    fn malformed(encoding: &str, what: &str, offset: usize, detail: impl ToString) -> Self {
        Self::Malformed {
            what: what.into(),
            encoding: encoding.into(),
            offset,
            detail: detail.to_string(),
        }
    }
}
