//! Signatures in PDF files: what is there (facts, no judgement) and how to append one byte-exactly.
#![allow(clippy::todo, missing_docs, unused_variables)] // skeleton
#[allow(dead_code)]
mod changes;

use jiff::Timestamp;
pub use pdf::{Defect, FileHash, Limits, ObjectId, Source, SourceError, Update};
use serde::{Deserialize, Serialize};

// ---------- reading ----------
/// Everything the PDF side says about one file. Total: hostile bytes give defects, not errors.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PdfFacts {
    pub file_len: u64,
    /// Structural defects of the file (rule 1, 4, 13).
    pub defects: Vec<Defect>,
    /// False when the bytes cannot be read as a PDF at all.
    pub readable: bool,
    pub encrypted: bool,
    /// Ends of the revisions, ascending; the last should be the file's end.
    pub revision_ends: Vec<u64>,
    pub pages: u32,
    /// All signature fields with a value, in order of what they cover (earliest first).
    pub signatures: Vec<SignatureFacts>,
    /// Empty signature fields.
    pub empty_fields: Vec<FieldFacts>,
    /// What each revision after a signed one changed; index = revision (0-based), only for revisions later than the first signed one.
    pub revision_changes: Vec<RevisionChanges>,
    /// Contents of /DSS (certificates, CRLs, OCSP, as received).
    pub dss: Option<DssFacts>,
    /// Things to warn about (rule 12): code, page, object.
    pub oddities: Vec<Defect>,
}
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DssFacts { pub certificates: Vec<Vec<u8>>, pub crls: Vec<Vec<u8>>, pub ocsp: Vec<Vec<u8>> }
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureKind { Signature, DocumentTimestamp }
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignatureFacts {
    /// Fully qualified field name.
    pub field: String,
    pub field_object: Option<ObjectId>,
    pub kind: SignatureKind,
    pub sub_filter: String,
    pub byte_range: Vec<i64>,
    /// What is wrong with ByteRange, gap, or /Contents (rules 2, 3), named. Empty = exact.
    pub defects: Vec<Defect>,
    /// Decoded /Contents, padding included (trailing zeros judged through cades' consumed_bytes).
    pub contents: Vec<u8>,
    /// Revision (0-based) whose end this range ends at.
    pub revision: Option<u32>,
    pub covers_whole_file: bool,
    /// /M of the signature dictionary.
    pub claimed_time: Option<Timestamp>,
    pub claimed_time_raw: Option<String>,
    pub name: Option<String>, pub reason: Option<String>, pub location: Option<String>,
    /// DocMDP P of a certifying signature, read from its signed bytes.
    pub certification: Option<u8>,
    pub field_lock: Option<FieldLock>,
    pub widget: Option<WidgetFacts>,
}
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldLock { pub action: String, pub fields: Vec<String>, pub permission: Option<u8> }
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldFacts { pub field: String, pub object: ObjectId, pub widget: Option<WidgetFacts>, pub lock: Option<FieldLock> }
/// A widget's place: zero-based page, rect in PDF user space as written (x0,y0,x1,y1), whether it has ink.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WidgetFacts { pub page: Option<u32>, pub rect: [f64; 4], pub visible: bool, pub flags: u32 }
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RevisionChanges { pub revision: u32, pub changes: Vec<Change> }
/// One change between a signed revision and the next, classified by an allow-list that starts from nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change { pub kind: ChangeKind, pub object: Option<ObjectId>, pub detail: String }
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A new signature field (name) that this revision also signs; its widget may paint (see `painted`).
    SignatureField { field: String },
    /// An existing empty signature field got its value.
    SignatureValue { field: String },
    DocumentTimestamp { field: String },
    Dss,
    Metadata,
    /// New widget or changed appearance of a signature that paints on a page: what ink it covers is measured by `page`.
    Painted { field: String, page: u32, rect: [f64; 4] },
    /// New empty signature field.
    EmptySignatureField { field: String, visible: bool },
    FormFill { field: String },
    Annotation { page: Option<u32> },
    /// Rewritten with equal resolved content.
    Equal,
    /// Anything else: not permitted.
    Other { what: String },
}
/// Reads everything. Cost follows the tail and what changed.
pub fn read(source: &dyn Source, limits: &Limits) -> PdfFacts { todo!() }
/// Digest over the ranges of `byte_range` (checked to be `[0 a b c]` inside the file). Streams; constant memory.
pub fn digest(source: &dyn Source, byte_range: &[i64], algorithm: pki::DigestAlgorithm) -> Result<Vec<u8>, Defect> { todo!() }

