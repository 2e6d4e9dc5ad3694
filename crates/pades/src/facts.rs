//! What one file says about its signatures: facts for whoever judges.

use jiff::Timestamp;
use pdf::{Defect, ObjectId};
use serde::{Deserialize, Serialize};

/// Everything the PDF side says about one file. Total: hostile bytes give defects, not errors.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PdfFacts {
    /// Length of the file in bytes.
    pub file_len: u64,
    /// Structural defects of the file (rules 1, 4, 13).
    pub defects: Vec<Defect>,
    /// False when the bytes cannot be read as a PDF at all.
    pub readable: bool,
    /// Whether a trailer has /Encrypt.
    pub encrypted: bool,
    /// Ends of the revisions, ascending; the last should be the file's end.
    pub revision_ends: Vec<u64>,
    /// Pages, as the page tree counts them.
    pub pages: u32,
    /// All signature fields with a value, in order of what they cover (earliest first).
    pub signatures: Vec<SignatureFacts>,
    /// Empty signature fields.
    pub empty_fields: Vec<FieldFacts>,
    /// What each revision after a signed one changed; only for revisions later than the first
    /// signed one.
    pub revision_changes: Vec<RevisionChanges>,
    /// Contents of /DSS (certificates, CRLs, OCSP, as received).
    pub dss: Option<DssFacts>,
    /// Things to warn about (rule 12): code, page, object.
    pub oddities: Vec<Defect>,
}

/// Evidence in the document security store (ISO 32000-2, 12.8.4.3), as received.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DssFacts {
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs, DER.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses, DER.
    pub ocsp: Vec<Vec<u8>>,
}

/// What a signature dictionary holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureKind {
    /// A signature of a person or an agency.
    Signature,
    /// A document timestamp (ISO 32000-2, 12.8.5).
    DocumentTimestamp,
}

/// One signature field with a value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignatureFacts {
    /// Fully qualified field name.
    pub field: String,
    /// The field's object.
    pub field_object: Option<ObjectId>,
    /// Signature or timestamp.
    pub kind: SignatureKind,
    /// `ETSI.CAdES.detached`, `adbe.pkcs7.detached`, `ETSI.RFC3161`, …; empty where it is missing.
    pub sub_filter: String,
    /// /ByteRange as written; empty where it is no array of integers.
    pub byte_range: Vec<i64>,
    /// What is wrong with ByteRange, gap, or /Contents (rules 2, 3), named. Empty = exact.
    pub defects: Vec<Defect>,
    /// Decoded /Contents, padding included (trailing zeros judged through cades' consumed_bytes).
    pub contents: Vec<u8>,
    /// Revision (0-based) whose end this range ends at.
    pub revision: Option<u32>,
    /// Whether the range ends where the file ends.
    pub covers_whole_file: bool,
    /// /M of the signature dictionary; without a zone it is read as UTC.
    pub claimed_time: Option<Timestamp>,
    /// /M as written.
    pub claimed_time_raw: Option<String>,
    /// /Name
    pub name: Option<String>,
    /// /Reason
    pub reason: Option<String>,
    /// /Location
    pub location: Option<String>,
    /// DocMDP P of a certifying signature, read from its signed bytes.
    pub certification: Option<u8>,
    /// FieldMDP of the signature, or /Lock of its field, read from its signed bytes.
    pub field_lock: Option<FieldLock>,
    /// Its widget as signed.
    pub widget: Option<WidgetFacts>,
}

/// Fields that a signature locks (ISO 32000-2, 12.7.5.5 and 12.8.2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldLock {
    /// `All`, `Include` or `Exclude`.
    pub action: String,
    /// Fully qualified names.
    pub fields: Vec<String>,
    /// /P of the lock: like DocMDP.
    pub permission: Option<u8>,
}

impl FieldLock {
    /// Whether the field of this name is locked, by itself or with one above it.
    pub fn locks(&self, field: &str) -> bool {
        let named = self.fields.iter().any(|name| {
            field
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        match self.action.as_str() {
            "Include" => named,
            "Exclude" => !named,
            // What is not understood locks everything.
            _ => true,
        }
    }
}

/// An empty signature field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldFacts {
    /// Fully qualified name.
    pub field: String,
    /// The field's object.
    pub object: ObjectId,
    /// Its widget, if it has one.
    pub widget: Option<WidgetFacts>,
    /// What it will lock when it is signed.
    pub lock: Option<FieldLock>,
}

/// A widget's place and whether it shows anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WidgetFacts {
    /// Zero-based page.
    pub page: Option<u32>,
    /// Rect in user space as written: x0, y0, x1, y1, ascending.
    pub rect: [f64; 4],
    /// It has an area, is not hidden, and its appearance has content.
    pub visible: bool,
    /// /F
    pub flags: u32,
}

/// What one revision changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RevisionChanges {
    /// 0-based.
    pub revision: u32,
    /// In no particular order.
    pub changes: Vec<Change>,
}

/// One change between a signed revision and the next, classified by an allow-list that starts from
/// nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What it is.
    pub kind: ChangeKind,
    /// The object that changed.
    pub object: Option<ObjectId>,
    /// In words, for people.
    pub detail: String,
}

/// Kinds of changes (rule 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A new signature field that this revision also signs; its widget may paint (see `Painted`).
    SignatureField {
        /// Its name.
        field: String,
    },
    /// An existing empty signature field got its value.
    SignatureValue {
        /// Its name.
        field: String,
    },
    /// A document timestamp.
    DocumentTimestamp {
        /// Its name.
        field: String,
    },
    /// Evidence.
    Dss,
    /// Info or XMP.
    Metadata,
    /// New widget or changed appearance of a signature that paints on a page: what ink it covers
    /// is measured by `page`.
    Painted {
        /// Its name.
        field: String,
        /// Zero-based page.
        page: u32,
        /// Rect in user space.
        rect: [f64; 4],
    },
    /// New empty signature field.
    EmptySignatureField {
        /// Its name.
        field: String,
        /// Whether it shows anything.
        visible: bool,
    },
    /// A form field got a value.
    FormFill {
        /// Its name.
        field: String,
    },
    /// An annotation that is no signature.
    Annotation {
        /// Zero-based page.
        page: Option<u32>,
    },
    /// Rewritten with equal resolved content.
    Equal,
    /// Anything else: not permitted.
    Other {
        /// In words.
        what: String,
    },
}
