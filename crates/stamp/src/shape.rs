//! Plain shapes: they stand in for a picture while its place is tried on a page.

use crate::object::{AppearanceObject, check_size, number};
use crate::{Appearance, POINTS_PER_MM, StampError};

/// A black box that fills its place: whatever it would cover, any picture in it might.
///
/// # Errors
/// [`StampError::BadSize`].
pub fn block(width_mm: f64, height_mm: f64) -> Result<Appearance, StampError> {
    let (w, h) = (points(width_mm)?, points(height_mm)?);
    shape(width_mm, height_mm, &format!("/K cs 0 sc 0 0 {w} {h} re f"))
}

/// A black disc that touches all four sides: a round seal.
///
/// # Errors
/// [`StampError::BadSize`].
pub fn disc(width_mm: f64, height_mm: f64) -> Result<Appearance, StampError> {
    check_size(width_mm)?;
    check_size(height_mm)?;
    let (rx, ry) = (width_mm / 2.0 * POINTS_PER_MM, height_mm / 2.0 * POINTS_PER_MM);
    // A quarter of a circle as one Bézier curve.
    let (kx, ky) = (rx * 0.5523, ry * 0.5523);
    let quarter = |c: [f64; 6]| {
        let c = c.map(number);
        format!("{} c ", c.join(" "))
    };
    let path = [
        format!("{} {} m ", number(2.0 * rx), number(ry)),
        quarter([2.0 * rx, ry + ky, rx + kx, 2.0 * ry, rx, 2.0 * ry]),
        quarter([rx - kx, 2.0 * ry, 0.0, ry + ky, 0.0, ry]),
        quarter([0.0, ry - ky, rx - kx, 0.0, rx, 0.0]),
        quarter([rx + kx, 0.0, 2.0 * rx, ry - ky, 2.0 * rx, ry]),
    ];
    shape(width_mm, height_mm, &format!("/K cs 0 sc {}f", path.concat()))
}

fn points(mm: f64) -> Result<String, StampError> {
    check_size(mm).map(|()| number(mm * POINTS_PER_MM))
}

fn shape(width_mm: f64, height_mm: f64, content: &str) -> Result<Appearance, StampError> {
    let resources = AppearanceObject::default()
        .put("/ColorSpace<</K[/CalGray<</WhitePoint[0.9505 1 1.089]>>]>>");
    let form = AppearanceObject::form(width_mm, height_mm, resources, content.as_bytes());
    Ok(Appearance { width_mm, height_mm, objects: vec![form], has_transparency: false })
}
