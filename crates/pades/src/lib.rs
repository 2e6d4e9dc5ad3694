//! Signatures in PDF files: what is there, and how to append one byte-exactly.
//!
//! Reading gives facts and judges nothing: defects are named, and crate `validation` decides what
//! they mean. Writing appends an update to a known base; no byte of the base is touched, so that
//! earlier signatures stay what they were. The crate has no clock, no randomness and no keys, and
//! does not look into the CMS.
//!
//! ```text
//!  sign:  base ─► outline ─► prepare ─► Prepared ─► digest ─ ─ (CMS elsewhere) ─ ─► finish ─► Update
//!                    └────► add_fields ─► Update
//!  read:  source ─► read ─► PdfFacts { signatures, empty fields, revision_changes, dss, oddities }
//!            └────► digest over a ByteRange
//! ```

mod byte_range;
mod changes;
mod dss;
mod edits;
mod facts;
mod field;
mod finish;
mod lock;
mod oddity;
mod outline;
mod page_tree;
mod place;
mod prepare;
mod read;
mod signature;
mod state;
mod time;

pub use facts::{
    Change, ChangeKind, DssFacts, FieldFacts, FieldLock, PdfFacts, RevisionChanges, SignatureFacts,
    SignatureKind, WidgetFacts,
};
pub use finish::{Prepared, TooSmall};
pub use outline::{Outline, outline, signed_fields};
pub use pdf::{Defect, FileHash, Limits, ObjectId, Source, SourceError, Update};
pub use prepare::{Form, FormObject, NewSignature, Placed, PrepareRefusal, add_fields, prepare};
pub use read::read;
pub use signature::digest;
