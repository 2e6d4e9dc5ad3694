//! Format checking (EN 319 102-1 §5.2.2) of one signature: rules 2, 3 and the shape half of rule 9.

use super::context::Context;
use crate::checks::Check;
use crate::record::Record;
use crate::report::SubIndication::{FormatFailure, SigConstraintsFailure};
use cades::{Encoding, SignedData, SignerInfo};
use pades::{SignatureFacts, SignatureKind};

/// CMS content types.
pub(crate) const ID_DATA: &str = "1.2.840.113549.1.7.1";
pub(crate) const ID_TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
pub(crate) const PADES: &str = "ETSI.CAdES.detached";
pub(crate) const DOCUMENT_TIMESTAMP: &str = "ETSI.RFC3161";

/// Sub-filter, ByteRange, gap and /Contents; the same for signatures and document timestamps.
pub(crate) fn dictionary(
    context: &Context<'_>,
    place: usize,
    signature: &SignatureFacts,
    record: &mut Record,
) {
    sub_filter(context, signature, record);
    let (contents, ranges): (Vec<_>, Vec<_>) =
        signature.defects.iter().partition(|defect| defect.code.contains("contents"));
    record.holds(
        Check::ByteRange,
        ranges.is_empty(),
        FormatFailure,
        crate::rules::describe(&ranges),
    );
    record.holds(
        Check::Contents,
        contents.is_empty(),
        FormatFailure,
        crate::rules::describe(&contents),
    );
    let others = context.facts.pdf.signatures.iter().enumerate();
    let shared = others
        .filter(|(other, _)| *other != place)
        .find(|(_, other)| other.byte_range == signature.byte_range);
    record.holds(
        Check::SharedRange,
        shared.is_none(),
        FormatFailure,
        shared.map_or("", |(_, other)| &other.field),
    );
}

fn sub_filter(context: &Context<'_>, signature: &SignatureFacts, record: &mut Record) {
    let known = match signature.kind {
        SignatureKind::Signature => context.policy.sub_filters.contains(&signature.sub_filter),
        SignatureKind::DocumentTimestamp => signature.sub_filter == DOCUMENT_TIMESTAMP,
    };
    if known {
        record.passed_with(Check::SubFilter, &signature.sub_filter);
    } else {
        record.failed(Check::SubFilter, FormatFailure, &signature.sub_filter);
    }
}

/// Rule 3: padding is free room for an attacker without a key, so only zeros may follow the CMS.
pub(crate) fn padding(signature: &SignatureFacts, data: &SignedData, record: &mut Record) {
    let rest = signature.contents.get(data.consumed_bytes..).unwrap_or_default();
    let stray = rest.iter().position(|byte| *byte != 0);
    let at = stray
        .map_or(String::new(), |at| format!("byte {}", data.consumed_bytes.saturating_add(at)));
    record.holds(Check::Padding, stray.is_none(), FormatFailure, at);
}

/// The shape of a signature's CMS; gives the one signer when there is one to go on with.
pub(crate) fn cms<'a>(
    signature: &SignatureFacts,
    data: &'a SignedData,
    record: &mut Record,
) -> Option<&'a SignerInfo> {
    match data.encoding {
        Encoding::Der => record.passed(Check::Encoding),
        // ISO 32000-2 12.8.3.3 leaves the older kind its BER; PAdES asks for DER (EN 319 142-1 §6.3).
        Encoding::Ber if signature.sub_filter == PADES => {
            record.failed(Check::Encoding, SigConstraintsFailure, data.oddities.join(", "));
        }
        Encoding::Ber => record.warning(Check::Encoding, data.oddities.join(", ")),
    }
    record.holds(
        Check::Detached,
        data.content.is_none() && data.content_type == ID_DATA,
        FormatFailure,
        &data.content_type,
    );
    let signer = one_signer(data, record)?;
    signed_attributes(signer, record);
    let types = &signer.content_types;
    let is_data = matches!(types.as_slice(), [only] if only == ID_DATA);
    record.holds(Check::ContentType, is_data, FormatFailure, types.join(", "));
    message_digest(signer, record);
    digest_algorithm(data, record);
    // EN 319 142-1 §6.3 puts the time into /M: a second claim inside is tolerated in the older kind only.
    if signature.sub_filter == PADES && signer.signing_times.len() > 1 {
        record.failed(Check::SignedAttributes, SigConstraintsFailure, "signing-time");
    }
    Some(signer)
}

pub(crate) fn one_signer<'a>(data: &'a SignedData, record: &mut Record) -> Option<&'a SignerInfo> {
    let count = data.signers.len();
    record.holds(Check::OneSigner, count == 1, FormatFailure, format!("{count}"));
    if count == 1 { data.signers.first() } else { None }
}

pub(crate) fn signed_attributes(signer: &SignerInfo, record: &mut Record) {
    let mut seen = Vec::new();
    let repeated = signer.signed_attribute_types.iter().find(|oid| {
        let again = seen.contains(oid);
        seen.push(oid);
        again
    });
    let holds = signer.signed_attributes.is_some() && repeated.is_none();
    record.holds(
        Check::SignedAttributes,
        holds,
        FormatFailure,
        repeated.map_or("", String::as_str),
    );
}

/// One digest algorithm for content and value: another one beside it only helps an attacker.
pub(crate) fn digest_algorithm(data: &SignedData, record: &mut Record) {
    let differs = data.oddities.iter().any(|oddity| oddity == "digest_algorithm_mismatch");
    record.holds(Check::DigestAlgorithm, !differs, FormatFailure, "");
}

pub(crate) fn message_digest(signer: &SignerInfo, record: &mut Record) {
    let count = signer.message_digests.len();
    record.holds(Check::MessageDigest, count == 1, FormatFailure, format!("{count}"));
}
