//! Pages: nothing of them may change but the list of annotations, which may grow.

use pdf::{Dictionary, Object, ObjectId};

use super::{Judge, Touch, id_at, index::page_part};
use crate::ChangeKind;

impl Judge<'_> {
    /// Replaced pages, and replaced arrays that are the annotations of one page.
    pub(super) fn pages(&mut self) {
        for number in self.unjudged(Touch::Replaced) {
            // By the generation that the page tree names: another one is another object.
            let id = id_at(self.document, self.before().revision, number);
            let old = self.before().resolve(id);
            if let Some(page) = self.index.page(number) {
                self.judged.insert(number);
                self.page(page, id, &old);
            } else if old.as_array().is_some()
                && let Some(page) = self.index.annotations_array_of(self.before(), number)
                && let Some(owner) = self.owner_of(number)
            {
                self.judged.insert(number);
                // A page that is replaced itself compares the list too.
                if !self.is_replaced(owner.number) {
                    let new = self.after().resolve(id);
                    self.annotations(page, owner, &old, &new);
                }
            }
        }
    }

    fn owner_of(&self, number: u32) -> Option<ObjectId> {
        self.index.contexts(self.before(), number).into_iter().find_map(|context| context.owner)
    }

    fn page(&mut self, page: u32, id: ObjectId, old: &Object) {
        let new = self.after().resolve(id);
        let (Object::Dictionary(old), Object::Dictionary(new)) = (old, &*new) else {
            return self.other(format!("page {} is no dictionary any more", page + 1), Some(id));
        };
        let differing = self.pair.differing(old, new);
        if differing.is_empty() && !self.has_new_list(old) {
            return self.add(
                ChangeKind::Equal,
                Some(id),
                format!("page {} was rewritten with equal content", page + 1),
            );
        }
        for key in &differing {
            let fine = match key.as_str() {
                "Annots" => true,
                // The order of tabbing: nothing that is seen.
                "Tabs" => old.get(key).is_none() && matches!(new.get(key), Some(Object::Name(_))),
                _ => false,
            };
            if !fine {
                self.other(format!("page {} {} changed", page + 1, page_part(key)), Some(id));
            }
        }
        if let Some(array) = old.get("Annots").and_then(Object::as_reference) {
            self.claim(array, &[(Some(id), "Annots")]);
        }
        let (a, b) = (self.before().get(old, "Annots"), self.after().get(new, "Annots"));
        self.annotations(page, id, &a, &b);
    }

    /// The same reference to a list that was itself replaced.
    fn has_new_list(&self, page: &Dictionary) -> bool {
        page.get("Annots")
            .and_then(Object::as_reference)
            .is_some_and(|id| self.touch(id.number).is_some())
    }

    /// A list of annotations: the old ones in their order, new ones between or behind them.
    fn annotations(&mut self, page: u32, owner: ObjectId, old: &Object, new: &Object) {
        if !matches!(new, Object::Array(_) | Object::Null) {
            return self.other(format!("page {} annotations are no list", page + 1), Some(owner));
        }
        let (old, new) = (old.as_array().unwrap_or_default(), new.as_array().unwrap_or_default());
        let mut kept = old.iter().peekable();
        for item in new {
            // One that is left out is reported below; what follows it may still match.
            if kept.peek().is_some_and(|next| self.pair.same(next, item)) {
                kept.next();
                continue;
            }
            let Some(id) = item.as_reference() else {
                self.other(format!("page {}: an annotation was added", page + 1), Some(owner));
                continue;
            };
            match self.widgets.get_mut(&id.number) {
                Some(widget) if widget.listed.is_none() => {
                    widget.listed = Some((page, owner.number))
                }
                Some(_) => self.other("a widget stands on a page twice", Some(id)),
                None => self.added(page, id),
            }
        }
        if kept.next().is_some() {
            self.other(
                format!("page {}: an annotation was removed or moved", page + 1),
                Some(owner),
            );
        }
    }
}
