//! Limits on everything a stranger can send, and what is left of them.

use std::cell::Cell;

use crate::Defect;

/// How much one file may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nesting of arrays, dictionaries, page and field trees.
    pub depth: u32,
    /// Bytes that all filters together may yield.
    pub decoded_bytes: u64,
    /// Entries of all cross-reference sections together; objects visited by one walk.
    pub objects: u64,
    /// Revisions (links of the /Prev chain).
    pub revisions: u32,
    /// Form fields.
    pub fields: u32,
    /// Decoded /Contents of one signature.
    pub contents_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            decoded_bytes: 256 << 20,
            objects: 4_000_000,
            revisions: 1_000,
            fields: 10_000,
            contents_bytes: 4 << 20,
        }
    }
}

/// No single stream yields more, whatever is left in all.
const ONE_STREAM: u64 = 32 << 20;

/// What is left of [`Limits`] while one document is read.
pub(crate) struct Budget {
    decoded: Cell<u64>,
    entries: Cell<u64>,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { decoded: Cell::new(limits.decoded_bytes), entries: Cell::new(limits.objects) }
    }

    /// The most that the next stream may yield.
    pub(crate) fn next_stream(&self) -> u64 {
        self.decoded.get().min(ONE_STREAM)
    }

    pub(crate) fn spend_decoded(&self, bytes: u64) {
        self.decoded.set(self.decoded.get().saturating_sub(bytes));
    }

    pub(crate) fn spend_entries(&self, count: u64) -> Result<(), Defect> {
        let left = self.entries.get().checked_sub(count);
        let left = left.ok_or_else(|| Defect::new("budget", "too many cross-reference entries"))?;
        self.entries.set(left);
        Ok(())
    }
}
