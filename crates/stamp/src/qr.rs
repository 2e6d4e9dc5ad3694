//! The QR symbol: vector squares, level M, with its quiet zone in a reserved box.
//!
//! ```text
//! ┌ 28 mm ────────┐   four light modules on every side (ISO/IEC 18004, 5.3.8),
//! │  ▄▄▄▄▄ ▄ ▄▄▄▄▄│   so nothing outside the box has to stay clear
//! │  █ ▄ █ ▀ █ ▄ █│
//! ```

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use crate::object::{AppearanceObject, check_size, number};
use crate::{Appearance, POINTS_PER_MM, StampError};

/// The side of the box that layouts reserve, quiet zone included.
pub const QR_BOX_MM: f64 = 28.0;
/// Below this a phone no longer reads a photocopy of the symbol reliably (measured at 300 dpi with
/// tilt, blur and noise).
pub const QR_LEAST_MODULE_MM: f64 = 0.44;
/// Light modules on every side.
const QUIET_MODULES: u16 = 4;

/// The symbol of `text` in a square box of this side, upright; the paper is its white, since a box
/// painted in calibrated white shows a tint in some viewers. Level M: at one size it is
/// read more often than Q, whose squares are smaller.
///
/// # Errors
/// [`StampError::QrTooFine`] where the text needs more squares than the box has room for;
/// [`StampError::NoText`], [`StampError::BadSize`].
pub fn qr(text: &str, side_mm: f64) -> Result<Appearance, StampError> {
    check_size(side_mm)?;
    let symbol = encode(text)?;
    let modules = f64::from(symbol.size()) + 2.0 * f64::from(QUIET_MODULES);
    let module_mm = side_mm / modules;
    if module_mm < QR_LEAST_MODULE_MM {
        return Err(StampError::QrTooFine { module_mm, side_mm });
    }
    let points = |mm: f64| number(mm * POINTS_PER_MM);
    // One path: neighbours that share an edge leave no hairline between them.
    let mut content = "/K cs 0 sc\n".to_owned();
    for row in 0..symbol.size() {
        let y = side_mm - (f64::from(row) + f64::from(QUIET_MODULES) + 1.0) * module_mm;
        for (first, count) in runs(&symbol, row) {
            let x = (f64::from(first) + f64::from(QUIET_MODULES)) * module_mm;
            content.push_str(&format!(
                "{} {} {} {} re\n",
                points(x),
                points(y),
                points(f64::from(count) * module_mm),
                points(module_mm)
            ));
        }
    }
    content.push('f');
    // CalGray stands under any output intent, or none (ISO 19005-2, 6.2.4).
    let resources = AppearanceObject::default()
        .put("/ColorSpace<</K[/CalGray<</WhitePoint[0.9505 1 1.089]>>]>>");
    let form = AppearanceObject::form(side_mm, side_mm, resources, content.as_bytes());
    Ok(Appearance {
        width_mm: side_mm,
        height_mm: side_mm,
        objects: vec![form],
        has_transparency: false,
    })
}

/// Runs of dark modules in one row: first module and how many.
fn runs(symbol: &QrCode, row: i32) -> Vec<(i32, i32)> {
    let mut runs: Vec<(i32, i32)> = vec![];
    for column in (0..symbol.size()).filter(|column| symbol.get_module(*column, row)) {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == column => *count += 1,
            _ => runs.push((column, 1)),
        }
    }
    runs
}

/// A link ends in a code of capitals and digits, and perhaps a fragment of digits: each part in the
/// mode that needs the fewest bits.
fn encode(text: &str) -> Result<QrCode, StampError> {
    if text.is_empty() {
        return Err(StampError::NoText);
    }
    let (link, fragment) = match text.split_once('#') {
        Some((link, fragment)) => (link, Some(fragment)),
        None => (text, None),
    };
    let (head, code) = link.split_at(link.rfind('/').map_or(0, |at| at + 1));
    let mut segments = vec![];
    for part in [Some(head), Some(code), fragment.map(|_| "#"), fragment] {
        let Some(part) = part.filter(|part| !part.is_empty()) else { continue };
        segments.push(if QrSegment::is_numeric(part) {
            QrSegment::make_numeric(part)
        } else if QrSegment::is_alphanumeric(part) {
            QrSegment::make_alphanumeric(part)
        } else {
            QrSegment::make_bytes(part.as_bytes())
        });
    }
    let (first, last) = (Version::MIN, Version::MAX);
    QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, first, last, None, false)
        .map_err(|_| StampError::QrTooLong { bytes: text.len() })
}
