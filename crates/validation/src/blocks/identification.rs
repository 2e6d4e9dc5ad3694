//! Identification of the signing certificate (EN 319 102-1 §5.2.3): the certificate that the SignerInfo names,
//! pinned by ESS where the kind of signature asks for it.

use super::format::PADES;
use crate::checks::Check;
use crate::record::Record;
use crate::report::SubIndication::{NoSigningCertificateFound, SigConstraintsFailure};
use cades::SignerInfo;
use pki::Certificate;

/// The signer's certificate among `candidates`; where several answer to the name, the one that ESS pins.
pub(crate) fn find<'a>(
    signer: &SignerInfo,
    candidates: &'a [Certificate],
) -> Option<&'a Certificate> {
    let named = || candidates.iter().filter(|candidate| signer.identifies(candidate));
    named().find(|candidate| pinned(signer, candidate)).or_else(|| named().next())
}

/// ESS in the signed attributes of a signature.
pub(crate) fn ess(
    signer: &SignerInfo,
    certificate: &Certificate,
    sub_filter: &str,
    record: &mut Record,
) {
    let pades = sub_filter == PADES;
    match signer.ess_matches(certificate) {
        None if pades => record.failed(Check::Ess, SigConstraintsFailure, sub_filter),
        None => record.warning(Check::Ess, sub_filter),
        Some(false) => {
            record.failed(Check::Ess, NoSigningCertificateFound, certificate.subject().text());
        }
        Some(true) if pades && !signer.ess.iter().any(|ess| ess.version == 2) => {
            record.failed(Check::Ess, SigConstraintsFailure, "signing-certificate v1");
        }
        Some(true) => record.passed(Check::Ess),
    }
}

/// ESS of either version names this certificate (RFC 5035 §3, RFC 3161 §2.4.2 for tokens).
pub(crate) fn pinned(signer: &SignerInfo, certificate: &Certificate) -> bool {
    signer.ess_matches(certificate) == Some(true)
}
