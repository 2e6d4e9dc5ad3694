//! What each revision after a signed one changed, classified by an allow-list that starts from
//! nothing: facts, not yet a judgement.
//!
//! Revisions are compared step by step, each with the one before it, so that whatever differs from
//! any signed revision was seen at some step. An object is *touched* where its text lies elsewhere
//! than before, whoever says so (own entry, another `/Prev`, a replaced object stream). A touched
//! object is permitted only through a role that is known: catalog, form, field, page annotations,
//! DSS, metadata; everything else that existed must say the same as before.
//!
//! New objects matter only through what names them. What names them is judged above, or was there
//! before, dangling: that is a change of its own.
//!
//! ```text
//! entries of the revision ─► touched ─► trailer ─► catalog ─► form ─► fields ─► pages ─► the rest
//!                                          └─ Index: who refers to whom, walked once a file ─┘
//! ```

mod annotation;
mod catalog;
mod compare;
mod evidence;
mod field;
mod index;
mod intent;
mod page;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use pdf::{Defect, Document, Entry, Limits, Object, ObjectId, Place, View};

use self::{compare::Pair, field::KnownFields, field::NewWidget, index::Index};
use crate::{Change, ChangeKind, RevisionChanges, SignatureFacts};

/// Changes of every revision later than `first_signed_revision`, in order.
pub(crate) fn changes(
    document: &Document<'_>,
    first_signed_revision: u32,
    signatures: &[SignatureFacts],
    _limits: &Limits,
) -> Vec<RevisionChanges> {
    let later = first_signed_revision.saturating_add(1)..=document.newest();
    if later.is_empty() {
        return Vec::new();
    }
    let mut index = match Index::build(document.view(first_signed_revision)) {
        Ok(index) => index,
        Err(defect) => {
            let unread = |revision| RevisionChanges { revision, changes: vec![unread(&defect)] };
            return later.map(unread).collect();
        }
    };
    let containers = OnceCell::new();
    let mut all = Vec::new();
    for revision in later {
        let changes = match touched(document, revision, &containers) {
            Ok(touched) => {
                let changes = Judge::new(document, revision, &touched, &index, signatures).run();
                // A section's dictionary is a trailer, which names Root and Info again.
                let own = document.section_ids(revision);
                let added = touched.iter().filter(|(_, touch)| **touch != Touch::Freed);
                for (number, _) in added.filter(|(n, _)| !own.iter().any(|id| id.number == **n)) {
                    let id = id_at(document, revision, *number);
                    index.add(id, &document.view(revision).resolve(id));
                }
                changes
            }
            Err(defect) => vec![unread(&defect)],
        };
        all.push(RevisionChanges { revision, changes });
    }
    all
}

fn unread(defect: &Defect) -> Change {
    Change {
        kind: ChangeKind::Other { what: format!("the changes cannot be read: {}", defect.detail) },
        object: defect.object,
        detail: defect.code.clone(),
    }
}

/// What happened to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touch {
    /// It had no object.
    New,
    /// It had another text.
    Replaced,
    /// It has no object any more.
    Freed,
    /// It now names bytes that were there before this revision.
    Back,
}

/// Every number whose text lies elsewhere than in the revision before.
fn touched(
    document: &Document<'_>,
    revision: u32,
    containers: &OnceCell<Containers>,
) -> Result<BTreeMap<u32, Touch>, Defect> {
    let earlier = revision.saturating_sub(1);
    let start = document.revisions().get(revision as usize).map_or(0, |r| r.start);
    let mut touched = BTreeMap::new();
    for (number, entry) in document.entries(revision)? {
        let (before, after) = (place(document, earlier, number), place(document, revision, number));
        if let Some(touch) = touch(before, after, start) {
            touched.insert(number, touch);
        }
        if before.is_some() && before != after && was_container(document, earlier, number) {
            let containers = containers.get_or_init(|| containers_of(document));
            for number in containers.get(&number).map(Vec::as_slice).unwrap_or_default() {
                let before = place(document, earlier, *number);
                if let Some(touch) = touch(before, place(document, revision, *number), start) {
                    touched.entry(*number).or_insert(touch);
                }
            }
        }
        if let Entry::InStream { container, .. } = entry
            && let Some(touch @ (Touch::Replaced | Touch::Back | Touch::Freed)) = touch(
                place(document, earlier, container),
                place(document, revision, container),
                start,
            )
        {
            touched.entry(container).or_insert(touch);
        }
    }
    Ok(touched)
}

