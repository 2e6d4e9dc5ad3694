//! Signature dictionaries: what they say, where they lie, and what they cover.

use pdf::{Defect, Dictionary, Limits, Object, ObjectId, Place, Source, View, text_of};

use crate::{SignatureFacts, SignatureKind, byte_range, field, field::Field, lock, time};

/// Digest over the ranges of `byte_range` (checked to be `[0 a b c]` inside the file). Streams;
/// constant memory.
pub fn digest(
    source: &dyn Source,
    byte_range: &[i64],
    algorithm: pki::DigestAlgorithm,
) -> Result<Vec<u8>, Defect> {
    let ranges = byte_range::Ranges::of(byte_range, source.len())?;
    let mut digester = pki::Digester::new(algorithm);
    for (from, to) in [(0, ranges.before), (ranges.after, ranges.end)] {
        pdf::for_each_chunk(source, from, to, |piece| digester.update(piece))
            .map_err(|error| Defect::new("source", error.to_string()))?;
    }
    Ok(digester.finish())
}

/// A signature dictionary where it was found.
pub(crate) struct Found<'f> {
    /// The field, or none where only /Perms names it.
    pub(crate) field: Option<&'f Field>,
    pub(crate) name: String,
    /// The value as written: a reference or the dictionary itself.
    pub(crate) value: Object,
    /// Whether the form leads to it.
    pub(crate) listed: bool,
}

/// Where the `<<` of a signature dictionary lies in the file.
fn dictionary_offset(view: View<'_>, found: &Found<'_>) -> Result<u64, Defect> {
    let not_in_file =
        || Defect::new("contents_not_in_file", "the signature dictionary is not text in the file");
    let document = view.document;
    let offset_of = |id: ObjectId| match view.place(id.number)? {
        Some(Place::Offset(offset)) => document.value_offset(offset),
        _ => Err(not_in_file()),
    };
    if let Object::Reference(id) = found.value {
        return offset_of(id);
    }
    let field = found.field.and_then(|field| field.id).ok_or_else(not_in_file)?;
    let spans = document.value_spans(offset_of(field)?)?;
    let own = spans.iter().find(|(key, _)| key == b"V");
    own.map(|(_, span)| span.start).ok_or_else(not_in_file)
}

/// Everything one signature says. Never fails: what is wrong is named in it.
pub(crate) fn read(view: View<'_>, found: &Found<'_>, limits: &Limits) -> SignatureFacts {
    let mut facts = blank(found);
    let value = view.follow(&found.value);
    let Some(dictionary) = value.as_dictionary() else {
        facts
            .defects
            .push(Defect::new("value_not_dictionary", "the field's value is no dictionary"));
        return facts;
    };
    say(view, dictionary, &mut facts);
    byte_range::cover(view, dictionary, dictionary_offset(view, found), limits, &mut facts);
    if found.field.is_none() {
        facts.defects.push(Defect::new("not_in_a_field", "no signature field holds the signature"));
    } else if !found.listed {
        facts.defects.push(Defect::new("not_in_the_form", "the form does not list the field"));
    } else if found.field.is_some_and(|field| !field.is_signature()) {
        facts.defects.push(Defect::new("field_type_wrong", "the field is no signature field"));
    }
    let signed = match facts.revision {
        Some(revision) => view.document.view(revision),
        None => view,
    };
    if facts.revision.is_some() {
        facts.defects.extend(live_when_signed(view, signed, found));
    }
    let as_signed = signed.follow(&found.value);
    let as_signed = as_signed.as_dictionary().unwrap_or(dictionary);
    facts.certification = lock::certification(signed, as_signed);
    facts.field_lock = lock::field_lock(signed, as_signed);
    if let Some(field) = found.field {
        let object = field.id.map(|id| signed.resolve(id)).filter(|object| !object.is_null());
        let object = object.unwrap_or_else(|| field.object.clone());
        let of_field = object.as_dictionary().and_then(|field| lock::of_field(signed, field));
        facts.field_lock = match (facts.field_lock.take(), of_field) {
            // FieldMDP does not repeat the permission of /Lock.
            (Some(mut lock), Some(of_field)) => {
                lock.permission = lock.permission.or(of_field.permission);
                Some(lock)
            }
            (lock, of_field) => lock.or(of_field),
        };
        facts.widget = field.widgets.first().and_then(|(id, object)| {
            let as_signed = id.map(|id| signed.resolve(id)).filter(|object| !object.is_null());
            let widget = as_signed.unwrap_or_else(|| object.clone());
            field::widget(signed, *id, widget.as_dictionary()?)
        });
    }
    facts
}

fn blank(found: &Found<'_>) -> SignatureFacts {
    SignatureFacts {
        field: found.name.clone(),
        field_object: found.field.and_then(|field| field.id),
        kind: SignatureKind::Signature,
        sub_filter: String::new(),
        byte_range: vec![],
        defects: vec![],
        contents: vec![],
        revision: None,
        covers_whole_file: false,
        claimed_time: None,
        claimed_time_raw: None,
        name: None,
        reason: None,
        location: None,
        certification: None,
        field_lock: None,
        widget: None,
    }
}

/// What it says in words and names.
fn say(view: View<'_>, dictionary: &Dictionary, facts: &mut SignatureFacts) {
    let name = |key| {
        let value = view.get(dictionary, key);
        value.as_name().map(|name| String::from_utf8_lossy(name).into_owned())
    };
    let text = |key| view.get(dictionary, key).as_string().map(text_of);
    facts.sub_filter = name("SubFilter").unwrap_or_default();
    let is_timestamp =
        name("Type").as_deref() == Some("DocTimeStamp") || facts.sub_filter == "ETSI.RFC3161";
    if is_timestamp {
        facts.kind = SignatureKind::DocumentTimestamp;
    }
    facts.claimed_time_raw = text("M");
    facts.claimed_time = facts.claimed_time_raw.as_deref().and_then(time::read);
    facts.name = text("Name");
    facts.reason = text("Reason");
    facts.location = text("Location");
}

/// The same dictionary, in the same field, was there when the covered bytes ended: a signature that
/// a later revision put into place is not what its signer saw.
fn live_when_signed(now: View<'_>, signed: View<'_>, found: &Found<'_>) -> Option<Defect> {
    let same_place = |id: ObjectId| matches!((now.place(id.number), signed.place(id.number)), (Ok(a), Ok(b)) if a == b);
    let missing = |what: &str| Some(Defect::new("not_live_when_signed", what));
    let field = found.field.and_then(|field| field.id);
    match &found.value {
        Object::Reference(id) if !same_place(*id) => {
            return missing("its dictionary came by a later revision");
        }
        Object::Reference(_) => {}
        _ if field.is_some_and(|id| !same_place(id)) => {
            return missing("its field came by a later revision");
        }
        _ => return None,
    }
    let field = signed.resolve(field?);
    let own = field.as_dictionary().and_then(|field| field.get("V"));
    let inherited =
        own.is_none() && field.as_dictionary().is_some_and(|f| f.get("Parent").is_some());
    if own != Some(&found.value) && !inherited {
        return missing("its field held something else when it was signed");
    }
    None
}
