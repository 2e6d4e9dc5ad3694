//! A document as of one revision, and how values in it are followed.

use std::rc::Rc;

use crate::{Defect, Dictionary, Document, Object, ObjectId, Place, Stream};

/// The one `null` that stands for everything absent.
pub(crate) fn null() -> Rc<Object> {
    thread_local!(static NULL: Rc<Object> = Rc::new(Object::Null));
    NULL.with(Rc::clone)
}

/// A value where it stands, or the object it refers to.
pub enum Value<'o> {
    /// It stands in the dictionary itself.
    Here(&'o Object),
    /// It is an object of its own.
    There(Rc<Object>),
}

impl std::ops::Deref for Value<'_> {
    type Target = Object;
    fn deref(&self) -> &Object {
        match self {
            Value::Here(object) => object,
            Value::There(object) => object,
        }
    }
}

/// A document as of one revision: what a reader saw when the file ended there.
#[derive(Clone, Copy)]
pub struct View<'d> {
    /// All revisions.
    pub document: &'d Document<'d>,
    /// The one looked at.
    pub revision: u32,
}

impl View<'_> {
    /// The object; `null`, and a defect, where it cannot be read.
    pub fn resolve(&self, id: ObjectId) -> Rc<Object> {
        self.document.resolve_at(self.revision, id).unwrap_or_else(|defect| {
            self.document.note(defect);
            null()
        })
    }

    /// The object itself, or what it refers to.
    pub fn follow(&self, object: &Object) -> Rc<Object> {
        let Object::Reference(id) = object else { return Rc::new(object.clone()) };
        let mut found = self.resolve(*id);
        for _ in 0..16 {
            let Object::Reference(id) = &*found else { return found };
            found = self.resolve(*id);
        }
        null()
    }

    /// The value of `key`, followed; `null` where it is absent.
    pub fn get(&self, dictionary: &Dictionary, key: &str) -> Rc<Object> {
        dictionary.get(key).map_or_else(null, |value| self.follow(value))
    }

    /// Like [`View::get`], without a copy of what is no reference: for large arrays.
    pub fn look<'o>(&self, dictionary: &'o Dictionary, key: &str) -> Value<'o> {
        match dictionary.get(key) {
            None => Value::Here(&Object::Null),
            Some(value @ Object::Reference(_)) => Value::There(self.follow(value)),
            Some(value) => Value::Here(value),
        }
    }

    /// Like [`View::get`], with references in an array or dictionary followed too.
    pub(crate) fn get_flat(&self, dictionary: &Dictionary, key: &str) -> Object {
        let value = self.get(dictionary, key);
        match &*value {
            Object::Array(items) if items.len() <= 32 => {
                Object::Array(items.iter().map(|item| self.flat(item)).collect())
            }
            other => self.flat(other),
        }
    }

    fn flat(&self, object: &Object) -> Object {
        let object = self.follow(object);
        let Object::Dictionary(dictionary) = &*object else { return (*object).clone() };
        let mut flat = Dictionary::new();
        for (key, value) in dictionary.iter().take(32) {
            if let Ok(key) = std::str::from_utf8(key) {
                flat.set(key, (*self.follow(value)).clone());
            }
        }
        Object::Dictionary(flat)
    }

    /// The trailer.
    pub fn trailer(&self) -> &Dictionary {
        self.document.trailer(self.revision)
    }

    /// Id of the catalog.
    pub fn root(&self) -> Option<ObjectId> {
        self.trailer().get("Root").and_then(Object::as_reference)
    }

    /// The catalog; empty, and a defect, where there is none.
    pub fn catalog(&self) -> Dictionary {
        let root = self.root().map(|id| self.resolve(id));
        match root.as_deref() {
            Some(Object::Dictionary(catalog)) => catalog.clone(),
            _ => {
                self.document.note(Defect::new("root_missing", "the document has no catalog"));
                Dictionary::new()
            }
        }
    }

    /// Decoded data of a stream.
    pub fn decode(&self, stream: &Stream) -> Result<Vec<u8>, Defect> {
        self.document.decode_at(self.revision, stream)
    }

    /// Encoded data of a stream, as they stand in the file.
    pub fn raw(&self, stream: &Stream) -> Result<Vec<u8>, Defect> {
        self.document.bytes(stream.data.clone())
    }

    /// Where an object's text lies.
    pub fn place(&self, number: u32) -> Result<Option<Place>, Defect> {
        self.document.place(self.revision, number)
    }
}