/// None where it is free, unknown, or cannot be found.
fn place(document: &Document<'_>, revision: u32, number: u32) -> Option<Place> {
    document.place(revision, number).unwrap_or_else(|defect| {
        document.note(defect);
        None
    })
}

fn touch(before: Option<Place>, after: Option<Place>, start: u64) -> Option<Touch> {
    if before == after {
        return None;
    }
    let offset = |place| match place {
        Place::Offset(offset) => offset,
        Place::Member { container, .. } => container,
    };
    Some(match (before, after) {
        (_, Some(after)) if offset(after) < start => Touch::Back,
        (None, _) => Touch::New,
        (Some(_), Some(_)) => Touch::Replaced,
        (Some(_), None) => Touch::Freed,
    })
}

/// Members of each object stream, as any revision lists them.
type Containers = HashMap<u32, Vec<u32>>;

/// Members of an object stream that is itself replaced change without entries of their own. Made
/// once a file, and only when such a stream is replaced.
fn containers_of(document: &Document<'_>) -> Containers {
    let mut containers = Containers::new();
    for revision in 0..=document.newest() {
        for (number, entry) in document.entries(revision).unwrap_or_default() {
            if let Entry::InStream { container, .. } = entry {
                let members = containers.entry(container).or_default();
                if members.last() != Some(&number) {
                    members.push(number);
                }
            }
        }
    }
    containers
}

fn was_container(document: &Document<'_>, revision: u32, number: u32) -> bool {
    let old = document.view(revision).resolve(id_at(document, revision, number));
    old.as_stream().is_some_and(|s| s.dictionary.is_name("Type", "ObjStm"))
}

/// The number with the generation that a revision gives it.
fn id_at(document: &Document<'_>, revision: u32, number: u32) -> ObjectId {
    let generation = match document.locate(revision, number) {
        Ok(Some((_, Entry::Offset { generation, .. }))) => generation,
        _ => 0,
    };
    ObjectId { number, generation }
}

/// One revision and what is known of it while it is judged.
struct Judge<'d> {
    document: &'d Document<'d>,
    revision: u32,
    pair: Pair<'d>,
    touched: &'d BTreeMap<u32, Touch>,
    index: &'d Index,
    signatures: &'d [SignatureFacts],
    /// Touched objects whose role is known and judged.
    judged: HashSet<u32>,
    /// Widgets of new signature fields, by object number.
    widgets: HashMap<u32, NewWidget>,
    known_fields: OnceCell<Rc<KnownFields>>,
    changes: Vec<Change>,
}

impl<'d> Judge<'d> {
    fn new(
        document: &'d Document<'d>,
        revision: u32,
        touched: &'d BTreeMap<u32, Touch>,
        index: &'d Index,
        signatures: &'d [SignatureFacts],
    ) -> Self {
        let pair = Pair {
            before: document.view(revision.saturating_sub(1)),
            after: document.view(revision),
            steps: index.steps(),
        };
        Self {
            document,
            revision,
            pair,
            touched,
            index,
            signatures,
            judged: HashSet::new(),
            widgets: HashMap::new(),
            known_fields: OnceCell::new(),
            changes: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<Change> {
        self.woken();
        self.trailer();
        self.catalog();
        self.changed_fields();
        self.pages();
        self.new_widgets();
        self.rest();
        // Answers were cut short, perhaps to the better: nothing of them counts.
        if self.index.steps().ended() {
            self.other("the changes cost too much to compare", None);
        }
        self.changes
    }

    fn before(&self) -> View<'d> {
        self.pair.before
    }

    fn after(&self) -> View<'d> {
        self.pair.after
    }

    fn touch(&self, number: u32) -> Option<Touch> {
        self.touched.get(&number).copied()
    }

    fn is_new(&self, number: u32) -> bool {
        self.touch(number) == Some(Touch::New)
    }

