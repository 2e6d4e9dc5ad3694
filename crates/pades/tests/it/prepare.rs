use pades::{FileHash, Limits, PrepareRefusal, SignatureKind, TooSmall};

use crate::{DER, assert_clean, base, base::STYLES, join, order, placed, sign, try_prepare};

#[test]
fn each_style_is_kept_and_qpdf_has_no_complaint() {
    for style in STYLES {
        let bytes = base::plain(style);
        assert_clean(&bytes, &format!("base-{style:?}.pdf"));
        let once = sign(&bytes, &order());
        assert!(once.starts_with(&bytes));
        let twice = sign(&once, &pades::NewSignature { appearance: Some(placed(1)), ..order() });
        assert!(twice.starts_with(&once));
        assert_clean(&twice, &format!("twice-{style:?}.pdf"));
        let tail = String::from_utf8_lossy(&twice[bytes.len()..]).into_owned();
        assert_eq!(tail.contains("/Type/XRef"), style == base::Style::Stream);
        assert_eq!(
            tail.matches("trailer").count(),
            if style == base::Style::Stream { 0 } else { 2 }
        );
        let facts = pades::read(&twice, &Limits::default());
        assert_eq!(facts.defects, vec![], "{style:?}");
        assert_eq!(facts.revision_ends.len(), 3);
        let names: Vec<_> = facts.signatures.iter().map(|s| s.field.as_str()).collect();
        assert_eq!(names, ["Signature1", "Signature2"]);
        assert!(facts.signatures.iter().all(|signature| signature.defects.is_empty()));
    }
}

#[test]
fn equal_input_gives_equal_bytes() {
    let bytes = base::plain(base::Style::Stream);
    assert_eq!(sign(&bytes, &order()), sign(&bytes, &order()));
}

#[test]
fn the_hole_takes_what_fits_and_says_what_it_lacks() {
    let bytes = base::plain(base::Style::Table);
    let prepared = try_prepare(&bytes, &order()).unwrap();
    assert_eq!(prepared.clone().finish(&[7; 65]).unwrap_err(), TooSmall { room: 64, wanted: 65 });
    let whole = join(&bytes, &prepared.clone().finish(&[0xAB; 64]).unwrap());
    let [_, before, after, length] = prepared.byte_range.map(|n| n as usize);
    assert_eq!(whole[before..after], *format!("<{}>", "ab".repeat(64)).as_bytes());
    assert_eq!(after + length, whole.len());
}

#[test]
fn the_digest_is_that_of_the_finished_file() {
    let bytes = base::plain(base::Style::Table);
    let prepared = try_prepare(&bytes, &order()).unwrap();
    let algorithm = pki::DigestAlgorithm::Sha256;
    let digest = prepared.digest(&bytes, algorithm).unwrap();
    let mut fed = pki::Digester::new(algorithm);
    fed.update(&bytes);
    assert_eq!(prepared.digest_after(fed), digest);
    let whole = join(&bytes, &prepared.finish(DER).unwrap());
    let facts = pades::read(&whole, &Limits::default());
    let again = pades::digest(&whole, &facts.signatures[0].byte_range, algorithm).unwrap();
    assert_eq!(again, digest);
}

#[test]
fn fields_are_entered_wherever_the_form_keeps_them() {
    let forms: [(&str, &[&str]); 5] = [
        ("/AcroForm<</Fields[]/DA(/Helv 0 Tf)>>", &[]),
        ("/AcroForm 6 0 R", &["<</Fields[]/SigFlags 1>>"]),
        ("/AcroForm 6 0 R", &["<</Fields 7 0 R/SigFlags 3>>", "[]"]),
        ("/AcroForm<</Fields 6 0 R>>", &["[]"]),
        ("/AcroForm 99 0 R", &[]),
    ];
    let pages: [(&str, Option<&str>); 4] =
        [("", None), ("/Annots[]", None), ("/Annots 8 0 R", Some("[]")), ("/Annots null", None)];
    for style in STYLES {
        for (form, objects) in forms {
            for (page, annotations) in pages {
                let mut more = objects.to_vec();
                more.resize(2, "null");
                more.extend(annotations);
                let bytes = base::pages(style, form, page, &more);
                let visible = pades::NewSignature { appearance: Some(placed(0)), ..order() };
                let signed = sign(&sign(&bytes, &visible), &order());
                assert_clean(&signed, "form.pdf");
                let facts = pades::read(&signed, &Limits::default());
                let case = format!("{style:?} {form} {page}");
                assert_eq!(facts.defects, vec![], "{case}");
                assert_eq!(facts.signatures.len(), 2, "{case}");
                let widget = facts.signatures[0].widget.clone().unwrap();
                assert_eq!(
                    (widget.page, widget.visible, widget.flags),
                    (Some(0), true, 132),
                    "{case}"
                );
            }
        }
    }
}

