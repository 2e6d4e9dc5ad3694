use crate::make::{by_hand, show, widget, words_page};
use page::{Anchor, AnchorRefusal, BoxMm, Document, place, place_seal};

const TITLE: &str = "CHỦ TỊCH";
const NAME: &str = "Nguyễn Văn Ánh";

fn decision() -> Vec<u8> {
    words_page(&[
        ("ỦY BAN NHÂN DÂN", 35.0, 275.0, true),
        ("Số:", 45.0, 262.0, false),
        ("/QĐ-UBND", 68.0, 262.0, false),
        ("Hà Nội, ngày …… tháng …… năm 2026", 115.0, 262.0, false),
        ("Căn cước công dân Số: 012345678901", 30.0, 200.0, false),
        ("Ông Nguyễn Văn Ánh là CHỦ TỊCH", 30.0, 190.0, false),
        (TITLE, 140.0, 120.0, true),
        (NAME, 136.0, 80.0, true),
        ("Nơi nhận:", 30.0, 118.0, false),
    ])
}

fn inside(outer: BoxMm, inner: BoxMm) -> bool {
    outer.contains(&inner)
}

#[test]
fn after_takes_the_blank_right_of_the_text_on_its_baseline() {
    let document = Document::open(&decision()).unwrap();
    let (page, free) = place(&document, &Anchor::parse("after:Số:").unwrap(), 12.0, 6.0).unwrap();
    assert_eq!(page, 0);
    assert!(free.x > 51.0 && free.right() < 68.2, "{free:?}");
    assert!(free.y < 262.0 && free.top() > 265.0, "{free:?}");
    // Wider than the blank.
    let refused = place(&document, &Anchor::After("Số:".into()), 30.0, 6.0);
    assert_eq!(refused, Err(AnchorRefusal::NoRoom(30.0, 6.0)));
}

#[test]
fn leader_dots_may_be_written_on() {
    let document = Document::open(&decision()).unwrap();
    let (_, free) = place(&document, &Anchor::After("Hà Nội, ngày".into()), 8.0, 5.0).unwrap();
    let content = document.content(0, false).unwrap();
    let line = content.text.iter().find(|t| t.text.starts_with("Hà Nội")).unwrap();
    assert!(free.x > line.rect.x + 20.0 && free.right() < line.rect.right() - 30.0, "{free:?}");
}

#[test]
fn between_is_centred_on_the_common_axis() {
    let document = Document::open(&decision()).unwrap();
    let anchor = Anchor::parse("between:CHỦ  TỊCH|Nguyễn Văn Ánh").unwrap();
    let (page, free) = place(&document, &anchor, 60.0, 25.0).unwrap();
    assert_eq!(page, 0);
    let content = document.content(0, false).unwrap();
    let find = |text: &str| content.text.iter().find(|t| t.text == text).unwrap().rect;
    let axis = |b: BoxMm| b.x + b.width / 2.0;
    let (title, name) = (find(TITLE), find(NAME));
    assert!((axis(free) - (axis(title) + axis(name)) / 2.0).abs() < 0.1);
    assert!(
        ((title.y - free.top()) - (free.y - name.top())).abs() < 0.1,
        "{free:?} {title:?} {name:?}"
    );
    assert!(content.text.iter().all(|t| !t.rect.overlaps(&free)));
    assert!(matches!(place(&document, &anchor, 60.0, 45.0), Err(AnchorRefusal::NoRoom(..))));
}

#[test]
fn decomposed_text_and_split_runs_are_found() {
    let document = Document::open(&decision()).unwrap();
    // NFD in the argument, NFC in the document.
    let anchor = Anchor::Between(
        "CHU\u{309} TI\u{323}CH".into(),
        "Nguye\u{302}\u{303}n Va\u{306}n A\u{301}nh".into(),
    );
    assert!(place(&document, &anchor, 40.0, 20.0).is_ok());
    let split = words_page(&[
        ("CHỦ ", 140.0, 120.0, true),
        ("TỊCH", 153.0, 120.0, false),
        (NAME, 136.0, 80.0, true),
    ]);
    let document = Document::open(&split).unwrap();
    assert!(place(&document, &Anchor::Between(TITLE.into(), NAME.into()), 40.0, 20.0).is_ok());
}

