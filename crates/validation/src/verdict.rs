//! `judge`: facts, evidence, trust, policy and time in, a report out. Total and deterministic.

use crate::blocks::basic;
use crate::blocks::context::Context;
use crate::blocks::long_term::{self, Proofs};
use crate::checks::Check;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::policy::Policy;
use crate::read::contain;
use crate::record::Record;
use crate::report::{
    CheckResult, Conclusion, Indication, Integrity, LaterChanges, Report, SignatureReport,
    SubIndication, Warning,
};
use crate::rules;
use jiff::Timestamp;
use pades::{SignatureFacts, SignatureKind};
use pki::TrustStore;

/// Weighs what a file says (EN 319 102-1 §5.6, with the rules for later changes and the file as a whole).
pub fn judge(
    facts: &Facts,
    evidence: &Evidence,
    trust: &TrustStore,
    policy: &Policy,
    at: Timestamp,
) -> Report {
    let context = Context::new(facts, evidence, trust, policy, at);
    let mut warnings = Vec::new();
    let mut file = Record::default();
    let sound = rules::structure::judge(&facts.pdf, &mut file, &mut warnings);
    let mut signatures = signatures(&context, &mut warnings);
    rules::changes::judge(facts, sound, &mut signatures, &mut warnings);
    let later_changes =
        signatures.iter().map(|report| report.later_changes).max().unwrap_or(LaterChanges::None);
    let conclusion = conclude(facts, &file.checks, later_changes, &signatures);
    let (missing, evidence_used) = context.finish();
    Report {
        sha256: crate::hex(&facts.file.0),
        policy: policy.id(),
        at,
        conclusion,
        later_changes,
        checks: file.checks,
        signatures,
        warnings,
        missing,
        evidence_used,
    }
}

/// Document timestamps from the last to the first (each is proven by those after it), then signatures in order.
fn signatures(context: &Context<'_>, warnings: &mut Vec<Warning>) -> Vec<SignatureReport> {
    let facts = context.facts;
    let all: Vec<_> = facts.pdf.signatures.iter().zip(&facts.cms).enumerate().collect();
    let mut reports: Vec<Option<SignatureReport>> = vec![None; all.len()];
    let mut proofs = Proofs::default();
    for (place, (signature, cms)) in all.iter().rev() {
        if signature.kind == SignatureKind::DocumentTimestamp
            && let Some(slot) = reports.get_mut(*place)
        {
            let told = &mut *warnings;
            let work = || {
                long_term::document_timestamp(context, *place, signature, cms, &mut proofs, told)
            };
            *slot = Some(contain("judging", work).unwrap_or_else(|_| stopped(context, signature)));
        }
    }
    for (place, (signature, cms)) in all {
        if signature.kind == SignatureKind::Signature
            && let Some(slot) = reports.get_mut(place)
        {
            let (proof, told) = (proofs.of(signature.revision), &mut *warnings);
            let work = || basic::validate(context, place, signature, cms, proof, told);
            let report = contain("judging", work).unwrap_or_else(|_| stopped(context, signature));
            proofs.add_signature(&report);
            *slot = Some(report);
        }
    }
    reports.into_iter().flatten().collect()
}

/// A parser that stopped on hostile bytes must not stop the report: this signature failed, the others are judged.
fn stopped(context: &Context<'_>, signature: &SignatureFacts) -> SignatureReport {
    let mut record = Record::default();
    record.failed(Check::Cms, SubIndication::FormatFailure, "stopped unexpectedly");
    let mut report = basic::empty(context, signature);
    (report.indication, report.sub_indication) = record.verdict();
    report.checks = record.checks;
    report
}

/// The contract of `antin verify`, from the worst to the best.
fn conclude(
    facts: &Facts,
    file: &[CheckResult],
    later: LaterChanges,
    reports: &[SignatureReport],
) -> Conclusion {
    let unreadable = file.iter().any(|check| {
        check.id == Check::FileReadable && check.result != crate::checks::Outcome::Passed
    });
    let out_of_reach =
        facts.pdf.defects.iter().any(|defect| defect.code == "signature_out_of_reach");
    // Facts that lost a signature on their way must not look like a file without one.
    if unreadable || out_of_reach || facts.pdf.signatures.len() != reports.len() {
        return Conclusion::TotalFailed;
    }
    let failed = |report: &SignatureReport| match report.kind {
        SignatureKind::Signature => report.indication == Indication::TotalFailed,
        SignatureKind::DocumentTimestamp => {
            report.indication == Indication::TotalFailed || report.integrity == Integrity::Broken
        }
    };
    let mut authority =
        reports.iter().filter(|report| report.kind == SignatureKind::Signature).peekable();
    if reports.iter().any(failed) || (later == LaterChanges::NotPermitted && !reports.is_empty()) {
        return Conclusion::TotalFailed;
    }
    if authority.peek().is_none() {
        return Conclusion::NoSignature;
    }
    if authority.any(|report| report.indication == Indication::Indeterminate) {
        return Conclusion::Indeterminate;
    }
    Conclusion::TotalPassed
}
