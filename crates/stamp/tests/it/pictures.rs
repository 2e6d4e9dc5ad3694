use stamp::{StampError, image, image_masked};

use crate::draw::{CORNER, Pixels, one_page};

/// A PNG of `width` × `height` with these samples.
fn png(width: u32, height: u32, color: png::ColorType, samples: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(samples).unwrap();
    out
}

/// A blue square of 40 pixels with a clear hole of 20 in its middle and half-clear corners.
fn blue_ring() -> Vec<u8> {
    let mut samples = vec![];
    for y in 0..40 {
        for x in 0..40 {
            let hole = (10..30).contains(&x) && (10..30).contains(&y);
            let corner = x < 4 && y < 4;
            let alpha = if hole {
                0
            } else if corner {
                100
            } else {
                255
            };
            samples.extend_from_slice(if hole { &[255, 255, 255] } else { &[0, 0, 255] });
            samples.push(alpha);
        }
    }
    png(40, 40, png::ColorType::Rgba, &samples)
}

#[test]
fn a_picture_is_fitted_whole_and_in_the_middle() {
    let appearance = image(&blue_ring(), 60.0, 25.0).unwrap();
    assert!(appearance.has_transparency);
    assert_eq!(appearance.objects.len(), 3);
    let pixels = Pixels::of("ring", &one_page(&appearance));
    let (left, bottom, right, top) = pixels.ink().unwrap();
    // 25 × 25 mm in the middle of 60 × 25.
    let expected = (CORNER.0 + 17.5, CORNER.1, CORNER.0 + 42.5, CORNER.1 + 25.0);
    for (is, should) in [left, bottom, right, top].into_iter().zip(<[f64; 4]>::from(expected)) {
        assert!((is - should).abs() < 0.5, "{is} {should}");
    }
    let [red, green, blue] = pixels.at(CORNER.0 + 20.0, CORNER.1 + 5.0);
    assert!(blue > 230 && red < 60 && green < 60, "{red} {green} {blue}");
    assert_eq!(pixels.at(CORNER.0 + 30.0, CORNER.1 + 12.5), [255; 3], "the hole is clear");
    let [red, ..] = pixels.at(CORNER.0 + 18.5, CORNER.1 + 24.0);
    assert!((120..200).contains(&red), "the corner is half clear: {red}");
}

#[test]
fn without_transparency_for_pdfa_1() {
    let appearance = image_masked(&blue_ring(), 25.0, 25.0).unwrap();
    assert!(!appearance.has_transparency);
    let pixels = Pixels::of("masked", &one_page(&appearance));
    assert_eq!(pixels.at(CORNER.0 + 12.5, CORNER.1 + 12.5), [255; 3]);
    assert_eq!(pixels.at(CORNER.0 + 1.0, CORNER.1 + 24.0), [255; 3], "below half: not painted");
    let [red, green, blue] = pixels.at(CORNER.0 + 3.0, CORNER.1 + 3.0);
    assert!(blue > 230 && red < 60 && green < 60);
}

#[test]
fn a_picture_of_several_colours_keeps_them() {
    let mut samples = vec![];
    for index in 0..400 {
        samples.extend_from_slice(if index % 20 < 10 {
            &[200, 0, 0, 255]
        } else {
            &[0, 150, 0, 255]
        });
    }
    samples[3] = 0;
    let appearance = image(&png(20, 20, png::ColorType::Rgba, &samples), 20.0, 20.0).unwrap();
    assert!(appearance.has_transparency);
    let pixels = Pixels::of("colours", &one_page(&appearance));
    let [red, green, _] = pixels.at(CORNER.0 + 5.0, CORNER.1 + 10.0);
    assert!(red > 170 && green < 40, "{red} {green}");
    let [red, green, _] = pixels.at(CORNER.0 + 15.0, CORNER.1 + 10.0);
    assert!(red < 40 && green > 120, "{red} {green}");
    assert_eq!(pixels.at(CORNER.0 + 0.5, CORNER.1 + 19.5), [255; 3]);
}

#[test]
fn an_opaque_picture_needs_no_mask() {
    let grey = png(2, 1, png::ColorType::Grayscale, &[0, 128]);
    let appearance = image(&grey, 20.0, 10.0).unwrap();
    assert!(!appearance.has_transparency);
    assert_eq!(appearance.objects.len(), 2);
    let full = png(1, 1, png::ColorType::GrayscaleAlpha, &[7, 255]);
    assert!(!image(&full, 20.0, 10.0).unwrap().has_transparency);
}

#[test]
fn bombs_and_broken_pictures_are_refused() {
    // A header that promises 100,000 × 100,000 pixels: 10 GB if it were believed.
    let mut bomb = png(1, 1, png::ColorType::Rgba, &[0; 4]);
    bomb[16..20].copy_from_slice(&100_000u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&100_000u32.to_be_bytes());
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(
        image(&bomb, 10.0, 10.0),
        Err(StampError::TooManyPixels { width: 100_000, height: 100_000 })
    );

    let good = blue_ring();
    for broken in [&b""[..], b"%PDF-1.7", &good[..good.len() / 2], &good[..30]] {
        assert!(matches!(image(broken, 10.0, 10.0), Err(StampError::BadPng(_))));
    }
    let clear = png(3, 3, png::ColorType::Rgba, &[0; 36]);
    assert_eq!(image(&clear, 10.0, 10.0), Err(StampError::EmptyPicture));
    assert!(matches!(image(&good, 0.0, 10.0), Err(StampError::BadSize(_))));
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
