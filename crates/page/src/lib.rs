//! What a page shows: its pixels, its text with boxes, its images and paths, and what an
//! appearance painted later covers. It judges nothing, opens no file and knows no signature.
//!
//! All boxes are in mm from the lower left corner of the page **as the reader sees it**: `/Rotate`,
//! `/CropBox` and `/UserUnit` are resolved.
//!
//! ```text
//! bytes ─► Document ─┬─► content ─► text runs, image boxes, path boxes
//!                    ├─► render  ─► Pixels ─► PNG
//!                    ├─► place / place_seal ─► page and a free box, by anchor text
//!                    └─► covers (an earlier and a later revision) ─► what a new appearance paints over
//! ```
//!
//! Pages are read by hayro, a third-party interpreter that is not the parser that decides about
//! signatures: whoever judges a file checks its structure first (crate `pdf`). Ink that hayro
//! cannot read counts as ink that is there. Hostile pages end in [`Error`]: drawing work is counted
//! and stopped, a panic inside hayro is caught. Time spent inside one image decoder or a single
//! inflated stream is not bounded here; uploads are read in a child process with limits.

mod anchor;
mod bomb;
mod covers;
mod document;
mod ink;
mod picture;
mod raster;
mod text;
mod widget;

pub use anchor::{Anchor, AnchorRefusal, place, place_seal};
pub use covers::{Covered, Widget, covers};
pub use document::Document;
pub use picture::{MAX_PIXELS, Pixels};
pub use widget::SignatureWidget;

use serde::{Deserialize, Serialize};

/// Why a page cannot be read or drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are no PDF that can be drawn, or drawing failed.
    #[error("the page cannot be drawn: {0}")]
    Unreadable(String),
    /// Pages count from 0.
    #[error("no page {0}")]
    NoSuchPage(u32),
    /// A budget ended the work.
    #[error("limit reached: {0}")]
    Limit(String),
}

/// A box in mm from the lower left of the page as the reader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxMm {
    /// Left edge.
    pub x: f64,
    /// Lower edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl BoxMm {
    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Upper edge.
    #[must_use]
    pub fn top(&self) -> f64 {
        self.y + self.height
    }

    /// Do the two share an area?
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.top()
            && other.y < self.top()
    }

    /// Does `other` lie wholly inside?
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.x <= other.x
            && other.right() <= self.right()
            && self.y <= other.y
            && other.top() <= self.top()
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self {
            x,
            y,
            width: self.right().max(other.right()) - x,
            height: self.top().max(other.top()) - y,
        }
    }
}

/// A run of glyphs on one line with its text (Unicode, NFC, white space folded) and tight box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextBox {
    /// The text; a glyph without Unicode is U+FFFD.
    pub text: String,
    /// Around the ink of its glyphs.
    pub rect: BoxMm,
}

/// What a page shows, as boxes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageContent {
    /// Width as the reader sees it.
    pub width_mm: f64,
    /// Height as the reader sees it.
    pub height_mm: f64,
    /// Text in reading order: lines from the top, runs from the left.
    pub text: Vec<TextBox>,
    /// Images, clipped.
    pub images: Vec<BoxMm>,
    /// Filled or stroked paths, clipped; white and transparent ones are no ink. An outline is given
    /// by the boxes of its strokes, so that a frame does not fill the page.
    pub paths: Vec<BoxMm>,
}
