//! Pixels of a page.

use crate::Error;
use crate::document::user_unit;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::{InterpreterSettings, RenderContent};

/// The largest picture drawn: A4 at 600 dpi has 35 million.
pub const MAX_PIXELS: u64 = 64 << 20;
/// The renderer counts in 16 bits.
const MAX_SIDE: f64 = 32_000.0;

/// RGBA, 8 bit, not premultiplied, row by row from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// 4 × width × height bytes.
    pub rgba: Vec<u8>,
}

impl Pixels {
    /// As a PNG file; empty if width, height and data do not fit each other.
    #[must_use]
    pub fn to_png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let written =
            encoder.write_header().and_then(|mut writer| writer.write_image_data(&self.rgba));
        if written.is_err() {
            file.clear();
        }
        file
    }
}

pub(crate) fn render(
    page: &Page<'_>,
    dots_per_inch: f64,
    annotations: bool,
) -> Result<Pixels, Error> {
    let scale = dots_per_inch / 72.0 * user_unit(page);
    let (width, height) = page.render_dimensions();
    let (width, height) = (f64::from(width) * scale, f64::from(height) * scale);
    let fits = (1.0..=MAX_SIDE).contains(&width) && (1.0..=MAX_SIDE).contains(&height);
    if !fits || width * height > MAX_PIXELS as f64 {
        return Err(Error::Limit(format!("a picture of {width:.0} × {height:.0} pixels")));
    }
    let mut render_content = RenderContent::PAGE;
    render_content.set(RenderContent::ANNOTATIONS, annotations);
    let settings = InterpreterSettings { render_content, ..Default::default() };
    let cache = RenderCache::new();
    let wanted = PixmapSettings { x_scale: scale as f32, y_scale: scale as f32, bg_color: WHITE };
    let pixmap = hayro::render(page, &cache, &settings, &RenderSettings::default(), &wanted);
    let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    // On opaque white every pixel is opaque: premultiplied and plain are the same.
    Ok(Pixels { width, height, rgba: pixmap.data_as_u8_slice().to_vec() })
}
