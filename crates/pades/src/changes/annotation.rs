//! Annotations that are no signatures, and what any appearance may hold.

use std::collections::HashSet;

use pdf::{Dictionary, Object, ObjectId};

use super::Judge;
use crate::ChangeKind;

/// Objects of one appearance.
const MAX_OBJECTS: usize = 20_000;
/// Nesting of direct objects.
const MAX_DEPTH: u32 = 64;
/// Marks that people put on a page (P=3). Links, files, media and screens act.
const MARKS: &[&str] = &[
    "Text",
    "FreeText",
    "Line",
    "Square",
    "Circle",
    "Polygon",
    "PolyLine",
    "Highlight",
    "Underline",
    "Squiggly",
    "StrikeOut",
    "Stamp",
    "Caret",
    "Ink",
    "Popup",
];
/// What an appearance must not have: a second face, something from outside, an action.
const TWO_FACED: &[&str] = &["OC", "Ref", "OPI", "PS", "Alternates", "AA", "JS", "JavaScript"];

impl Judge<'_> {
    /// An annotation that a page lists now and did not before.
    pub(super) fn added(&mut self, page: u32, id: ObjectId) {
        let object = self.after().resolve(id);
        let subtype = object.as_dictionary().map(|d| self.after().get(d, "Subtype"));
        let subtype = subtype.as_ref().and_then(|s| s.as_name()).unwrap_or_default();
        let subtype = String::from_utf8_lossy(subtype).into_owned();
        let acts =
            object.as_dictionary().is_none_or(|d| d.get("A").is_some() || d.get("AA").is_some());
        if !MARKS.contains(&subtype.as_str()) || acts || !self.is_new(id.number) {
            return self.other(
                format!("page {}: an annotation was added ({subtype})", page + 1),
                Some(id),
            );
        }
        if let Some(dictionary) = object.as_dictionary() {
            let appearance = self.after().get(dictionary, "AP");
            self.appearance(id, &appearance, &subtype);
        }
        self.add(
            ChangeKind::Annotation { page: Some(page) },
            Some(id),
            format!("{subtype} was added"),
        );
    }

    /// Looks through an appearance for what has two faces.
    pub(super) fn appearance(&mut self, owner: ObjectId, appearance: &Object, name: &str) {
        let (mut seen, mut open) = (HashSet::new(), Vec::new());
        let mut wrong = appearance_fault(appearance, 0, &mut open);
        while let Some(id) = open.pop() {
            if wrong.is_some() || !seen.insert(id) {
                continue;
            }
            if seen.len() > MAX_OBJECTS {
                wrong = Some("too many objects".into());
                break;
            }
            wrong = appearance_fault(&self.after().resolve(id), 0, &mut open);
        }
        if let Some(what) = wrong {
            self.other(format!("the appearance of {name} has {what}"), Some(owner));
        }
    }
}

/// What is wrong in one object; its references go to `open`.
fn appearance_fault(object: &Object, depth: u32, open: &mut Vec<ObjectId>) -> Option<String> {
    if depth > MAX_DEPTH {
        return Some("objects nested too deep".into());
    }
    match object {
        Object::Reference(id) => {
            open.push(*id);
            None
        }
        Object::Array(items) => {
            items.iter().find_map(|item| appearance_fault(item, depth + 1, open))
        }
        Object::Dictionary(dictionary) => dictionary_fault(dictionary, depth, open),
        Object::Stream(stream) => {
            if stream.dictionary.get("F").is_some() {
                return Some("an external stream".into());
            }
            dictionary_fault(&stream.dictionary, depth, open)
        }
        _ => None,
    }
}

fn dictionary_fault(
    dictionary: &Dictionary,
    depth: u32,
    open: &mut Vec<ObjectId>,
) -> Option<String> {
    for kind in ["OCG", "OCMD", "Page", "Pages", "Catalog"] {
        if dictionary.is_name("Type", kind) {
            return Some(format!("a /{kind}"));
        }
    }
    for (key, value) in dictionary.iter() {
        if let Some(key) = TWO_FACED.iter().find(|two| two.as_bytes() == key) {
            return Some(format!("/{key}"));
        }
        // Upwards: the field or page again.
        if matches!(key, b"Parent" | b"P" | b"StructParent" | b"StructParents") {
            continue;
        }
        if let Some(fault) = appearance_fault(value, depth + 1, open) {
            return Some(fault);
        }
    }
    None
}
