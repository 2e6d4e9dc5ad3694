//! Identification of the signing certificate (EN 319 102-1 §5.2.3): the certificate that the SignerInfo names,
//! pinned by ESS where the kind of signature asks for it.

use super::format::PADES;
use crate::checks::Check;
use crate::record::Record;
use crate::report::SubIndication::{NoSigningCertificateFound, SigConstraintsFailure};
use cades::{EssCertId, SignerIdentifier, SignerInfo};
use pki::{Certificate, DigestAlgorithm};

/// The signer's certificate among `candidates`; where several answer to the name, the one that ESS pins.
pub(crate) fn find<'a>(
    signer: &SignerInfo,
    candidates: &'a [Certificate],
) -> Option<&'a Certificate> {
    let named = || candidates.iter().filter(|candidate| names(&signer.signer, candidate));
    named().find(|candidate| pinned(signer, candidate)).or_else(|| named().next())
}

fn names(identifier: &SignerIdentifier, certificate: &Certificate) -> bool {
    match identifier {
        SignerIdentifier::IssuerAndSerial { issuer_der, serial } => {
            certificate.serial() == serial.as_slice()
                && certificate.issuer().der() == issuer_der.as_slice()
        }
        SignerIdentifier::SubjectKeyId(id) => certificate.subject_key_id() == Some(id.as_slice()),
    }
}

/// ESS in the signed attributes of a signature.
pub(crate) fn ess(
    signer: &SignerInfo,
    certificate: &Certificate,
    sub_filter: &str,
    record: &mut Record,
) {
    let Some(first) = signer.ess.iter().find(|ess| ess.version == 2).or(signer.ess.first()) else {
        if sub_filter == PADES {
            record.failed(Check::Ess, SigConstraintsFailure, "signing-certificate-v2: 0");
        } else {
            record.warning(Check::Ess, sub_filter);
        }
        return;
    };
    if !matches(first, certificate) {
        record.failed(Check::Ess, NoSigningCertificateFound, certificate.subject().text());
    } else if first.version != 2 && sub_filter == PADES {
        record.failed(Check::Ess, SigConstraintsFailure, "signing-certificate (v1)");
    } else {
        record.passed(Check::Ess);
    }
}

/// ESS of either version names this certificate (RFC 5035 §3, RFC 3161 §2.4.2 for tokens).
pub(crate) fn pinned(signer: &SignerInfo, certificate: &Certificate) -> bool {
    signer
        .ess
        .iter()
        .find(|ess| ess.version == 2)
        .or(signer.ess.first())
        .is_some_and(|ess| matches(ess, certificate))
}

fn matches(ess: &EssCertId, certificate: &Certificate) -> bool {
    DigestAlgorithm::from_oid(&ess.digest_algorithm)
        .is_some_and(|algorithm| algorithm.digest(certificate.der()) == ess.hash)
}
