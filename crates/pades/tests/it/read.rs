use pades::{Limits, PdfFacts, SignatureKind};

use crate::{base, base::Style, order, placed, sign};

fn read(bytes: &[u8]) -> PdfFacts {
    pades::read(&bytes, &Limits::default())
}

fn codes(defects: &[pades::Defect]) -> Vec<&str> {
    defects.iter().map(|defect| defect.code.as_str()).collect()
}

fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).rposition(|window| window == what).unwrap()
}

/// Replaces the last `from` by `to`, which has the same length.
fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = find(bytes, from.as_bytes());
    [&bytes[..at], to.as_bytes(), &bytes[at + to.len()..]].concat()
}

#[test]
fn a_signature_says_what_was_written() {
    let bytes = base::plain(Style::Stream);
    let signed = sign(&bytes, &pades::NewSignature { appearance: Some(placed(1)), ..order() });
    let facts = read(&signed);
    assert!(facts.readable && !facts.encrypted);
    assert_eq!(facts.pages, 2);
    let signature = &facts.signatures[0];
    assert_eq!(signature.field, "Signature1");
    assert_eq!(signature.kind, SignatureKind::Signature);
    assert_eq!(signature.sub_filter, "ETSI.CAdES.detached");
    assert_eq!(signature.name.as_deref(), Some("Nguyễn Văn A"));
    assert_eq!(signature.location.as_deref(), Some("Hà Nội"));
    assert_eq!(signature.claimed_time_raw.as_deref(), Some("D:20260105080203+07'00'"));
    assert_eq!(signature.claimed_time, order().claimed_time);
    assert_eq!((signature.revision, signature.covers_whole_file), (Some(1), true));
    assert_eq!(&signature.contents[..crate::DER.len()], crate::DER);
    assert_eq!(signature.contents.len(), 64);
    let widget = signature.widget.clone().unwrap();
    assert_eq!((widget.page, widget.visible), (Some(1), true));
    assert_eq!(facts.oddities, vec![]);
    assert_eq!(facts.revision_changes, vec![]);
}

#[test]
fn a_range_that_is_not_exact_is_named() {
    let signed = sign(&base::plain(Style::Table), &order());
    let text = String::from_utf8_lossy(&signed).into_owned();
    let at = text.find("/ByteRange [0 ").unwrap();
    let range = &text[at..at + text[at..].find(']').unwrap() + 1];
    let numbers = read(&signed).signatures[0].byte_range.clone();
    let [_, a, b, c] = numbers[..] else { panic!() };
    let cases = [
        (format!("/ByteRange [0 {} {b} {c}]", a - 1), "gap_not_contents"),
        (format!("/ByteRange [0 {a} {} {c}]", b + 1), "byte_range_past_end"),
        (format!("/ByteRange [0 {a} {b} {}]", c - 9), "byte_range_not_revision_end"),
        (format!("/ByteRange [1 {a} {b} {c}]"), "byte_range_malformed"),
        (format!("/ByteRange [0 {b} {a} {c}]"), "byte_range_malformed"),
    ];
    for (to, code) in cases {
        let facts = read(&replace(&signed, &format!("{range:<70}"), &format!("{to:<70}")));
        assert!(codes(&facts.signatures[0].defects).contains(&code), "{to}: {facts:#?}");
    }
}

#[test]
fn bytes_after_the_end_are_not_passed_over() {
    let signed = sign(&base::plain(Style::Table), &order());
    let with = |more: &[u8]| read(&[&signed, more].concat());
    assert_eq!(with(b"\n\n").defects, vec![]);
    assert_eq!(codes(&with(b"\0\0").oddities), ["tail_bytes"]);
    assert_eq!(codes(&with(b"% hello\n").oddities), ["tail_bytes"]);
    assert_eq!(codes(&with(b"9 0 obj null endobj\n").defects), ["tail_not_parsed"]);
    let twice = format!("startxref\n{}\n%%EOF\n", find(&signed, b"xref\n1 "));
    assert_eq!(codes(&with(twice.as_bytes()).defects), ["tail_not_parsed"]);
}