#[test]
fn an_empty_field_keeps_its_place() {
    let bytes = base::plain(base::Style::Stream);
    let hash = FileHash::of(&bytes).unwrap();
    let fields = [("Seal", Some(placed(1))), ("Hidden", None)];
    let update = pades::add_fields(&bytes, hash, &fields, &Limits::default()).unwrap();
    let with_fields = join(&bytes, &update);
    assert_clean(&with_fields, "fields.pdf");
    let outline = pades::outline(&with_fields, &Limits::default()).unwrap();
    assert_eq!(outline.empty_fields.len(), 2);
    assert_eq!(outline.page_sizes_mm.len(), 2);
    assert!((outline.page_sizes_mm[1].0 - 297.04).abs() < 0.1, "the second page is turned");
    let before = outline.empty_fields[0].widget.clone().unwrap();
    assert_eq!(before.page, Some(1));

    let certify = pades::NewSignature {
        field: Some("Seal"),
        certify: Some(2),
        appearance: Some(placed(0)),
        ..order()
    };
    let signed = sign(&with_fields, &certify);
    assert_clean(&signed, "certified.pdf");
    let facts = pades::read(&signed, &Limits::default());
    assert_eq!(facts.defects, vec![]);
    assert_eq!(facts.signatures[0].certification, Some(2));
    assert_eq!(facts.signatures[0].widget.as_ref().unwrap().rect, before.rect);
    assert_eq!(facts.empty_fields.len(), 1);

    let refused = |what| try_prepare(&signed, &what).unwrap_err();
    assert_eq!(refused(certify.clone()), PrepareRefusal::CertifyNotFirst);
    let again = pades::NewSignature { field: Some("Seal"), ..order() };
    assert_eq!(refused(again), PrepareRefusal::FieldNotEmpty("Seal".into()));
    let visible = pades::NewSignature { appearance: Some(placed(0)), ..order() };
    assert_eq!(refused(visible), PrepareRefusal::NewVisibleFieldAfterCertification);
    let filled = pades::NewSignature { field: Some("Hidden"), ..order() };
    assert_clean(&sign(&signed, &filled), "filled.pdf");
}

#[test]
fn a_certification_without_changes_leaves_timestamps() {
    let bytes = base::plain(base::Style::Table);
    let signed = sign(&bytes, &pades::NewSignature { certify: Some(1), ..order() });
    let refusal = try_prepare(&signed, &order()).unwrap_err();
    assert!(matches!(refusal, PrepareRefusal::CertificationForbids(_)), "{refusal}");
    let timestamp = pades::NewSignature {
        kind: SignatureKind::DocumentTimestamp,
        sub_filter: "ETSI.RFC3161",
        claimed_time: None,
        ..order()
    };
    let stamped = sign(&signed, &timestamp);
    let facts = pades::read(&stamped, &Limits::default());
    assert_eq!(facts.signatures[1].kind, SignatureKind::DocumentTimestamp);
}

