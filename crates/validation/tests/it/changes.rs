//! What came after a signature.

use crate::*;
use pades::{Change, ChangeKind, FieldLock, RevisionChanges};
use validation::{Cover, LaterChanges};

/// t.pdf as if one more revision had been appended that changed this.
fn after(kind: ChangeKind) -> Facts {
    let mut facts = facts("t.pdf");
    append(&mut facts, vec![kind]);
    facts
}

fn append(facts: &mut Facts, kinds: Vec<ChangeKind>) {
    let changes = kinds
        .into_iter()
        .map(|kind| Change { kind, object: None, detail: String::new() })
        .collect();
    let revision = u32::try_from(facts.pdf.revision_ends.len()).unwrap();
    facts.pdf.file_len += 100;
    facts.pdf.revision_ends.push(facts.pdf.file_len);
    facts.pdf.revision_changes.push(RevisionChanges { revision, changes });
    for signature in &mut facts.pdf.signatures {
        signature.covers_whole_file = false;
    }
}

fn cover(what: &str) -> Cover {
    serde_json::from_value(serde_json::json!({
        "field": "Seal", "page": 0, "what": what, "text": null, "share": 0.3
    }))
    .unwrap()
}

#[track_caller]
fn assert_later(facts: &Facts, later: LaterChanges) -> Report {
    let report = judge(facts);
    assert_eq!(report.later_changes, later, "{}", report.to_text(""));
    assert_eq!(report.signatures[0].later_changes, later);
    assert_eq!(report.signatures[0].indication, Indication::TotalPassed, "its own verdict stays");
    let passed = later != LaterChanges::NotPermitted;
    let conclusion = if passed { Conclusion::TotalPassed } else { Conclusion::TotalFailed };
    assert_eq!(report.conclusion, conclusion);
    assert_eq!(report.total_passed().is_some(), passed);
    report
}

#[test]
fn two_signatures_keep_each_other_valid() {
    for name in ["two.pdf", "two-stream.pdf"] {
        let report = report(name);
        assert_passed(&report);
        assert_eq!(report.signatures.len(), 2);
        assert_eq!(report.signatures[0].later_changes, LaterChanges::Permitted);
        assert_eq!(report.signatures[1].later_changes, LaterChanges::None);
    }
}

#[test]
fn dss_and_metadata_are_permitted() {
    for kind in [ChangeKind::Dss, ChangeKind::Metadata, ChangeKind::Equal] {
        assert_later(&after(kind), LaterChanges::Permitted);
    }
}

#[test]
fn unpermitted_changes_are_refused() {
    for kind in [
        ChangeKind::Other { what: "page content".into() },
        ChangeKind::Annotation { page: Some(0) },
        ChangeKind::FormFill { field: "name".into() },
        ChangeKind::EmptySignatureField { field: "Sneaky".into(), visible: true },
        // A change that claims a signature which is not in the report.
        ChangeKind::SignatureField { field: "Nobody".into() },
        ChangeKind::DocumentTimestamp { field: "Nobody".into() },
    ] {
        let report = assert_later(&after(kind), LaterChanges::NotPermitted);
        assert_eq!(outcome(&report.signatures[0], Check::LaterChanges), Some(Outcome::Failed));
        assert!(report.to_text("").contains("CÓ THAY ĐỔI KHÔNG ĐƯỢC PHÉP"));
    }
}

#[test]
fn a_revision_that_was_not_compared_is_refused() {
    let mut facts = facts("t.pdf");
    append(&mut facts, Vec::new());
    facts.pdf.revision_changes.clear();
    assert_later(&facts, LaterChanges::NotPermitted);
}

#[test]
fn a_broken_signature_justifies_no_change() {
    let mut facts = facts("two.pdf");
    facts.cms[1].digest.as_mut().unwrap()[0] ^= 1;
    assert_later(&facts, LaterChanges::NotPermitted);
}

#[test]
fn certification_limits_what_may_follow() {
    assert_passed(&report("certified.pdf"));
    assert_passed(&report("certified-1.pdf"));
    for (permission, passes) in [(1, false), (2, true), (3, true)] {
        let mut facts = facts("two-stream.pdf");
        facts.pdf.signatures[0].certification = Some(permission);
        let report = judge(&facts);
        assert_eq!(
            report.total_passed().is_some(),
            passes,
            "P={permission} {}",
            report.to_text("")
        );
        if !passes {
            assert_eq!(outcome(&report.signatures[0], Check::Certification), Some(Outcome::Failed));
        }
    }
    // P=1 still permits evidence and metadata.
    for kind in [ChangeKind::Dss, ChangeKind::Metadata] {
        let mut facts = after(kind);
        facts.pdf.signatures[0].certification = Some(1);
        assert_later(&facts, LaterChanges::Permitted);
    }
}

