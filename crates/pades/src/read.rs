//! Reads everything.

use pdf::{Limits, Source};

use crate::PdfFacts;

/// Reads everything. Cost follows the tail and what changed.
pub fn read(_source: &dyn Source, _limits: &Limits) -> PdfFacts {
    todo!()
}
