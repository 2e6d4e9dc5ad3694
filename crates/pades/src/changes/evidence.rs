//! What later revisions may add without being seen: DSS, XMP metadata, document information.

use std::collections::BTreeSet;

use pdf::{Dictionary, Object, ObjectId, Stream};

use super::Judge;
use crate::ChangeKind;

/// Objects of one DSS.
const MAX_EVIDENCE: usize = 100_000;

impl Judge<'_> {
    /// /DSS (ISO 32000-2, 12.8.4.3): dictionaries and arrays of its own shape down to plain streams.
    pub(super) fn store(&mut self, root: ObjectId, before: &Dictionary, after: &Dictionary) {
        let (old, new) = (before.get("DSS"), after.get("DSS"));
        let Some(new) = new else {
            if old.is_some() {
                self.other("the DSS was removed", Some(root));
            }
            return;
        };
        let id = new.as_reference();
        let mut known = Store::default();
        if let Some(old) = old {
            known.dss(&self.before(), old);
        }
        let mut found = Store::default();
        found.dss(&self.after(), new);
        let mut changed = !self.pair.same(old.unwrap_or(&Object::Null), new);
        for member in found.ids.iter().chain(&known.ids).copied().collect::<BTreeSet<_>>() {
            if self.touch(member.number).is_some() {
                changed = true;
            }
            self.claim_within(member, root, &known.ids);
        }
        if !changed {
            return;
        }
        match found.wrong {
            Some(what) => {
                self.other(format!("the DSS holds what does not belong there: {what}"), id)
            }
            None => self.add(ChangeKind::Dss, id, "evidence for long-term validation"),
        }
    }

    /// Marks a replaced object of the DSS, if only the DSS refers to it.
    fn claim_within(&mut self, id: ObjectId, root: ObjectId, store: &BTreeSet<ObjectId>) {
        if !self.is_replaced(id.number) || !self.judged.insert(id.number) {
            return;
        }
        let foreign =
            self.index.contexts(self.before(), id.number).into_iter().find(|context| match context
                .owner
            {
                Some(owner) if owner == root => context.key != b"DSS",
                Some(owner) => !store.contains(&owner),
                None => true,
            });
        if foreign.is_some() || !store.contains(&id) {
            let what = self.index.describe(self.before(), id.number);
            self.other(format!("{what} changed: an object of the DSS has two uses"), Some(id));
        }
    }

    /// The catalog's XMP metadata.
    pub(super) fn metadata(&mut self, root: ObjectId, before: &Dictionary, after: &Dictionary) {
        let (old, new) = (before.get("Metadata"), after.get("Metadata"));
        let (Some(old), Some(new)) = (old.or(Some(&Object::Null)), new) else {
            if old.is_some() {
                self.other("the metadata were removed", Some(root));
            }
            return;
        };
        let touched = |object: &Object| {
            object.as_reference().is_some_and(|id| self.touch(id.number).is_some())
        };
        if !touched(old) && !touched(new) && self.pair.same(old, new) {
            return;
        }
        let (was, is) = (self.before().follow(old), self.after().follow(new));
        let id = new.as_reference();
        if let Some(id) = old.as_reference() {
            self.claim(id, &[(Some(root), "Metadata")]);
        }
        if self.pair.same(&was, &is) {
            return self.add(
                ChangeKind::Equal,
                id,
                "the metadata were rewritten with equal content",
            );
        }
        match is.as_stream().filter(|stream| is_metadata(stream)) {
            Some(_) => self.add(ChangeKind::Metadata, id, "XMP metadata"),
            None => self.other("catalog /Metadata is no metadata stream", id),
        }
    }

    /// The trailer's /Info: texts and dates.
    pub(super) fn information(&mut self, before: &Dictionary, after: &Dictionary) {
        let (old, new) = (self.before().get(before, "Info"), self.after().get(after, "Info"));
        if let Some(id) = before.get("Info").and_then(Object::as_reference) {
            self.claim(id, &[(None, "Info")]);
        }
        let none = Dictionary::new();
        let was = old.as_dictionary().unwrap_or(&none);
        let is = new.as_dictionary().unwrap_or(&none);
        let differing = self.pair.differing(was, is);
        if differing.is_empty() {
            return;
        }
        let id = after.get("Info").and_then(Object::as_reference);
        let text = |value: Option<&Object>| {
            matches!(value, None | Some(Object::String(_) | Object::Name(_)))
        };
        match differing.iter().find(|key| !text(was.get(key)) || !text(is.get(key))) {
            Some(key) => self.other(format!("Info /{key} is no text"), id),
            None => self.add(ChangeKind::Metadata, id, format!("Info: {}", differing.join(", "))),
        }
    }
}