#[test]
fn a_later_section_that_points_back_is_named() {
    let signed = sign(&base::plain(Style::Table), &order());
    let previous = find(&signed, b"xref\n1 ");
    let page_at = find(&signed, b"5 0 obj");
    let xref = signed.len();
    let update = format!(
        "xref\n5 1\n{page_at:010} 00000 n \n3 1\n{:010} 00000 n \ntrailer\n<</Size 20/Root 1 0 R/Prev {previous}>>\nstartxref\n{xref}\n%%EOF\n",
        find(&signed, b"4 0 obj"),
    );
    let facts = read(&[&signed, update.as_bytes()].concat());
    // Object 5 stays where it was: no defect. Object 3 is led to object 4.
    assert_eq!(codes(&facts.defects), ["xref_entry_wrong"], "{:?}", facts.defects);
    assert_eq!(facts.signatures.len(), 1);
}

#[test]
fn a_removed_field_leaves_an_orphan() {
    let signed = sign(&base::plain(Style::Table), &order());
    let previous = find(&signed, b"xref\n1 ");
    let at = signed.len();
    let catalog = "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n";
    let update = |objects: &str, entries: &str| {
        format!(
            "{objects}xref\n1 1\n{at:010} 00000 n \n{entries}trailer\n<</Size 20/Root 1 0 R/Prev {previous}>>\nstartxref\n{}\n%%EOF\n",
            at + objects.len()
        )
    };
    // Its picture is still on the page: a signature, and broken.
    let facts = read(&[&signed, update(catalog, "").as_bytes()].concat());
    assert_eq!(codes(&facts.signatures[0].defects), ["not_in_the_form"]);
    let page = "3 0 obj\n<</Type/Page/Parent 2 0 R>>\nendobj\n";
    let entry = format!("3 1\n{:010} 00000 n \n", at + catalog.len());
    let update = update(&format!("{catalog}{page}"), &entry);
    let facts = read(&[&signed, update.as_bytes()].concat());
    assert!(facts.signatures.is_empty());
    assert_eq!(codes(&facts.oddities), ["signature_orphaned"]);
}

#[test]
fn two_fields_do_not_share_a_signature() {
    let signed = sign(&base::plain(Style::Table), &order());
    let facts = read(&signed);
    let value = facts.signatures[0].field_object.unwrap();
    let signature = value.number - 1;
    let previous = find(&signed, b"xref\n1 ");
    let at = signed.len();
    let field = format!("12 0 obj\n<</FT/Sig/T(Copy)/V {signature} 0 R>>\nendobj\n");
    let catalog = format!(
        "1 0 obj\n<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{} 0 R 12 0 R]/SigFlags 3>>>>\nendobj\n",
        value.number
    );
    let xref = at + field.len() + catalog.len();
    let update = format!(
        "{field}{catalog}xref\n1 1\n{:010} 00000 n \n12 1\n{at:010} 00000 n \ntrailer\n<</Size 20/Root 1 0 R/Prev {previous}>>\nstartxref\n{xref}\n%%EOF\n",
        at + field.len()
    );
    let facts = read(&[&signed, update.as_bytes()].concat());
    assert_eq!(facts.signatures.len(), 2, "{facts:#?}");
    for signature in &facts.signatures {
        assert!(codes(&signature.defects).contains(&"byte_range_shared"));
    }
}

#[test]
fn active_content_is_told() {
    let catalog = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>/OCProperties<<>>/Names<</EmbeddedFiles<<>>>>/AcroForm<</Fields[]/XFA[]>>";
    let page = "/AA<</O<</S/Launch/F(a.exe)>>>>";
    let facts = read(&base::pages(Style::Stream, catalog, page, &[]));
    let mut found = codes(&facts.oddities);
    found.sort_unstable();
    assert_eq!(found, ["attachment", "javascript", "launch_action", "optional_content", "xfa"]);
}

