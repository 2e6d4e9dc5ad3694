//! A document that is to be signed: opened, judged fit for an update, and what its earlier
//! signatures permit.

use std::collections::HashSet;

use pdf::{Dictionary, Document, Limits, Object, ObjectId, View};

use crate::{FieldLock, PrepareRefusal, field, field::Field, lock};

/// Damage that an update would build on. The rest (a key twice, an odd table entry) stays as it was.
const UNFIT: [&str; 13] = [
    "header_not_at_start",
    "startxref_missing",
    "startxref_mismatch",
    "xref_damaged",
    "xref_loop",
    "xref_order",
    "xref_entry_wrong",
    "xref_entry_outside_revision",
    "object_outside_revision",
    "prev_wrong",
    "hybrid_inconsistent",
    "tail_not_parsed",
    "budget",
];

/// Opens a base; refuses what cannot be appended to.
pub(crate) fn open<'a>(
    base: &'a dyn pdf::Source,
    limits: &Limits,
) -> Result<Document<'a>, PrepareRefusal> {
    let document = Document::open(base, limits).map_err(|defect| match defect.code.as_str() {
        "not_a_pdf" => PrepareRefusal::NotAPdf(defect.detail),
        _ => PrepareRefusal::NeedsRepair(defect.detail),
    })?;
    if document.is_encrypted() {
        return Err(PrepareRefusal::Encrypted);
    }
    // An object that the next update would complete says something else then: not what is signed.
    for revision in 0..=document.newest() {
        document.check_complete(revision);
    }
    check_fit(&document)?;
    Ok(document)
}

fn check_fit(document: &Document<'_>) -> Result<(), PrepareRefusal> {
    match document.defects().into_iter().find(|defect| UNFIT.contains(&defect.code.as_str())) {
        Some(defect) => Err(PrepareRefusal::NeedsRepair(defect.detail)),
        None => Ok(()),
    }
}

/// What signing needs to know of a document.
pub(crate) struct State<'d> {
    pub(crate) view: View<'d>,
    pub(crate) root: ObjectId,
    pub(crate) catalog: Dictionary,
    pub(crate) fields: Vec<Field>,
    /// DocMDP of the certifying signature.
    pub(crate) certification: Option<u8>,
    /// The least that DocMDP and locks of signed fields leave.
    pub(crate) permission: Option<u8>,
    /// Locks of signed fields, with the field that locks.
    pub(crate) locks: Vec<(String, FieldLock)>,
}

impl<'d> State<'d> {
    pub(crate) fn of(document: &'d Document<'d>, limits: &Limits) -> Result<Self, PrepareRefusal> {
        let view = document.current();
        let no_catalog = || PrepareRefusal::NeedsRepair("the document has no catalog".into());
        let root = view.root().ok_or_else(no_catalog)?;
        let found = document.resolve(root);
        let found = found.map_err(|defect| PrepareRefusal::NeedsRepair(defect.detail))?;
        let Object::Dictionary(catalog) = &*found else { return Err(no_catalog()) };
        let fields = field::all(view, catalog, limits);
        check_fit(document)?;
        let mut state = Self {
            view,
            root,
            catalog: catalog.clone(),
            fields,
            certification: None,
            permission: None,
            locks: vec![],
        };
        state.read_locks();
        Ok(state)
    }

    fn read_locks(&mut self) {
        let view = self.view;
        let permissions = view.get(&self.catalog, "Perms");
        let certifying = permissions.as_dictionary().map(|all| view.get(all, "DocMDP"));
        let certifying = certifying.as_deref().and_then(Object::as_dictionary);
        let mut least = certifying.and_then(|signature| lock::certification(view, signature));
        let mut locks = vec![];
        for field in self.fields.iter().filter(|field| field.is_signature()) {
            let Some(value) = field.value.as_ref().map(|value| view.follow(value)) else {
                continue;
            };
            let Some(signature) = value.as_dictionary() else { continue };
            least = tighter(least, lock::certification(view, signature));
            let of_field = field.dictionary().and_then(|field| lock::of_field(view, field));
            let lock = lock::field_lock(view, signature).or_else(|| of_field.clone());
            self.permission = tighter(self.permission, of_field.and_then(|lock| lock.permission));
            locks.extend(lock.map(|lock| (field.name.clone(), lock)));
        }
        self.certification = least;
        self.permission = tighter(self.permission, least);
        self.locks = locks;
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The first free name of the form `Signature{n}`.
    pub(crate) fn free_name(&self) -> String {
        let taken: HashSet<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
        let names = (1..).map(|number| format!("Signature{number}"));
        names.into_iter().find(|name| !taken.contains(name.as_str())).unwrap_or_default()
    }

    /// Whether any signature field has a value.
    pub(crate) fn is_signed(&self) -> bool {
        self.fields.iter().any(|field| field.is_signature() && !field.is_empty(self.view))
    }
}

fn tighter(a: Option<u8>, b: Option<u8>) -> Option<u8> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
