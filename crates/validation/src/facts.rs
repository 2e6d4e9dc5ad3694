//! What a file says, nothing judged. Serialisable: facts cross process borders and are kept beside the file.

use serde::{Deserialize, Serialize};

/// Budgets for reading (rule 13).
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Depth, objects, revisions, decoded bytes.
    pub pdf: pades::Limits,
    /// Size, depth and counts inside one CMS.
    pub cms: cades::Limits,
}

/// What the file says, nothing judged; crosses process borders and is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// SHA-256 of the whole file.
    pub file: pades::FileHash,
    /// The PDF side.
    pub pdf: pades::PdfFacts,
    /// One per `pdf.signatures`, same order.
    pub cms: Vec<CmsFacts>,
    /// For each visible later widget: what ink of the signed revision its appearance covers (rule 7).
    /// A painted widget without any entry was not measured.
    pub covers: Vec<Cover>,
}

impl Facts {
    /// Facts of a file that could not be read: its hash, its length in bytes, and why.
    pub fn unreadable(file: pades::FileHash, file_len: u64, why: pades::Defect) -> Facts {
        Facts { file, pdf: unreadable(file_len, why), cms: Vec::new(), covers: Vec::new() }
    }
}

pub(crate) fn unreadable(file_len: u64, why: pades::Defect) -> pades::PdfFacts {
    pades::PdfFacts {
        file_len,
        defects: vec![why],
        readable: false,
        encrypted: false,
        revision_ends: Vec::new(),
        pages: 0,
        signatures: Vec::new(),
        empty_fields: Vec::new(),
        revision_changes: Vec::new(),
        dss: None,
        oddities: Vec::new(),
    }
}

/// The CMS side of one signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CmsFacts {
    /// Parsed CMS, or why it is not one.
    pub signed_data: Result<cades::SignedData, cades::Error>,
    /// Digest over ByteRange: with the signer's digest algorithm, for a document timestamp with that of its imprint.
    /// None when ByteRange or the algorithm does not allow one.
    pub digest: Option<Vec<u8>>,
    /// Signature: its signature timestamps in order. Document timestamp: the token itself, one entry.
    pub timestamps: Vec<Result<cades::TimestampToken, cades::Error>>,
}

/// What a later signature's appearance paints over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cover {
    /// The signature field that paints.
    pub field: String,
    /// Zero-based page.
    pub page: u32,
    /// `text`, `image`, `paths`, `widget:NAME` (another signature's appearance), `blank` (leader dots, a rule to
    /// write on), `unreadable` (ink whose place is not known), `nothing` (measured, and free).
    pub what: String,
    /// The text that is covered.
    pub text: Option<String>,
    /// Share of what is covered, 0 to 1.
    pub share: f64,
    /// For text: the signature field whose image this line stands at as title or name.
    #[serde(default)]
    pub block_of: Option<String>,
}

impl Cover {
    /// Measured, and free.
    pub(crate) fn nothing(field: &str, page: u32) -> Self {
        Self {
            field: field.to_owned(),
            page,
            what: "nothing".into(),
            text: None,
            share: 0.0,
            block_of: None,
        }
    }
}

impl From<page::Covered> for Cover {
    fn from(covered: page::Covered) -> Self {
        let page::Covered { field, page, what, text, share, block_of, .. } = covered;
        Self { field, page, what, text, share, block_of }
    }
}
