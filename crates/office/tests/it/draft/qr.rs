//! The QR: read back from the drawn page by zbar and zxing, page by page of other producers too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use issuance::{Layout, PageRef, Spot};
use office::draft::{Wanted, prepare};

use super::{LINK, acts, by_anchors, documents, place_of, prepared, root};

#[test]
fn phones_read_it_from_every_document() {
    let folder = folder("qr");
    let mut wrong = vec![];
    for document in documents() {
        let made = prepared(&document, &acts(), &by_anchors(&document), false)
            .unwrap_or_else(|e| panic!("{}: {e}", document.name));
        assert!(made.pdf.starts_with(&document.pdf), "{}", document.name);
        let pdf = folder.join(format!("{}.pdf", document.name));
        std::fs::write(&pdf, &made.pdf).unwrap();
        let page = place_of(&made, "qr").page + 1;
        for dpi in [100, 200] {
            let png = drawn(&pdf, page, dpi);
            for (reader, said) in [("zbar", zbar(&png)), ("zxing", zxing(&png))] {
                if said != LINK {
                    wrong.push(format!("{} at {dpi} dpi, {reader}: {said:?}", document.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_else_on_the_page_changes() {
    for document in documents() {
        let made = prepared(&document, &acts(), &by_anchors(&document), false).unwrap();
        let qr = place_of(&made, "qr");
        let (before, after) = (
            page::Document::open(&document.pdf).unwrap(),
            page::Document::open(&made.pdf).unwrap(),
        );
        for number in 0..before.pages() {
            let (a, b) = (
                before.render(number, 60.0, true).unwrap(),
                after.render(number, 60.0, true).unwrap(),
            );
            let differs = differing_box(&a, &b);
            match (number == qr.page, differs) {
                (true, Some([x0, y0, x1, y1])) => {
                    let px = |mm: f64| mm / 25.4 * 60.0;
                    let top = f64::from(a.height) - px(qr.y_mm + qr.height_mm);
                    assert!(
                        f64::from(x0) >= px(qr.x_mm) - 1.0
                            && f64::from(x1) <= px(qr.x_mm + 28.0) + 1.0
                    );
                    assert!(f64::from(y0) >= top - 1.0 && f64::from(y1) <= top + px(28.0) + 1.0);
                }
                (true, None) => panic!("{}: no QR", document.name),
                (false, differs) => assert!(differs.is_none(), "{} page {number}", document.name),
            }
        }
    }
}

/// veraPDF says the same before and after, and qpdf says nothing.
#[test]
fn pdf_a_stays_pdf_a() {
    let folder = folder("qr-pdfa");
    let mut files = vec![];
    for document in documents() {
        let made = prepared(&document, &acts(), &by_anchors(&document), false).unwrap();
        for (when, bytes) in [("before", &document.pdf), ("after", &made.pdf)] {
            let file = folder.join(format!("{}-{when}.pdf", document.name));
            std::fs::write(&file, bytes).unwrap();
            let said =
                Command::new("qpdf").arg("--check").arg(&file).output().expect("Debian qpdf");
            assert!(
                said.status.success() && said.stderr.is_empty(),
                "{}: {said:?}",
                file.display()
            );
            files.push(file);
        }
    }
    let jars = root().join("var/judges/verapdf/lib/*");
    let said = Command::new("java")
        .arg("-cp")
        .arg(jars)
        .args(["org.verapdf.apps.GreenfieldCliWrapper", "--format", "text", "-f", "2b"])
        .args(&files)
        .output()
        .expect("Debian openjdk-17-jdk-headless");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.matches("PASS ").count(), files.len(), "{said}");
}

#[test]
fn a_box_that_covers_ink_or_is_too_small_is_refused_by_name() {
    let documents = documents();
    let document = &documents[0];
    let (title, name) = &document.layout.between;
    let moved = BTreeMap::new();
    let refused = |spot: Option<Spot>| {
        let mut layout: Layout = by_anchors(document);
        match spot {
            Some(spot) => layout.0.insert("qr".into(), spot),
            None => layout.0.remove("signature"),
        };
        let acts = acts();
        let wanted = Wanted {
            acts: &acts,
            layout: &layout,
            file: 0,
            certify: false,
            title,
            name,
            moved: &moved,
            link: Some(LINK),
        };
        let refused = prepare(&document.pdf, &wanted).unwrap_err();
        let first = refused.findings.iter().find(|f| f.refused).unwrap().clone();
        (first.code, first.of_box.unwrap_or_default())
    };
    let at = |x_mm, y_mm, side| {
        Some(Spot::Box { page: PageRef::First, x_mm, y_mm, width_mm: side, height_mm: side })
    };
    let qr = |code: &str| (code.to_owned(), "qr".to_owned());
    // Over a paragraph; over the signature; half off the page; on no page; tiny.
    assert_eq!(refused(at(60.0, 170.0, 28.0)), qr("box_over_ink"));
    let signature = document.layout.signature;
    assert_eq!(refused(at(signature.x_mm, signature.y_mm, 20.0)), qr("boxes_overlap"));
    assert_eq!(refused(at(195.0, 10.0, 28.0)), qr("box_outside_page"));
    let beyond = Spot::Box {
        page: PageRef::Page(7),
        x_mm: 10.0,
        y_mm: 10.0,
        width_mm: 28.0,
        height_mm: 28.0,
    };
    assert_eq!(refused(Some(beyond)), qr("box_missing"));
    let own = document.layout.qr;
    assert_eq!(refused(at(own.x_mm, own.y_mm, 12.0)), qr("qr_too_fine"));
    assert_eq!(refused(None), ("box_missing".to_owned(), "signature".to_owned()));
}

/// A page turned by /Rotate, with a /CropBox that moves its corner: the box is the reader's.
#[test]
fn turned_and_cropped_pages() {
    let folder = folder("qr-turned");
    let plain = folder.join("plain.pdf");
    let content = "0 0 1 rg 40 40 10 10 re f q 2 0 0 2 50 50 cm q\n";
    for rotate in [0, 90, 180, 270] {
        let page = format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[10 20 430 620]/CropBox[30 40 420 600]/Rotate {rotate}/Contents 4 0 R>>"
        );
        let pdf = by_hand(&page, content);
        std::fs::write(&plain, &pdf).unwrap();
        // `content` leaves two q open: what is drawn after it would be moved, so it is refused.
        let refused = place(&pdf).unwrap_err();
        assert_eq!(refused.findings[0].code, "qr_not_shown", "{refused:?}");

        let pdf = by_hand(&page, "0 0 1 rg 40 40 10 10 re f 2 0 0 2 50 50 cm\n");
        let made = place(&pdf).unwrap();
        let file = folder.join(format!("turned-{rotate}.pdf"));
        std::fs::write(&file, &made).unwrap();
        let png = drawn(&file, 1, 150);
        assert_eq!(zbar(&png), LINK, "{rotate}");
        assert_eq!(zxing(&png), LINK, "{rotate}");
    }
    fn place(pdf: &[u8]) -> Result<Vec<u8>, office::draft::Refused> {
        let spot = Spot::Box {
            page: PageRef::Last,
            x_mm: 40.0,
            y_mm: 60.0,
            width_mm: 28.0,
            height_mm: 28.0,
        };
        let layout = Layout(BTreeMap::from([("qr".to_owned(), spot)]));
        let wanted = Wanted {
            acts: &[],
            layout: &layout,
            file: 0,
            certify: false,
            title: "",
            name: "",
            moved: &BTreeMap::new(),
            link: Some(LINK),
        };
        prepare(pdf, &wanted).map(|made| made.pdf)
    }
}

#[test]
fn equal_input_gives_equal_bytes() {
    let document = &documents()[0];
    let made = || prepared(document, &acts(), &by_anchors(document), true).unwrap();
    assert_eq!(made(), made());
}

fn by_hand(page: &str, content: &str) -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1/Resources<<>>>>".to_owned(),
        page.to_owned(),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
    ];
    let mut pdf = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = vec![];
    for (index, object) in objects.iter().enumerate() {
        offsets.push(pdf.len());
        pdf.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
    }
    let at = pdf.len();
    pdf.extend_from_slice(b"xref\n0 5\n0000000000 65535 f \n");
    for offset in offsets {
        pdf.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    pdf.extend_from_slice(
        format!("trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n").as_bytes(),
    );
    pdf
}

/// Around the pixels that differ, from the top left.
fn differing_box(a: &page::Pixels, b: &page::Pixels) -> Option<[u32; 4]> {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let pixels = (0_u32..).zip(a.rgba.chunks_exact(4).zip(b.rgba.chunks_exact(4)));
    let differ = pixels.filter(|(_, (a, b))| a != b).map(|(at, _)| (at % a.width, at / a.width));
    differ
        .map(|(x, y)| [x, y, x, y])
        .reduce(|[x0, y0, x1, y1], [x, y, ..]| [x0.min(x), y0.min(y), x1.max(x), y1.max(y)])
}

fn folder(name: &str) -> PathBuf {
    let folder = root().join("target/show").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// By poppler, which shares nothing with what placed it.
fn drawn(pdf: &Path, page: u32, dpi: u32) -> PathBuf {
    let to = pdf.with_extension(format!("{dpi}"));
    let done = Command::new("pdftoppm")
        .args(["-png", "-singlefile", "-r", &dpi.to_string()])
        .args(["-f", &page.to_string(), "-l", &page.to_string()])
        .args([pdf, &to])
        .status()
        .expect("Debian package poppler-utils");
    assert!(done.success());
    PathBuf::from(format!("{}.png", to.display()))
}

fn zbar(png: &Path) -> String {
    let mut command = Command::new("zbarimg");
    command.args(["-q", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(png);
    words(&mut command, "Debian package zbar-tools")
}

fn zxing(png: &Path) -> String {
    let python = root().join("var/service-venv/bin/python");
    let script = root().join("tests/judges/py/read_qr.py");
    words(
        Command::new(python).arg(script).arg(png),
        "make setup: PyPI zxing-cpp in var/service-venv",
    )
}

fn words(command: &mut Command, from: &str) -> String {
    let said = command.output().unwrap_or_else(|e| panic!("{from}: {e}"));
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}
