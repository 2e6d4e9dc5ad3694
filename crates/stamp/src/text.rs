//! Words set in a box.

use std::collections::BTreeMap;

use crate::font::{FONT_OBJECTS, Subset};
use crate::object::{AppearanceObject, check_size, number};
use crate::{Appearance, POINTS_PER_MM, StampError, TextFace};

/// How text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextStyle {
    /// The face.
    pub face: TextFace,
    /// Size in points.
    pub size_pt: f64,
    /// Where lines stand in the width of the box.
    pub align: Align,
    /// Distance of two baselines, as a multiple of the size.
    pub leading: f64,
}

impl TextStyle {
    /// Text of this size from the left edge, lines 1.2 sizes apart.
    pub fn new(face: TextFace, size_pt: f64) -> Self {
        TextStyle { face, size_pt, align: Align::Left, leading: 1.2 }
    }

    /// The same, centred.
    pub fn centred(self) -> Self {
        TextStyle { align: Align::Centre, ..self }
    }
}

/// Where a line stands in the width of its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// From the left edge.
    Left,
    /// In the middle.
    Centre,
}

/// One piece of text at an exact place: for blanks in a printed line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run<'a> {
    /// The words.
    pub text: &'a str,
    /// Left end, in mm from the left edge of the box.
    pub x_mm: f64,
    /// Baseline, in mm above the lower edge of the box.
    pub baseline_mm: f64,
    /// Face and size; alignment and leading do not matter here.
    pub style: TextStyle,
}

/// Lines of text in a box, all of them together centred in its height.
///
/// # Errors
/// [`StampError::MissingGlyph`], [`StampError::TooWide`] or [`StampError::TooTall`] when a line or
/// all of them do not fit (text never shrinks), [`StampError::NoText`], [`StampError::BadSize`].
pub fn text(
    lines: &[&str],
    style: &TextStyle,
    width_mm: f64,
    height_mm: f64,
) -> Result<Appearance, StampError> {
    check_size(width_mm)?;
    check_size(height_mm)?;
    let bottom_mm = baseline_mm(lines.len(), style, height_mm)?;
    let line_mm = style.size_pt * style.leading / POINTS_PER_MM;
    let mut placed = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let needed_mm = text_width_mm(line, style)?;
        let x_mm = match style.align {
            Align::Left => 0.0,
            Align::Centre => (width_mm - needed_mm).max(0.0) / 2.0,
        };
        let above = (lines.len() - 1 - index) as f64;
        placed.push(Run {
            text: line,
            x_mm,
            baseline_mm: bottom_mm + above * line_mm,
            style: *style,
        });
    }
    runs(&placed, width_mm, height_mm)
}

/// Baseline of the last of `lines` lines that [`text`] sets in a box of this height, in mm above
/// its lower edge: place the box so that it meets the baseline of the printed line.
///
/// # Errors
/// [`StampError::TooTall`], [`StampError::NoText`], [`StampError::BadSize`].
pub fn baseline_mm(lines: usize, style: &TextStyle, height_mm: f64) -> Result<f64, StampError> {
    check_size(height_mm)?;
    check_size(style.size_pt)?;
    check_size(style.leading)?;
    let between = lines.checked_sub(1).ok_or(StampError::NoText)? as f64;
    let (ascent, descent) = Subset::new(style.face)?.ascent_descent_em();
    let size_mm = style.size_pt / POINTS_PER_MM;
    let needed_mm = size_mm * (ascent + descent + between * style.leading);
    if needed_mm > height_mm + ROUNDING_MM {
        return Err(StampError::TooTall { needed_mm, height_mm });
    }
    Ok((height_mm - needed_mm) / 2.0 + size_mm * descent)
}

/// Pieces of text at exact places in one box. They may differ in face and size.
///
/// # Errors
/// As [`text`]; [`StampError::TooWide`] also for a piece that begins left of the box,
/// [`StampError::TooTall`] for one whose baseline is outside.
pub fn runs(runs: &[Run], width_mm: f64, height_mm: f64) -> Result<Appearance, StampError> {
    check_size(width_mm)?;
    check_size(height_mm)?;
    if runs.iter().all(|run| run.text.trim().is_empty()) {
        return Err(StampError::NoText);
    }

    // CalGray 0 is black whatever output intent the file has, or none (ISO 19005-2, 6.2.4).
    let mut content = b"/K cs 0 sc\nBT\n".to_vec();
    let mut subsets: BTreeMap<TextFace, Subset> = BTreeMap::new();
    for run in runs {
        check_size(run.style.size_pt)?;
        let face = run.style.face;
        let subset = match subsets.entry(face) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => entry.insert(Subset::new(face)?),
        };
        let encoded = subset.encode(run.text)?;
        let run_mm = encoded.width_em * run.style.size_pt / POINTS_PER_MM;
        let needed_mm = if run.x_mm >= 0.0 { run.x_mm + run_mm } else { run_mm - run.x_mm };
        // Not `>`: what is no number is refused too.
        if !(run.x_mm >= 0.0 && needed_mm <= width_mm + ROUNDING_MM) {
            return Err(StampError::TooWide { needed_mm, width_mm });
        }
        if !(0.0..=height_mm).contains(&run.baseline_mm) {
            return Err(StampError::TooTall { needed_mm: run.baseline_mm.abs(), height_mm });
        }
        content.extend_from_slice(
            format!(
                "/{} {} Tf 1 0 0 1 {} {} Tm <",
                resource_name(face),
                number(run.style.size_pt),
                number(run.x_mm * POINTS_PER_MM),
                number(run.baseline_mm * POINTS_PER_MM)
            )
            .as_bytes(),
        );
        for code in encoded.codes {
            content.extend_from_slice(format!("{code:04X}").as_bytes());
        }
        content.extend_from_slice(b"> Tj\n");
    }
    content.extend_from_slice(b"ET");

    let mut resources = AppearanceObject::default()
        .put("/ColorSpace<</K[/CalGray<</WhitePoint[0.9505 1 1.089]>>]>>/Font<<");
    let mut fonts = Vec::with_capacity(subsets.len() * FONT_OBJECTS);
    for (face, subset) in &subsets {
        let first = 1 + fonts.len();
        resources = resources.put(format!("/{} ", resource_name(*face))).reference(first);
        fonts.extend(subset.objects(first)?);
    }
    let resources = resources.put(">>");
    let mut objects = vec![AppearanceObject::form(width_mm, height_mm, resources, &content)];
    objects.append(&mut fonts);
    Ok(Appearance { width_mm, height_mm, objects, has_transparency: false })
}

/// Width of a line in mm.
///
/// # Errors
/// [`StampError::MissingGlyph`], [`StampError::BadSize`].
pub fn text_width_mm(text: &str, style: &TextStyle) -> Result<f64, StampError> {
    check_size(style.size_pt)?;
    let encoded = Subset::new(style.face)?.encode(text)?;
    Ok(encoded.width_em * style.size_pt / POINTS_PER_MM)
}

/// What may be lost between millimetres and points of three decimals.
const ROUNDING_MM: f64 = 0.001;

fn resource_name(face: TextFace) -> &'static str {
    match face {
        TextFace::SerifRegular => "R",
        TextFace::SerifBold => "B",
        TextFace::SerifItalic => "I",
        TextFace::SerifBoldItalic => "J",
    }
}
