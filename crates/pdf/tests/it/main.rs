//! Reading small files written here: objects, sections, revisions, filters, damage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod file;
mod filters;
mod objects;
mod revisions;

use pdf::{Document, Limits};

pub(crate) fn open<'a>(bytes: &'a &'a [u8]) -> Document<'a> {
    Document::open(bytes, &Limits::default()).unwrap()
}

pub(crate) fn codes(document: &Document<'_>) -> Vec<String> {
    document.defects().into_iter().map(|defect| defect.code).collect()
}
