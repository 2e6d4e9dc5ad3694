//! From a box in mm as the reader sees the page to user space, through /Rotate, CropBox and
//! UserUnit (ISO 32000-2, 7.7.3.3), and the matrix that keeps a form upright there.

use crate::page_tree::{Geometry, POINTS_PER_MM};

/// Boxes may stick out this much: what rounding to mm loses.
const TOLERANCE_MM: f64 = 0.05;

/// A box of the reader's page in user space; none where it leaves the page or has no area.
pub(crate) fn rect(
    page: &Geometry,
    x_mm: f64,
    y_mm: f64,
    width_mm: f64,
    height_mm: f64,
) -> Option<[f64; 4]> {
    let all = [x_mm, y_mm, width_mm, height_mm];
    let (page_width, page_height) = page.size_mm();
    let inside = all.iter().all(|value| value.is_finite())
        && width_mm > 0.0
        && height_mm > 0.0
        && x_mm >= -TOLERANCE_MM
        && y_mm >= -TOLERANCE_MM
        && x_mm + width_mm <= page_width + TOLERANCE_MM
        && y_mm + height_mm <= page_height + TOLERANCE_MM;
    if !inside {
        return None;
    }
    let units = |mm: f64| mm * POINTS_PER_MM / page.user_unit;
    let (left, bottom) = (units(x_mm), units(y_mm));
    let (width, height) = (units(width_mm), units(height_mm));
    let (right, top) = (left + width, bottom + height);
    let [x0, y0, x1, y1] = page.visible;
    let (x, y, width, height) = match page.rotate {
        // Turned clockwise, the page's right edge is the reader's bottom.
        90 => (x1 - top, y0 + left, height, width),
        180 => (x1 - right, y1 - top, width, height),
        270 => (x0 + bottom, y1 - right, height, width),
        _ => (x0 + left, y0 + bottom, width, height),
    };
    // Corner and size are rounded as they are written, the far corner follows: who measures the
    // field again to fill it gets the size of its first appearance, to the last digit.
    let (x, y, width, height) = (written(x), written(y), written(width), written(height));
    Some([x, y, x + width, y + height])
}

/// As a number stands in the file.
fn written(points: f64) -> f64 {
    (points * 1000.0).round() / 1000.0
}

/// /Matrix of a form that shall stand upright for the reader. Only the direction matters: the
/// viewer fits the result into /Rect (12.5.5, algorithm 8).
pub(crate) fn matrix(rotate: i64) -> &'static str {
    match rotate {
        90 => "[0 1 -1 0 0 0]",
        180 => "[-1 0 0 -1 0 0]",
        270 => "[0 -1 1 0 0 0]",
        _ => "[1 0 0 1 0 0]",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: Option<[f64; 4]>, b: [f64; 4]) {
        let a = a.unwrap_or_default();
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1.1e-3), "{a:?} {b:?}");
    }

    /// 10 mm from the left and 20 mm from the bottom of what the reader sees, 30 mm × 5 mm.
    #[test]
    fn a_box_stands_where_the_reader_sees_it() {
        let mm = POINTS_PER_MM;
        let page = |rotate| Geometry {
            visible: [100.0, 200.0, 100.0 + 100.0 * mm, 200.0 + 150.0 * mm],
            rotate,
            user_unit: 1.0,
        };
        let at = |rotate| rect(&page(rotate), 10.0, 20.0, 30.0, 5.0);
        let (x0, y0, x1, y1) = (100.0, 200.0, 100.0 + 100.0 * mm, 200.0 + 150.0 * mm);
        close(at(0), [x0 + 10.0 * mm, y0 + 20.0 * mm, x0 + 40.0 * mm, y0 + 25.0 * mm]);
        close(at(90), [x1 - 25.0 * mm, y0 + 10.0 * mm, x1 - 20.0 * mm, y0 + 40.0 * mm]);
        close(at(180), [x1 - 40.0 * mm, y1 - 25.0 * mm, x1 - 10.0 * mm, y1 - 20.0 * mm]);
        close(at(270), [x0 + 20.0 * mm, y1 - 40.0 * mm, x0 + 25.0 * mm, y1 - 10.0 * mm]);
    }

    #[test]
    fn a_user_unit_is_that_many_points() {
        let page = Geometry { visible: [0.0, 0.0, 100.0, 100.0], rotate: 0, user_unit: 2.0 };
        assert_eq!(page.size_mm(), (200.0 / POINTS_PER_MM, 200.0 / POINTS_PER_MM));
        close(
            rect(&page, 10.0, 0.0, 10.0, 10.0),
            [5.0 * POINTS_PER_MM, 0.0, 10.0 * POINTS_PER_MM, 5.0 * POINTS_PER_MM],
        );
    }

    #[test]
    fn outside_is_nowhere() {
        let page = Geometry { visible: [0.0, 0.0, 100.0, 100.0], rotate: 0, user_unit: 1.0 };
        assert_eq!(rect(&page, 30.0, 0.0, 10.0, 10.0), None);
        assert_eq!(rect(&page, 0.0, 0.0, 0.0, 10.0), None);
        assert_eq!(rect(&page, f64::NAN, 0.0, 1.0, 10.0), None);
    }
}
