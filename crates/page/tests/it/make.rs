//! Documents for the tests.

use stamp::{Run, TextFace, TextStyle};

/// PDF points in one mm.
pub(crate) const PT: f64 = 72.0 / 25.4;

/// Words with their baseline start (mm from the lower left) and whether they are bold.
pub(crate) type Words<'a> = (&'a str, f64, f64, bool);

/// An A4 page with these words in 13 points, in embedded subsets with CID keys and ToUnicode.
pub(crate) fn words_page(words: &[Words<'_>]) -> Vec<u8> {
    let (width_mm, height_mm) = (210.0, 297.0);
    let runs: Vec<Run<'_>> = words
        .iter()
        .map(|&(text, x_mm, baseline_mm, bold)| {
            let face = if bold { TextFace::SerifBold } else { TextFace::SerifRegular };
            Run { text, x_mm, baseline_mm, style: TextStyle::new(face, 13.0) }
        })
        .collect();
    let form = if runs.is_empty() {
        stamp::empty(width_mm, height_mm)
    } else {
        stamp::runs(&runs, width_mm, height_mm).unwrap()
    };
    let first = 5;
    let numbers: Vec<u32> = (first..).take(form.objects.len()).collect();
    let mut bodies: Vec<Vec<u8>> = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {} {}]/Contents 4 0 R/Resources<</XObject<</Fm {first} 0 R>>>>>>",
            width_mm * PT,
            height_mm * PT
        )
        .into_bytes(),
        stream("", "/Fm Do").into_bytes(),
    ];
    bodies.extend(form.objects.iter().map(|object| object.write(&numbers)));
    plain(&bodies)
}

/// A file of one revision: object bodies from number 1 on; object 1 is the catalog.
pub(crate) fn plain(bodies: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        offsets.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        file.extend_from_slice(body.as_ref());
        file.extend_from_slice(b"\nendobj\n");
    }
    let start = file.len();
    file.extend_from_slice(
        format!("xref\n0 {}\n0000000000 65535 f \n", bodies.len() + 1).as_bytes(),
    );
    for offset in offsets {
        file.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    file.extend_from_slice(
        format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", bodies.len() + 1)
            .as_bytes(),
    );
    file
}

pub(crate) fn stream(dict: &str, data: &str) -> String {
    format!("<<{dict}/Length {}>>\nstream\n{data}\nendstream", data.len())
}

/// A page of 200 × 100 mm with this content (standard fonts /F1 Times), extra page entries, and
/// objects from number 6 on.
pub(crate) fn by_hand(content: &str, page_entries: &str, more: &[String]) -> Vec<u8> {
    let mut bodies = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {} {}]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>{page_entries}>>",
            200.0 * PT,
            100.0 * PT
        ),
        stream("", content),
        "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    bodies.extend_from_slice(more);
    plain(&bodies)
}

/// `text` in 13 points with its baseline at mm.
pub(crate) fn show(text: &str, x: f64, y: f64) -> String {
    format!("BT /F1 13 Tf {} {} Td ({text}) Tj ET\n", x * PT, y * PT)
}

/// A signature widget with its appearance: two objects, the first numbered `number`.
pub(crate) fn widget(
    number: usize,
    field: &str,
    rect_mm: [f64; 4],
    entries: &str,
    appearance: &str,
) -> [String; 2] {
    let [x, y, w, h] = rect_mm.map(|v| v * PT);
    [
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T({field})/F 132/Rect[{x} {y} {} {}]/AP<</N {} 0 R>>{entries}>>",
            x + w,
            y + h,
            number + 1
        ),
        stream(&format!("/Type/XObject/Subtype/Form/BBox[0 0 {w} {h}]"), appearance),
    ]
}
