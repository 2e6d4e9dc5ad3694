//! Who signed, with what, and when: one file of tests/data for each outcome of the X.509 and acceptance blocks.

use crate::*;
use validation::{Hierarchy, Integrity, Missing, RevocationSummary, TimeSource};

#[test]
fn a_good_signature_passes_and_says_everything_that_art_6_asks() {
    let facts = facts("t.pdf");
    let report = judge(&facts);
    assert_passed(&report);
    let signature = only(&report);
    assert_eq!(signature.level.as_deref(), Some("PAdES-BASELINE-T"));
    assert_eq!(signature.best_time, "2026-11-30T03:00:00Z".parse().unwrap());
    assert_eq!(signature.best_time_from, TimeSource::SignatureTimestamp);
    assert_eq!(signature.hierarchy, Some(Hierarchy::Other));
    assert_eq!(signature.status, RevocationSummary::Good);
    assert!(
        signature.checks.iter().all(|line| line.result == Outcome::Passed),
        "{}",
        report.to_text("")
    );
    assert!(report.missing.is_empty());
    let text = report.to_text("t.pdf");
    for wanted in [
        "Chữ ký hợp lệ",
        "Người ký / Signer: Nguyễn Văn Ước",
        "Issuing CA: CA thử nghiệm",
        "Body managing the certificate: Ban Thử nghiệm",
        "10:00:00 30/11/2026 (GMT+7)",
        "Toàn vẹn / Integrity",
        "Hiệu lực lúc ký / Validity at signing time: trong thời hạn",
        "Thời hạn chứng thư / Certificate validity: 07:00:00 01/01/2020 (GMT+7)",
        "không bị thu hồi",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    let passed = report.total_passed().unwrap();
    assert_eq!(passed.file(), facts.file);
    assert_eq!(passed.policy(), "pades-baseline@1");
}

#[test]
fn without_a_timestamp_the_time_of_validation_counts() {
    let report = report("b.pdf");
    assert_passed(&report);
    let signature = only(&report);
    assert_eq!(signature.level.as_deref(), Some("PAdES-BASELINE-B"));
    assert_eq!((signature.best_time, signature.best_time_from), (at(), TimeSource::Validation));
    assert!(warned(&report, "no_timestamp"));
}

#[test]
fn both_paddings_and_both_kinds_of_key() {
    for name in ["pss.pdf", "pkcs1.pdf", "t-stream.pdf"] {
        assert_passed(&report(name));
    }
    let strict = judge_by(&facts("pkcs1.pdf"), "strict-tt15");
    assert_sub(&strict, SubIndication::CryptoConstraintsFailure, Check::Algorithms);
    assert_passed(&judge_by(&facts("pss.pdf"), "strict-tt15"));
    assert_passed(&judge_by(&facts("b.pdf"), "strict-tt15"));
}

#[test]
fn an_unknown_authority_is_inconclusive() {
    let report = report("stranger.pdf");
    assert_sub(&report, SubIndication::NoCertificateChainFound, Check::Path);
    assert_eq!(only(&report).integrity, Integrity::Intact);
    assert_eq!(report.conclusion, Conclusion::Indeterminate);
    assert!(only(&report).anchor.is_none());
    assert!(matches!(report.missing.as_slice(), [Missing::Issuer { urls, .. }] if urls.len() == 1));
}

#[test]
fn a_leaf_alone_finds_its_path_by_evidence_but_never_trust() {
    let facts = facts("leaf-only.pdf");
    assert_sub(&judge(&facts), SubIndication::NoCertificateChainFound, Check::Path);
    let mut more = evidence();
    more.certificates.push(certificate("issuing.der"));
    assert_passed(&validation::judge(&facts, &more, &trust(), &Policy::default(), at()));
    more.certificates.push(certificate("root.der"));
    let nobody = validation::judge(&facts, &more, &TrustStore::default(), &Policy::default(), at());
    assert_sub(&nobody, SubIndication::NoCertificateChainFound, Check::Path);
}

#[test]
fn a_certificate_that_is_itself_an_anchor_needs_no_status() {
    let mut trust = TrustStore::default();
    trust.add(certificate("official.der"));
    let nothing = Evidence::default();
    let report = validation::judge(&facts("b.pdf"), &nothing, &trust, &Policy::default(), at());
    assert_passed(&report);
    assert_eq!(only(&report).status, RevocationSummary::NotAsked);
    let mut trust = TrustStore::default();
    trust.add(certificate("old.der"));
    let report = validation::judge(&facts("old.pdf"), &nothing, &trust, &Policy::default(), at());
    assert_sub(&report, SubIndication::OutOfBoundsNoPoe, Check::Validity);
}

#[test]
fn unknown_status_is_try_later() {
    let nothing = Evidence::default();
    let report = validation::judge(&facts("b.pdf"), &nothing, &trust(), &Policy::default(), at());
    assert_sub(&report, SubIndication::TryLater, Check::StatusKnown);
    assert_eq!(report.conclusion, Conclusion::Indeterminate);
    assert!(warned(&report, "status_unknown"));
    let asked: Vec<_> =
        report.missing.iter().filter(|m| matches!(m, Missing::Status { .. })).collect();
    assert_eq!(asked.len(), 2, "leaf and issuing CA, the anchor not: {:?}", report.missing);
    assert!(report.to_text("").contains("Chưa kết luận được"));

    let stale =
        Evidence { crls: vec![crl("root.crl"), crl("issuing-stale.crl")], ..Evidence::default() };
    let report = validation::judge(&facts("b.pdf"), &stale, &trust(), &Policy::default(), at());
    assert_sub(&report, SubIndication::TryLater, Check::StatusKnown);
}

#[test]
fn an_ocsp_answer_serves_as_well() {
    let answers = Evidence {
        crls: vec![crl("root.crl")],
        ocsp: vec![ocsp("official.ocsp")],
        ..Evidence::default()
    };
    assert_passed(&validation::judge(
        &facts("b.pdf"),
        &answers,
        &trust(),
        &Policy::default(),
        at(),
    ));
}

#[test]
fn evidence_of_the_future_does_not_count() {
    let early: Timestamp = "2026-11-29T00:00:00Z".parse().unwrap();
    let report =
        validation::judge(&facts("b.pdf"), &evidence(), &trust(), &Policy::default(), early);
    assert_sub(&report, SubIndication::TryLater, Check::StatusKnown);
}

#[test]
fn revoked_without_proof_is_inconclusive_and_never_green() {
    for name in ["revoked.pdf", "revoked-before.pdf"] {
        let report = report(name);
        assert_sub(&report, SubIndication::RevokedNoPoe, Check::Status);
        assert_eq!(only(&report).status, RevocationSummary::Revoked);
    }
}

#[test]
fn revoked_and_proven_to_be_signed_later_fails() {
    let report = report("revoked-made-after.pdf");
    let signature = report.signatures.iter().find(|s| s.field == "Signature1").unwrap();
    assert_eq!(signature.sub_indication, Some(SubIndication::Revoked), "{}", report.to_text(""));
    assert_eq!(report.conclusion, Conclusion::TotalFailed);
}

#[test]
fn revoked_after_a_proof_of_existence_stays_valid() {
    let report = report("revoked-after.pdf");
    assert_passed(&report);
    assert!(warned(&report, "revoked_since"));
    assert_eq!(only(&report).status, RevocationSummary::RevokedLater);
}

#[test]
fn expired_without_proof_is_out_of_bounds() {
    for name in ["old.pdf", "old-too-late.pdf"] {
        assert_sub(&report(name), SubIndication::OutOfBoundsNoPoe, Check::Validity);
    }
    let early = report("old-too-early.pdf");
    assert_sub(&early, SubIndication::NotYetValid, Check::Validity);
    assert_eq!(early.conclusion, Conclusion::TotalFailed);
}

#[test]
fn expired_after_a_proof_of_existence_stays_valid() {
    let report = report("old-in-time.pdf");
    assert_passed(&report);
    assert!(warned(&report, "expired_since"));
}

#[test]
fn an_expired_certificate_waits_for_the_status_of_its_timestamp() {
    let nothing = Evidence::default();
    let report =
        validation::judge(&facts("old-in-time.pdf"), &nothing, &trust(), &Policy::default(), at());
    assert_sub(&report, SubIndication::TryLater, Check::Validity);
}

#[test]
fn key_usage_of_the_signer() {
    for name in ["encipher.pdf", "code.pdf"] {
        assert_sub(&report(name), SubIndication::ChainConstraintsFailure, Check::KeyUsage);
    }
}

#[test]
fn path_defects_become_sub_indications() {
    // The TSA's issuer carries pathLen 0; a person's certificate above another breaks basicConstraints: the paths
    // are pki's to judge, here only that its findings arrive. The root alone as pool, before it was valid:
    let before: Timestamp = "2019-01-01T00:00:00Z".parse().unwrap();
    let report =
        validation::judge(&facts("b.pdf"), &evidence(), &trust(), &Policy::default(), before);
    let signature = only(&report);
    assert_eq!(outcome(signature, Check::PathConstraints), Some(Outcome::Passed));
    assert_eq!(signature.sub_indication, Some(SubIndication::OutOfBoundsNoPoe));
}

#[test]
fn short_keys_are_a_crypto_constraint() {
    let facts = facts("short.pdf");
    assert_sub(&judge(&facts), SubIndication::CryptoConstraintsFailure, Check::Algorithms);
    let legacy = judge_by(&facts, "legacy-vn");
    assert_sub(&legacy, SubIndication::CryptoConstraintsFailureNoPoe, Check::Algorithms);
}

#[test]
fn sha1_is_a_crypto_constraint() {
    let facts = facts("sha1.pdf");
    let report = judge(&facts);
    assert_sub(&report, SubIndication::CryptoConstraintsFailure, Check::Algorithms);
    assert_eq!(only(&report).integrity, Integrity::Intact);
    assert_eq!(report.conclusion, Conclusion::Indeterminate);
    let legacy = judge_by(&facts, "legacy-vn");
    assert_sub(&legacy, SubIndication::CryptoConstraintsFailureNoPoe, Check::Algorithms);
}

#[test]
fn sha1_with_a_proof_before_its_cut_off_passes_the_legacy_policy_alone() {
    let facts = facts("sha1-2020.pdf");
    assert_passed(&judge_by(&facts, "legacy-vn"));
    assert_sub(&judge(&facts), SubIndication::CryptoConstraintsFailure, Check::Algorithms);
}

#[test]
fn weak_chain_algorithms_are_a_crypto_constraint() {
    let policy = Policy { ec_min_bits: 384, ..Policy::default() };
    let report = validation::judge(&facts("pss.pdf"), &evidence(), &trust(), &policy, at());
    assert_sub(&report, SubIndication::CryptoConstraintsFailure, Check::ChainAlgorithms);
}
