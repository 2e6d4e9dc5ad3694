//! A draft on its way in: looked through, its boxes found on the pages, the QR put in; and from what
//! came out of it, the orders for the signer.
//!
//! ```text
//! PDF of a case system ─► inspect ─► boxes (mm, anchors) ─► each tried: what would it paint over?
//!        │ Refused: every reason with object, page, box              │
//!        └──────────────────────────────────────────────◄────────────┤
//!                                                                     ▼
//!                       Prepared { pdf: draft + QR + empty fields, boxes, notes } ─► submit
//!
//! result, steps, key ─► orders ─► signing::Order … (no page is drawn again: boxes are settled here)
//! ```
//!
//! Nothing here reads a clock, a file or a row. The bytes come from strangers: this runs in a limited
//! child process where the caller has one.

mod boxes;
mod finding;
mod inspect;
mod orders;
mod overlay;
mod pages;

pub use finding::{Finding, Refused};
pub use inspect::{Inspection, inspect};
pub use orders::{Header, KeyInk, orders};

use std::collections::BTreeMap;

use issuance::{ActSpec, FieldBox, Layout, Place, Procedure};
use pdf::FileHash;

/// What a draft is prepared for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The acts on this file, in order.
    pub acts: &'a [ActSpec],
    /// Named boxes of the procedure.
    pub layout: &'a Layout,
    /// Index of the file in the result; the QR is for the main file (0).
    pub file: u16,
    /// A certifying first signature: all fields are made now (later ones would break it).
    pub certify: bool,
    /// What `{title}` and `{name}` of an anchor stand for: the last line above the signature, and the
    /// name below it, as they are printed.
    pub title: &'a str,
    /// See `title`.
    pub name: &'a str,
    /// Boxes that a person moved, by name.
    pub moved: &'a BTreeMap<String, Place>,
    /// `https://HOST/k/CODE`; `None`: no QR is wanted.
    pub link: Option<&'a str>,
}

/// A draft that may be signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The draft with QR and fields; the draft itself is its beginning.
    pub pdf: Vec<u8>,
    /// Every box of the procedure as it lies on the pages, and the blanks of the header line as
    /// `NAME.number`, `NAME.day`, `NAME.month`.
    pub boxes: Vec<FieldBox>,
    /// What a person may want to know: links.
    pub notes: Vec<Finding>,
}

/// Looks through a draft and makes it ready to be signed. Equal input gives equal bytes.
///
/// # Errors
/// Every reason why it is not taken, each with its place.
pub fn prepare(draft: &[u8], wanted: &Wanted<'_>) -> Result<Prepared, Refused> {
    let Inspection { findings, .. } = inspect(draft);
    if findings.iter().any(|finding| finding.refused) {
        return Err(Refused { findings });
    }
    let places = boxes::settle(draft, wanted)?;
    let mut bytes = draft.to_vec();
    if let (Some(link), Some(place)) = (wanted.link, places.get(Procedure::QR)) {
        bytes = overlay::with_qr(&bytes, place, link)?;
    }
    let fields = if wanted.certify { boxes::fields(wanted, &places) } else { vec![] };
    if !fields.is_empty() {
        bytes = overlay::with_fields(&bytes, &fields)?;
    }
    let named = |name: &str| {
        let at = wanted.acts.iter().position(|act| act.place.as_deref() == Some(name))?;
        let kind = wanted.acts.get(at)?.kind;
        wanted.certify.then(|| orders::field_name(kind, at))
    };
    let boxes = places.into_iter().map(|(name, place)| FieldBox {
        field: named(&name),
        file: wanted.file,
        place,
        name,
    });
    Ok(Prepared { pdf: bytes, boxes: boxes.collect(), notes: findings })
}

/// SHA-256 as `pades` wants it.
fn hash(bytes: &[u8]) -> FileHash {
    FileHash(issuance::FileHash::of(bytes).0)
}
