//! Objects of the base that an update rewrites: taken once, changed, written once.

use std::collections::BTreeMap;

use pdf::{Append, Dictionary, Object, ObjectId, View};

use crate::PrepareRefusal;

pub(crate) struct Edits<'d> {
    view: View<'d>,
    changed: BTreeMap<ObjectId, Object>,
}

impl<'d> Edits<'d> {
    pub(crate) fn new(view: View<'d>) -> Self {
        Self { view, changed: BTreeMap::new() }
    }

    /// The object as it will be written. A stream cannot be rewritten without its data.
    fn object(&mut self, id: ObjectId) -> Result<&mut Object, PrepareRefusal> {
        if let std::collections::btree_map::Entry::Vacant(place) = self.changed.entry(id) {
            let found = self.view.document.resolve_at(self.view.revision, id);
            let found = found.map_err(|defect| PrepareRefusal::NeedsRepair(defect.detail))?;
            place.insert((*found).clone());
        }
        let missing = || PrepareRefusal::NeedsRepair(format!("object {id} is missing"));
        self.changed.get_mut(&id).ok_or_else(missing)
    }

    pub(crate) fn dictionary(&mut self, id: ObjectId) -> Result<&mut Dictionary, PrepareRefusal> {
        match self.object(id)? {
            Object::Dictionary(dictionary) => Ok(dictionary),
            _ => Err(PrepareRefusal::NeedsRepair(format!("object {id} is no dictionary"))),
        }
    }

    pub(crate) fn array(&mut self, id: ObjectId) -> Result<&mut Vec<Object>, PrepareRefusal> {
        match self.object(id)? {
            Object::Array(items) => Ok(items),
            _ => Err(PrepareRefusal::NeedsRepair(format!("object {id} is no array"))),
        }
    }

    /// Appends `item` to the array under `key` of the dictionary `id`, wherever that array lies:
    /// absent, direct, or an object of its own.
    pub(crate) fn push(
        &mut self,
        id: ObjectId,
        key: &str,
        item: Object,
    ) -> Result<(), PrepareRefusal> {
        let view = self.view;
        // Only what changes is rewritten: where the array is its own object, the dictionary stays.
        let holder = match self.changed.get(&id) {
            Some(object) => object.clone(),
            None => (*view.resolve(id)).clone(),
        };
        let value = holder.as_dictionary().and_then(|holder| holder.get(key));
        if let Some(array_id) = value.and_then(Object::as_reference)
            && matches!(&*view.resolve(array_id), Object::Array(_))
        {
            self.array(array_id)?.push(item);
            return Ok(());
        }
        let items = match value {
            Some(Object::Array(items)) => items.iter().cloned().chain([item]).collect(),
            _ => vec![item],
        };
        self.dictionary(id)?.set(key, Object::Array(items));
        Ok(())
    }

    /// Sets `key` of the dictionary `id`.
    pub(crate) fn set(
        &mut self,
        id: ObjectId,
        key: &str,
        value: Object,
    ) -> Result<(), PrepareRefusal> {
        self.dictionary(id)?.set(key, value);
        Ok(())
    }

    pub(crate) fn write(self, append: &mut Append<'_>) {
        for (id, object) in &self.changed {
            append.object(*id, object);
        }
    }
}
