//! DocMDP and FieldMDP (ISO 32000-2 §12.8.2.2, §12.8.2.4), read from signed bytes; the tightest of all
//! signatures before a change wins, even that of a broken one.

use pades::{FieldLock, PdfFacts};

/// What the signatures before a revision leave open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limits<'a> {
    /// 1, 2 or 3; None when nobody certified.
    pub(crate) permission: Option<u8>,
    locks: Vec<&'a FieldLock>,
}

impl<'a> Limits<'a> {
    /// By every signature that ends a revision before `revision`.
    pub(crate) fn before(pdf: &'a PdfFacts, revision: u32) -> Self {
        let earlier = || {
            pdf.signatures
                .iter()
                .filter(move |signature| signature.revision.is_some_and(|at| at < revision))
        };
        let locks: Vec<_> =
            earlier().filter_map(|signature| signature.field_lock.as_ref()).collect();
        let certified = earlier().filter_map(|signature| signature.certification);
        let permission = certified.chain(locks.iter().filter_map(|lock| lock.permission)).min();
        Self { permission, locks }
    }

    /// Is this field locked against changes of its value?
    pub(crate) fn locks(&self, field: &str) -> bool {
        self.locks.iter().any(|lock| match lock.action.as_str() {
            "All" => true,
            "Include" => named(lock, field),
            "Exclude" => !named(lock, field),
            _ => true,
        })
    }

    /// May somebody still sign?
    pub(crate) fn permits_signing(&self) -> bool {
        self.permission.is_none_or(|permission| permission >= 2)
    }
}

/// A field is named by itself or by an ancestor.
fn named(lock: &FieldLock, field: &str) -> bool {
    lock.fields.iter().any(|name| {
        field
            .strip_prefix(name.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}
