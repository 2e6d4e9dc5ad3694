//! Who refers to whom in the signed revision, and in what the later ones add: built once a file.

use std::collections::{HashMap, HashSet};

use pdf::{Defect, Dictionary, Object, ObjectId, View, graph};

/// Steps that one explanation may climb.
const MAX_CLIMB: usize = 2_000;
/// Nodes of a page tree.
const MAX_PAGES: usize = 1_000_000;

/// Where a reference to an object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Context {
    /// None: the trailer.
    pub(super) owner: Option<ObjectId>,
    /// Key of the owner's dictionary; empty in an array.
    pub(super) key: Vec<u8>,
}

/// Referrers by object number, and the pages.
pub(super) struct Index {
    referrers: HashMap<u32, Vec<ObjectId>>,
    /// Object number of a page to its place, from 0.
    pages: HashMap<u32, u32>,
}

impl Index {
    /// Walks what the trailer of `view` reaches. Fails when a budget ends.
    pub(super) fn build(view: View<'_>) -> Result<Self, Defect> {
        let mut index = Self { referrers: HashMap::new(), pages: HashMap::new() };
        let mut roots = Vec::new();
        for (_, value) in view.trailer().iter() {
            value.for_each_reference(&mut |id| roots.push(id));
        }
        graph::walk(view, roots, |id, object, _| {
            index.add(id, object);
            true
        })?;
        index.find_pages(view)?;
        Ok(index)
    }

    /// Notes what `object` refers to. What it referred to before stays noted, and is looked up
    /// again whenever it matters.
    pub(super) fn add(&mut self, id: ObjectId, object: &Object) {
        let referrers = &mut self.referrers;
        object.for_each_reference(&mut |to| {
            let list = referrers.entry(to.number).or_default();
            if list.last() != Some(&id) {
                list.push(id);
            }
        });
    }

    fn find_pages(&mut self, view: View<'_>) -> Result<(), Defect> {
        let mut seen = HashSet::new();
        let mut open: Vec<ObjectId> =
            view.catalog().get("Pages").and_then(Object::as_reference).into_iter().collect();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            if seen.len() > MAX_PAGES {
                return Err(Defect::new("budget", "too many pages"));
            }
            let node = view.resolve(id);
            let Some(node) = node.as_dictionary() else { continue };
            match &*view.get(node, "Kids") {
                Object::Array(kids) => {
                    open.extend(kids.iter().rev().filter_map(Object::as_reference))
                }
                _ => {
                    let place = u32::try_from(self.pages.len()).unwrap_or(u32::MAX);
                    self.pages.insert(id.number, place);
                }
            }
        }
        Ok(())
    }

    /// The page that this object is, from 0.
    pub(super) fn page(&self, number: u32) -> Option<u32> {
        self.pages.get(&number).copied()
    }

    /// Does anything that can be reached name this number?
    pub(super) fn is_named(&self, number: u32) -> bool {
        self.referrers.contains_key(&number)
    }

    /// Every place that refers to `number` as of `view`.
    pub(super) fn contexts(&self, view: View<'_>, number: u32) -> Vec<Context> {
        let mut contexts = Vec::new();
        for key in keys_naming(view.trailer(), number) {
            contexts.push(Context { owner: None, key });
        }
        let mut seen = HashSet::new();
        for owner in self.referrers.get(&number).map(Vec::as_slice).unwrap_or_default() {
            if !seen.insert(*owner) {
                continue;
            }
            let object = view.resolve(*owner);
            let keys = match &*object {
                Object::Dictionary(dictionary) => keys_naming(dictionary, number),
                Object::Stream(stream) => keys_naming(&stream.dictionary, number),
                other if names(other, number) => vec![Vec::new()],
                _ => Vec::new(),
            };
            contexts.extend(keys.into_iter().map(|key| Context { owner: Some(*owner), key }));
        }
        contexts
    }

    /// The pages in whose `/Annots` this object stands.
    pub(super) fn annotation_of(&self, view: View<'_>, number: u32) -> Option<u32> {
        for context in self.contexts(view, number) {
            let Some(owner) = context.owner else { continue };
            if let Some(page) = self.page(owner.number).filter(|_| context.key == b"Annots") {
                return Some(page);
            }
            if context.key.is_empty()
                && let Some(page) = self.annotations_array_of(view, owner.number)
            {
                return Some(page);
            }
        }
        None
    }

    /// The page whose `/Annots`, and nothing else, this array is.
    pub(super) fn annotations_array_of(&self, view: View<'_>, number: u32) -> Option<u32> {
        let contexts = self.contexts(view, number);
        let [Context { owner: Some(owner), key }] = contexts.as_slice() else { return None };
        self.page(owner.number).filter(|_| key == b"Annots")
    }

    /// What an object is to a reader, in plain words: "page 1 content", "catalog /Names".
    pub(super) fn describe(&self, view: View<'_>, number: u32) -> String {
        if let Some(page) = self.page(number) {
            return format!("page {}", page + 1);
        }
        let root = view.root();
        if root.is_some_and(|root| root.number == number) {
            return "the catalog".into();
        }
        let (mut open, mut seen) =
            (std::collections::VecDeque::from([number]), HashSet::from([number]));
        let mut catalog = None;
        while let Some(number) = open.pop_front() {
            for context in self.contexts(view, number) {
                let Some(owner) = context.owner else { continue };
                let key = String::from_utf8_lossy(&context.key).into_owned();
                if let Some(page) = self.page(owner.number) {
                    // Upwards a page is named by everything on it: that says nothing.
                    if key != "Parent" {
                        return format!("page {} {}", page + 1, page_part(&key));
                    }
                    continue;
                }
                if Some(owner) == root {
                    catalog.get_or_insert(format!("catalog /{key}"));
                    continue;
                }
                if matches!(key.as_str(), "P" | "Parent" | "Pg" | "Prev" | "Next") {
                    continue;
                }
                if seen.len() < MAX_CLIMB && seen.insert(owner.number) {
                    open.push_back(owner.number);
                }
            }
        }
        catalog.unwrap_or_else(|| "an object that nothing shows".into())
    }
}

/// A part of a page as people call it.
pub(super) fn page_part(key: &str) -> String {
    match key {
        "Contents" => "content".into(),
        "Resources" => "resources".into(),
        "Annots" => "annotations".into(),
        other => format!("/{other}"),
    }
}

fn keys_naming(dictionary: &Dictionary, number: u32) -> Vec<Vec<u8>> {
    let found = dictionary.iter().filter(|(_, value)| names(value, number));
    found.map(|(key, _)| key.to_vec()).collect()
}

fn names(object: &Object, number: u32) -> bool {
    let mut found = false;
    object.for_each_reference(&mut |id| found |= id.number == number);
    found
}
