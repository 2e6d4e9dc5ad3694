//! Why an appearance cannot be made.

/// Why an appearance cannot be made. All of it is the caller's input; nothing is half drawn.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// The face has no glyph that shows this character alone (or it cannot be shown without
    /// shaping).
    #[error("no glyph for {ch:?} (U+{:04X})", *ch as u32)]
    MissingGlyph {
        /// The character.
        ch: char,
    },
    /// A line is wider than its box. Text never shrinks.
    #[error("text needs {needed_mm:.1} mm, the box is {width_mm:.1} mm wide")]
    TooWide {
        /// Width that the line needs.
        needed_mm: f64,
        /// Width of the box.
        width_mm: f64,
    },
    /// The lines together are higher than the box.
    #[error("text needs {needed_mm:.1} mm, the box is {height_mm:.1} mm high")]
    TooTall {
        /// Height that the lines need.
        needed_mm: f64,
        /// Height of the box.
        height_mm: f64,
    },
    /// There is no visible character in the text.
    #[error("nothing to write")]
    NoText,
    /// Width, height or size is not a number above 0, or above 5,080 mm (200 inches, the largest
    /// page of ISO 32000-1, Annex C.2).
    #[error("{0} is no usable size")]
    BadSize(f64),
    /// The picture is not a PNG file, or damaged.
    #[error("not a readable PNG: {0}")]
    BadPng(String),
    /// The picture has more pixels than [`crate::MAX_PIXELS`]; it was not decoded.
    #[error("picture of {width} × {height} pixels: too many")]
    TooManyPixels {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Every pixel of the picture is transparent: nobody would see it.
    #[error("the picture is wholly transparent")]
    EmptyPicture,
    /// The symbol needs squares smaller than [`crate::QR_LEAST_MODULE_MM`] in this box.
    #[error(
        "QR squares of {module_mm:.2} mm in a box of {side_mm:.1} mm: phones would not read it"
    )]
    QrTooFine {
        /// Side of one square.
        module_mm: f64,
        /// Side of the box.
        side_mm: f64,
    },
    /// No QR symbol holds so much.
    #[error("{bytes} bytes do not fit a QR symbol")]
    QrTooLong {
        /// Length of the text.
        bytes: usize,
    },
    /// The built-in font could not be read or subset (a defect of the build).
    #[error("built-in font: {0}")]
    Font(String),
}
