//! The level of a signature (EN 319 142-1 §6), by what is really there and intact; never overstated.

use crate::blocks::context::Context;
use crate::blocks::format::PADES;
use crate::blocks::timestamp::Judged;
use cades::{Encoding, SignedData, SignerInfo};
use pades::{ChangeKind, SignatureFacts, SignatureKind};

/// What a level is read from.
pub(crate) struct Witness<'a> {
    pub(crate) place: usize,
    pub(crate) signature: &'a SignatureFacts,
    pub(crate) data: &'a SignedData,
    pub(crate) signer: &'a SignerInfo,
    pub(crate) tokens: &'a [Judged],
    pub(crate) status_in_dss: bool,
}

/// "PAdES-BASELINE-B" … "-LTA"; "PKCS7-B" … for adbe.pkcs7.detached; "PAdES" for an ETSI signature that misses the
/// baseline.
pub(crate) fn of(context: &Context<'_>, witness: &Witness<'_>) -> String {
    let family = match witness.signature.sub_filter.as_str() {
        PADES if baseline(witness) => "PAdES-BASELINE",
        PADES => return "PAdES".into(),
        _ => "PKCS7",
    };
    let timed = witness.tokens.iter().any(|token| token.report.intact)
        || covered_by_timestamp(context, witness);
    let long_term = timed && long_term(context, witness);
    let letter = match (timed, long_term) {
        (false, _) => "B",
        (true, false) => "T",
        (true, true) if archived(context, witness) => "LTA",
        (true, true) => "LT",
    };
    format!("{family}-{letter}")
}

/// EN 319 142-1 table 1, what every baseline signature has.
fn baseline(witness: &Witness<'_>) -> bool {
    let ess = witness.signer.ess.iter().any(|ess| ess.version == 2);
    ess && witness.data.encoding == Encoding::Der
        && witness.signer.signing_times.is_empty()
        && witness.signature.claimed_time.is_some()
        && !witness.data.certificates.is_empty()
}

fn covered_by_timestamp(context: &Context<'_>, witness: &Witness<'_>) -> bool {
    let own = witness.signature.revision;
    let all = context.facts.pdf.signatures.iter().zip(&context.facts.cms);
    all.filter(|(other, _)| {
        other.kind == SignatureKind::DocumentTimestamp && other.revision > own && own.is_some()
    })
    .any(|(_, cms)| stamps(cms))
}

/// A document timestamp whose imprint is that of its bytes.
fn stamps(cms: &crate::CmsFacts) -> bool {
    matches!(cms.timestamps.first(), Some(Ok(token)) if cms.digest.as_ref() == Some(&token.imprint))
}

/// LT: every status that the paths need lies in the file's own DSS.
fn long_term(context: &Context<'_>, witness: &Witness<'_>) -> bool {
    let tokens = witness.tokens.iter().filter(|token| token.report.intact);
    context.facts.pdf.dss.is_some()
        && witness.status_in_dss
        && tokens.into_iter().all(|token| token.status_in_dss)
}

/// LTA: a document timestamp over a revision that already holds the DSS.
fn archived(context: &Context<'_>, witness: &Witness<'_>) -> bool {
    let Some(own) = witness.signature.revision else { return false };
    let later = context.facts.pdf.revision_changes.iter().filter(|changes| changes.revision > own);
    let dss =
        later.filter(|changes| changes.changes.iter().any(|change| change.kind == ChangeKind::Dss));
    let Some(dss) = dss.map(|changes| changes.revision).min() else { return false };
    let all = context.facts.pdf.signatures.iter().zip(&context.facts.cms).enumerate();
    all.filter(|(place, (other, _))| {
        *place != witness.place && other.kind == SignatureKind::DocumentTimestamp
    })
    .any(|(_, (other, cms))| other.revision >= Some(dss) && stamps(cms))
}
