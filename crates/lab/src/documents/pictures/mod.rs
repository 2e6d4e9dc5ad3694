//! Pictures that look like a handwritten signature (blue) and an agency's seal (red): transparent
//! PNGs drawn by code from invented strokes, so nobody's hand or seal is in them.

mod canvas;
mod handwriting;
mod seal;

pub use handwriting::{initials, signature_deputy, signature_official};
pub use seal::{SEAL_MM, seal};
