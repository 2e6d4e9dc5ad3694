//! The file as a whole: what is no PDF, what is damaged, and every byte.

use crate::*;
use pades::Defect;
use validation::{Integrity, LaterChanges};

#[test]
fn not_a_pdf_is_a_report() {
    for bytes in [&b""[..], b"hello", b"%PDF-1.7\n", &[0; 4096]] {
        let facts = read(bytes);
        let report = judge(&facts);
        assert_eq!(report.conclusion, Conclusion::TotalFailed, "{}", report.to_text(""));
        assert!(report.total_passed().is_none());
        assert_eq!(report.exit_code(), 1);
        assert_eq!(report.sha256.len(), 64);
        assert!(report.to_text("").contains("Không đọc được tệp"));
    }
}

#[test]
fn a_closed_file_is_not_called_unsigned() {
    let mut facts = facts("base.pdf");
    facts.pdf.encrypted = true;
    facts.pdf.defects.push(Defect {
        code: "encrypted".into(),
        offset: None,
        object: None,
        detail: "the file is encrypted".into(),
    });
    let report = judge(&facts);
    assert_eq!(report.conclusion, Conclusion::TotalFailed, "{}", report.to_text(""));
    assert!(warned(&report, "encrypted"));
}

#[test]
fn an_unsigned_file_is_not_signed() {
    let report = report("base.pdf");
    assert_eq!(report.conclusion, Conclusion::NoSignature, "{}", report.to_text(""));
    assert_eq!(report.exit_code(), 1);
}

/// One byte of the last cross-reference section. Where the file still reads without fault but leads to no
/// signature (the catalog of before, say), "not signed" is the truth.
#[test]
fn a_signature_that_damage_hides_is_broken_not_absent() {
    let mut damaged = bytes("t.pdf");
    let last = damaged.windows(9).rposition(|window| window == b"startxref").unwrap();
    let mut hidden = 0;
    for at in last - 200..last + 12 {
        let before = damaged[at];
        damaged[at] ^= 0x04;
        let facts = read(&damaged);
        let report = judge(&facts);
        let gone = report.signatures.is_empty();
        let expected = if gone && facts.pdf.defects.is_empty() {
            Conclusion::NoSignature
        } else {
            Conclusion::TotalFailed
        };
        assert_eq!(report.conclusion, expected, "{at}: {}", report.to_text(""));
        hidden += usize::from(gone && expected == Conclusion::TotalFailed);
        damaged[at] = before;
    }
    assert!(hidden > 0, "the damage hid no signature: choose other bytes");
}

#[test]
fn a_structural_defect_fails_the_file_and_hides_nothing() {
    let mut facts = facts("two.pdf");
    facts.pdf.defects.push(Defect {
        code: "duplicate_object".into(),
        offset: Some(9),
        object: None,
        detail: "twice".into(),
    });
    let report = judge(&facts);
    assert_eq!(report.conclusion, Conclusion::TotalFailed);
    assert_eq!(report.later_changes, LaterChanges::NotPermitted);
    for signature in &report.signatures {
        assert_eq!(signature.integrity, Integrity::Intact);
        assert_eq!(signature.indication, Indication::TotalPassed);
    }
    assert!(report.to_text("").contains("duplicate_object"));
}

#[test]
fn bytes_after_the_last_revision_are_refused() {
    let mut facts = facts("t.pdf");
    facts.pdf.file_len += 1;
    let report = judge(&facts);
    assert_eq!(report.conclusion, Conclusion::TotalFailed);
    let mut appended = bytes("t.pdf");
    appended.extend_from_slice(b"\n1 0 obj\n<</Type/Catalog>>\nendobj\n");
    let report = judge(&read(&appended));
    assert_eq!(report.conclusion, Conclusion::TotalFailed, "{}", report.to_text(""));
}

#[test]
fn one_bad_signature_fails_the_file_and_hides_no_other() {
    let mut facts = facts("two.pdf");
    facts.cms[0].digest.as_mut().unwrap()[0] ^= 1;
    let report = judge(&facts);
    assert_eq!(report.conclusion, Conclusion::TotalFailed);
    assert_eq!(report.signatures[0].sub_indication, Some(SubIndication::HashFailure));
    assert_eq!(report.signatures[1].indication, Indication::TotalPassed);
}

#[test]
fn every_flipped_byte_is_noticed() {
    for name in ["t.pdf", "two-stream.pdf"] {
        let original = bytes(name);
        let whole = facts(name);
        assert_passed(&judge(&whole));
        let [_, gap, end, _] = whole.pdf.signatures[0].byte_range[..] else { panic!("byte range") };
        let (gap, end) = (usize::try_from(gap).unwrap(), usize::try_from(end).unwrap());
        let covered = whole.pdf.signatures[0].byte_range[3] as usize + end;
        // Every 7th byte before the gap and all after it, and what the gap holds between.
        let places = (0..gap).step_by(7).chain((gap..end).step_by(97)).chain(end..covered);
        for place in places {
            for bit in [0x01, 0x20] {
                let mut flipped = original.clone();
                flipped[place] ^= bit;
                let report = judge(&read(&flipped));
                let same_hex = (gap..end).contains(&place)
                    && flipped[place].eq_ignore_ascii_case(&original[place]);
                if !same_hex {
                    assert!(report.total_passed().is_none(), "{name}: byte {place} bit {bit:#x}");
                }
            }
        }
    }
}

#[test]
fn facts_survive_their_serialisation() {
    for name in ["two.pdf", "lta.pdf", "base.pdf"] {
        let facts = facts(name);
        let text = serde_json::to_string(&facts).unwrap();
        let again: Facts = serde_json::from_str(&text).unwrap();
        assert_eq!(judge(&again), judge(&facts));
    }
}

/// `cargo test --release -p validation -- --ignored --nocapture cost`
#[test]
#[ignore = "a measurement, not a check"]
fn what_reading_and_judging_cost() {
    for name in ["t.pdf", "b.pdf", "two-stream.pdf", "lta.pdf"] {
        let bytes = bytes(name);
        let facts = read(&bytes);
        let (evidence, trust, policy) = (evidence(), trust(), Policy::default());
        let time = |what: &str, work: &dyn Fn()| {
            let rounds = 500;
            let start = std::time::Instant::now();
            (0..rounds).for_each(|_| work());
            eprintln!("{name}: {what} {:?}", start.elapsed() / rounds);
        };
        time("read", &|| drop(read(&bytes)));
        time("judge", &|| drop(validation::judge(&facts, &evidence, &trust, &policy, at())));
    }
}