    fn is_replaced(&self, number: u32) -> bool {
        self.touch(number) == Some(Touch::Replaced)
    }

    fn add(&mut self, kind: ChangeKind, object: Option<ObjectId>, detail: impl Into<String>) {
        self.changes.push(Change { kind, object, detail: detail.into() });
    }

    fn other(&mut self, what: impl Into<String>, object: Option<ObjectId>) {
        let what = what.into();
        let detail = object.map_or_else(String::new, |id| format!("object {id}"));
        self.add(ChangeKind::Other { what }, object, detail);
    }

    /// Marks a replaced object as judged in its role, if nothing else than `allowed` (owner and
    /// key; no owner is the trailer) refers to it: what has two roles may show in the other.
    fn claim(&mut self, id: ObjectId, allowed: &[(Option<ObjectId>, &str)]) {
        if !self.is_replaced(id.number) || !self.judged.insert(id.number) {
            return;
        }
        let foreign = self.index.contexts(self.before(), id.number).into_iter().find(|context| {
            !allowed.iter().any(|(owner, key)| {
                *owner == context.owner && key.as_bytes() == context.key.as_slice()
            })
        });
        if foreign.is_some() {
            let what = self.index.describe(self.before(), id.number);
            self.other(format!("{what} changed: the object has two uses"), Some(id));
        }
    }

    /// References that led nowhere when signed and lead somewhere now.
    fn woken(&mut self) {
        let new = self
            .touched
            .iter()
            .filter(|(_, touch)| **touch == Touch::New)
            .map(|(number, _)| *number);
        let named: Vec<u32> = new.filter(|number| self.index.is_named(*number)).collect();
        for number in named {
            // What named it once may be gone.
            if self.index.contexts(self.before(), number).is_empty() {
                continue;
            }
            let what = self.index.describe(self.before(), number);
            let id = id_at(self.document, self.revision, number);
            self.other(format!("{what}: a reference that led nowhere now has an object"), Some(id));
        }
    }

    /// Everything touched that has no role above.
    fn rest(&mut self) {
        let left: Vec<(u32, Touch)> = self
            .touched
            .iter()
            .filter(|(n, _)| !self.judged.contains(n))
            .map(|(n, t)| (*n, *t))
            .collect();
        for (number, touch) in left {
            let id = id_at(self.document, self.revision, number);
            match touch {
                Touch::New => {}
                Touch::Freed if self.was_section(number) => {}
                Touch::Freed => {
                    let what = self.index.describe(self.before(), number);
                    self.other(format!("{what}: an object was freed"), Some(id));
                }
                Touch::Back => {
                    let what = self.index.describe(self.before(), number);
                    self.other(format!("{what}: an entry points back to earlier bytes"), Some(id));
                }
                Touch::Replaced => self.replaced(id),
            }
        }
    }

    /// A cross-reference stream that nothing names: its number may be freed or used again for
    /// another (as PDFBox does).
    fn was_section(&self, number: u32) -> bool {
        let old = self.before().resolve(id_at(self.document, self.before().revision, number));
        let section = old.as_stream().is_some_and(|s| s.dictionary.is_name("Type", "XRef"));
        section && self.index.contexts(self.before(), number).is_empty()
    }

    fn replaced(&mut self, id: ObjectId) {
        let old_id = id_at(self.document, self.before().revision, id.number);
        let (old, new) = (self.before().resolve(old_id), self.after().resolve(id));
        let container = |object: &Object| {
            object.as_stream().is_some_and(|s| s.dictionary.is_name("Type", "ObjStm"))
        };
        if container(&old) {
            return self.other("an object stream was replaced", Some(id));
        }
        // A producer may give the next cross-reference stream the number of the last.
        let section = new.as_stream().is_some_and(|s| s.dictionary.is_name("Type", "XRef"));
        if section && self.was_section(id.number) {
            return;
        }
        if old_id == id && self.pair.same(&old, &new) {
            return self.add(ChangeKind::Equal, Some(id), "rewritten with equal content");
        }
        let what = self.index.describe(self.before(), id.number);
        self.other(format!("{what} changed"), Some(id));
    }
}

#[cfg(test)]
mod tests;
