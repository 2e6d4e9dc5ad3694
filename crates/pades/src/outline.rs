//! What a signer needs to know before anybody is asked.

use pdf::{Limits, Object, Source};

use crate::{FieldFacts, PrepareRefusal, field::Field, page_tree, state, state::State};

/// Facts a signer needs before asking anybody.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Width and height of each page in mm as the reader sees it.
    pub page_sizes_mm: Vec<(f64, f64)>,
    /// Signature fields without a value.
    pub empty_fields: Vec<FieldFacts>,
    /// Names of signature fields with a value.
    pub signed_fields: Vec<String>,
    /// DocMDP P of a certifying signature.
    pub certification: Option<u8>,
    /// PDF version, the catalog's where it is later.
    pub version: (u8, u8),
}

/// Reads pages, signature fields and permissions. Refuses what [`crate::prepare`] would refuse for
/// the document's own sake.
pub fn outline(base: &dyn Source, limits: &Limits) -> Result<Outline, PrepareRefusal> {
    let document = state::open(base, limits)?;
    let state = State::of(&document, limits)?;
    let view = state.view;
    let pages = page_tree::all(view, &state.catalog, limits);
    let signature_fields = || state.fields.iter().filter(|field| field.is_signature());
    let (empty, signed): (Vec<_>, Vec<_>) =
        signature_fields().partition(|field| field.is_empty(view));
    let later = view.get(&state.catalog, "Version");
    let later = match later.as_name() {
        Some([major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9']) => (major - b'0', minor - b'0'),
        _ => (0, 0),
    };
    Ok(Outline {
        page_sizes_mm: pages.iter().map(|page| page.geometry.size_mm()).collect(),
        empty_fields: empty.iter().filter_map(|field| field.empty_facts(view)).collect(),
        signed_fields: signed.iter().map(|field| field.name.clone()).collect(),
        certification: state.certification,
        version: document.version().max(later),
    })
}

/// Names of signature fields with a value, without a look at the pages: [`outline`] pays for each of
/// them. Refuses what [`outline`] refuses.
pub fn signed_fields(base: &dyn Source, limits: &Limits) -> Result<Vec<String>, PrepareRefusal> {
    let document = state::open(base, limits)?;
    let state = State::of(&document, limits)?;
    let signed = |field: &&Field| field.is_signature() && !field.is_empty(state.view);
    Ok(state.fields.iter().filter(signed).map(|field| field.name.clone()).collect())
}

impl Outline {
    /// Whether nothing was signed yet.
    pub fn is_unsigned(&self) -> bool {
        self.signed_fields.is_empty()
    }
}

/// A number for an array of coordinates.
pub(crate) fn numbers(values: [f64; 4]) -> Object {
    Object::Array(values.map(Object::from).to_vec())
}
