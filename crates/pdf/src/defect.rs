//! What is structurally wrong, named: facts for whoever judges.

use serde::{Deserialize, Serialize};

use crate::ObjectId;

/// Rule 1 of the verifier as facts: what is structurally wrong, where.
///
/// Words in use: `not_a_pdf`, `header_missing`, `header_not_at_start`,
/// `header_malformed`, `startxref_missing`, `startxref_mismatch`,
/// `xref_damaged`, `xref_loop`, `xref_order`, `xref_entry_format`, `xref_entry_wrong`,
/// `xref_entry_outside_revision`, `prev_wrong`, `duplicate_key`, `duplicate_object`,
/// `hybrid_inconsistent`, `generation_mismatch`, `object_damaged`, `endobj_missing`,
/// `stream_length`, `stream_damaged`, `filter_unsupported`, `object_stream_damaged`,
/// `objects_overlap`, `unlisted_bytes`, `tail_bytes`, `tail_not_parsed`, `root_missing`,
/// `encrypted`, `budget`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defect {
    /// Stable word.
    pub code: String,
    /// Where in the file.
    pub offset: Option<u64>,
    /// In which object.
    pub object: Option<ObjectId>,
    /// In words, for people.
    pub detail: String,
}

impl Defect {
    /// A defect with a word and an explanation.
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.into(), offset: None, object: None, detail: detail.into() }
    }

    /// The same, at this offset.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The same, in this object.
    #[must_use]
    pub fn object(mut self, id: ObjectId) -> Self {
        self.object = Some(id);
        self
    }
}
