//! The lab documents as poppler sees them.

use std::path::{Path, PathBuf};
use std::process::Command;

use lab::documents::{LabDocument, Place, QUIET_ZONE_MM, all, libreoffice, pictures, rewritten};

fn day() -> jiff::Timestamp {
    "2026-01-05T02:00:00Z".parse().unwrap()
}

fn every() -> Vec<LabDocument> {
    let kept = libreoffice().unwrap().into_iter().chain(rewritten().unwrap());
    all(day()).unwrap().into_iter().chain(kept).collect()
}

#[test]
fn equal_days_give_equal_bytes() {
    assert_eq!(all(day()).unwrap(), all(day()).unwrap());
    let later = all("2027-06-30T17:30:00Z".parse().unwrap()).unwrap();
    for (now, later) in all(day()).unwrap().iter().zip(&later) {
        assert_eq!(now.layout, later.layout, "places do not depend on the day");
        // Half past midnight of 1 July in Viet Nam.
        assert!(words(later).contains("năm 2027"), "{}", later.name);
    }
}

#[test]
fn their_vietnamese_can_be_read() {
    for document in every() {
        let read = words(&document);
        let has = |phrase: &str| {
            assert!(read.contains(phrase), "{}: no {phrase:?} in\n{read}", document.name);
        };
        has("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
        has("Độc lập - Tự do - Hạnh phúc");
        has("An Lành, ngày tháng năm 2026");
        has(&document.layout.after_number);
        has(&document.layout.between.0);
        has(&document.layout.between.1);
        has("Bản mẫu để thử phần mềm: mọi tên, số và địa danh đều là hư cấu.");
        if document.name.starts_with("ho-kinh-doanh") {
            has("GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH");
            has("Trịnh Đặng Ngữ Nghĩa");
        } else if document.name.starts_with("quyet-dinh") {
            has("Phòng Kinh tế, Hạ tầng và Đô thị");
            has("Số: /QĐ-UBND");
            for name in ["Tống Thị Quỳnh Như", "Lại Văn Ưởng", "Vi Văn Đượm", "470.000.000"]
            {
                has(name);
            }
        } else {
            has("GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN");
            has("Hiện tại chưa đăng ký kết hôn với ai.");
        }
    }
}

#[test]
fn the_places_for_signatures_are_clear() {
    for document in every() {
        let pages = Pages::of(&document);
        for (name, place) in document.layout.places() {
            // These two lie across printed words; their blanks are looked at one by one.
            if ["date", "number_date"].contains(&name) {
                continue;
            }
            let around = if name == "qr" { QUIET_ZONE_MM } else { 0.0 };
            let ink = pages.ink(&place, around);
            assert_eq!(ink, 0, "{}: {ink} dark pixels in {name} {place:?}", document.name);
        }
    }
}

#[test]
fn the_seal_covers_a_third_of_the_signature() {
    for document in every() {
        let (signature, seal) = (document.layout.signature, document.layout.seal);
        assert_eq!((signature.width_mm, signature.height_mm), (60.0, 25.0));
        assert!((seal.width_mm - pictures::SEAL_MM).abs() < 1e-9);
        let covered = seal.x_mm + seal.width_mm - signature.x_mm;
        assert!((covered - signature.width_mm / 3.0).abs() < 0.02, "{}: {covered}", document.name);
        assert!(seal.x_mm < signature.x_mm, "to its left");
    }
}

#[test]
fn number_and_date_fit_their_blanks() {
    for document in every() {
        let layout = &document.layout;
        for number in ["05", "1234"] {
            let filled = layout.fill_number_and_date(number, "09", "12").unwrap();
            assert_eq!(filled.width_mm, layout.number_date.width_mm);
        }
        layout.fill_date("31", "01").unwrap();
    }
}

#[test]
fn both_kinds_of_cross_references_are_met() {
    for document in every() {
        let text = String::from_utf8_lossy(&document.pdf);
        let start = text.rsplit("startxref").next().unwrap().split_whitespace().next().unwrap();
        let start: usize = start.parse().unwrap();
        let table = document.pdf[start..].starts_with(b"xref");
        assert_eq!(table, !document.name.ends_with("-xref-stream"), "{}", document.name);
        assert_eq!(text.contains("/Linearized"), document.name.ends_with("-linearised"));
        let pages = if document.name.starts_with("quyet-dinh") { 2 } else { 1 };
        assert_eq!(Pages::of(&document).0.len(), pages, "{}", document.name);
    }
}

#[test]
fn pictures_are_transparent_and_of_one_ink() {
    let (official, deputy) =
        (pictures::signature_official().unwrap(), pictures::signature_deputy().unwrap());
    assert_ne!(official, deputy);
    assert_eq!(official, pictures::signature_official().unwrap());
    let red = pictures::seal().unwrap();
    for (png, blue, size) in [
        (&official, true, (60.0, 25.0)),
        (&deputy, true, (60.0, 25.0)),
        (&pictures::initials().unwrap(), true, (16.0, 8.0)),
        (&red, false, (35.0, 35.0)),
    ] {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgba);
        let ratio = f64::from(info.width) / f64::from(info.height);
        assert!((ratio - size.0 / size.1).abs() < 0.01);
        assert_eq!(pixels[3], 0, "the corner is clear");
        let inked = pixels.chunks_exact(4).filter(|pixel| pixel[3] > 200).count();
        let share = inked as f64 / (pixels.len() / 4) as f64;
        assert!((0.005..0.5).contains(&share), "{share}");
        let soft = pixels.chunks_exact(4).filter(|pixel| (1..255).contains(&pixel[3])).count();
        assert!(soft * 20 > inked, "edges are smooth: {soft} of {inked}");
        for pixel in pixels.chunks_exact(4).filter(|pixel| pixel[3] > 0) {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]];
            assert!(if blue { b > 100 && r < 60 } else { r > 150 && g < 60 && b < 60 });
        }
        let shown = stamp::image(png, size.0, size.1).unwrap();
        assert!(shown.has_transparency);
    }
}

