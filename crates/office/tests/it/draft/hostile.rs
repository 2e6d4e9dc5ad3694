//! Each thing that a draft may not hold, put into an honest document, and named.

use office::draft::inspect;
use pdf::{Append, Dictionary, Document, Limits, Object, ObjectId, View};

use super::documents;

/// The document with `change` appended: it gets the catalog, the first page, and a way to add objects.
fn with(
    base: &[u8],
    change: impl FnOnce(&mut Append<'_>, &mut Dictionary, &mut Dictionary),
) -> Vec<u8> {
    let document = Document::open(&base, &Limits::default()).unwrap();
    let view = View { document: &document, revision: document.newest() };
    let mut catalog = view.catalog();
    let pages = view.get(&catalog, "Pages");
    let mut kid = pages.as_dictionary().unwrap().clone();
    let mut page_id = None;
    while let Some(kids) = kid.get("Kids") {
        let first = view.follow(kids).as_array().unwrap()[0].as_reference().unwrap();
        page_id = Some(first);
        kid = view.resolve(first).as_dictionary().unwrap().clone();
    }
    let mut append = Append::new(&document).unwrap();
    change(&mut append, &mut catalog, &mut kid);
    append.object(view.root().unwrap(), &Object::Dictionary(catalog));
    append.object(page_id.unwrap(), &Object::Dictionary(kid));
    let tail = append.finish(&[], b"");
    [base, &tail].concat()
}

fn add(append: &mut Append<'_>, body: &str) -> Object {
    let id: ObjectId = append.allocate();
    append.raw(id, body.as_bytes());
    Object::Reference(id)
}

fn annotation(append: &mut Append<'_>, page: &mut Dictionary, body: &str) {
    let annotation = add(append, body);
    page.set("Annots", Object::Array(vec![annotation]));
}

fn form(append: &mut Append<'_>, catalog: &mut Dictionary, field: &str, more: &str) {
    let field = add(append, field);
    let form =
        add(append, &format!("<</Fields[{} 0 R]{more}>>", field.as_reference().unwrap().number));
    catalog.set("AcroForm", form);
}

type Change = fn(&mut Append<'_>, &mut Dictionary, &mut Dictionary);

const REFUSED: &[(&str, &str, Change)] = &[
    ("javascript on opening", "javascript", |a, c, _| {
        c.set("OpenAction", add(a, "<</S/JavaScript/JS(app.alert\\(1\\))>>"));
    }),
    ("a script in the names", "javascript", |a, c, _| {
        c.set("Names", add(a, "<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>"));
    }),
    ("launch behind a jump", "launch_action", |a, c, _| {
        let next = "<</S/GoTo/D[null/Fit]/Next<</S/Launch/F(calc.exe)>>>>";
        c.set("OpenAction", add(a, next));
    }),
    ("an uri on opening", "open_action", |a, c, _| {
        c.set("OpenAction", add(a, "<</S/URI/URI(https://example.invalid/)>>"));
    }),
    ("a page that acts when shown", "additional_actions", |a, _, p| {
        p.set("AA", add(a, "<</O<</S/GoTo/D[null/Fit]>>>>"));
    }),
    ("a link that submits", "submit_action", |a, _, p| {
        annotation(
            a,
            p,
            "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/SubmitForm/F(https://x/)>>>>",
        );
    }),
    ("a link that imports", "import_action", |a, _, p| {
        annotation(a, p, "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/ImportData/F(x)>>>>");
    }),
    ("a link into another file", "action", |a, _, p| {
        annotation(
            a,
            p,
            "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/GoToR/F(x.pdf)/D[0/Fit]>>>>",
        );
    }),
    ("a link to a file", "link_scheme", |a, _, p| {
        annotation(
            a,
            p,
            "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(file:///etc/passwd)>>>>",
        );
    }),
    ("an outline that acts", "launch_action", |a, c, _| {
        c.set("Outlines", add(a, "<</First<</Title(x)/A<</S/Launch/F(x)>>>>>>"));
    }),
    ("a text field", "form_field", |a, c, _| {
        form(a, c, "<</FT/Tx/T(name)/V(x)>>", "");
    }),
    ("a widget that no form lists", "form_field", |a, _, p| {
        annotation(a, p, "<</Type/Annot/Subtype/Widget/FT/Btn/T(b)/Rect[0 0 9 9]>>");
    }),
    ("xfa", "xfa", |a, c, _| {
        form(a, c, "<</FT/Sig/T(s)>>", "/XFA(x)");
    }),
    ("a signature", "already_signed", |a, c, _| {
        let value = "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<00>>>";
        form(a, c, &format!("<</FT/Sig/T(s)/V{value}>>"), "");
    }),
    ("layers", "optional_content", |a, c, _| {
        let group = add(a, "<</Type/OCG/Name(a)>>");
        let number = group.as_reference().unwrap().number;
        c.set("OCProperties", add(a, &format!("<</OCGs[{number} 0 R]/D<<>>>>")));
    }),
    ("a layer on an annotation", "optional_content", |a, _, p| {
        annotation(a, p, "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/OC<</Type/OCG/Name(a)>>>>");
    }),
    ("an attachment in the names", "embedded_file", |a, c, _| {
        c.set("Names", add(a, "<</EmbeddedFiles<</Names[(x)<</Type/Filespec/F(x)>>]>>>>"));
    }),
    ("an attachment on the page", "embedded_file", |a, _, p| {
        annotation(a, p, "<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS<</F(x)>>>>");
    }),
    ("an associated file", "embedded_file", |a, c, _| {
        c.set("AF", add(a, "[<</Type/Filespec/F(x)>>]"));
    }),
    ("a film", "multimedia", |a, _, p| {
        annotation(a, p, "<</Type/Annot/Subtype/Screen/Rect[0 0 9 9]>>");
    }),
    ("data from outside", "external_stream", |a, _, p| {
        annotation(a, p, "<</Type/Annot/Subtype/Stamp/Rect[0 0 9 9]>>");
        let outside = add(a, "<</Length 0/F(x)>>\nstream\n\nendstream");
        p.set("PieceInfo", Object::Dictionary(Dictionary::new().with("X", outside)));
    }),
];

#[test]
fn what_acts_or_hides_is_refused_with_its_place() {
    let mut wrong = vec![];
    let documents = documents();
    // A table, a table of another producer, an xref stream with object streams.
    for base in ["ho-kinh-doanh", "ho-kinh-doanh-libreoffice", "ho-kinh-doanh-xref-stream"] {
        let base = documents.iter().find(|d| d.name == base).unwrap();
        for (what, code, change) in REFUSED {
            let found = inspect(&with(&base.pdf, change)).findings;
            let named = found.iter().find(|f| f.refused && f.code == *code);
            match named {
                Some(f) if f.object.is_some() => {}
                other => wrong.push(format!("{what} in {}: {other:?} of {found:?}", base.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_page_is_named() {
    let documents = documents();
    let base = &documents.iter().find(|d| d.name == "quyet-dinh").unwrap().pdf;
    let link = "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(x)>>>>";
    let found = inspect(&with(base, |a, _, p| annotation(a, p, link))).findings;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].code.as_str(), found[0].page), ("launch_action", Some(1)));
    assert!(found[0].text_vi.contains("trang 1"), "{found:?}");
    assert!(found[0].text_en.contains("page 1"), "{found:?}");
}

#[test]
fn links_and_jumps_are_no_reason() {
    let documents = documents();
    let base = &documents[0].pdf;
    for uri in ["https://example.invalid/a", "mailto:a@b.invalid", "tel:+84240000000"] {
        let link = format!("<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI({uri})>>>>");
        let found = inspect(&with(base, |a, _, p| annotation(a, p, &link))).findings;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!found[0].refused && found[0].code == "link" && found[0].text_en.contains(uri));
    }
    let jump = with(base, |a, c, _| c.set("OpenAction", add(a, "<</S/GoTo/D[0/Fit]>>")));
    assert_eq!(inspect(&jump).findings, vec![]);
    let place = with(base, |a, c, _| c.set("OpenAction", add(a, "[0/XYZ null null null]")));
    assert_eq!(inspect(&place).findings, vec![]);
    let field = with(base, |a, c, _| form(a, c, "<</FT/Sig/T(ky)>>", ""));
    assert_eq!(inspect(&field).findings, vec![]);
}

#[test]
fn honest_documents_are_clean() {
    for document in documents() {
        let found = inspect(&document.pdf).findings;
        assert!(found.iter().all(|f| !f.refused), "{}: {found:?}", document.name);
    }
}

#[test]
fn any_bytes_get_an_answer() {
    let documents = documents();
    let base = &documents[0].pdf;
    let code = |bytes: &[u8]| inspect(bytes).findings[0].code.clone();
    assert_eq!(code(b""), "not_a_pdf");
    assert_eq!(code(b"hello"), "not_a_pdf");
    assert!(!inspect(&base[..base.len() / 2]).is_clean());
    assert!(!inspect(&base[100..]).is_clean());
    let encrypted = super::root().join("target/test-encrypted.pdf");
    let plain = super::root().join("target/test-plain.pdf");
    std::fs::write(&plain, base).unwrap();
    let done = std::process::Command::new("qpdf")
        .args(["--encrypt", "", "x", "256", "--"])
        .args([&plain, &encrypted])
        .status()
        .expect("Debian package qpdf");
    assert!(done.success());
    assert_eq!(code(&std::fs::read(encrypted).unwrap()), "encrypted");
}
