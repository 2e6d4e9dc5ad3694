//! What must not pass.

use super::*;

#[test]
fn incremental_saving_swaps_the_content() {
    for streams in [false, true] {
        let mut file = signed(streams);
        file.add(&[(4, &stream("", "BT /F1 12 Tf (pay 99) Tj ET"))]);
        file.refused("page 1 content changed");
    }
    let mut file = signed(false);
    let other = page("").replace("/Contents 4 0 R", "/Contents 30 0 R");
    file.add(&[(3, &other), (30, &stream("", "BT (pay 99) Tj ET"))]);
    file.refused("page 1 content changed");
    let mut file = signed(false);
    file.add(&[(3, &page("").replace("[0 0 600 800]", "[0 0 600 100]"))]);
    file.refused("page 1 /MediaBox changed");
    let mut file = signed(false);
    file.add(&[(3, &page("").replace("/MediaBox", "/Rotate 180/MediaBox"))]);
    file.refused("page 1 /Rotate changed");
}

#[test]
fn another_catalog_or_page_tree() {
    let mut file = signed(false);
    file.append(
        &[(30, "<</Type/Catalog/Pages 2 0 R>>".into())],
        &[],
        &[],
        "/Root 30 0 R/Info 6 0 R/ID[<01><02>]",
    );
    file.refused("the catalog is another object");
    let mut file = signed(false);
    file.add(&[
        (2, "<</Type/Pages/Kids[3 0 R 30 0 R]/Count 2>>"),
        (30, "<</Type/Page/Parent 2 0 R>>"),
    ]);
    assert!(!file.others(None).is_empty());
    let mut file = signed(false);
    file.add(&[
        (1, &CATALOG.replace("2 0 R", "30 0 R")),
        (30, "<</Type/Pages/Kids[3 0 R]/Count 2>>"),
    ]);
    file.refused("catalog /Pages changed");
}

