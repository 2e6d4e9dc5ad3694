//! A picture fitted into a box: the official's signature (blue), initials, the agency's seal (red).

use std::borrow::Cow;
use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};

use crate::object::{AppearanceObject, check_size, number};
use crate::{Appearance, POINTS_PER_MM, StampError};

/// Pixels that are decoded at most. A4 at 400 dpi has as many; a seal of 35 mm at 600 dpi has 0.7
/// million.
pub const MAX_PIXELS: u64 = 16_000_000;

/// Bytes of metadata chunks and buffers that the PNG decoder may hold beside the pixels.
const DECODER_BYTES: usize = 16 << 20;

/// A PNG fitted into the box (whole, undistorted, centred), nothing else drawn. Its alpha channel,
/// if any pixel uses it, becomes a soft mask.
///
/// # Errors
/// [`StampError::BadPng`], [`StampError::TooManyPixels`] (before anything is decoded),
/// [`StampError::EmptyPicture`], [`StampError::BadSize`].
pub fn image(png: &[u8], width_mm: f64, height_mm: f64) -> Result<Appearance, StampError> {
    place(&decode(png)?, Mask::Soft, width_mm, height_mm)
}

/// Like [`image`], without transparency: a pixel is painted or not, from half opacity up. For
/// PDF/A-1, which forbids soft masks (ISO 19005-1, 6.4).
///
/// # Errors
/// As [`image`].
pub fn image_masked(png: &[u8], width_mm: f64, height_mm: f64) -> Result<Appearance, StampError> {
    place(&decode(png)?, Mask::Stencil, width_mm, height_mm)
}

/// sRGB's primaries and white, so that a picture keeps its colour under any output intent.
const SRGB: &str = "[/CalRGB<</WhitePoint[0.9505 1 1.089]/Gamma[2.2 2.2 2.2]\
     /Matrix[0.4124 0.2126 0.0193 0.3576 0.7152 0.1192 0.1805 0.0722 0.9505]>>]";

#[derive(Clone, Copy, PartialEq)]
enum Mask {
    Soft,
    Stencil,
}

struct Picture {
    width: u32,
    height: u32,
    /// Three bytes a pixel.
    rgb: Vec<u8>,
    /// One byte a pixel; `None` where all are opaque.
    alpha: Option<Vec<u8>>,
}

fn decode(png: &[u8]) -> Result<Picture, StampError> {
    let bad = |error: DecodingError| StampError::BadPng(error.to_string());
    let mut decoder = Decoder::new_with_limits(Cursor::new(png), Limits { bytes: DECODER_BYTES });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(bad)?;
    let (width, height) = (header.width, header.height);
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(StampError::TooManyPixels { width, height });
    }

    let mut reader = decoder.read_info().map_err(bad)?;
    let size = reader.output_buffer_size().ok_or(StampError::TooManyPixels { width, height })?;
    let mut pixels = vec![0u8; size];
    let frame = reader.next_frame(&mut pixels).map_err(bad)?;
    if frame.bit_depth != BitDepth::Eight || (frame.width, frame.height) != (width, height) {
        return Err(StampError::BadPng("unexpected frame".to_owned()));
    }
    pixels.truncate(frame.buffer_size());

    let (rgb, alpha) = match frame.color_type {
        ColorType::Rgb => (pixels, None),
        ColorType::Rgba => split(&pixels, 4, |p| [p[0], p[1], p[2]]),
        ColorType::Grayscale => split(&pixels, 1, |p| [p[0]; 3]),
        ColorType::GrayscaleAlpha => split(&pixels, 2, |p| [p[0]; 3]),
        ColorType::Indexed => return Err(StampError::BadPng("palette not expanded".to_owned())),
    };
    let mut picture = Picture { width, height, rgb, alpha };
    picture.settle_alpha()?;
    Ok(picture)
}

/// Pixels of `samples` bytes (the last one alpha where the count is even) as colour and opacity.
fn split(pixels: &[u8], samples: usize, rgb: fn(&[u8]) -> [u8; 3]) -> (Vec<u8>, Option<Vec<u8>>) {
    let colours = pixels.chunks_exact(samples).flat_map(rgb).collect();
    let alpha = samples
        .is_multiple_of(2)
        .then(|| pixels.iter().skip(samples - 1).step_by(samples).copied().collect());
    (colours, alpha)
}

