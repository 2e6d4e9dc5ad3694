//! Attacks and honest updates, each built here: a base file, a first signature, a later revision.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attacks;
mod cost;
mod honest;

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
    signed_with(streams, &[])
}

/// The same with more objects before the signature, or others of the same number.
fn signed_with(streams: bool, more: &[(u32, &str)]) -> File {
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
    let mut base: BTreeMap<u32, String> = base.into();
    base.extend(more.iter().map(|(number, body)| (*number, (*body).to_owned())));
    let base: Vec<(u32, String)> = base.into_iter().collect();
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
