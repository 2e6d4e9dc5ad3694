//! The documents that are signed: a result of the lab as it is, and made-up ones of a wanted size.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

pub(super) struct Inputs {
    pub(super) small: Input,
    pub(super) result: Input,
    /// Smallest first: peaks of memory are those of a process so far.
    pub(super) all: Vec<Input>,
}

#[derive(Clone)]
pub(super) struct Input {
    /// Word for tables.
    pub(super) name: &'static str,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
}

pub(super) const SMALL: &str = "36 KB";
/// A certificate of a business household as the lab makes it: three faces, tags, PDF/A.
pub(super) const RESULT: &str = "lab result";
pub(super) const OBJECTS: &str = "20,000 objects";
pub(super) const LARGE: &str = "20 MB";
pub(super) const HUGE: &str = "200 MB";

/// `BENCH_BIG=0` leaves the largest file out.
pub(super) fn make(dir: &Path) -> Result<Inputs> {
    fs::create_dir_all(dir)?;
    let result = dir.join("result.pdf");
    let made = "2026-03-02T02:00:00Z".parse()?;
    fs::write(&result, lab::documents::household_business(made)?.pdf)?;
    let mut all = vec![input(SMALL, padded(&dir.join("36-kb.pdf"), 3, 11_500)?)?];
    all.push(input(RESULT, result)?);
    all.push(input(OBJECTS, many_objects(&dir.join("objects.pdf"))?)?);
    for (name, file, megabytes) in
        [("2 MB", "2-mb.pdf", 2), (LARGE, "20-mb.pdf", 20), (HUGE, "200-mb.pdf", 200)]
    {
        if name == HUGE && std::env::var("BENCH_BIG").as_deref() == Ok("0") {
            continue;
        }
        all.push(input(name, padded(&dir.join(file), megabytes, 1_000_000)?)?);
    }
    let of = |name: &str| all.iter().find(|i| i.name == name).cloned().context("no such input");
    Ok(Inputs { small: of(SMALL)?, result: of(RESULT)?, all })
}

fn input(name: &'static str, path: PathBuf) -> Result<Input> {
    let bytes = fs::metadata(&path)?.len();
    Ok(Input { name, path, bytes })
}

/// One page, thirty small objects, and streams of noise that a private key of the page names.
fn padded(path: &Path, streams: usize, stream_bytes: usize) -> Result<PathBuf> {
    let mut pdf = Pdf::create(path)?;
    pdf.object("<< /Type /Catalog /Pages 2 0 R >>")?;
    pdf.object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")?;
    let states: String = (0..SMALL_OBJECTS).map(|i| format!("/G{i} {} 0 R ", i + 5)).collect();
    let noise_at = 5 + SMALL_OBJECTS;
    let names: Vec<String> = (0..streams).map(|i| format!("{} 0 R", noise_at + i)).collect();
    pdf.object(&format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /ExtGState << {states}>> >> \
         /LastModified (D:20260302020000Z) /PieceInfo << /AntinBench << \
         /LastModified (D:20260302020000Z) /Private [{}] >> >> >>",
        names.join(" ")
    ))?;
    pdf.stream(b"0.8 g 100 600 300 100 re f")?;
    for i in 0..SMALL_OBJECTS {
        pdf.object(&format!("<< /Type /ExtGState /LW {} >>", i + 1))?;
    }
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for _ in 0..streams {
        pdf.stream(&noise.bytes(stream_bytes))?;
    }
    pdf.finish()
}

const SMALL_OBJECTS: usize = 30;

/// 2,000 pages of ten objects each in a balanced tree, as an office program writes long tables.
fn many_objects(path: &Path) -> Result<PathBuf> {
    const NODES: usize = 20;
    const PAGES_A_NODE: usize = 100;
    const OBJECTS_A_PAGE: usize = 10;
    let first_page = |node: usize| 3 + NODES + node * PAGES_A_NODE * OBJECTS_A_PAGE;
    let references = |from: usize, count: usize, step: usize| -> String {
        (0..count).map(|i| format!("{} 0 R ", from + i * step)).collect()
    };
    let mut pdf = Pdf::create(path)?;
    pdf.object("<< /Type /Catalog /Pages 2 0 R >>")?;
    pdf.object(&format!(
        "<< /Type /Pages /Kids [{}] /Count {} >>",
        references(3, NODES, 1),
        NODES * PAGES_A_NODE
    ))?;
    for node in 0..NODES {
        pdf.object(&format!(
            "<< /Type /Pages /Parent 2 0 R /Kids [{}] /Count {PAGES_A_NODE} >>",
            references(first_page(node), PAGES_A_NODE, OBJECTS_A_PAGE)
        ))?;
    }
    for node in 0..NODES {
        for page in 0..PAGES_A_NODE {
            let at = first_page(node) + page * OBJECTS_A_PAGE;
            let states: String =
                (0..OBJECTS_A_PAGE - 2).map(|i| format!("/G{i} {} 0 R ", at + 2 + i)).collect();
            pdf.object(&format!(
                "<< /Type /Page /Parent {} 0 R /MediaBox [0 0 595 842] /Contents {} 0 R \
                 /Resources << /ExtGState << {states}>> >> >>",
                3 + node,
                at + 1
            ))?;
            pdf.stream(b"/G0 gs 0.8 g 100 600 300 100 re f")?;
            for i in 0..OBJECTS_A_PAGE - 2 {
                pdf.object(&format!("<< /Type /ExtGState /LW {} >>", i + 1))?;
            }
        }
    }
    pdf.finish()
}

/// Objects numbered from 1 in the order they come, with a cross-reference table.
struct Pdf {
    path: PathBuf,
    out: BufWriter<File>,
    at: u64,
    offsets: Vec<u64>,
}

impl Pdf {
    fn create(path: &Path) -> Result<Pdf> {
        let out = BufWriter::new(File::create(path)?);
        let mut pdf = Pdf { path: path.to_owned(), out, at: 0, offsets: vec![] };
        pdf.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")?;
        Ok(pdf)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len() as u64;
        Ok(self.out.write_all(bytes)?)
    }

    fn object(&mut self, text: &str) -> Result<()> {
        self.offsets.push(self.at);
        let number = self.offsets.len();
        self.write(format!("{number} 0 obj\n{text}\nendobj\n").as_bytes())
    }

    fn stream(&mut self, bytes: &[u8]) -> Result<()> {
        self.offsets.push(self.at);
        let number = self.offsets.len();
        let head = format!("{number} 0 obj\n<< /Length {} >>\nstream\n", bytes.len());
        self.write(head.as_bytes())?;
        self.write(bytes)?;
        self.write(b"\nendstream\nendobj\n")
    }

    fn finish(mut self) -> Result<PathBuf> {
        let start = self.at;
        let size = self.offsets.len() + 1;
        let mut table = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            table.push_str(&format!("{offset:010} 00000 n \n"));
        }
        let id = format!("{size:032x}");
        table.push_str(&format!(
            "trailer\n<< /Size {size} /Root 1 0 R /ID [<{id}> <{id}>] >>\nstartxref\n{start}\n%%EOF\n"
        ));
        self.write(table.as_bytes())?;
        self.out.flush()?;
        Ok(self.path)
    }
}

/// Bytes that do not compress and are the same on every machine (xorshift64).
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            bytes.extend_from_slice(&self.0.to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }
}