#[test]
fn cyclic_fields_and_pages_end() {
    let form = "/AcroForm<</Fields[6 0 R 7 0 R]>>";
    let objects = ["<</T(a)/FT/Sig/Kids[7 0 R 6 0 R]>>", "<</T(b)/Kids[6 0 R 7 0 R]>>"];
    let facts = read(&base::pages(Style::Table, form, "", &objects));
    assert!(codes(&facts.defects).contains(&"field_loop"));
    let looped = ["<</Type/Pages/Kids[2 0 R 6 0 R]/Count 5/Parent 6 0 R>>"];
    let bytes = base::pages(Style::Table, "/Pages 6 0 R", "", &looped);
    assert!(pades::outline(&bytes.as_slice(), &Limits::default()).is_ok());
}

/// Nothing was there when it was signed; a later update could put an object under the number.
#[test]
fn an_entry_past_its_own_revision_is_a_defect() {
    let bytes = base::plain(Style::Table);
    let signed = sign(&bytes, &order());
    assert_eq!(read(&signed).defects, vec![]);
    let entry = find(&bytes, b" 00000 n") - 10;
    for offset in [bytes.len(), signed.len() - 1, signed.len() + 60_000] {
        let mut ghost = signed.clone();
        ghost[entry..entry + 10].copy_from_slice(format!("{offset:010}").as_bytes());
        let defects = read(&ghost).defects;
        assert!(codes(&defects).contains(&"xref_entry_outside_revision"), "{offset} {defects:?}");
    }
}

/// Such a reference reads as null here and as the object in some viewers.
#[test]
fn a_reference_of_another_generation_is_a_defect() {
    let signed = sign(&base::plain(Style::Table), &order());
    let other = replace(&signed, "/Pages 2 0 R", "/Pages 2 7 R");
    let defects = read(&other).defects;
    assert!(codes(&defects).contains(&"generation_mismatch"), "{defects:?}");
}

/// A signed stream that ends in what a later revision writes.
#[test]
fn a_stream_that_ends_in_a_later_revision_is_refused() {
    let trap = "<</Length 9000>>\nstream\nBT ET\nendstream";
    let base = base::pages(Style::Table, "", "", &[trap]);
    let refusal = crate::try_prepare(&base, &order()).unwrap_err();
    assert!(matches!(refusal, pades::PrepareRefusal::NeedsRepair(_)), "{refusal:?}");
    // Signed elsewhere, then completed.
    let harmless = base::pages(Style::Table, "", "", &[&trap.replace("9000", "0005")]);
    let signed = replace(&sign(&harmless, &order()), "<</Length 0005", "<</Length 9000");
    assert!(codes(&read(&signed).defects).contains(&"object_outside_revision"));
    let completed = sign(&replace(&signed, "<</Length 9000", "<</Length 0005"), &order());
    let completed = replace(&completed, "<</Length 0005", "<</Length 9000");
    assert!(codes(&read(&completed).defects).contains(&"object_outside_revision"));
}

/// A later /Prev that skips the signed revision leaves no signature, and no silence.
#[test]
fn a_skipped_signature_is_named() {
    let base = base::plain(Style::Table);
    let signed = sign(&base, &order());
    let section = |bytes: &[u8]| {
        let at = find(bytes, b"startxref\n") + 10;
        let digits: Vec<u8> = bytes[at..].iter().copied().take_while(u8::is_ascii_digit).collect();
        String::from_utf8(digits).unwrap()
    };
    let (first, at) = (section(&base), signed.len());
    let update = format!(
        "xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 20/Root 1 0 R/Prev {first}>>\nstartxref\n{at}\n%%EOF\n"
    );
    let facts = read(&[signed.as_slice(), update.as_bytes()].concat());
    assert!(facts.signatures.is_empty());
    assert!(codes(&facts.oddities).contains(&"signature_out_of_reach"), "{:?}", facts.oddities);
    // A document that only speaks of the key is none.
    let spoken = base::pages(Style::Table, "", "", &["(see /ByteRange in the standard)"]);
    assert_eq!(codes(&read(&spoken).oddities), [""; 0]);
}