#[test]
fn fonts_and_resources_are_swapped() {
    let mut file = signed(false);
    file.add(&[(5, "<</Type/Font/Subtype/Type1/BaseFont/Courier/X 90 0 R>>")]);
    file.refused("changed");
    let mut file = signed(false);
    file.add(&[(13, &stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", "0 0 1 1 re f"))]);
    file.refused("page 1 resources changed");
    // The form's default resources may grow, not change.
    let mut file = signed(false);
    let form = FORM.replace(" 20 0 R", "").replace("/Helv 5 0 R", "/Helv 30 0 R");
    file.add(&[(8, &form), (30, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>")]);
    file.refused("form /DR /Font changed");
    let mut file = signed(false);
    let form = FORM.replace(" 20 0 R", "").replace("/Helv 5 0 R", "/Helv 5 0 R/Mine 30 0 R");
    file.add(&[(8, &form), (30, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>")]);
    assert_eq!(file.judged(None), []);
}

#[test]
fn a_freed_object() {
    for streams in [false, true] {
        let mut file = signed(streams);
        file.append(&[], &[4], &[], TRAILER);
        file.refused("page 1 content: an object was freed");
    }
}

#[test]
fn an_entry_alone_points_back() {
    let mut file = signed(false);
    let at = file.offsets[&13];
    // The content becomes what stood there before under another number: the parser sees it.
    file.append(&[], &[], &[(4, at)], TRAILER);
    file.refused("points back to earlier bytes");
    // The form of revision 0, without the signature.
    let base = signed(false);
    let first = base.bytes.windows(7).position(|w| w == b"8 0 obj").unwrap();
    let mut file = base.clone();
    file.append(&[], &[], &[(8, first)], TRAILER);
    file.refused("points back to earlier bytes");
    // Saying again what was so is no change.
    let mut file = base;
    let at = file.offsets[&4];
    file.append(&[], &[], &[(4, at)], TRAILER);
    assert_eq!(file.judged(None), []);
}

/// A base whose page content dictionary's colour lives in an object stream.
fn with_object_stream() -> File {
    let members = "4 0 << /A 1 >>";
    let base = [
        (1, "<</Type/Catalog/Pages 2 0 R/Held 4 0 R>>".to_owned()),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".into()),
        (3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>".into()),
        (5, stream("/Type/ObjStm/N 1/First 4", members)),
    ];
    let mut file = File::new(true, &base, "/Root 1 0 R");
    // Member 0 of object 5 is object 4.
    let from = file.bytes.windows(10).position(|w| w == b"/Type/XRef").unwrap();
    let data = from + file.bytes[from..].windows(7).position(|w| w == b"stream\n").unwrap() + 7;
    let text = String::from_utf8_lossy(&file.bytes[from..data]).into_owned();
    assert!(text.contains("/Index[0 1 1 1 2 1 3 1 5 1 6 1]"), "{text}");
    // Object 6, the section itself, is listed last: make that entry say "4 lies in 5".
    let row = data + 5 * 7;
    file.bytes[row..row + 7].copy_from_slice(&[2, 0, 0, 0, 5, 0, 0]);
    let index = from + text.find("5 1 6 1]").unwrap();
    file.bytes[index..index + 8].copy_from_slice(b"5 1 4 1]");
    file.add_plain(&[(7, "(signed)")]);
    file
}

impl File {
    fn add_plain(&mut self, objects: &[(u32, &str)]) {
        let objects: Vec<(u32, String)> =
            objects.iter().map(|(n, body)| (*n, (*body).to_owned())).collect();
        self.append(&objects, &[], &[], "/Root 1 0 R");
    }
}

#[test]
fn an_object_stream_is_replaced_under_its_members() {
    let mut file = with_object_stream();
    file.add_plain(&[(5, &stream("/Type/ObjStm/N 1/First 4", "4 0 << /A 2 >>"))]);
    file.refused("catalog /Held changed");
    file.refused("an object stream was replaced");
}

#[test]
fn a_reference_that_led_nowhere() {
    let mut file = signed(false);
    file.add(&[(90, "<</Evil true>>")]);
    file.refused("led nowhere");
}

#[test]
fn evil_annotations() {
    let mut file = signed(false);
    let text = "<</Type/Annot/Subtype/FreeText/Rect[0 0 99 99]/Contents(pay 99)/AP<</N 31 0 R>>>>";
    file.add(&[(3, &page("30 0 R")), (30, text), (31, &plain_form())]);
    assert_eq!(file.judged(None), [ChangeKind::Annotation { page: Some(0) }]);
    for (subtype, entries) in [
        ("Link", "/A<</S/URI/URI(x)>>"),
        ("FileAttachment", ""),
        ("Screen", ""),
        ("Text", "/AA<<>>"),
    ] {
        let mut file = signed(false);
        let body = format!("<</Type/Annot/Subtype/{subtype}/Rect[0 0 9 9]{entries}>>");
        file.add(&[(3, &page("30 0 R")), (30, &body)]);
        file.refused("an annotation was added");
    }
    // A widget of no field, and one of an ordinary field.
    let mut file = signed(false);
    file.add(&[
        (3, &page("30 0 R")),
        (30, &field("Ghost", "/Rect[0 0 9 9]/AP<</N 31 0 R>>")),
        (31, &plain_form()),
    ]);
    file.refused("an annotation was added (Widget)");
    // One that was there is taken away or hidden.
    let mut file = signed(false);
    file.add(&[(3, &page("").replace("11 0 R 12 0 R", "11 0 R"))]);
    file.refused("an annotation was removed");
    let mut file = signed(false);
    file.add(&[(
        11,
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Blank)/Rect[10 10 600 400]/F 4/P 3 0 R>>",
    )]);
    file.refused("/Rect changed");
}

#[test]
fn form_values() {
    let filled = |entries: &str| {
        let mut file = signed(false);
        let text = format!(
            "<</Type/Annot/Subtype/Widget/FT/Tx/T(Text)/Rect[100 10 160 40]/F 4{entries}>>"
        );
        file.add(&[(12, &text), (30, &plain_form())]);
        file
    };
    assert_eq!(
        filled("/V(99)/AP<</N 30 0 R>>").judged(None),
        [ChangeKind::FormFill { field: "Text".into() }]
    );
    filled("/V(99)/AP<</N 30 0 R>>/AA<</K 1>>").refused("/AA changed");
    filled("/V(10)/AP<</N 14 0 R>>/Ff 1").refused("/Ff changed");
    // The appearance alone, under the same reference.
    let mut file = signed(false);
    file.add(&[(14, &stream("/Type/XObject/Subtype/Form/BBox[0 0 60 30]", "(99) Tj"))]);
    assert!(!file.others(None).is_empty());
    // A new field that is no signature.
    let mut file = signed(false);
    file.add(&[(8, FORM), (20, "<</FT/Tx/T(New)/V(x)>>")]);
    file.refused("a form field was added: New");
}

#[test]
fn the_catalog_gains_behaviour() {
    for entry in [
        "/OpenAction<</S/JavaScript/JS(x)>>",
        "/AA<<>>",
        "/Names<</JavaScript<<>>>>",
        "/Names<</EmbeddedFiles<<>>>>",
        "/OCProperties<</OCGs[]/D<<>>>>",
        "/AF[30 0 R]",
        "/Outlines 30 0 R",
        "/StructTreeRoot 30 0 R",
        "/ViewerPreferences<<>>",
        "/NeverHeardOf 1",
    ] {
        let mut file = signed(false);
        file.add(&[(1, &CATALOG.replace(">>", &format!("{entry}>>"))), (30, "<<>>")]);
        file.refused("was added");
    }
    for entry in ["/NeedAppearances true", "/XFA[]", "/CO[12 0 R]"] {
        let mut file = signed(false);
        file.add(&[(
            8,
            &FORM.replace(" 20 0 R", "").replace("/SigFlags", &format!("{entry}/SigFlags")),
        )]);
        file.refused("form /");
    }
    let mut file = signed(false);
    file.append(&[], &[], &[], "/Root 1 0 R/Info 6 0 R/ID[<01><02>]/Evil 1");
    file.refused("trailer /Evil changed");
    let mut file = signed(false);
    file.append(
        &[(30, "<</Filter/Standard>>".into())],
        &[],
        &[],
        "/Root 1 0 R/Info 6 0 R/ID[<01><02>]/Encrypt 30 0 R",
    );
    file.refused("the encryption changed");
}

#[test]
fn signatures_are_removed_or_replaced() {
    let mut file = signed(false);
    file.add(&[(9, &SIGNED.replace("/V 10 0 R", ""))]);
    file.refused("the signature First was removed");
    let mut file = signed(false);
    file.add(&[
        (9, &SIGNED.replace("/V 10 0 R", "/V 30 0 R")),
        (30, &SIGNATURE.replace("<00>", "<01>")),
    ]);
    file.refused("the signature First was replaced");
    let mut file = signed(false);
    file.add(&[(10, &SIGNATURE.replace("<00>", "<01>"))]);
    assert!(!file.others(None).is_empty());
    let mut file = signed(false);
    file.add(&[(
        8,
        "<</Fields[11 0 R 12 0 R]/SigFlags 3/DA(/Helv 0 Tf)/DR<</Font<</Helv 5 0 R>>>>>>",
    )]);
    file.refused("a form field was removed");
}

#[test]
fn new_signature_fields_with_a_trick() {
    second(false, "/AA<</E 1>>", &plain_form()).refused("has /AA");
    second(false, "/A<</S/JavaScript>>", &plain_form()).refused("has /A");
    second(false, "/OC 30 0 R", &plain_form()).refused("has /OC");
    let layered = plain_form().replace("/Subtype/Form", "/Subtype/Form/OC<</Type/OCG>>");
    second(false, "", &layered).refused("the appearance of Second has");
    let outside = plain_form().replace("/Subtype/Form", "/Subtype/Form/Ref<</F(x.pdf)>>");
    second(false, "", &outside).refused("the appearance of Second has /Ref");
    // It names another page than the one that lists it, or none lists it.
    let mut file = signed(false);
    let widget = field("Second", "/V 21 0 R/P 2 0 R/Rect[300 100 400 150]/AP<</N 22 0 R>>");
    file.add(&[
        (8, FORM),
        (3, &page("20 0 R")),
        (20, &widget),
        (21, SIGNATURE),
        (22, &plain_form()),
    ]);
    assert!(file.others(APPROVAL).iter().any(|w| w.contains("names another page")));
    let mut file = signed(false);
    file.add(&[(8, FORM), (20, &widget), (21, SIGNATURE), (22, &plain_form())]);
    assert!(file.others(APPROVAL).iter().any(|w| w.contains("stands on no page")));
    // An old object becomes a field.
    let mut file = signed(false);
    file.add(&[(8, &FORM.replace("20 0 R", "13 0 R"))]);
    file.refused("became a form field");
    // Twice on the page.
    let mut file = signed(false);
    file.add(&[
        (8, FORM),
        (3, &page("20 0 R 20 0 R")),
        (20, &widget),
        (21, SIGNATURE),
        (22, &plain_form()),
    ]);
    assert!(file.others(APPROVAL).iter().any(|w| w.contains("twice")));
}

/// A widget that is called like a good signature borrowed its verdict and could paint.
#[test]
fn a_second_field_of_a_name() {
    let mut file = signed(false);
    let widget = field("First", "/P 3 0 R/Rect[300 100 400 150]/AP<</N 22 0 R>>");
    file.add(&[(8, FORM), (3, &page("20 0 R")), (20, &widget), (22, &plain_form())]);
    file.refused("a second field is called First");
}

/// Five numbers read as no area here, as a place in some viewers.
#[test]
fn a_place_that_readers_disagree_on() {
    for rect in ["[300 100 400 150 0]", "[300 100 400]", "[300 100 400 (x)]"] {
        let mut file = signed(false);
        let widget = field("Second", &format!("/V 21 0 R/P 3 0 R/Rect{rect}/AP<</N 22 0 R>>"));
        file.add(&[
            (8, FORM),
            (3, &page("20 0 R")),
            (20, &widget),
            (21, SIGNATURE),
            (22, &plain_form()),
        ]);
        let others = file.others(APPROVAL);
        assert!(others.iter().any(|what| what.contains("not four numbers")), "{rect} {others:?}");
    }
}

#[test]
fn a_dss_that_smuggles() {
    let dss = |dss: &str| {
        let mut file = signed(false);
        file.add(&[
            (1, &CATALOG.replace(">>", "/DSS 30 0 R>>")),
            (30, dss),
            (31, &stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", "x")),
            (32, &stream("", "der")),
        ]);
        file
    };
    assert_eq!(dss("<</Certs[32 0 R]>>").judged(None), [ChangeKind::Dss]);
    dss("<</Certs[32 0 R]/Kids[3 0 R]>>").refused("does not belong there");
    dss("<</Certs[31 0 R]>>").refused("does not belong there");
    dss("<</Certs[3 0 R]>>").refused("does not belong there");
}

#[test]
fn one_object_with_two_uses() {
    // The page shows what the catalog calls metadata.
    let shown = page("").replace("/Contents 4 0 R", "/Contents 7 0 R");
    let objects: Vec<(u32, String)> = vec![
        (1, CATALOG.into()),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".into()),
        (3, shown),
        (6, "<<>>".into()),
        (7, stream("/Type/Metadata/Subtype/XML", "(pay 10) Tj")),
        (8, "<</Fields[9 0 R]>>".into()),
        (9, SIGNED.into()),
        (10, SIGNATURE.into()),
        (11, "null".into()),
        (12, "null".into()),
    ];
    let mut file = File::new(false, &objects, TRAILER);
    file.add(&[(20, "(signed)")]);
    file.add(&[(7, &stream("/Type/Metadata/Subtype/XML", "(pay 99) Tj"))]);
    file.refused("two uses");
}

#[test]
fn another_generation_is_another_object() {
    for number in [3, 4, 7, 8, 9] {
        let mut file = signed(false);
        let at = file.bytes.len();
        let old = file.offsets[&number];
        let end = old + file.bytes[old..].windows(6).position(|w| w == b"endobj").unwrap();
        let body = String::from_utf8_lossy(&file.bytes[old + 8..end]).into_owned();
        file.bytes.extend_from_slice(format!("{number} 1 obj\n{body}endobj\n").as_bytes());
        file.append(&[], &[], &[(number, at)], TRAILER);
        let entry =
            file.bytes.windows(20).rposition(|w| w == format!("{at:010} 00000 n \n").as_bytes());
        let entry = entry.unwrap();
        file.bytes[entry + 15] = b'1';
        assert!(!file.others(None).is_empty(), "{number}: {:?}", file.judged(None));
    }
}

#[test]
fn a_cross_reference_stream_that_is_content_too() {
    // The signed font names object 90, which is nothing; the next section takes that number.
    let mut file = signed(true);
    file.size = 90;
    file.add(&[]);
    file.refused("led nowhere");
}

/// Its appearance would not be where /Rect says, and programs would disagree on the page.
#[test]
fn a_widget_that_does_not_stay_in_place() {
    for flags in [132 | 8, 132 | 16] {
        let mut file = signed(false);
        let widget = field("Second", "/V 21 0 R/P 3 0 R/Rect[300 100 400 150]/AP<</N 22 0 R>>");
        let widget = widget.replace("/F 132", &format!("/F {flags}"));
        let objects =
            [(8, FORM), (3, &page("20 0 R")), (20, &widget), (21, SIGNATURE), (22, &plain_form())];
        file.add(&objects);
        let others = file.others(APPROVAL);
        assert!(others.iter().any(|what| what.contains("does not zoom or turn")), "{others:?}");
    }
}

#[test]
fn painting_where_programs_count_pages_differently() {
    for (kids, other) in [
        ("30 0 R 3 0 R", "<</Type/Page/Kids[]>>"),
        ("30 0 R 3 0 R", "<</Type/Pages>>"),
        ("30 0 R 30 0 R 3 0 R", "<</Type/Page>>"),
        ("<</Type/Page>> 3 0 R", "<</Type/Page>>"),
        ("30 0 R 3 0 R", "(no page)"),
    ] {
        let tree = format!("<</Type/Pages/Kids[{kids}]/Count 2>>");
        let mut file = signed_with(false, &[(2, &tree), (30, other)]);
        let widget = field("Second", "/V 21 0 R/P 3 0 R/Rect[300 100 400 150]/AP<</N 22 0 R>>");
        let form = plain_form();
        file.add(&[(8, FORM), (3, &page("20 0 R")), (20, &widget), (21, SIGNATURE), (22, &form)]);
        let others = file.others(APPROVAL);
        assert!(others.iter().any(|what| what.contains("count the pages")), "{kids}: {others:?}");
    }
}

/// What an update leaves out of the trailer without meaning anything by it, and what it may not.
#[test]
fn an_unknown_key_of_the_trailer_may_go() {
    for (key, fine) in
        [("/DocChecksum/AB", true), ("/AuthCode<</A 1>>", false), ("/X 4 0 R", false)]
    {
        let mut file = signed_with(false, &[]);
        let with_key = format!("{TRAILER}{key}");
        file.append(&[], &[], &[], &with_key);
        file.append(&[(6, "<</Title(new)>>".into())], &[], &[], TRAILER);
        let document = Document::open(&file.bytes, &Limits::default()).unwrap();
        let signatures = [signature("First", SignatureKind::Signature, 2)];
        let all = changes(&document, 2, &signatures, &Limits::default());
        let refused = all[0].changes.iter().any(|c| matches!(c.kind, ChangeKind::Other { .. }));
        assert_eq!(!refused, fine, "{key}: {all:?}");
    }
}
