//! Documents that other programs wrote: kept in `fixtures/documents`, each folder with its birth
//! certificate.

use std::collections::BTreeMap;

use anyhow::Context as _;

use super::{LabDocument, Layout, Place};

macro_rules! fixture {
    ($path:literal) => {
        include_bytes!(concat!("../../../../fixtures/documents/", $path)).as_slice()
    };
}

/// The three documents as LibreOffice exported them: PDF/A-2b, cross-reference tables.
///
/// # Errors
/// A damaged table of layouts: a defect of the fixtures.
pub fn libreoffice() -> anyhow::Result<Vec<LabDocument>> {
    let layouts = include_str!("../../../../fixtures/documents/libreoffice/layouts.tsv");
    [
        (
            "ho-kinh-doanh-libreoffice",
            fixture!("libreoffice/ho-kinh-doanh-libreoffice.pdf"),
            ("CHỦ TỊCH", "Nguyễn Hữu Phước An"),
        ),
        (
            "quyet-dinh-libreoffice",
            fixture!("libreoffice/quyet-dinh-libreoffice.pdf"),
            ("CHỦ TỊCH", "Nguyễn Hữu Phước An"),
        ),
        (
            "xac-nhan-hon-nhan-libreoffice",
            fixture!("libreoffice/xac-nhan-hon-nhan-libreoffice.pdf"),
            ("PHÓ CHỦ TỊCH", "Lê Thị Ngọc Bích"),
        ),
    ]
    .into_iter()
    .map(|(name, pdf, between)| {
        let layout = layout(layouts, name, between)?;
        Ok(LabDocument { name, pdf: pdf.to_vec(), layout })
    })
    .collect()
}

/// The generated documents as qpdf rewrote them: with object streams and cross-reference streams,
/// and one linearised.
///
/// # Errors
/// As [`super::all`].
pub fn rewritten() -> anyhow::Result<Vec<LabDocument>> {
    // The layouts do not depend on the day.
    let made = super::all(jiff::Timestamp::UNIX_EPOCH)?;
    [
        (
            "ho-kinh-doanh-xref-stream",
            fixture!("rewritten/ho-kinh-doanh-xref-stream.pdf"),
            "ho-kinh-doanh",
        ),
        ("quyet-dinh-xref-stream", fixture!("rewritten/quyet-dinh-xref-stream.pdf"), "quyet-dinh"),
        (
            "xac-nhan-hon-nhan-xref-stream",
            fixture!("rewritten/xac-nhan-hon-nhan-xref-stream.pdf"),
            "xac-nhan-hon-nhan",
        ),
        ("quyet-dinh-linearised", fixture!("rewritten/quyet-dinh-linearised.pdf"), "quyet-dinh"),
    ]
    .into_iter()
    .map(|(name, pdf, original)| {
        let original = made.iter().find(|made| made.name == original).context("original")?;
        Ok(LabDocument { name, pdf: pdf.to_vec(), layout: original.layout.clone() })
    })
    .collect()
}

/// Rows `document box page x y width height` of one document.
fn layout(table: &str, document: &str, between: (&str, &str)) -> anyhow::Result<Layout> {
    let mut places = BTreeMap::new();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let [name, place, page, x, y, width, height] = cells[..] else { continue };
        if name == document {
            let place_mm = Place {
                page: page.parse()?,
                x_mm: x.parse()?,
                y_mm: y.parse()?,
                width_mm: width.parse()?,
                height_mm: height.parse()?,
            };
            places.insert(place, place_mm);
        }
    }
    let place = |name: &str| {
        places.get(name).copied().with_context(|| format!("no place {name} for {document}"))
    };
    Ok(Layout {
        signature: place("signature")?,
        seal: place("seal")?,
        initials: place("initials")?,
        number: place("number")?,
        day: place("day")?,
        month: place("month")?,
        date: place("date")?,
        number_date: place("number_date")?,
        attachment: place("attachment")?,
        qr: place("qr")?,
        after_number: "Số:".to_owned(),
        between: (between.0.to_owned(), between.1.to_owned()),
    })
}
