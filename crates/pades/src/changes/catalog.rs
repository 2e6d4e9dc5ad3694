//! Trailer, catalog and interactive form.

use pdf::{Dictionary, Object, ObjectId};

use super::{Judge, evidence};
use crate::ChangeKind;

impl Judge<'_> {
    /// The trailer: same catalog, same encryption; Info may change.
    pub(super) fn trailer(&mut self) {
        let (before, after) = (self.before().trailer().clone(), self.after().trailer().clone());
        for key in self.pair.differing(&before, &after) {
            match key.as_str() {
                // How the section is written.
                "Size" | "Prev" | "XRefStm" | "Type" | "W" | "Index" | "Filter" | "DecodeParms"
                | "Length" => {}
                // Reported by the catalog's judgement.
                "Root" | "Info" => {}
                "ID" => {
                    let first = |trailer: &Dictionary| match trailer.get("ID") {
                        Some(Object::Array(parts)) => parts.first().cloned(),
                        _ => None,
                    };
                    let (old, new) = (first(&before), first(&after));
                    if old.is_some() && new.is_some() && old != new {
                        self.other("the permanent file identifier changed", None);
                    }
                }
                "Encrypt" => self.other("the encryption changed", None),
                // Tools that update a file leave out what they do not know, as /DocChecksum. /AuthCode
                // (ISO/TS 32004) protects the file.
                key if key != "AuthCode"
                    && after.get(key).is_none()
                    && before.get(key).is_some_and(evidence::is_plain) => {}
                other => self.other(format!("trailer /{other} changed"), None),
            }
        }
        self.information(&before, &after);
    }

    /// The catalog, key by key.
    pub(super) fn catalog(&mut self) {
        let (root, new_root) = (self.before().root(), self.after().root());
        if root != new_root {
            return self.other("the catalog is another object", new_root);
        }
        let Some(root) = root else { return };
        let (before, after) = (self.before().catalog(), self.after().catalog());
        let differing = self.pair.differing(&before, &after);
        if self.is_replaced(root.number) {
            self.judged.insert(root.number);
            if differing.is_empty() {
                self.add(
                    ChangeKind::Equal,
                    Some(root),
                    "the catalog was rewritten with equal content",
                );
            }
        }
        for key in &differing {
            match key.as_str() {
                "AcroForm" | "DSS" | "Metadata" => {}
                "Extensions" if evidence::is_plain(&self.after().get(&after, key)) => {}
                "Version" if matches!(after.get(key), Some(Object::Name(_))) => {}
                "OutputIntents" if self.adds_srgb_intent(&before, &after) => {}
                "Perms" => self.permissions(&before, &after, root),
                other => {
                    let verb = match (before.get(other), after.get(other)) {
                        (None, _) => "was added",
                        (_, None) => "was removed",
                        _ => "changed",
                    };
                    self.other(format!("catalog /{other} {verb}"), Some(root));
                }
            }
        }
        self.form(root, &before, &after);
        self.store(root, &before, &after);
        self.metadata(root, &before, &after);
    }

    /// /Perms: a certification may be added with its signature, never changed or removed.
    fn permissions(&mut self, before: &Dictionary, after: &Dictionary, root: ObjectId) {
        let (old, new) = (self.before().get(before, "Perms"), self.after().get(after, "Perms"));
        let none = Dictionary::new();
        let old = old.as_dictionary().unwrap_or(&none);
        let Some(new) = new.as_dictionary() else {
            return self.other("catalog /Perms was removed", Some(root));
        };
        for key in self.pair.differing(old, new) {
            let is_new = new
                .get(&key)
                .and_then(Object::as_reference)
                .is_some_and(|id| self.is_new(id.number));
            if !(key == "DocMDP" && old.get(&key).is_none() && is_new) {
                self.other(format!("catalog /Perms /{key} changed"), Some(root));
            }
        }
    }

    /// The interactive form: new signature fields, and what signers write beside them.
    fn form(&mut self, root: ObjectId, before: &Dictionary, after: &Dictionary) {
        let (old, new) =
            (self.before().get(before, "AcroForm"), self.after().get(after, "AcroForm"));
        let reference = before.get("AcroForm").and_then(Object::as_reference);
        let none = Dictionary::new();
        let was_there = old.as_dictionary().is_some();
        let old = old.as_dictionary().unwrap_or(&none);
        let Some(new) = new.as_dictionary() else {
            if was_there {
                self.other("the form was removed", Some(root));
            }
            return;
        };
        let owner = reference.unwrap_or(root);
        if let Some(id) = reference {
            self.claim(id, &[(Some(root), "AcroForm")]);
        }
        let differing = self.pair.differing(old, new);
        if was_there
            && differing.is_empty()
            && reference.is_some_and(|id| self.is_replaced(id.number))
        {
            self.add(ChangeKind::Equal, reference, "the form was rewritten with equal content");
        }
        for key in &differing {
            let (a, b) = (self.before().get(old, key), self.after().get(new, key));
            let fine = match key.as_str() {
                "Fields" => true,
                "SigFlags" => matches!(&*b, Object::Integer(1..=3)),
                // Defaults for text that readers write themselves: added, never changed.
                "DA" => a.is_null() && matches!(&*b, Object::String(_)),
                "Q" => a.is_null() && matches!(&*b, Object::Integer(_)),
                "DR" => true,
                "NeedAppearances" => *b == Object::Bool(false) || b.is_null(),
                _ => false,
            };
            if !fine {
                self.other(format!("form /{key} changed"), Some(owner));
            }
        }
        self.default_resources(owner, old, new);
        self.fields(owner, root, old, new);
    }

    /// /DR may grow, for text of new fields; what it has stays.
    fn default_resources(&mut self, owner: ObjectId, old: &Dictionary, new: &Dictionary) {
        let reference = old.get("DR").and_then(Object::as_reference);
        let (a, b) = (self.before().get(old, "DR"), self.after().get(new, "DR"));
        let none = Dictionary::new();
        let a = a.as_dictionary().unwrap_or(&none);
        let Some(b) = b.as_dictionary() else {
            if !a.is_empty() {
                self.other("form /DR was removed", Some(owner));
            }
            return;
        };
        if let Some(id) = reference {
            self.claim(id, &[(Some(owner), "DR"), (Some(owner), "AcroForm")]);
        }
        let holder = reference.unwrap_or(owner);
        for (key, old_part) in a.iter() {
            let Ok(key) = std::str::from_utf8(key) else { continue };
            let (old_part_id, old_part) = (old_part.as_reference(), self.before().follow(old_part));
            let new_part = self.after().get(b, key);
            if let Some(id) = old_part_id {
                self.claim(
                    id,
                    &[(Some(holder), key), (Some(holder), "DR"), (Some(holder), "AcroForm")],
                );
            }
            let grown = match (&*old_part, &*new_part) {
                (Object::Dictionary(was), Object::Dictionary(is)) => {
                    self.pair.differing(was, is).iter().all(|name| was.get(name).is_none())
                }
                (was, is) => self.pair.same(was, is),
            };
            if !grown {
                self.other(format!("form /DR /{key} changed"), Some(owner));
            }
        }
    }

    fn fields(&mut self, owner: ObjectId, root: ObjectId, old: &Dictionary, new: &Dictionary) {
        if let Some(id) = old.get("Fields").and_then(Object::as_reference) {
            self.claim(id, &[(Some(owner), "Fields"), (Some(root), "AcroForm")]);
        }
        let (old, new) = (self.before().get(old, "Fields"), self.after().get(new, "Fields"));
        let none: &[Object] = &[];
        let (old, new) = (old.as_array().unwrap_or(none), new.as_array().unwrap_or(none));
        self.grown_fields(old, new, owner, None);
    }

    /// A list of fields that may only grow, by new signature fields.
    pub(super) fn grown_fields(
        &mut self,
        old: &[Object],
        new: &[Object],
        owner: ObjectId,
        parent: Option<(ObjectId, &str)>,
    ) {
        let mut kept = old.iter().peekable();
        for item in new {
            if kept.peek().is_some_and(|next| self.pair.same(next, item)) {
                kept.next();
                continue;
            }
            match item.as_reference().filter(|id| self.is_new(id.number)) {
                Some(id) => self.new_field(id, parent, 0),
                None => self.other(
                    "an object that was there before became a form field",
                    item.as_reference(),
                ),
            }
        }
        if kept.next().is_some() {
            self.other("a form field was removed or moved", Some(owner));
        }
    }
}
