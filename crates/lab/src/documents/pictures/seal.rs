//! The lab agency's round seal: double ring, words on arcs, a star. The agency exists nowhere.

use std::f32::consts::PI;

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use anyhow::Context as _;
use stamp::TextFace;
use ttf_parser::{Face, OutlineBuilder};

use super::canvas::Canvas;

/// Side of the picture, in mm: the seal at real size.
pub const SEAL_MM: f64 = 35.0;
/// 600 dpi.
const PIXELS_PER_MM: f64 = 600.0 / 25.4;
const RED: [u8; 3] = [206, 22, 32];

/// The seal of the lab's agency.
///
/// # Errors
/// Only if the built-in face or the PNG writer fails.
pub fn seal() -> anyhow::Result<Vec<u8>> {
    let side = (SEAL_MM * PIXELS_PER_MM).round() as usize;
    let mut seal = Seal {
        canvas: Canvas::new(side, side),
        face: Face::parse(TextFace::SerifBold.data(), 0).context("built-in face")?,
        scale: PIXELS_PER_MM as f32,
        middle: side as f32 / 2.0,
    };
    seal.ring(16.9, 0.9);
    seal.ring(15.75, 0.3);
    seal.ring(9.6, 0.4);
    seal.arc("ỦY BAN NHÂN DÂN", 11.4, 3.0, false);
    seal.arc("PHƯỜNG AN LÀNH", 14.0, 3.0, true);
    for side in [-1.0, 1.0] {
        // In the middle of the gap between the two arcs.
        let angle = 101.0_f32.to_radians();
        seal.star(side * 12.7 * angle.sin(), -12.7 * angle.cos(), 0.85);
    }
    seal.star(0.0, -1.7, 5.4);
    seal.straight("TỈNH SÔNG MẪU", 6.0, 1.5);
    seal.canvas.png(RED, PIXELS_PER_MM)
}

/// Lengths in mm from the middle, y down.
struct Seal {
    canvas: Canvas,
    face: Face<'static>,
    scale: f32,
    middle: f32,
}

impl Seal {
    fn ring(&mut self, radius: f32, width: f32) {
        let (middle, radius, half) = (self.middle, radius * self.scale, width * self.scale / 2.0);
        let reach = radius + half + 1.0;
        let bounds = [middle - reach, middle - reach, middle + reach, middle + reach];
        self.canvas.shape(bounds, |x, y| {
            let (dx, dy) = (x - middle, y - middle);
            ((dx * dx + dy * dy).sqrt() - radius).abs() - half
        });
    }

    /// A five-pointed star with its tips at `radius`.
    fn star(&mut self, x: f32, y: f32, radius: f32) {
        let corner = |index: usize| {
            let angle = PI * index as f32 / 5.0 - PI / 2.0;
            let reach = if index.is_multiple_of(2) { radius } else { radius * 0.382 };
            self.place(x + reach * angle.cos(), y + reach * angle.sin())
        };
        let corners: Vec<Point> = (0..11).map(|index| corner(index % 10)).collect();
        let (width, height) = self.canvas.size();
        let mut raster = Rasterizer::new(width, height);
        for pair in corners.windows(2) {
            raster.draw_line(pair[0], pair[1]);
        }
        self.ink(raster);
    }

    /// Words around the middle, their baseline at `radius`, centred at the top or, read from the
    /// inside, at the bottom.
    fn arc(&mut self, words: &str, radius: f32, em: f32, bottom: bool) {
        let spacing = 0.12 * em;
        let widths: Vec<f32> = words.chars().map(|ch| self.advance(ch, em) + spacing).collect();
        let mut along = -widths.iter().sum::<f32>() / 2.0;
        for (ch, width) in words.chars().zip(widths) {
            let angle = (along + width / 2.0) / radius;
            along += width;
            let (turn, x, y) = if bottom {
                (-angle, radius * angle.sin(), radius * angle.cos())
            } else {
                (angle, radius * angle.sin(), -radius * angle.cos())
            };
            self.letter(ch, em, x, y, turn);
        }
    }

    fn straight(&mut self, words: &str, baseline: f32, em: f32) {
        let mut x = -words.chars().map(|ch| self.advance(ch, em)).sum::<f32>() / 2.0;
        for ch in words.chars() {
            let width = self.advance(ch, em);
            self.letter(ch, em, x + width / 2.0, baseline, 0.0);
            x += width;
        }
    }

    /// A letter whose baseline has its middle at x, y, turned clockwise.
    fn letter(&mut self, ch: char, em: f32, x: f32, y: f32, turn: f32) {
        let Some(glyph) = self.face.glyph_index(ch) else { return };
        let (width, height) = self.canvas.size();
        let half = self.advance(ch, em) / 2.0;
        let mut pen = Pen {
            raster: Rasterizer::new(width, height),
            last: point(0.0, 0.0),
            start: point(0.0, 0.0),
            to_page: |px: f32, py: f32| {
                let unit = em / f32::from(self.face.units_per_em());
                let (lx, ly) = (px * unit - half, -py * unit);
                let (sin, cos) = turn.sin_cos();
                self.place(x + lx * cos - ly * sin, y + lx * sin + ly * cos)
            },
        };
        self.face.outline_glyph(glyph, &mut pen);
        let raster = pen.raster;
        self.ink(raster);
    }

    fn advance(&self, ch: char, em: f32) -> f32 {
        let advance =
            self.face.glyph_index(ch).and_then(|glyph| self.face.glyph_hor_advance(glyph));
        f32::from(advance.unwrap_or(0)) / f32::from(self.face.units_per_em()) * em
    }

    fn place(&self, x: f32, y: f32) -> Point {
        point(self.middle + x * self.scale, self.middle + y * self.scale)
    }

    fn ink(&mut self, raster: Rasterizer) {
        let canvas = &mut self.canvas;
        raster.for_each_pixel_2d(|x, y, amount| canvas.cover(x as usize, y as usize, amount));
    }
}

/// Glyph outlines into the rasteriser.
struct Pen<F: Fn(f32, f32) -> Point> {
    raster: Rasterizer,
    last: Point,
    start: Point,
    to_page: F,
}

impl<F: Fn(f32, f32) -> Point> OutlineBuilder for Pen<F> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.last = (self.to_page)(x, y);
        self.start = self.last;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = (self.to_page)(x, y);
        self.raster.draw_line(self.last, to);
        self.last = to;
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let to = (self.to_page)(x, y);
        self.raster.draw_quad(self.last, (self.to_page)(x1, y1), to);
        self.last = to;
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let to = (self.to_page)(x, y);
        let (c1, c2) = ((self.to_page)(x1, y1), (self.to_page)(x2, y2));
        self.raster.draw_cubic(self.last, c1, c2, to);
        self.last = to;
    }

    fn close(&mut self) {
        self.raster.draw_line(self.last, self.start);
        self.last = self.start;
    }
}
