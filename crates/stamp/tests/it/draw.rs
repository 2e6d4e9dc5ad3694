//! A one-page PDF/A around an appearance, and the page's pixels by poppler.

use std::path::{Path, PathBuf};
use std::process::Command;

use stamp::{Appearance, POINTS_PER_MM};

/// The page, in mm.
pub(crate) const PAGE: (f64, f64) = (120.0, 80.0);
/// Lower left corner of the widget on the page, in mm.
pub(crate) const CORNER: (f64, f64) = (20.0, 15.0);

/// One page with a signature field whose widget shows `appearance`. PDF/A-2b by construction (no
/// output intent: nothing in it is device-dependent), also looked at by veraPDF when it was written.
pub(crate) fn one_page(appearance: &Appearance) -> Vec<u8> {
    one_page_turned(appearance, 0)
}

/// The same on a page with this `/Rotate`.
pub(crate) fn one_page_turned(appearance: &Appearance, rotate: i64) -> Vec<u8> {
    let numbers: Vec<u32> = (6..).take(appearance.objects.len()).collect();
    let mm = |v: f64| v * POINTS_PER_MM;
    let rect = format!(
        "{:.3} {:.3} {:.3} {:.3}",
        mm(CORNER.0),
        mm(CORNER.1),
        mm(CORNER.0 + appearance.width_mm),
        mm(CORNER.1 + appearance.height_mm)
    );
    let group = if appearance.has_transparency {
        "/Group<</S/Transparency/CS[/CalRGB<</WhitePoint[0.9505 1 1.089]>>]>>"
    } else {
        ""
    };
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 3>>/Metadata 5 0 R>>"
            .to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!(
            "<</Type/Page/Parent 2 0 R/Rotate {rotate}/MediaBox[0 0 {:.3} {:.3}]/Resources<<>>/Annots[4 0 R]{group}>>",
            mm(PAGE.0),
            mm(PAGE.1)
        )
        .into_bytes(),
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T(S1)/F 132/P 3 0 R/Rect[{rect}]/AP<</N {} 0 R>>>>",
            numbers[0]
        )
        .into_bytes(),
        format!("<</Type/Metadata/Subtype/XML/Length {}>>\nstream\n{XMP}\nendstream", XMP.len())
            .into_bytes(),
    ];
    objects.extend(appearance.objects.iter().map(|object| object.write(&numbers)));

    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut xref = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, body) in objects.iter().enumerate() {
        xref.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        file.extend_from_slice(body);
        file.extend_from_slice(b"\nendobj\n");
    }
    let start = file.len();
    file.extend_from_slice(xref.as_bytes());
    file.extend_from_slice(
        format!(
            "trailer\n<</Size {}/Root 1 0 R/ID[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]>>\nstartxref\n{start}\n%%EOF\n",
            objects.len() + 1
        )
        .as_bytes(),
    );
    file
}

const XMP: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"#;

/// Pixels of a page, by pdftoppm (Debian package poppler-utils).
pub(crate) struct Pixels {
    columns: usize,
    rgb: Vec<u8>,
    per_mm: f64,
    page_height_mm: f64,
}

impl Pixels {
    pub(crate) fn of(name: &str, file: &[u8]) -> Pixels {
        let path = write(name, file);
        let out = path.with_extension("");
        run("pdftoppm", &["-r", "127", "-singlefile", s(&path), s(&out)]);
        let ppm = std::fs::read(out.with_extension("ppm")).unwrap();
        let mut header = ppm.splitn(4, |b| b.is_ascii_whitespace());
        assert_eq!(header.next().unwrap(), b"P6");
        let mut next =
            || -> usize { std::str::from_utf8(header.next().unwrap()).unwrap().parse().unwrap() };
        let (columns, rows) = (next(), next());
        let rgb = ppm[ppm.len() - columns * rows * 3..].to_vec();
        // 127 dpi is 5 pixels a millimetre.
        Pixels { columns, rgb, per_mm: 5.0, page_height_mm: rows as f64 / 5.0 }
    }

    /// Colour at a place in mm from the lower left corner of the page.
    pub(crate) fn at(&self, x_mm: f64, y_mm: f64) -> [u8; 3] {
        let column = (x_mm * self.per_mm) as usize;
        let row = ((self.page_height_mm - y_mm) * self.per_mm) as usize;
        let start = (row * self.columns + column) * 3;
        self.rgb[start..start + 3].try_into().unwrap()
    }

    /// Smallest box with all that is not white, in mm: left, bottom, right, top.
    pub(crate) fn ink(&self) -> Option<(f64, f64, f64, f64)> {
        let mut ink: Option<(f64, f64, f64, f64)> = None;
        for (index, pixel) in self.rgb.chunks_exact(3).enumerate() {
            if pixel.iter().all(|v| *v > 200) {
                continue;
            }
            let x = (index % self.columns) as f64 / self.per_mm;
            let y = self.page_height_mm - (index / self.columns) as f64 / self.per_mm;
            let edge = 1.0 / self.per_mm;
            let (l, b, r, t) = ink.unwrap_or((x, y, x, y));
            ink = Some((l.min(x), b.min(y - edge), r.max(x + edge), t.max(y)));
        }
        ink
    }
}

/// What pdftotext reads in a file.
pub(crate) fn words(name: &str, file: &[u8]) -> String {
    let path = write(name, file);
    run("pdftotext", &["-layout", s(&path), "-"]).trim().to_owned()
}

fn write(name: &str, file: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("pdf");
    std::fs::write(&path, file).unwrap();
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
