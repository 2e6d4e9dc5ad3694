//! Pages in order, each with the resources it inherits (ISO 32000-2, 7.7.3).

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use pdf::{Dictionary, Object, ObjectId, View};

/// A page and the value of /Resources that holds for it.
pub(super) struct Page {
    pub(super) id: ObjectId,
    pub(super) resources: Option<Object>,
}

/// More pages than any result has.
const MOST_PAGES: usize = 5_000;

/// All pages; `None` where the tree is no tree or has too many.
pub(super) fn all(view: View<'_>) -> Option<Vec<Page>> {
    let mut pages = vec![];
    let mut seen = HashSet::new();
    let root = view.catalog().get("Pages")?.as_reference()?;
    let mut stack: Vec<(ObjectId, Option<Object>)> = vec![(root, None)];
    while let Some((id, inherited)) = stack.pop() {
        if !seen.insert(id) || seen.len() > 2 * MOST_PAGES {
            return None;
        }
        let node = view.resolve(id);
        let node = node.as_dictionary()?;
        let resources = node.get("Resources").cloned().or(inherited);
        let kids = view.get(node, "Kids");
        match kids.as_array() {
            Some(kids) if !node.is_name("Type", "Page") => {
                for kid in kids.iter().rev() {
                    stack.push((kid.as_reference()?, resources.clone()));
                }
            }
            _ => pages.push(Page { id, resources }),
        }
    }
    (pages.len() <= MOST_PAGES).then_some(pages)
}

/// On which page (from 0) an object is used first: for words, not for decisions.
pub(super) fn of_objects(view: View<'_>, pages: &[Page]) -> HashMap<ObjectId, u32> {
    let mut found: HashMap<ObjectId, u32> = HashMap::new();
    for (number, page) in pages.iter().enumerate() {
        found.insert(page.id, u32::try_from(number).unwrap_or(u32::MAX));
    }
    for (number, page) in pages.iter().enumerate() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let mut queue: VecDeque<ObjectId> = VecDeque::from([page.id]);
        while let Some(id) = queue.pop_front() {
            if found.len() > MOST_OBJECTS {
                return found;
            }
            let object: Rc<Object> = view.resolve(id);
            below(&object, &mut |next| {
                if let std::collections::hash_map::Entry::Vacant(place) = found.entry(next) {
                    place.insert(number);
                    queue.push_back(next);
                }
            });
        }
    }
    found
}

const MOST_OBJECTS: usize = 200_000;

/// References inside, but not those that lead up or to other pages.
fn below(object: &Object, each: &mut impl FnMut(ObjectId)) {
    const ELSEWHERE: [&[u8]; 7] = [b"Parent", b"P", b"Pg", b"Dest", b"D", b"Prev", b"B"];
    let mut dictionary = |dictionary: &Dictionary| {
        for (key, value) in dictionary.iter().filter(|(key, _)| !ELSEWHERE.contains(key)) {
            let _ = key;
            below(value, each);
        }
    };
    match object {
        Object::Dictionary(inner) => dictionary(inner),
        Object::Stream(stream) => dictionary(&stream.dictionary),
        Object::Array(items) => items.iter().for_each(|item| below(item, each)),
        Object::Reference(id) => each(*id),
        _ => {}
    }
}
