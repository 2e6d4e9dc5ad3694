//! Attacks and honest updates, each built here: a base file, a first signature, a later revision.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use pdf::{Document, Limits};

use super::changes;
use crate::{ChangeKind, SignatureFacts, SignatureKind};

/// A file that grows by revisions.
#[derive(Clone)]
struct File {
    bytes: Vec<u8>,
    offsets: BTreeMap<u32, usize>,
    startxref: usize,
    size: u32,
    streams: bool,
}

impl File {
    fn new(streams: bool, objects: &[(u32, String)], trailer: &str) -> Self {
        let bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut file = Self { bytes, offsets: BTreeMap::new(), startxref: 0, size: 1, streams };
        file.append(objects, &[], &[], trailer);
        file
    }

    /// One revision: objects, freed numbers, numbers pointed to offsets, trailer entries.
    fn append(
        &mut self,
        objects: &[(u32, String)],
        free: &[u32],
        point: &[(u32, usize)],
        trailer: &str,
    ) {
        let mut entries: BTreeMap<u32, Option<usize>> = free.iter().map(|n| (*n, None)).collect();
        entries.extend(point.iter().map(|(n, at)| (*n, Some(*at))));
        for (number, body) in objects {
            entries.insert(*number, Some(self.bytes.len()));
            self.offsets.insert(*number, self.bytes.len());
            self.bytes.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
            self.size = self.size.max(number + 1);
        }
        let prev =
            if self.startxref == 0 { String::new() } else { format!("/Prev {}", self.startxref) };
        if self.startxref == 0 {
            entries.insert(0, None);
        }
        let start = self.bytes.len();
        if self.streams {
            let own = self.size;
            self.size += 1;
            entries.insert(own, Some(start));
            let index: Vec<String> = entries.keys().map(|n| format!("{n} 1")).collect();
            let mut data = Vec::new();
            for at in entries.values() {
                data.push(u8::from(at.is_some()));
                data.extend_from_slice(&u32::try_from(at.unwrap_or(0)).unwrap().to_be_bytes());
                data.extend_from_slice(&[0, 0]);
            }
            let head = format!(
                "{own} 0 obj\n<</Type/XRef/W[1 4 2]/Index[{}]/Size {}{prev}{trailer}/Length {}>>\nstream\n",
                index.join(" "),
                self.size,
                data.len()
            );
            self.bytes.extend_from_slice(head.as_bytes());
            self.bytes.extend_from_slice(&data);
            self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
        } else {
            self.bytes.extend_from_slice(b"xref\n");
            for (number, at) in &entries {
                let line = match at {
                    Some(at) => format!("{number} 1\n{at:010} 00000 n \n"),
                    None => format!("{number} 1\n0000000000 65535 f \n"),
                };
                self.bytes.extend_from_slice(line.as_bytes());
            }
            let size = self.size;
            self.bytes.extend_from_slice(
                format!("trailer\n<</Size {size}{prev}{trailer}>>\n").as_bytes(),
            );
        }
        self.bytes.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        self.startxref = start;
    }

    fn add(&mut self, objects: &[(u32, &str)]) {
        let objects: Vec<(u32, String)> =
            objects.iter().map(|(n, body)| (*n, (*body).to_owned())).collect();
        self.append(&objects, &[], &[], TRAILER);
    }

    /// Changes of the last revision; revision 1 signs "First", revision 2 whatever `field` says.
    fn judged(&self, field: Option<(&str, SignatureKind)>) -> Vec<ChangeKind> {
        let document = Document::open(&self.bytes, &Limits::default()).unwrap();
        assert_eq!(document.newest(), 2, "{:?}", document.defects());
        let mut signatures = vec![signature("First", SignatureKind::Signature, 1)];
        signatures.extend(field.map(|(name, kind)| signature(name, kind, 2)));
        let all = changes(&document, 1, &signatures, &Limits::default());
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].revision, 2);
        all[0].changes.iter().map(|c| c.kind.clone()).collect()
    }

    /// What is not permitted, in words.
    fn others(&self, field: Option<(&str, SignatureKind)>) -> Vec<String> {
        let others = self.judged(field).into_iter().filter_map(|kind| match kind {
            ChangeKind::Other { what } => Some(what),
            _ => None,
        });
        others.collect()
    }

    #[track_caller]
    fn refused(&self, words: &str) {
        let others = self.others(None);
        assert!(
            others.iter().any(|what| what.contains(words)),
            "{words}: {others:?} {:?}",
            self.judged(None)
        );
    }
}

fn signature(field: &str, kind: SignatureKind, revision: u32) -> SignatureFacts {
    SignatureFacts {
        field: field.into(),
        field_object: None,
        kind,
        sub_filter: "ETSI.CAdES.detached".into(),
        byte_range: vec![],
        defects: vec![],
        contents: vec![],
        revision: Some(revision),
        covers_whole_file: false,
        claimed_time: None,
        claimed_time_raw: None,
        name: None,
        reason: None,
        location: None,
        certification: None,
        field_lock: None,
        widget: None,
    }
}

