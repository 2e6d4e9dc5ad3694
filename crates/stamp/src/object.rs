//! Appearances as PDF objects with local numbers.

use std::io::Write as _;

use crate::{POINTS_PER_MM, StampError};

/// One appearance: a form XObject with the resources it needs, as PDF objects with local numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Appearance {
    /// Width in mm as the reader sees it.
    pub width_mm: f64,
    /// Height in mm as the reader sees it.
    pub height_mm: f64,
    /// Objects in order; index 0 is the form XObject itself. Object `i` refers to others by their
    /// index in this list; [`AppearanceObject::write`] puts in the real numbers.
    pub objects: Vec<AppearanceObject>,
    /// Whether something in it uses transparency (a soft mask), which PDF/A-1 forbids
    /// (ISO 19005-1, 6.4).
    pub has_transparency: bool,
}

impl Appearance {
    /// The same appearance, upright for the reader of a page with this `/Rotate` (degrees, a
    /// multiple of 90; ISO 32000-1, table 30). `width_mm` and `height_mm` stay as the reader sees
    /// them: the widget's `/Rect` has them swapped for 90 and 270.
    pub fn on_rotated_page(mut self, rotate: i64) -> Appearance {
        if let Some(form) = self.objects.first_mut() {
            let matrix: &[u8] = match rotate.rem_euclid(360) {
                90 => b"[0 1 -1 0 0 0]",
                180 => b"[-1 0 0 -1 0 0]",
                270 => b"[0 -1 1 0 0 0]",
                _ => b"[1 0 0 1 0 0]",
            };
            for part in &mut form.parts {
                if let Part::Matrix(old) = part {
                    *old = matrix.to_vec();
                }
            }
        }
        self
    }

    /// Bytes of all objects together, about: what the update grows by.
    pub fn len_bytes(&self) -> usize {
        self.objects.iter().map(AppearanceObject::len_bytes).sum()
    }
}

/// The body of one object, with places left open for the numbers of the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AppearanceObject {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Bytes(Vec<u8>),
    /// `/Matrix` of the form, apart so that it can be turned with the page.
    Matrix(Vec<u8>),
    /// Reference to local object `n`, generation 0.
    Reference(usize),
}

impl AppearanceObject {
    /// Body bytes (`<<…>>`, for a stream with `stream…endstream` after it) in which local object
    /// `i` has the number `numbers[i]`. An index without a number becomes `null`: give a number
    /// for each of [`Appearance::objects`].
    pub fn write(&self, numbers: &[u32]) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.len_bytes());
        for part in &self.parts {
            match part {
                Part::Bytes(bytes) | Part::Matrix(bytes) => out.extend_from_slice(bytes),
                Part::Reference(local) => match numbers.get(*local) {
                    Some(number) => out.extend_from_slice(format!("{number} 0 R").as_bytes()),
                    None => out.extend_from_slice(b"null"),
                },
            }
        }
        out
    }

    /// The same as pieces: bytes, and the index of the local object that is referred to after them.
    pub fn pieces(&self) -> Vec<(Vec<u8>, Option<usize>)> {
        let mut pieces: Vec<(Vec<u8>, Option<usize>)> = vec![];
        for part in &self.parts {
            match (part, pieces.last_mut()) {
                (Part::Bytes(bytes) | Part::Matrix(bytes), Some((open, None))) => {
                    open.extend_from_slice(bytes);
                }
                (Part::Bytes(bytes) | Part::Matrix(bytes), _) => pieces.push((bytes.clone(), None)),
                (Part::Reference(local), Some((_, hole @ None))) => *hole = Some(*local),
                (Part::Reference(local), _) => pieces.push((vec![], Some(*local))),
            }
        }
        pieces
    }

    fn len_bytes(&self) -> usize {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Bytes(bytes) | Part::Matrix(bytes) => bytes.len(),
                Part::Reference(_) => 12,
            })
            .sum()
    }

    pub(crate) fn put(mut self, bytes: impl AsRef<[u8]>) -> Self {
        if let Some(Part::Bytes(last)) = self.parts.last_mut() {
            last.extend_from_slice(bytes.as_ref());
        } else {
            self.parts.push(Part::Bytes(bytes.as_ref().to_vec()));
        }
        self
    }

    pub(crate) fn reference(mut self, local: usize) -> Self {
        self.parts.push(Part::Reference(local));
        self
    }

    /// Ends an open dictionary (`<<…`) as that of a Flate stream with this content.
    pub(crate) fn flate_stream(self, content: &[u8]) -> Self {
        let encoded = deflate(content);
        self.put(format!("/Filter/FlateDecode/Length {}>>\nstream\n", encoded.len()))
            .put(&encoded)
            .put("\nendstream")
    }

    /// The form XObject (ISO 32000-1, 8.10.2) of this size; `resources` is the body of its
    /// resource dictionary.
    pub(crate) fn form(
        width_mm: f64,
        height_mm: f64,
        resources: AppearanceObject,
        content: &[u8],
    ) -> Self {
        let mut form = AppearanceObject::default().put(format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 {} {}]/Matrix",
            number(width_mm * POINTS_PER_MM),
            number(height_mm * POINTS_PER_MM)
        ));
        form.parts.push(Part::Matrix(b"[1 0 0 1 0 0]".to_vec()));
        form = form.put("/Resources<<");
        form.parts.extend(resources.parts);
        form = form.put(">>");
        // Compressed however short: EU DSS takes another /Filter in the appearance of a field that is
        // filled later (an empty one before) for an undefined change.
        form.flate_stream(content)
    }
}

/// An appearance that shows nothing: for fields that are created before a certifying signature
/// (after it, a new visible field would break the certification).
///
/// It never fails: a size that is none becomes 0.
pub fn empty(width_mm: f64, height_mm: f64) -> Appearance {
    let sane = |mm: f64| if check_size(mm).is_ok() { mm } else { 0.0 };
    let (width_mm, height_mm) = (sane(width_mm), sane(height_mm));
    let form = AppearanceObject::form(width_mm, height_mm, AppearanceObject::default(), b"");
    Appearance { width_mm, height_mm, objects: vec![form], has_transparency: false }
}

/// Largest side of a page (200 inches), in mm.
const MAX_SIDE_MM: f64 = 5080.0;

pub(crate) fn check_size(mm: f64) -> Result<(), StampError> {
    if mm.is_finite() && mm > 0.0 && mm <= MAX_SIDE_MM {
        Ok(())
    } else {
        Err(StampError::BadSize(mm))
    }
}

/// A PDF number with at most three decimals (about 0.0004 mm), never an exponent.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
    // Writing to a Vec has no way to fail; an empty stream would be noticed by every reader.
    if encoder.write_all(content).is_err() {
        return Vec::new();
    }
    encoder.finish().unwrap_or_default()
}
