//! PDF as bytes: objects, cross-references, revisions, filters, append.
//!
//! The crate parses strictly and never rebuilds: what is wrong becomes a named [`Defect`], and
//! whoever asks decides what it means. It reads through [`Source`], so memory does not follow the
//! file's size, and it is lazy: opening costs what the tail costs, the rest is paid by what is
//! asked for. It writes only by appending: an [`Update`] is the tail of a known base.
//!
//! It knows nothing of signatures, pages or text, and it never decrypts yet: whether a file is
//! encrypted is a fact.
//!
//! ```text
//!  Source ─► Document::open ─► revisions ─► View (as of a revision) ─► resolve ─► Object
//!              │  header, startxref,             │                        └─► decode ─► bytes
//!              │  chain of sections              └─► graph::walk, ReverseIndex
//!              ├─► check_revision ─► defects
//!              └─► Append ─► tail of an Update
//! ```

mod append;
mod budget;
mod check;
mod defect;
mod document;
mod filter;
pub mod graph;
mod lexer;
mod object;
mod object_stream;
mod revision;
mod source;
mod update;
mod view;
mod xref;

pub use append::Append;
pub use budget::Limits;
pub use defect::Defect;
pub use document::{Document, Place, ValueSpan};
pub use object::{Dictionary, Object, ObjectId, Real, Stream, text_of, text_string};
pub use revision::Revision;
pub use source::{Chained, Source, SourceError, for_each_chunk};
pub use update::{FileHash, Update};
pub use view::{Value, View};
pub use xref::Entry;
