//! What honest signers write.

use super::*;

#[test]
fn a_second_visible_signature() {
    for streams in [false, true] {
        let kinds = second(streams, "", &plain_form()).judged(APPROVAL);
        assert_eq!(
            kinds,
            [
                ChangeKind::SignatureField { field: "Second".into() },
                ChangeKind::Painted {
                    field: "Second".into(),
                    page: 0,
                    rect: [300.0, 100.0, 400.0, 150.0]
                },
            ]
        );
    }
}

#[test]
fn a_document_timestamp_with_its_dss() {
    let mut file = signed(true);
    let catalog = "<</Type/Catalog/Pages 2 0 R/Metadata 7 0 R/AcroForm 8 0 R/DSS 30 0 R/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 1>>>>>>";
    let dss = "<</Type/DSS/Certs[31 0 R]/CRLs 32 0 R/VRI<</AB<</Cert[31 0 R]/TU(D:2026)>>>>>>";
    let stamp = field("Stamp", "/V 21 0 R/Rect[0 0 0 0]/P 3 0 R");
    let form = FORM.replace("20 0 R", "40 0 R");
    file.add(&[
        (1, catalog),
        (8, &form),
        (3, &page("40 0 R")),
        (40, &stamp),
        (21, SIGNATURE),
        (30, dss),
        (31, &stream("", "der")),
        (32, "[33 0 R]"),
        (33, &stream("/Filter/FlateDecode", "crl")),
    ]);
    let kinds = file.judged(Some(("Stamp", SignatureKind::DocumentTimestamp)));
    assert_eq!(kinds, [ChangeKind::DocumentTimestamp { field: "Stamp".into() }, ChangeKind::Dss]);
}

#[test]
fn an_empty_field_is_signed() {
    let mut file = signed(false);
    let blank = "<</Type/Annot/Subtype/Widget/FT/Sig/T(Blank)/Rect[10 10 60 40]/F 132/P 3 0 R/V 21 0 R/AP<</N 22 0 R>>>>";
    file.add(&[(11, blank), (21, SIGNATURE), (22, &plain_form())]);
    let kinds = file.judged(Some(("Blank", SignatureKind::Signature)));
    assert_eq!(
        kinds,
        [
            ChangeKind::SignatureValue { field: "Blank".into() },
            ChangeKind::Painted { field: "Blank".into(), page: 0, rect: [10.0, 10.0, 60.0, 40.0] },
        ]
    );
    // Without a signature that ends the revision it is no signature.
    file.refused("does not sign this revision");
}

#[test]
fn metadata_and_information() {
    let mut file = signed(false);
    file.add(&[
        (6, "<</Title(t)/ModDate(D:2027)/Producer(p)>>"),
        (7, &stream("/Type/Metadata/Subtype/XML", "<y/>")),
    ]);
    assert_eq!(file.judged(None), [ChangeKind::Metadata, ChangeKind::Metadata]);
}

#[test]
fn catalog_form_and_page_rewritten_with_equal_content() {
    let mut file = signed(true);
    // The form now direct, its fields an object of their own, a new copy of the resources.
    file.add(&[
        (1, "<</Type/Catalog/Pages 2 0 R/Metadata 7 0 R/AcroForm<</DR 31 0 R/DA(/Helv 0 Tf)/Fields 30 0 R/SigFlags 3>>>>"),
        (30, "[11 0 R 12 0 R 9 0 R]"),
        (31, "<</Font<</Helv 5 0 R>>>>"),
        (3, &page("")),
        (9, SIGNED),
    ]);
    let kinds = file.judged(None);
    assert!(kinds.iter().all(|kind| *kind == ChangeKind::Equal), "{kinds:?}");
}

#[test]
fn a_number_of_an_unlisted_stream_is_used_again() {
    // As PDFBox writes: the cross-reference stream of revision 1 took a number that it did not list.
    let mut file = signed(false);
    let number = file.size;
    file.add(&[(number, "<</Just/new>>")]);
    assert_eq!(file.judged(None), []);
}

#[test]
fn an_unreachable_object_is_no_change() {
    let mut file = signed(true);
    file.add(&[(50, "(nobody names me)")]);
    assert_eq!(file.judged(None), []);
}