#[test]
fn absent_and_ambiguous_anchors_are_refused() {
    let document = Document::open(&decision()).unwrap();
    let refused = place(&document, &Anchor::After("Mã số:".into()), 5.0, 5.0);
    assert_eq!(refused, Err(AnchorRefusal::NotFound("Mã số:".into())));
    let twice = words_page(&[("Số: ", 45.0, 262.0, false), ("Số: ", 45.0, 200.0, false)]);
    let refused = place(&Document::open(&twice).unwrap(), &Anchor::After("Số:".into()), 5.0, 5.0);
    assert_eq!(refused, Err(AnchorRefusal::Ambiguous("Số:".into(), 2)));
    assert_eq!(Anchor::parse("between:A"), None);
    assert_eq!(Anchor::parse("near:A"), None);
}

#[test]
fn a_signature_already_there_is_ink() {
    let text = show("TITLE", 100.0, 90.0) + &show("NAME", 100.0, 30.0);
    let [w, form] = widget(6, "S", [80.0, 45.0, 50.0, 30.0], "", "0 0 400 400 re f");
    let document = Document::open(&by_hand(&text, "/Annots[6 0 R]", &[w, form])).unwrap();
    let anchor = Anchor::Between("TITLE".into(), "NAME".into());
    assert!(matches!(place(&document, &anchor, 40.0, 25.0), Err(AnchorRefusal::NoRoom(..))));
    // The seal goes over its left third.
    let (_, seal) = place_seal(&document, &anchor, 35.0, 35.0).unwrap();
    assert!((seal.right() - (80.0 + 50.0 / 3.0)).abs() < 0.1, "{seal:?}");
    assert!((seal.y + 17.5 - 60.0).abs() < 0.1, "{seal:?}");
    assert!(inside(BoxMm { x: 0.0, y: 0.0, width: 200.0, height: 100.0 }, seal));
}

#[test]
fn a_seal_over_other_text_is_refused() {
    let text = show("TITLE", 100.0, 90.0)
        + &show("NAME", 100.0, 30.0)
        + &show("Place of receipt", 48.0, 60.0);
    let document = Document::open(&by_hand(&text, "", &[])).unwrap();
    let refused =
        place_seal(&document, &Anchor::Between("TITLE".into(), "NAME".into()), 35.0, 35.0);
    assert!(matches!(refused, Err(AnchorRefusal::NoRoom(..))), "{refused:?}");
}

#[test]
fn documents_of_an_office_program() {
    // Exports of LibreOffice, see fixtures/documents/README.md: simple TrueType subsets, blanks of
    // white space, the signature block below a list of receivers.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/documents/libreoffice");
    let documents = [
        ("ho-kinh-doanh", "CHỦ TỊCH", "Nguyễn Hữu Phước An", 0),
        ("quyet-dinh", "CHỦ TỊCH", "Nguyễn Hữu Phước An", 1),
        ("xac-nhan-hon-nhan", "PHÓ CHỦ TỊCH", "Lê Thị Ngọc Bích", 0),
    ];
    for (name, title, signer, wanted) in documents {
        let file = std::fs::read(format!("{folder}/{name}-libreoffice.pdf")).unwrap();
        let document = Document::open(&file).unwrap();
        let anchor = Anchor::Between(title.into(), signer.into());
        let (page, image) = place(&document, &anchor, 60.0, 25.0).unwrap();
        assert_eq!(page, wanted, "{name}");
        let content = document.content(page, true).unwrap();
        assert!(content.text.iter().all(|t| !t.rect.overlaps(&image)), "{name}: {image:?}");
        let (_, seal) = place_seal(&document, &anchor, 35.0, 35.0).unwrap();
        assert!((seal.right() - image.x - 20.0).abs() < 0.1, "{name}: {seal:?} {image:?}");
        let (page, number) = place(&document, &Anchor::After("Số:".into()), 8.0, 6.0).unwrap();
        assert_eq!(page, 0);
        let content = document.content(0, true).unwrap();
        let line = content.text.iter().find(|t| t.text.starts_with("Số:")).unwrap();
        assert!(number.x > line.rect.x && number.right() < line.rect.right(), "{name}: {number:?}");
    }
}
