//! A timestamp authority (RFC 3161, 3.4: over HTTP).

use crate::client::Client;
use crate::error::{FetchError, What, Why};

/// The authority at an address that a person named.
pub struct Tsa<'a> {
    /// Fetches for this run.
    pub client: &'a Client,
    /// http or https.
    pub url: &'a str,
}

impl Tsa<'_> {
    /// Sends a TimeStampReq and gives the TimeStampResp as received, unread.
    ///
    /// # Errors
    /// [`FetchError`] with codes `tsa_down`, `tsa_lied` (too large to be an answer).
    pub async fn stamp(&self, request: Vec<u8>) -> Result<Vec<u8>, FetchError> {
        let content_type = "application/timestamp-query";
        self.client.post(What::Timestamp, self.url, content_type, request, true).await
    }

    /// The error for an answer that `cades` did not take.
    pub fn not_taken(&self, refusal: &cades::TimestampRefusal) -> FetchError {
        let why = match refusal {
            cades::TimestampRefusal::Rejected { .. } => Why::Refused(refusal.to_string()),
            cades::TimestampRefusal::Unreadable(_) => Why::Unreadable(refusal.to_string()),
            _ => Why::Lied(refusal.to_string()),
        };
        FetchError { what: What::Timestamp, url: self.url.to_owned(), why }
    }
}
