//! Who refers to whom in the signed revision, and in what the later ones add: built once a file.

use std::collections::{HashMap, HashSet};

use pdf::{Defect, Dictionary, Object, ObjectId, View, graph};

use super::compare::Steps;

/// Steps that one explanation may climb.
const MAX_CLIMB: usize = 2_000;
/// Values that all explanations of one file may look at. Later ones say less; none decides.
const EXPLAINED: u64 = 300_000;
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
    /// A node of the page tree that programs read differently: they count pages differently.
    odd_page: Option<ObjectId>,
    steps: Steps,
    explained: Steps,
}

impl Index {
    /// Walks what the trailer of `view` reaches. Fails when a budget ends.
    pub(super) fn build(view: View<'_>) -> Result<Self, Defect> {
        let mut index = Self {
            referrers: HashMap::new(),
            pages: HashMap::new(),
            odd_page: None,
            steps: Steps::new(Steps::PER_FILE),
            explained: Steps::new(EXPLAINED),
        };
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

    /// What is left for deciding, shared by all revisions.
    pub(super) fn steps(&self) -> &Steps {
        &self.steps
    }

    /// A node that leaves open which number pages have.
    pub(super) fn odd_page(&self) -> Option<ObjectId> {
        self.odd_page
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
                self.odd_page.get_or_insert(id);
                continue;
            }
            if seen.len() > MAX_PAGES {
                return Err(Defect::new("budget", "too many pages"));
            }
            let node = view.resolve(id);
            let Some(node) = node.as_dictionary() else {
                self.odd_page.get_or_insert(id);
                continue;
            };
            let inner = view.get(node, "Type").as_name() == Some(b"Pages");
            match &*view.get(node, "Kids") {
                Object::Array(kids) => {
                    let direct = kids.iter().any(|kid| kid.as_reference().is_none());
                    if direct || !inner && seen.len() > 1 {
                        self.odd_page.get_or_insert(id);
                    }
                    open.extend(kids.iter().rev().filter_map(Object::as_reference))
                }
                _ => {
                    if inner {
                        self.odd_page.get_or_insert(id);
                    }
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

    /// Every place that refers to `number` as of `view`; too few only when the steps have ended,
    /// which refuses the file.
    pub(super) fn contexts(&self, view: View<'_>, number: u32) -> Vec<Context> {
        self.contexts_within(view, number, &self.steps)
    }

    fn contexts_within(&self, view: View<'_>, number: u32, steps: &Steps) -> Vec<Context> {
        let mut contexts = Vec::new();
        for key in keys_naming(view.trailer(), number, steps) {
            contexts.push(Context { owner: None, key });
        }
        let mut seen = HashSet::new();
        for owner in self.referrers.get(&number).map(Vec::as_slice).unwrap_or_default() {
            if !steps.take(1) {
                break;
            }
            if !seen.insert(*owner) {
                continue;
            }
            let object = view.resolve(*owner);
            let keys = match &*object {
                Object::Dictionary(dictionary) => keys_naming(dictionary, number, steps),
                Object::Stream(stream) => keys_naming(&stream.dictionary, number, steps),
                other if names(other, number, steps) => vec![Vec::new()],
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
            if self.explained.ended() {
                break;
            }
            for context in self.contexts_within(view, number, &self.explained) {
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
        match catalog {
            Some(catalog) => catalog,
            None if self.explained.ended() => "an object".into(),
            None => "an object that nothing shows".into(),
        }
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

fn keys_naming(dictionary: &Dictionary, number: u32, steps: &Steps) -> Vec<Vec<u8>> {
    let found = dictionary.iter().filter(|(_, value)| names(value, number, steps));
    found.map(|(key, _)| key.to_vec()).collect()
}

fn names(object: &Object, number: u32, steps: &Steps) -> bool {
    if !steps.take(1) {
        return false;
    }
    let in_dictionary = |of: &Dictionary| of.iter().any(|(_, value)| names(value, number, steps));
    match object {
        Object::Reference(id) => id.number == number,
        Object::Array(items) => items.iter().any(|item| names(item, number, steps)),
        Object::Dictionary(dictionary) => in_dictionary(dictionary),
        Object::Stream(stream) => in_dictionary(&stream.dictionary),
        _ => false,
    }
}
