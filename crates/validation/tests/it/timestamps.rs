//! Signature timestamps and document timestamps.

use crate::*;
use pades::SignatureKind;
use validation::{FailingTimestamp, Integrity, LaterChanges, Missing, TimeSource, TimestampReport};

fn token(report: &Report) -> &TimestampReport {
    &report.signatures[0].timestamps[0]
}

fn token_outcome(report: &Report, check: Check) -> Option<Outcome> {
    let lines = token(report).checks.iter().filter(|line| line.id == check);
    lines.map(|line| line.result).max_by_key(|result| *result != Outcome::Passed)
}

fn bent(bend: impl FnOnce(&mut cades::TimestampToken)) -> Report {
    let mut facts = facts("t.pdf");
    bend(facts.cms[0].timestamps[0].as_mut().unwrap());
    judge(&facts)
}

/// The signature is intact, INDETERMINATE at best, and the report says that and which check of the token.
#[track_caller]
fn assert_timestamp_fails(report: &Report, check: Check) {
    let signature = only(report);
    assert_eq!(signature.integrity, Integrity::Intact);
    assert_eq!(signature.indication, Indication::Indeterminate, "{}", report.to_text(""));
    assert_eq!(report.conclusion, Conclusion::Indeterminate);
    assert_ne!(token_outcome(report, check), Some(Outcome::Passed), "{}", report.to_text(""));
    assert!(
        token_outcome(report, check).is_some(),
        "{check:?} has no line: {}",
        report.to_text("")
    );
    assert_eq!(signature.best_time_from, TimeSource::Validation);
    assert!(warned(report, "timestamp_failed"));
    let text = report.to_text("");
    assert!(text.contains("TT 15/2025") && text.contains("EN 319 102-1"), "{text}");
}

#[test]
fn a_failing_timestamp_is_not_passed_over() {
    let report = bent(|token| token.imprint[0] ^= 1);
    assert_timestamp_fails(&report, Check::Imprint);
    assert_sub(&report, SubIndication::SigConstraintsFailure, Check::SignatureTimestamp);
    assert_eq!(only(&report).level.as_deref(), Some("PAdES-BASELINE-B"), "never overstated");
    let by_the_standard_alone =
        Policy { failing_timestamp: FailingTimestamp::Warning, ..Policy::default() };
    let mut facts = facts("t.pdf");
    facts.cms[0].timestamps[0].as_mut().unwrap().imprint[0] ^= 1;
    let report = validation::judge(&facts, &evidence(), &trust(), &by_the_standard_alone, at());
    assert_passed(&report);
    assert!(warned(&report, "timestamp_failed"));
}

#[test]
fn a_token_that_is_none() {
    let mut facts = facts("t.pdf");
    facts.cms[0].timestamps[0] = cades::read_timestamp(b"none", &cades::Limits::default());
    assert_timestamp_fails(&judge(&facts), Check::Token);
    assert_timestamp_fails(&bent(|token| token.signed_data.signers.clear()), Check::Token);
    assert_timestamp_fails(
        &bent(|token| token.signed_data.content_type = "1.2.840.113549.1.7.1".into()),
        Check::Token,
    );
}

#[test]
fn a_token_with_a_wrong_value() {
    assert_timestamp_fails(
        &bent(|token| token.signed_data.signers[0].value[9] ^= 1),
        Check::TokenValue,
    );
    let other_content = bent(|token| token.signed_data.content.as_mut().unwrap()[30] ^= 1);
    assert_timestamp_fails(&other_content, Check::TokenValue);
}

#[test]
fn a_token_whose_certificate_is_not_named() {
    assert_timestamp_fails(
        &bent(|token| token.signed_data.signers[0].ess.clear()),
        Check::TokenCertificate,
    );
    assert_timestamp_fails(
        &bent(|token| token.signed_data.certificates.clear()),
        Check::TokenCertificate,
    );
}

#[test]
fn a_token_signed_by_a_person() {
    assert_timestamp_fails(&report("tsa-person.pdf"), Check::TokenPurpose);
}

#[test]
fn a_token_of_an_unknown_authority() {
    let report = report("tsa-unknown.pdf");
    assert_timestamp_fails(&report, Check::TokenPath);
    let mut trust = trust();
    trust.add(certificate("foreign-root.der"));
    let report =
        validation::judge(&facts("tsa-unknown.pdf"), &evidence(), &trust, &Policy::default(), at());
    assert_sub(&report, SubIndication::TryLater, Check::SignatureTimestamp);
}

#[test]
fn a_token_without_status_is_pending() {
    let answers = Evidence {
        crls: vec![crl("root.crl")],
        ocsp: vec![ocsp("official.ocsp")],
        ..Evidence::default()
    };
    let facts = facts("t.pdf");
    let report = validation::judge(&facts, &answers, &trust(), &Policy::default(), at());
    assert_timestamp_fails(&report, Check::TokenStatus);
    assert_sub(&report, SubIndication::TryLater, Check::SignatureTimestamp);
    assert!(matches!(report.missing.as_slice(), [Missing::Status { .. }]), "{:?}", report.missing);
    let mut more = answers.clone();
    more.ocsp.push(ocsp("tsa.ocsp"));
    assert_passed(&validation::judge(&facts, &more, &trust(), &Policy::default(), at()));
}

