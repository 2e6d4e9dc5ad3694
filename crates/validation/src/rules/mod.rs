//! What the file as a whole must satisfy, and what may have been changed after each signature: an allow-list
//! that starts from nothing.

pub(crate) mod changes;
pub(crate) mod docmdp;
pub(crate) mod overlap;
pub(crate) mod structure;

use pades::Defect;

/// "code: detail (object 12 0, byte 345); …", for the detail of a check; a handful says enough.
pub(crate) fn describe<'a>(defects: impl IntoIterator<Item = &'a &'a Defect>) -> String {
    let all: Vec<_> = defects.into_iter().take(8).map(|defect| one(defect)).collect();
    all.join("; ")
}

pub(crate) fn one(defect: &Defect) -> String {
    let mut text = format!("{}: {}", defect.code, defect.detail);
    if let Some(object) = defect.object {
        text += &format!(", {} {} obj", object.number, object.generation);
    }
    if let Some(offset) = defect.offset {
        text += &format!(", byte {offset}");
    }
    text
}