impl Picture {
    /// Drops an alpha channel that hides nothing, refuses one that hides all, and gives unseen
    /// pixels the mean colour of the ink, so that no viewer mixes a white fringe into its edge.
    fn settle_alpha(&mut self) -> Result<(), StampError> {
        let Some(alpha) = &self.alpha else { return Ok(()) };
        if alpha.iter().all(|a| *a == 255) {
            self.alpha = None;
            return Ok(());
        }
        let mut sums = [0u64; 3];
        let mut weight = 0u64;
        for (pixel, a) in self.rgb.chunks_exact(3).zip(alpha) {
            weight += u64::from(*a);
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(*value) * u64::from(*a);
            }
        }
        if weight == 0 {
            return Err(StampError::EmptyPicture);
        }
        let ink = sums.map(|sum| (sum / weight) as u8);
        for (pixel, a) in self.rgb.chunks_exact_mut(3).zip(alpha) {
            if *a == 0 {
                pixel.copy_from_slice(&ink);
            }
        }
        Ok(())
    }

    /// Colour space and samples: one bit a pixel for a picture of one ink, as most signatures and
    /// seals are once their unseen pixels have its colour.
    fn samples(&self) -> (String, Cow<'_, [u8]>) {
        let mut pixels = self.rgb.chunks_exact(3);
        if let Some(&[r, g, b]) = pixels.next()
            && pixels.all(|pixel| *pixel == [r, g, b])
        {
            let row = (self.width as usize).div_ceil(8);
            let zeros = vec![0; row * self.height as usize];
            let space = format!("[/Indexed {SRGB} 0<{r:02X}{g:02X}{b:02X}>]");
            return (format!("/BitsPerComponent 1/ColorSpace{space}"), Cow::Owned(zeros));
        }
        (format!("/BitsPerComponent 8/ColorSpace{SRGB}"), Cow::Borrowed(&self.rgb))
    }

    /// One bit a pixel, rows padded to bytes, 1 where nothing is painted (ISO 32000-1, 8.9.6.3).
    fn stencil(&self, alpha: &[u8]) -> Vec<u8> {
        let width = self.width as usize;
        let mut bits = Vec::with_capacity(width.div_ceil(8) * self.height as usize);
        for row in alpha.chunks(width.max(1)) {
            for eight in row.chunks(8) {
                let unseen = |(i, a): (usize, &u8)| if *a < 128 { 0x80u8 >> i } else { 0 };
                bits.push(eight.iter().enumerate().map(unseen).sum());
            }
        }
        bits
    }
}

fn place(
    picture: &Picture,
    mask: Mask,
    width_mm: f64,
    height_mm: f64,
) -> Result<Appearance, StampError> {
    check_size(width_mm)?;
    check_size(height_mm)?;
    let (columns, rows) = (f64::from(picture.width), f64::from(picture.height));
    let mm_per_pixel = (width_mm / columns).min(height_mm / rows);
    let (shown_w, shown_h) = (columns * mm_per_pixel, rows * mm_per_pixel);
    let points = |mm: f64| number(mm * POINTS_PER_MM);
    let content = format!(
        "q {} 0 0 {} {} {} cm /P Do Q",
        points(shown_w),
        points(shown_h),
        points((width_mm - shown_w) / 2.0),
        points((height_mm - shown_h) / 2.0)
    );

    let resources = AppearanceObject::default().put("/XObject<</P ").reference(1).put(">>");
    let form = AppearanceObject::form(width_mm, height_mm, resources, content.as_bytes());
    let size = format!(
        "<</Type/XObject/Subtype/Image/Width {}/Height {}/Interpolate false",
        picture.width, picture.height
    );
    let (colours, samples) = picture.samples();
    let mut image = AppearanceObject::default().put(&size).put(colours);
    let mut objects = vec![form];
    let Some(alpha) = &picture.alpha else {
        objects.push(image.flate_stream(&samples));
        return Ok(Appearance { width_mm, height_mm, objects, has_transparency: false });
    };
    image = image.put(if mask == Mask::Soft { "/SMask " } else { "/Mask " }).reference(2);
    objects.push(image.flate_stream(&samples));
    let mask_image = AppearanceObject::default().put(&size);
    objects.push(match mask {
        Mask::Soft => {
            mask_image.put("/BitsPerComponent 8/ColorSpace/DeviceGray").flate_stream(alpha)
        }
        Mask::Stencil => mask_image
            .put("/BitsPerComponent 1/ImageMask true")
            .flate_stream(&picture.stencil(alpha)),
    });
    Ok(Appearance { width_mm, height_mm, objects, has_transparency: mask == Mask::Soft })
}
