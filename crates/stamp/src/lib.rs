//! What people see of a signature: the appearance streams of its widget.
//!
//! The crate turns a picture or a few words into a form XObject with the resources it needs, as PDF
//! objects with local numbers. Whoever appends them to a file (crate `pades`) gives the real
//! numbers. It never opens a document, never places anything on a page and never decides who signs:
//!
//! ```text
//! PNG of a signature or seal ─► image ─┐
//! the link of a result ──────► qr ─────┤
//! words, number, date ───────► text ───┼─► Appearance { form, font, image objects } ─► pades
//! nothing to show ───────────► empty ──┘
//! ```
//!
//! What every appearance keeps, so that a PDF/A file stays one:
//! - fonts are embedded, subset, with exact widths, `ToUnicode` and a complete `CIDSet` (PDF/A-1 asks
//!   for it, PDF/A-2 and -3 permit it);
//! - colours are CIE-based (`CalGray`, `CalRGB`), so they stand with and without an output intent;
//! - images are not interpolated; only [`image`] with an alpha channel uses transparency, and
//!   [`image_masked`] gives the same picture without it, for PDF/A-1;
//! - equal input gives equal bytes.
//!
//! Text is set without kerning and shaping: Vietnamese in NFC has one glyph for each letter, so
//! `cmap` and `hmtx` say everything. Letters that need more (combining marks that do not compose,
//! right-to-left scripts, invisible format characters) are refused as missing, never drawn wrong.

mod error;
mod font;
mod image;
mod kind;
mod object;
mod qr;
mod shape;
mod text;

pub use error::StampError;
pub use font::TextFace;
pub use image::{MAX_PIXELS, image, image_masked};
pub use kind::{
    Blank, Kind, attachment, fill_blanks, initials, iso_time_vietnam, line_height_mm,
    signer_and_time,
};
pub use object::{Appearance, AppearanceObject, empty};
pub use qr::{QR_BOX_MM, QR_LEAST_MODULE_MM, qr};
pub use shape::{block, disc};
pub use text::{Align, Run, TextStyle, baseline_mm, runs, text, text_width_mm};

/// PDF points in one millimetre (ISO 32000-1, 8.3.2.3: 1/72 inch).
pub const POINTS_PER_MM: f64 = 72.0 / 25.4;