#[test]
fn an_empty_field_added_later() {
    let mut file = signed(false);
    file.add(&[(8, FORM), (3, &page("20 0 R")), (20, &field("Later", "/Rect[0 0 0 0]/P 3 0 R"))]);
    assert_eq!(
        file.judged(None),
        [ChangeKind::EmptySignatureField { field: "Later".into(), visible: false }]
    );
}

#[test]
fn cost_follows_what_changed() {
    // 20,000 objects that the page reaches, then 25 signatures.
    let mut objects = vec![
        (1, "<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R>>".to_owned()),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".into()),
        (3, format!("<<{PAGE}/Annots[]>>")),
        (4, stream("", "x")),
        (5, "<</Type/Font/Many 100 0 R>>".into()),
        (6, "<<>>".into()),
        (8, "<</Fields[]>>".into()),
        (13, stream("", "x")),
    ];
    let all: Vec<String> = (101..20_100).map(|n| format!("{n} 0 R")).collect();
    objects.push((100, format!("[{}]", all.join(" "))));
    objects.extend((101..20_100).map(|n| (n, format!("<</Next {} 0 R>>", n - 1))));
    let mut file = File::new(false, &objects, TRAILER);
    let mut signatures = Vec::new();
    let mut ids = String::new();
    for n in 0..25_u32 {
        let (id, name) = (30_000 + 3 * n, format!("S{n}"));
        ids.push_str(&format!("{id} 0 R "));
        let widget = field(&name, &format!("/V {} 0 R/P 3 0 R/Rect[0 0 0 0]", id + 1));
        let page = format!("<<{PAGE}/Annots[{ids}]>>");
        let form = format!("<</Fields[{ids}]/SigFlags 3>>");
        file.add(&[(8, &form), (3, &page), (id, &widget), (id + 1, SIGNATURE)]);
        signatures.push(signature(&name, SignatureKind::Signature, n + 1));
    }
    let document = Document::open(&file.bytes, &Limits::default()).unwrap();
    let started = std::time::Instant::now();
    let all = changes(&document, 1, &signatures, &Limits::default());
    assert!(started.elapsed().as_millis() < 2_000, "{:?}", started.elapsed());
    assert_eq!(all.len(), 24);
    for revision in all {
        let [change] = revision.changes.as_slice() else { panic!("{revision:?}") };
        assert!(matches!(change.kind, ChangeKind::SignatureField { .. }));
    }
    println!("24 later revisions of 20,000 objects: {:?}", started.elapsed());
}

/// Files of other producers, from a folder: `ANTIN_SIGNED_FOLDER=… cargo test -p pades -- --ignored
/// --nocapture folder`. Prints what the later revisions changed; fails on anything not permitted.
#[test]
#[ignore = "takes a folder of honest files from ANTIN_SIGNED_FOLDER"]
fn honest_files_of_a_folder() {
    let Ok(folder) = std::env::var("ANTIN_SIGNED_FOLDER") else { return };
    let mut refused = 0;
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "pdf")) {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let document = match Document::open(&bytes, &Limits::default()) {
            Ok(document) => document,
            Err(defect) => {
                println!("{name}: {defect:?}");
                continue;
            }
        };
        let facts = crate::read(&bytes, &Limits::default());
        let signatures = facts.signatures;
        let Some(first) = signatures.iter().filter_map(|s| s.revision).min() else {
            println!("{name}: no signature ends a revision ({})", signatures.len());
            continue;
        };
        let started = std::time::Instant::now();
        let all = changes(&document, first, &signatures, &Limits::default());
        let took = started.elapsed();
        println!(
            "{name}: {} signatures, {} later revisions, {took:?}",
            signatures.len(),
            all.len()
        );
        for change in all.iter().flat_map(|r| &r.changes) {
            let other = matches!(change.kind, ChangeKind::Other { .. });
            refused += u32::from(other);
            let mark = if other { "  !!" } else { "    " };
            println!("{mark} {:?} {}", change.kind, change.detail);
        }
    }
    assert_eq!(refused, 0);
}
