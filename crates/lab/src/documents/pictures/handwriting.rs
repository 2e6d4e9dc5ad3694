//! Strokes of a pen: points joined by a smooth curve, thinner where the pen is fast.

use super::canvas::Canvas;

/// Resolution of the signature pictures: 400 dpi.
const PIXELS_PER_MM: f64 = 400.0 / 25.4;
const BLUE: [u8; 3] = [24, 52, 158];

/// Points of one stroke in mm from the upper left corner.
type Stroke = &'static [(f32, f32)];

/// Signature of the lab's first official, 60 × 25 mm: a tall loop, a running middle, a long line.
///
/// # Errors
/// Only if the PNG writer fails.
pub fn signature_official() -> anyhow::Result<Vec<u8>> {
    const LOOP: Stroke = &[
        (9.0, 19.5),
        (10.2, 13.0),
        (13.0, 5.5),
        (16.6, 2.2),
        (18.2, 4.6),
        (15.6, 11.5),
        (11.6, 18.0),
        (10.2, 20.2),
        (12.4, 16.8),
        (16.2, 12.6),
        (18.8, 12.0),
        (18.2, 15.2),
        (18.6, 17.2),
        (20.8, 15.0),
        (22.6, 12.4),
        (22.4, 15.6),
        (23.2, 17.0),
        (25.4, 13.6),
        (27.4, 9.2),
        (29.2, 4.4),
        (30.2, 3.4),
        (29.2, 8.0),
        (27.6, 14.2),
        (28.2, 17.0),
        (30.6, 14.6),
        (32.6, 12.6),
        (32.8, 15.4),
        (34.2, 16.4),
        (36.4, 13.4),
        (38.0, 12.6),
        (38.4, 15.2),
        (40.2, 15.8),
        (44.0, 13.8),
        (50.5, 11.2),
        (55.5, 10.2),
    ];
    const LINE: Stroke = &[(7.0, 16.4), (14.0, 14.8), (24.0, 13.6), (27.0, 13.5)];
    const UNDER: Stroke = &[
        (52.0, 15.4),
        (42.0, 18.0),
        (28.0, 20.4),
        (17.0, 22.2),
        (15.4, 22.8),
        (20.0, 22.2),
        (33.0, 20.6),
        (40.0, 20.2),
    ];
    draw(60.0, 25.0, &[LOOP, LINE, UNDER], 0.58)
}

/// Signature of the lab's second official, 60 × 25 mm: a rounded capital, then waves that end in a
/// loop back.
///
/// # Errors
/// Only if the PNG writer fails.
pub fn signature_deputy() -> anyhow::Result<Vec<u8>> {
    const CAPITAL: Stroke = &[
        (14.4, 4.2),
        (12.2, 8.0),
        (10.4, 13.6),
        (9.4, 18.6),
        (9.8, 20.4),
        (12.4, 19.8),
        (16.6, 17.0),
        (19.0, 13.8),
        (19.6, 11.2),
        (18.0, 11.0),
        (16.4, 14.2),
        (17.0, 17.4),
        (19.8, 17.4),
        (22.6, 14.6),
        (24.8, 10.2),
        (26.4, 5.4),
        (26.0, 3.6),
        (24.4, 6.8),
        (23.2, 12.6),
        (23.6, 16.4),
        (25.6, 13.4),
        (28.0, 12.0),
        (28.8, 14.2),
        (27.6, 16.8),
        (26.4, 15.6),
        (29.6, 13.6),
        (32.2, 12.2),
        (32.4, 15.0),
        (33.6, 16.6),
        (36.0, 13.8),
        (37.8, 11.0),
        (40.0, 6.0),
        (40.4, 3.8),
        (38.8, 7.0),
        (37.8, 13.0),
        (38.6, 16.8),
        (40.6, 14.2),
        (42.6, 12.8),
        (43.0, 15.6),
        (45.4, 16.4),
        (49.6, 13.4),
        (52.6, 9.4),
        (51.4, 8.0),
        (47.0, 11.0),
        (38.0, 17.6),
        (27.0, 21.8),
        (16.0, 23.2),
    ];
    const DOT: Stroke = &[(33.2, 8.2), (34.6, 7.2), (35.0, 7.0)];
    draw(60.0, 25.0, &[CAPITAL, DOT], 0.55)
}

/// Initials (ký nháy) of the second official, 16 × 8 mm.
///
/// # Errors
/// Only if the PNG writer fails.
pub fn initials() -> anyhow::Result<Vec<u8>> {
    const LETTERS: Stroke = &[
        (2.0, 6.6),
        (2.6, 4.0),
        (3.6, 1.4),
        (4.2, 1.2),
        (4.4, 3.6),
        (5.2, 6.2),
        (5.8, 6.0),
        (6.6, 3.0),
        (7.4, 1.0),
        (7.6, 2.4),
        (7.0, 5.0),
        (7.0, 6.6),
        (8.0, 4.2),
        (9.2, 3.2),
        (9.8, 4.4),
        (9.0, 6.0),
        (8.2, 5.6),
        (10.0, 4.4),
        (12.4, 3.4),
        (14.2, 3.0),
    ];
    draw(16.0, 8.0, &[LETTERS], 0.34)
}

fn draw(width: f64, height: f64, strokes: &[Stroke], pen_mm: f32) -> anyhow::Result<Vec<u8>> {
    let scale = PIXELS_PER_MM as f32;
    let pixels = |mm: f64| (mm * PIXELS_PER_MM).round() as usize;
    let mut canvas = Canvas::new(pixels(width), pixels(height));
    for stroke in strokes {
        let curve = smooth(stroke);
        let count = curve.len();
        let mut drawn: Vec<(f32, f32, f32)> = vec![];
        let mut pen = pen_mm * 0.5;
        for (index, pair) in curve.windows(2).enumerate() {
            let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
            // Strokes down press harder, fast ones less; the pen follows with some inertia.
            let speed = (dx * dx + dy * dy).sqrt() * STEPS as f32;
            let press = if dy > 0.0 { 0.25 * dy / (dx.abs() + dy + 1e-6) } else { 0.0 };
            let wanted = pen_mm * (0.85 + press - 0.055 * speed.min(7.0));
            pen += (wanted - pen) * 0.08;
            let from_end = index.min(count - 2 - index) as f32 / (STEPS as f32 * 0.9);
            let taper = 0.35 + 0.65 * from_end.min(1.0);
            drawn.push((pair[0].0 * scale, pair[0].1 * scale, pen * taper * scale / 2.0));
        }
        for pair in drawn.windows(2) {
            canvas.segment(pair[0], pair[1]);
        }
    }
    canvas.png(BLUE, PIXELS_PER_MM)
}

/// Steps between two points.
const STEPS: usize = 24;

/// A centripetal-like Catmull-Rom curve through the points.
fn smooth(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let at = |index: usize| points.get(index).or(points.last()).copied().unwrap_or_default();
    let mut curve = vec![];
    for index in 0..points.len().saturating_sub(1) {
        let (p0, p1) = (at(index.saturating_sub(1)), at(index));
        let (p2, p3) = (at(index + 1), at(index + 2));
        for step in 0..STEPS {
            let t = step as f32 / STEPS as f32;
            let spline = |a: f32, b: f32, c: f32, d: f32| {
                0.5 * (2.0 * b
                    + (c - a) * t
                    + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t
                    + (3.0 * b - a - 3.0 * c + d) * t * t * t)
            };
            curve.push((spline(p0.0, p1.0, p2.0, p3.0), spline(p0.1, p1.1, p2.1, p3.1)));
        }
    }
    curve.extend(points.last());
    curve
}
