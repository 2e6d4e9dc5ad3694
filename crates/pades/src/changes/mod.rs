//! What each revision after a signed one changed, classified by an allow-list that starts from
//! nothing (rule 5).

use pdf::Limits;

use crate::{Change, ChangeKind, RevisionChanges, SignatureFacts};

/// Changes of every revision later than `first_signed_revision`, in order.
pub(crate) fn changes(
    document: &pdf::Document<'_>,
    first_signed_revision: u32,
    _signatures: &[SignatureFacts],
    _limits: &Limits,
) -> Vec<RevisionChanges> {
    // Nothing is allowed until it is recognised: every touched object is a change of unknown kind.
    let later = first_signed_revision.saturating_add(1)..=document.newest();
    later
        .map(|revision| {
            let touched = document.entries(revision).unwrap_or_default();
            let changes = touched.into_iter().map(|(number, entry)| {
                let generation = match entry {
                    pdf::Entry::Offset { generation, .. } => generation,
                    _ => 0,
                };
                Change {
                    kind: ChangeKind::Other { what: "not classified".into() },
                    object: Some(pdf::ObjectId { number, generation }),
                    detail: format!("{entry:?}"),
                }
            });
            RevisionChanges { revision, changes: changes.collect() }
        })
        .collect()
}
