//! What a signature permits later: DocMDP and FieldMDP in its /Reference, /Lock of its field
//! (ISO 32000-2, 12.8.2.2, 12.8.2.4, 12.7.5.5).

use pdf::{Dictionary, Object, View, text_of};

use crate::FieldLock;

/// More references than any signature has.
const MAX_REFERENCES: usize = 16;
const MAX_NAMES: usize = 10_000;

/// DocMDP /P of a signature dictionary, 2 by default; a P that is none of 1 to 3 counts as 1.
pub(crate) fn certification(view: View<'_>, signature: &Dictionary) -> Option<u8> {
    let parameters = transform(view, signature, "DocMDP")?;
    let permission = view.get(&parameters, "P");
    Some(match &*permission {
        Object::Null => 2,
        Object::Integer(p @ 1..=3) => *p as u8,
        _ => 1,
    })
}

/// FieldMDP of a signature dictionary.
pub(crate) fn field_lock(view: View<'_>, signature: &Dictionary) -> Option<FieldLock> {
    transform(view, signature, "FieldMDP").map(|parameters| lock(view, &parameters))
}

/// /Lock of a signature field.
pub(crate) fn of_field(view: View<'_>, field: &Dictionary) -> Option<FieldLock> {
    let found = view.get(field, "Lock");
    found.as_dictionary().map(|found| lock(view, found))
}

fn lock(view: View<'_>, parameters: &Dictionary) -> FieldLock {
    let action = view.get(parameters, "Action");
    let fields = view.get(parameters, "Fields");
    let fields = fields.as_array().unwrap_or_default().iter().take(MAX_NAMES);
    FieldLock {
        action: String::from_utf8_lossy(action.as_name().unwrap_or_default()).into_owned(),
        fields: fields.filter_map(|name| view.follow(name).as_string().map(text_of)).collect(),
        permission: view.get(parameters, "P").as_integer().and_then(|p| u8::try_from(p).ok()),
    }
}

/// Parameters of the first transform of this method.
fn transform(view: View<'_>, signature: &Dictionary, method: &str) -> Option<Dictionary> {
    let references = view.get(signature, "Reference");
    let references = references.as_array()?.iter().take(MAX_REFERENCES);
    for reference in references {
        let reference = view.follow(reference);
        let Some(reference) = reference.as_dictionary() else { continue };
        if view.get(reference, "TransformMethod").as_name() == Some(method.as_bytes()) {
            let parameters = view.get(reference, "TransformParams");
            return Some(parameters.as_dictionary().cloned().unwrap_or_default());
        }
    }
    None
}
