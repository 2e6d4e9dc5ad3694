//! Unsigned attributes: what is added to a signature afterwards.

use crate::ber;
use crate::raw_set::RawSet;
use crate::wire::SIGNATURE_TIMESTAMP;
use der::Encode;

/// signature-time-stamp (EN 319 122-1 §5.3) with one RFC 3161 token, exactly as received: some
/// authorities answer in BER, and a token re-encoded is another token.
pub(crate) fn signature_timestamp(token: &[u8]) -> der::Result<RawSet> {
    let mut attribute = SIGNATURE_TIMESTAMP.to_der()?;
    attribute.extend(ber::encode(ber::SET, token));
    Ok(RawSet(ber::encode(ber::SEQUENCE, &attribute)))
}