/// Grey pages, 5 pixels a millimetre.
struct Pages(Vec<(usize, Vec<u8>)>);

const PER_MM: f64 = 5.0;

impl Pages {
    fn of(document: &LabDocument) -> Pages {
        let folder = tempfile::tempdir().unwrap();
        let file = write(folder.path(), document);
        let prefix = folder.path().join("page");
        run("pdftoppm", &["-gray", "-r", "127", s(&file), s(&prefix)]);
        let mut names: Vec<PathBuf> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "pgm"))
            .collect();
        names.sort();
        let page = |path: &PathBuf| {
            let pgm = std::fs::read(path).unwrap();
            let mut header = pgm.splitn(4, |byte| byte.is_ascii_whitespace());
            assert_eq!(header.next().unwrap(), b"P5");
            let mut next = || -> usize {
                std::str::from_utf8(header.next().unwrap()).unwrap().parse().unwrap()
            };
            let (columns, rows) = (next(), next());
            (columns, pgm[pgm.len() - columns * rows..].to_vec())
        };
        Pages(names.iter().map(page).collect())
    }

    fn ink(&self, place: &Place, around_mm: f64) -> usize {
        let (columns, grey) = &self.0[place.page - 1];
        let rows = grey.len() / columns;
        let pixel = |mm: f64| (mm * PER_MM).round().max(0.0) as usize;
        let top = rows as f64 / PER_MM - place.y_mm - place.height_mm;
        let across = pixel(place.x_mm - around_mm)..pixel(place.x_mm + place.width_mm + around_mm);
        let down = pixel(top - around_mm)..pixel(top + place.height_mm + around_mm);
        down.flat_map(|row| grey[row * columns..][across.clone()].iter())
            .filter(|value| **value < 250)
            .count()
    }
}

/// What pdftotext reads, spaces and line ends as one space.
fn words(document: &LabDocument) -> String {
    let folder = tempfile::tempdir().unwrap();
    let read = run("pdftotext", &["-layout", s(&write(folder.path(), document)), "-"]);
    read.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn write(folder: &Path, document: &LabDocument) -> PathBuf {
    let path = folder.join(format!("{}.pdf", document.name));
    std::fs::write(&path, &document.pdf).unwrap();
    path
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} (Debian package poppler-utils): {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{program}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn s(path: &Path) -> &str {
    path.to_str().unwrap()
}
