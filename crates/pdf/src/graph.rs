//! Which objects reach which: one walk, visited once each, shared by everybody who asks.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    rc::Rc,
};

use crate::{Defect, Object, ObjectId, View};

/// Visits every object that can be reached from `roots`, once, nearest first. `each` gets the id,
/// the object and who led to it, and says whether to go on below it.
///
/// Fails with `budget` after [`crate::Limits::objects`] objects.
pub fn walk(
    view: View<'_>,
    roots: impl IntoIterator<Item = ObjectId>,
    mut each: impl FnMut(ObjectId, &Rc<Object>, Option<ObjectId>) -> bool,
) -> Result<(), Defect> {
    let mut seen = HashSet::new();
    let mut queue: VecDeque<(ObjectId, Option<ObjectId>)> =
        roots.into_iter().map(|id| (id, None)).collect();
    while let Some((id, from)) = queue.pop_front() {
        if !seen.insert(id) {
            continue;
        }
        if seen.len() as u64 > view.document.limits().objects {
            return Err(Defect::new("budget", "too many objects to walk").object(id));
        }
        let object = view.resolve(id);
        if each(id, &object, from) {
            object.for_each_reference(&mut |next| {
                if !seen.contains(&next) {
                    queue.push_back((next, Some(id)));
                }
            });
        }
    }
    Ok(())
}

/// Who refers to whom in one revision.
#[derive(Debug, Default)]
pub struct ReverseIndex {
    referrers: HashMap<ObjectId, Vec<ObjectId>>,
    from_trailer: HashSet<ObjectId>,
}

impl ReverseIndex {
    /// Walks everything the trailer reaches.
    pub fn build(view: View<'_>) -> Result<Self, Defect> {
        let mut index = ReverseIndex::default();
        for (_, value) in view.trailer().iter() {
            value.for_each_reference(&mut |id| {
                index.from_trailer.insert(id);
            });
        }
        let referrers = &mut index.referrers;
        walk(view, index.from_trailer.iter().copied(), |id, object, _| {
            object.for_each_reference(&mut |to| {
                let list: &mut Vec<ObjectId> = referrers.entry(to).or_default();
                if list.last() != Some(&id) {
                    list.push(id);
                }
            });
            true
        })?;
        Ok(index)
    }

    /// Objects that refer to `id`.
    pub fn referrers(&self, id: ObjectId) -> &[ObjectId] {
        self.referrers.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Whether the trailer itself refers to `id`.
    pub fn is_from_trailer(&self, id: ObjectId) -> bool {
        self.from_trailer.contains(&id)
    }

    /// Whether anything reaches `id`.
    pub fn is_reachable(&self, id: ObjectId) -> bool {
        self.is_from_trailer(id) || !self.referrers(id).is_empty()
    }
}
