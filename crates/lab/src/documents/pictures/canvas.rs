//! One ink on a transparent sheet: how much of each pixel is covered.

use anyhow::Context as _;

pub(super) struct Canvas {
    width: usize,
    height: usize,
    cover: Vec<f32>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Canvas {
        Canvas { width, height, cover: vec![0.0; width * height] }
    }

    /// Covers where `distance` (in pixels, negative inside) of the pixel's middle says so, within
    /// the box of pixels given; edges are one pixel soft.
    pub(super) fn shape(&mut self, bounds: [f32; 4], distance: impl Fn(f32, f32) -> f32) {
        let [left, top, right, bottom] = bounds;
        let clamp = |v: f32, most: usize| (v.max(0.0) as usize).min(most);
        for y in clamp(top.floor(), self.height)..clamp(bottom.ceil() + 1.0, self.height) {
            for x in clamp(left.floor(), self.width)..clamp(right.ceil() + 1.0, self.width) {
                let inside = 0.5 - distance(x as f32 + 0.5, y as f32 + 0.5);
                self.cover(x, y, inside);
            }
        }
    }

    /// Covers a pixel at least this much.
    pub(super) fn cover(&mut self, x: usize, y: usize, amount: f32) {
        if let Some(pixel) = self.cover.get_mut(y * self.width + x) {
            *pixel = pixel.max(amount.clamp(0.0, 1.0));
        }
    }

    /// A stroke from `a` to `b` with half-widths at both ends.
    pub(super) fn segment(&mut self, a: (f32, f32, f32), b: (f32, f32, f32)) {
        let reach = a.2.max(b.2) + 1.0;
        let bounds = [
            a.0.min(b.0) - reach,
            a.1.min(b.1) - reach,
            a.0.max(b.0) + reach,
            a.1.max(b.1) + reach,
        ];
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length_squared = (dx * dx + dy * dy).max(1e-6);
        self.shape(bounds, |x, y| {
            let along = (((x - a.0) * dx + (y - a.1) * dy) / length_squared).clamp(0.0, 1.0);
            let (px, py) = (a.0 + along * dx - x, a.1 + along * dy - y);
            (px * px + py * py).sqrt() - (a.2 + along * (b.2 - a.2))
        });
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The PNG, in this ink, with its resolution.
    pub(super) fn png(&self, ink: [u8; 3], pixels_per_mm: f64) -> anyhow::Result<Vec<u8>> {
        let samples: Vec<u8> = self
            .cover
            .iter()
            .flat_map(|cover| [ink[0], ink[1], ink[2], (cover * 255.0).round() as u8])
            .collect();
        let mut out = vec![];
        let size = |pixels: usize| u32::try_from(pixels).context("picture size");
        let mut encoder = png::Encoder::new(&mut out, size(self.width)?, size(self.height)?);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let per_metre = (pixels_per_mm * 1000.0).round() as u32;
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: per_metre,
            yppu: per_metre,
            unit: png::Unit::Meter,
        }));
        encoder.write_header()?.write_image_data(&samples)?;
        Ok(out)
    }
}