#[test]
fn a_locked_field_stays_empty_and_a_lock_is_taken_over() {
    let fields = [
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(A)/Rect[0 0 0 0]/F 132/P 3 0 R/Lock<</Type/SigFieldLock/Action/Include/Fields[(B)]>>>>",
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(B)/Rect[0 0 0 0]/F 132/P 3 0 R>>",
    ];
    let form = "/AcroForm<</Fields[6 0 R 7 0 R]/SigFlags 1>>";
    let bytes = base::pages(base::Style::Table, form, "/Annots[6 0 R 7 0 R]", &fields);
    let signed = sign(&bytes, &pades::NewSignature { field: Some("A"), ..order() });
    let facts = pades::read(&signed, &Limits::default());
    let lock = facts.signatures[0].field_lock.clone().unwrap();
    assert_eq!((lock.action.as_str(), lock.fields.len()), ("Include", 1));
    let refusal = try_prepare(&signed, &pades::NewSignature { field: Some("B"), ..order() });
    assert!(matches!(refusal.unwrap_err(), PrepareRefusal::CertificationForbids(_)));
}

#[test]
fn what_cannot_be_signed_is_refused_by_name() {
    let bytes = base::plain(base::Style::Table);
    let refused = |what: pades::NewSignature<'_>| try_prepare(&bytes, &what).unwrap_err();
    let at = |page, x_mm| Some(pades::Placed { page, x_mm, ..placed(0) });
    let far = pades::NewSignature { appearance: at(2, 0.0), ..order() };
    assert_eq!(refused(far), PrepareRefusal::NoSuchPage(2));
    let outside = pades::NewSignature { appearance: at(0, 190.0), ..order() };
    assert_eq!(refused(outside), PrepareRefusal::OutsidePage);
    let dotted = pades::NewSignature { field: Some("a.b"), ..order() };
    assert!(matches!(refused(dotted), PrepareRefusal::Other(_)));

    assert!(matches!(try_prepare(b"", &order()), Err(PrepareRefusal::NotAPdf(_))));
    assert!(matches!(try_prepare(b"hello", &order()), Err(PrepareRefusal::NotAPdf(_))));
    let encrypted = base::plain(base::Style::Table);
    let text = String::from_utf8_lossy(&encrypted).into_owned();
    assert!(text.contains("/Root 1 0 R"));
    let at = encrypted.windows(5).rposition(|window| window == b"/Root").unwrap();
    let encrypted = [&encrypted[..at], b"/Encrypt 9 0 R", &encrypted[at..]].concat();
    assert_eq!(try_prepare(&encrypted, &order()).unwrap_err(), PrepareRefusal::Encrypted);
    let facts = pades::read(&encrypted, &Limits::default());
    assert!(facts.encrypted && facts.readable);
    let shifted = [b"junk\n".as_slice(), &bytes].concat();
    assert!(matches!(try_prepare(&shifted, &order()), Err(PrepareRefusal::NeedsRepair(_))));
}

/// What qpdf makes of a file: its own writing is another producer's.
fn rewritten(bytes: &[u8], options: &[&str]) -> Vec<u8> {
    let folder = std::env::temp_dir();
    let [from, to] = ["in", "out"]
        .map(|end| folder.join(format!("antin-pades-{}-{end}.pdf", std::process::id())));
    std::fs::write(&from, bytes).unwrap();
    let status = std::process::Command::new("qpdf").args(options).args([&from, &to]).status();
    assert!(status.expect("qpdf is needed: apt-get install qpdf").success());
    let out = std::fs::read(&to).unwrap();
    [from, to].iter().for_each(|path| std::fs::remove_file(path).unwrap());
    out
}

#[test]
fn a_linearised_file_is_one_revision() {
    for objects in ["--object-streams=disable", "--object-streams=generate"] {
        let bytes = rewritten(&base::plain(base::Style::Table), &["--linearize", objects]);
        let facts = pades::read(&bytes, &Limits::default());
        assert_eq!((facts.defects, facts.revision_ends), (vec![], vec![bytes.len() as u64]));
        let signed = sign(&sign(&bytes, &order()), &order());
        assert_clean(&signed, "linearised.pdf");
        let facts = pades::read(&signed, &Limits::default());
        assert_eq!(facts.defects, vec![]);
        let revisions: Vec<_> = facts.signatures.iter().map(|s| s.revision).collect();
        assert_eq!(revisions, [Some(1), Some(2)]);
    }
}