fn stream(dict: &str, data: &str) -> String {
    format!("<<{dict}/Length {}>>\nstream\n{data}\nendstream", data.len())
}

const TRAILER: &str = "/Root 1 0 R/Info 6 0 R/ID[<01><02>]";
const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R/Metadata 7 0 R/AcroForm 8 0 R>>";
const PAGE: &str = "/Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X 13 0 R>>>>";
const SIGNED: &str =
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(First)/V 10 0 R/Rect[0 0 0 0]/F 132/P 3 0 R>>";
const SIGNATURE: &str = "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Contents<00>/ByteRange[0 1 2 3]>>";

/// Base, an empty field "Blank" and a text field "Text", signed by "First" in revision 1.
/// Numbers up to 14 and, with streams, 15 and 16 are in use; 90 is named by the page tree's /X and
/// has no object.
fn signed(streams: bool) -> File {
    let base = [
        (1, "<</Type/Catalog/Pages 2 0 R/Metadata 7 0 R/AcroForm 8 0 R>>".to_owned()),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".into()),
        (3, format!("<<{PAGE}/Annots[11 0 R 12 0 R]>>")),
        (4, stream("", "BT /F1 12 Tf (pay 10) Tj ET")),
        (5, "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/X 90 0 R>>".into()),
        (6, "<</Title(t)/ModDate(D:2026)>>".into()),
        (7, stream("/Type/Metadata/Subtype/XML", "<x/>")),
        (8, "<</Fields[11 0 R 12 0 R]/DA(/Helv 0 Tf)/DR<</Font<</Helv 5 0 R>>>>>>".into()),
        (11, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Blank)/Rect[10 10 60 40]/F 4/P 3 0 R>>".into()),
        (12, "<</Type/Annot/Subtype/Widget/FT/Tx/T(Text)/V(10)/Rect[100 10 160 40]/F 4/AP<</N 14 0 R>>>>".into()),
        (13, stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", "0 0 9 9 re f")),
        (14, stream("/Type/XObject/Subtype/Form/BBox[0 0 60 30]", "(10) Tj")),
    ];
    let mut file = File::new(streams, &base, TRAILER);
    let fields =
        "<</Fields[11 0 R 12 0 R 9 0 R]/SigFlags 3/DA(/Helv 0 Tf)/DR<</Font<</Helv 5 0 R>>>>>>";
    let page = format!("<<{PAGE}/Annots[11 0 R 12 0 R 9 0 R]>>");
    file.add(&[(8, fields), (3, &page), (9, SIGNED), (10, SIGNATURE)]);
    file
}

const FORM: &str =
    "<</Fields[11 0 R 12 0 R 9 0 R 20 0 R]/SigFlags 3/DA(/Helv 0 Tf)/DR<</Font<</Helv 5 0 R>>>>>>";

fn page(annotations: &str) -> String {
    format!("<<{PAGE}/Annots[11 0 R 12 0 R 9 0 R {annotations}]>>")
}

fn field(name: &str, entries: &str) -> String {
    format!("<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/F 132{entries}>>")
}

/// A second, visible signature in field "Second".
fn second(streams: bool, entries: &str, appearance: &str) -> File {
    let mut file = signed(streams);
    let widget = field(
        "Second",
        &format!("/V 21 0 R/P 3 0 R/Rect[300 100 400 150]/AP<</N 22 0 R>>{entries}"),
    );
    file.add(&[(8, FORM), (3, &page("20 0 R")), (20, &widget), (21, SIGNATURE), (22, appearance)]);
    file
}

fn plain_form() -> String {
    stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 100 50]/Resources<</Font<</F1 5 0 R>>>>",
        "0 0 9 9 re f",
    )
}

const APPROVAL: Option<(&str, SignatureKind)> = Some(("Second", SignatureKind::Signature));

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
        let signatures = found(&document);
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

/// Signed fields, read as simply as can be.
fn found(document: &Document<'_>) -> Vec<SignatureFacts> {
    let view = document.current();
    let mut found = Vec::new();
    let form = view.get(&view.catalog(), "AcroForm");
    let Some(form) = form.as_dictionary() else { return found };
    let fields = view.get(form, "Fields");
    for field in fields.as_array().unwrap_or_default() {
        let field = view.follow(field);
        let Some(field) = field.as_dictionary() else { continue };
        let value = view.get(field, "V");
        let Some(value) = value.as_dictionary() else { continue };
        let range = view.get(value, "ByteRange");
        let numbers: Vec<i64> =
            range.as_array().unwrap_or_default().iter().filter_map(|n| n.as_integer()).collect();
        let [_, _, from, length] = numbers.as_slice() else { continue };
        let end = u64::try_from(from + length).unwrap();
        let revision = document.revisions().iter().find(|r| r.ends_at(end)).map(|r| r.index);
        let name = view.get(field, "T").as_string().map(pdf::text_of).unwrap_or_default();
        let kind = match value.is_name("SubFilter", "ETSI.RFC3161") {
            true => SignatureKind::DocumentTimestamp,
            false => SignatureKind::Signature,
        };
        found.push(SignatureFacts { revision, ..signature(&name, kind, 0) });
    }
    found
}
