//! Signature acceptance validation (EN 319 102-1 §5.2.8): what the policy asks of algorithms, keys and the purpose
//! of the signer's certificate.

use super::context::Context;
use crate::checks::Check;
use crate::policy::Strength;
use crate::record::Record;
use crate::report::{Algorithms, SubIndication};
use cades::SignerInfo;
use jiff::Timestamp;
use pki::{Certificate, Curve, DigestAlgorithm, KeyAlgorithm};

/// Digest, signature algorithm, padding and key of a signature; `proven`: the proof of existence, if any.
pub(crate) fn algorithms(
    context: &Context<'_>,
    signer: &SignerInfo,
    certificate: &Certificate,
    proven: Option<Timestamp>,
    record: &mut Record,
) {
    let policy = context.policy;
    let digest = DigestAlgorithm::from_oid(&signer.digest_algorithm);
    let mut strength = digest.map_or(Strength::Refused, |digest| policy.digest(digest, proven));
    strength = strength.worst(match signer.algorithm() {
        Ok(algorithm) => {
            policy.signature(algorithm, proven).worst(policy.signer_padding(algorithm))
        }
        Err(_) => Strength::Refused,
    });
    strength = strength.worst(policy.key(certificate.key_algorithm(), proven));
    let names = names(Some(signer), Some(certificate));
    let text: Vec<_> = [names.digest, names.signature, names.key].into_iter().flatten().collect();
    judge(strength, Check::Algorithms, text.join(", "), record);
}

pub(crate) fn judge(strength: Strength, id: Check, detail: String, record: &mut Record) {
    match strength {
        Strength::Accepted => record.passed_with(id, detail),
        Strength::NeedsProof => {
            record.failed(id, SubIndication::CryptoConstraintsFailureNoPoe, detail)
        }
        Strength::Refused => record.failed(id, SubIndication::CryptoConstraintsFailure, detail),
    }
}

/// Names as reports show them.
pub(crate) fn names(signer: Option<&SignerInfo>, certificate: Option<&Certificate>) -> Algorithms {
    Algorithms {
        digest: signer.map(|signer| {
            let known = DigestAlgorithm::from_oid(&signer.digest_algorithm);
            known.map_or_else(
                || signer.digest_algorithm.clone(),
                |algorithm| algorithm.name().to_owned(),
            )
        }),
        signature: signer
            .and_then(|signer| signer.algorithm().ok())
            .map(|algorithm| algorithm.name()),
        key: certificate.map(|certificate| key_name(certificate.key_algorithm())),
    }
}

fn key_name(key: KeyAlgorithm) -> String {
    match key {
        KeyAlgorithm::Rsa { bits } => format!("RSA-{bits}"),
        KeyAlgorithm::Ec { curve: Curve::P256 } => "P-256".into(),
        KeyAlgorithm::Ec { curve: Curve::P384 } => "P-384".into(),
        KeyAlgorithm::Ec { curve: Curve::P521 } => "P-521".into(),
        KeyAlgorithm::Ec { curve: Curve::Other } => "EC ?".into(),
        KeyAlgorithm::Other => "?".into(),
    }
}

/// May this certificate sign documents? Key usage digitalSignature or nonRepudiation where the extension is there;
/// an extended key usage of the policy's list where that one is (real government leaves carry no documentSigning).
pub(crate) fn key_usage(context: &Context<'_>, certificate: &Certificate, record: &mut Record) {
    if let Some(usage) = certificate.key_usage()
        && !usage.digital_signature
        && !usage.non_repudiation
    {
        record.failed(Check::KeyUsage, SubIndication::ChainConstraintsFailure, "keyUsage");
        return;
    }
    let allowed = &context.policy.signer_extended_key_usages;
    if let Some(usages) = certificate.extended_key_usage()
        && !usages.iter().any(|usage| allowed.contains(usage))
    {
        record.failed(
            Check::KeyUsage,
            SubIndication::ChainConstraintsFailure,
            format!("extKeyUsage {}", usages.join(", ")),
        );
        return;
    }
    record.passed(Check::KeyUsage);
}