#[test]
fn field_locks_are_respected_tightest_first() {
    let mut facts = facts("certified.pdf");
    let lock = |action: &str, permission| FieldLock {
        action: action.into(),
        fields: vec!["Approval".into()],
        permission,
    };
    for (lock, passes) in [
        (lock("All", None), false),
        (lock("Include", None), false),
        (lock("Exclude", None), true),
        (lock("Exclude", Some(1)), false),
    ] {
        facts.pdf.signatures[0].field_lock = Some(lock.clone());
        let report = judge(&facts);
        assert_eq!(report.total_passed().is_some(), passes, "{lock:?} {}", report.to_text(""));
    }
}

#[test]
fn covering_text_needs_a_valid_signature() {
    let painted = |covers: Vec<Cover>| {
        let mut facts = facts("two-stream.pdf");
        let kind =
            ChangeKind::Painted { field: "Seal".into(), page: 0, rect: [0.0, 0.0, 9.0, 9.0] };
        facts.pdf.revision_changes[0].changes.push(Change {
            kind,
            object: None,
            detail: String::new(),
        });
        facts.covers = covers;
        facts
    };
    // Blanks and another signature's widget: fine, and listed.
    let report = judge(&painted(vec![cover("widget:Signature1"), cover("blank")]));
    assert_passed(&report);
    assert!(!warned(&report, "covers"));
    assert_eq!(report.signatures[1].covers.len(), 2);
    // The title beside the image that the seal stands on belongs to it; other text does not.
    let mut title = cover("text");
    title.block_of = Some("Signature1".into());
    assert!(!warned(&judge(&painted(vec![cover("widget:Signature1"), title.clone()])), "covers"));
    assert!(warned(&judge(&painted(vec![title])), "covers"));
    // Text and images: permitted, loudly.
    for what in ["text", "image", "paths", "unreadable"] {
        let facts = painted(vec![cover(what)]);
        let report = judge(&facts);
        assert_passed(&report);
        assert!(warned(&report, "covers"), "{what}");
        assert_eq!(outcome(&report.signatures[0], Check::Covers), Some(Outcome::Warning));
        // By a signature that is not trusted: never.
        let mut untrusted = facts.clone();
        let stranger = crate::facts("stranger.pdf");
        untrusted.cms[1].signed_data = stranger.cms[0].signed_data.clone();
        untrusted.cms[1].digest = stranger.cms[0].digest.clone();
        untrusted.pdf.signatures[1].contents = stranger.pdf.signatures[0].contents.clone();
        let report = judge(&untrusted);
        assert_eq!(
            report.signatures[1].sub_indication,
            Some(SubIndication::NoCertificateChainFound)
        );
        assert_eq!(report.conclusion, Conclusion::TotalFailed, "{what} {}", report.to_text(""));
        assert_eq!(outcome(&report.signatures[0], Check::Covers), Some(Outcome::Failed));
        // By one that only waits for evidence: the file waits too.
        let nothing = Evidence::default();
        let report = validation::judge(&facts, &nothing, &trust(), &Policy::default(), at());
        assert_eq!(report.conclusion, Conclusion::Indeterminate, "{}", report.to_text(""));
    }
    // Not measured is said.
    assert!(warned(&judge(&painted(Vec::new())), "covers_unknown"));
}

/// Anybody can run an authority of their own and write on white paper with its appearance.
#[test]
fn a_document_timestamp_paints_nothing() {
    let mut facts = facts("document-timestamp.pdf");
    assert_passed(&judge(&facts));
    let stamp = facts.pdf.signatures[1].clone();
    assert_eq!(stamp.kind, pades::SignatureKind::DocumentTimestamp);
    let kind =
        ChangeKind::Painted { field: stamp.field.clone(), page: 0, rect: [0.0, 0.0, 9.0, 9.0] };
    let painted = Change { kind, object: None, detail: String::new() };
    facts.pdf.revision_changes.last_mut().unwrap().changes.push(painted);
    facts.covers = vec![Cover { field: stamp.field, ..cover("nothing") }];
    let report = judge(&facts);
    assert_eq!(report.conclusion, Conclusion::TotalFailed, "{}", report.to_text(""));
    assert_eq!(outcome(&report.signatures[0], Check::Covers), Some(Outcome::Failed));
}

#[test]
fn what_a_real_later_appearance_covers_is_measured() {
    let facts = facts("two.pdf");
    assert!(facts.covers.iter().all(|cover| cover.field == "Seal"), "{:?}", facts.covers);
    assert!(
        facts.covers.iter().any(|cover| cover.what == "widget:Signature1"),
        "{:?}",
        facts.covers
    );
}