fn is_metadata(stream: &Stream) -> bool {
    let dictionary = &stream.dictionary;
    dictionary.is_name("Type", "Metadata")
        && dictionary.is_name("Subtype", "XML")
        && only(dictionary, &["Type", "Subtype", "Length", "Filter", "DecodeParms"])
}

pub(super) fn only(dictionary: &Dictionary, keys: &[&str]) -> bool {
    dictionary.iter().all(|(key, _)| keys.iter().any(|known| known.as_bytes() == key))
}

/// Numbers, names and texts in direct dictionaries and arrays: nothing that draws or acts.
pub(super) fn is_plain(object: &Object) -> bool {
    match object {
        Object::Dictionary(dictionary) => dictionary.iter().all(|(_, value)| is_plain(value)),
        Object::Array(items) => items.iter().all(is_plain),
        Object::Stream(_) | Object::Reference(_) => false,
        _ => true,
    }
}

/// What a DSS consists of.
#[derive(Default)]
struct Store {
    ids: BTreeSet<ObjectId>,
    wrong: Option<String>,
}

impl Store {
    fn dss(&mut self, view: &pdf::View<'_>, object: &Object) {
        let Some(dss) = self.dictionary(view, object, "the DSS") else { return };
        for (key, value) in dss.iter() {
            match key {
                b"Type" => {}
                b"Certs" | b"CRLs" | b"OCSPs" => self.streams(view, value),
                b"VRI" => {
                    let Some(vri) = self.dictionary(view, value, "/VRI") else { continue };
                    for (_, entry) in vri.iter() {
                        self.vri(view, entry);
                    }
                }
                _ => self.wrong(format!("/{}", String::from_utf8_lossy(key))),
            }
        }
    }

    fn vri(&mut self, view: &pdf::View<'_>, object: &Object) {
        // Some producers give the VRI dictionary a /Type.
        if matches!(object, Object::Name(_)) {
            return;
        }
        let Some(entry) = self.dictionary(view, object, "an entry of /VRI") else { return };
        for (key, value) in entry.iter() {
            match key {
                b"Type" | b"TU" => {}
                b"Cert" | b"CRL" | b"OCSP" => self.streams(view, value),
                b"TS" => self.stream(view, value),
                _ => self.wrong(format!("/VRI /{}", String::from_utf8_lossy(key))),
            }
        }
    }

    fn dictionary(
        &mut self,
        view: &pdf::View<'_>,
        object: &Object,
        name: &str,
    ) -> Option<Dictionary> {
        self.note(object);
        match &*view.follow(object) {
            Object::Dictionary(dictionary) => Some(dictionary.clone()),
            _ => {
                self.wrong(format!("{name} is no dictionary"));
                None
            }
        }
    }

    fn streams(&mut self, view: &pdf::View<'_>, object: &Object) {
        self.note(object);
        match &*view.follow(object) {
            Object::Array(items) => items.iter().for_each(|item| self.stream(view, item)),
            _ => self.wrong("a list that is no array".into()),
        }
    }

    fn stream(&mut self, view: &pdf::View<'_>, object: &Object) {
        self.note(object);
        if self.ids.len() > MAX_EVIDENCE {
            return self.wrong("too many objects".into());
        }
        match &*view.follow(object) {
            Object::Stream(stream)
                if only(&stream.dictionary, &["Length", "Filter", "DecodeParms"]) => {}
            _ => self.wrong("evidence that is no plain stream".into()),
        }
    }

    fn note(&mut self, object: &Object) {
        self.ids.extend(object.as_reference());
    }

    fn wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }
}
