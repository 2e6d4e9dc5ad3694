//! Cryptographic verification (EN 319 102-1 §5.2.7): the digest over what is covered, then the value over the
//! signed attributes as received.

use crate::checks::Check;
use crate::record::Record;
use crate::report::Integrity;
use crate::report::SubIndication::{CryptoConstraintsFailure, HashFailure, SigCryptoFailure};
use cades::SignerInfo;
use pki::Certificate;

/// The digest over ByteRange is the one that was signed.
pub(crate) fn digest(signer: &SignerInfo, digest: Option<&[u8]>, record: &mut Record) -> bool {
    let signed = signer.message_digests.first().map(Vec::as_slice);
    let holds = digest.is_some() && digest == signed;
    let detail = if digest.is_none() { "ByteRange" } else { "" };
    record.holds(Check::Digest, holds, HashFailure, detail)
}

/// The value verifies with the certificate's key.
pub(crate) fn value(
    signer: &SignerInfo,
    certificate: &Certificate,
    id: Check,
    record: &mut Record,
) -> Integrity {
    match signer.verify_value(certificate) {
        Ok(_) => {
            record.passed(id);
            Integrity::Intact
        }
        Err(cades::Error::Pki(pki::Error::Algorithm(name))) => {
            record.failed(id, CryptoConstraintsFailure, name);
            Integrity::Unreadable
        }
        Err(error) => {
            record.failed(id, SigCryptoFailure, error.to_string());
            Integrity::Broken
        }
    }
}