// ---------- signing ----------
/// Where and what to sign. Lengths in PDF points are internal; callers speak mm as the reader sees the page (rotation, CropBox, UserUnit resolved).
#[derive(Clone, Debug)]
pub struct NewSignature<'a> {
    /// Existing empty field to fill, or the name of a new one; None = first free "Signature{n}".
    pub field: Option<&'a str>,
    pub kind: SignatureKind,
    pub sub_filter: &'a str,
    pub claimed_time: Option<Timestamp>,
    pub name: Option<&'a str>, pub reason: Option<&'a str>, pub location: Option<&'a str>,
    /// DocMDP P=1..3 for a certifying first signature.
    pub certify: Option<u8>,
    /// Visible place and appearance; None = invisible (Rect 0 0 0 0 without ink).
    pub appearance: Option<Placed>,
    /// Room for the DER in /Contents, bytes (hex doubles it).
    pub contents_bytes: usize,
}
/// An appearance at a place: zero-based page, box in mm from the lower left as the reader sees the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed { pub page: u32, pub x_mm: f64, pub y_mm: f64, pub width_mm: f64, pub height_mm: f64, pub form: Form }
/// Form XObject and its resources as object bodies; `body(numbers)` gives each object's bytes once numbers are known. Index 0 is the form.
/// (Same shape as stamp::Appearance so that `signing` converts without copying meaning.)
#[derive(Clone, Debug, PartialEq)]
pub struct Form { pub width_mm: f64, pub height_mm: f64, pub objects: Vec<FormObject> }
/// Bytes with holes for local object references: pieces joined by "N 0 R" of the local index that follows each piece.
#[derive(Clone, Debug, PartialEq)]
pub struct FormObject { pub pieces: Vec<(Vec<u8>, Option<usize>)> }
/// Why a document cannot be signed as asked; nothing was changed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Serialize, Deserialize)]
pub enum PrepareRefusal {
    #[error("not a PDF: {0}")] NotAPdf(String),
    #[error("the file needs repair: {0}")] NeedsRepair(String),
    #[error("the file is encrypted")] Encrypted,
    #[error("no page {0}")] NoSuchPage(u32),
    #[error("field {0} does not exist as an empty signature field")] FieldNotEmpty(String),
    #[error("field {0} exists already")] FieldExists(String),
    #[error("the certification of this file permits no such change: {0}")] CertificationForbids(String),
    #[error("after a certifying signature a new visible field is refused; create the fields first")] NewVisibleFieldAfterCertification,
    #[error("the box lies outside the page")] OutsidePage,
    #[error("only the first signature can certify")] CertifyNotFirst,
    #[error("{0}")] Other(String),
}
/// An update with a hole: everything is fixed but /Contents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prepared { pub update: Update, pub field: String, pub byte_range: [u64; 4], pub contents_bytes: usize }
impl Prepared {
    /// Digest of what the signature covers: base bytes through `base`, then the tail without the hole. Hash the base once and reuse by cloning the Digester.
    pub fn digest(&self, base: &dyn Source, algorithm: pki::DigestAlgorithm) -> Result<Vec<u8>, SourceError> { todo!() }
    /// Writes the DER into the hole. TooSmall says how many bytes are wanted: prepare again with more room.
    pub fn finish(self, der: &[u8]) -> Result<Update, TooSmall> { todo!() }
}
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("/Contents has room for {room} bytes, {wanted} are needed")]
pub struct TooSmall { pub room: usize, pub wanted: usize }
/// Appends field (if new), widget, appearance, signature dictionary with a hole. `base_hash` is the SHA-256 of the base.
pub fn prepare(base: &dyn Source, base_hash: FileHash, what: &NewSignature<'_>, limits: &Limits) -> Result<Prepared, PrepareRefusal> { todo!() }
/// New empty signature fields (with appearance streams where visible), for `antin fields` and before a certifying signature.
pub fn add_fields(base: &dyn Source, base_hash: FileHash, fields: &[(&str, Option<Placed>)], limits: &Limits) -> Result<Update, PrepareRefusal> { todo!() }
/// Facts a signer needs before asking anybody: pages with visible size in mm and rotation, empty fields, certification, encryption, PDF version.
#[derive(Clone, Debug)]
pub struct Outline { pub page_sizes_mm: Vec<(f64, f64)>, pub empty_fields: Vec<FieldFacts>, pub signed_fields: Vec<String>, pub certification: Option<u8>, pub version: (u8, u8) }
pub fn outline(base: &dyn Source, limits: &Limits) -> Result<Outline, PrepareRefusal> { todo!() }