#[test]
fn a_token_from_the_future() {
    assert_timestamp_fails(&report("tsa-future.pdf"), Check::TokenTime);
}

#[test]
fn a_token_with_a_sha1_imprint() {
    let mut policy = Policy::default();
    policy.digests.retain(|name| name != "SHA-256");
    let report = validation::judge(&facts("t.pdf"), &evidence(), &trust(), &policy, at());
    assert_ne!(token_outcome(&report, Check::TokenAlgorithms), Some(Outcome::Passed));
    let report = bent(|token| token.imprint_algorithm = "1.3.14.3.2.26".into());
    assert_timestamp_fails(&report, Check::TokenAlgorithms);
}

#[test]
fn local_time_labelled_as_utc_is_explained() {
    let mut facts = facts("t.pdf");
    facts.pdf.signatures[0].claimed_time = Some("2026-11-30T10:00:07Z".parse().unwrap());
    let report = judge(&facts);
    assert_passed(&report);
    assert!(warned(&report, "local_time_as_utc"));
    assert!(report.to_text("").contains("giờ Việt Nam nhưng dán nhãn UTC"));
    facts.pdf.signatures[0].claimed_time = Some("2026-11-27T10:00:07Z".parse().unwrap());
    assert!(warned(&judge(&facts), "clock_differs"));
}

#[test]
fn only_a_timestamp_is_not_signed() {
    let report = report("timestamp-only.pdf");
    assert_eq!(report.conclusion, Conclusion::NoSignature, "{}", report.to_text(""));
    assert!(report.total_passed().is_none());
    assert_eq!(only(&report).kind, SignatureKind::DocumentTimestamp);
    assert_eq!(only(&report).indication, Indication::TotalPassed, "{}", report.to_text(""));
    assert!(report.to_text("").contains("Không có chữ ký số"));
}

#[test]
fn a_document_timestamp_proves_what_it_covers() {
    let facts = facts("document-timestamp.pdf");
    let report = judge(&facts);
    assert_passed(&report);
    assert_eq!(report.later_changes, LaterChanges::Permitted);
    let signature = &report.signatures[0];
    assert_eq!(signature.best_time_from, TimeSource::DocumentTimestamp);
    assert_eq!(signature.level.as_deref(), Some("PAdES-BASELINE-T"));
    assert_eq!(report.signatures[1].later_changes, LaterChanges::None);
}

#[test]
fn an_unknown_document_timestamp_does_not_spoil_a_good_signature() {
    let report = report("document-timestamp-unknown.pdf");
    assert_passed(&report);
    assert!(warned(&report, "document_timestamp_failed"));
    let stamp =
        report.signatures.iter().find(|s| s.kind == SignatureKind::DocumentTimestamp).unwrap();
    assert_eq!(stamp.indication, Indication::Indeterminate);
}

#[test]
fn a_broken_document_timestamp_fails_the_file() {
    let mut broken = facts("document-timestamp.pdf");
    broken.cms[1].digest.as_mut().unwrap()[0] ^= 1;
    let report = judge(&broken);
    assert_eq!(report.conclusion, Conclusion::TotalFailed, "{}", report.to_text(""));
    assert_eq!(
        report.signatures[0].indication,
        Indication::TotalPassed,
        "one bad one hides no other"
    );
    assert_eq!(report.signatures[1].integrity, Integrity::Broken);
    let mut none = facts("document-timestamp.pdf");
    none.cms[1].timestamps.clear();
    assert_eq!(judge(&none).conclusion, Conclusion::TotalFailed);
}

#[test]
fn timestamps_out_of_order() {
    let mut facts = facts("document-timestamp.pdf");
    // The signature gets a timestamp of its own, good in itself, from a day after the document timestamp.
    let later = crate::facts("t.pdf");
    facts.pdf.signatures[0] = later.pdf.signatures[0].clone();
    facts.cms[0] = later.cms[0].clone();
    let stamp = facts.cms[1].timestamps[0].as_mut().unwrap();
    stamp.gen_time = "2026-11-29T00:00:00Z".parse().unwrap();
    let report = judge(&facts);
    assert_sub(&report, SubIndication::TimestampOrderFailure, Check::TimeOrder);
}

#[test]
fn long_term_levels_are_named_only_when_their_evidence_is_inside() {
    for (name, level) in [("lt.pdf", "PAdES-BASELINE-LT"), ("lta.pdf", "PAdES-BASELINE-LTA")] {
        let facts = facts(name);
        // Nothing from outside: what is needed lies in the file.
        let report =
            validation::judge(&facts, &Evidence::default(), &trust(), &Policy::default(), at());
        assert_passed(&report);
        assert_eq!(report.signatures[0].level.as_deref(), Some(level), "{}", report.to_text(""));
        assert_eq!(report.signatures[0].later_changes, LaterChanges::Permitted);
    }
    let mut without = facts("lta.pdf");
    without.pdf.dss.as_mut().unwrap().crls.clear();
    assert_eq!(judge(&without).signatures[0].level.as_deref(), Some("PAdES-BASELINE-T"));
}
