//! An update with a hole: everything of a signature but /Contents (ISO 32000-2, 12.8).

use jiff::Timestamp;
use pdf::{
    Append, Dictionary, Document, FileHash, Limits, Object, ObjectId, Source, Update, text_string,
};
use serde::{Deserialize, Serialize};

use crate::{
    FieldLock, Prepared, SignatureKind, edits::Edits, field::Field, lock, outline::numbers,
    page_tree, place, state, state::State, time,
};

/// Where and what to sign. Callers speak mm as the reader sees the page (rotation, CropBox and
/// UserUnit are resolved here).
#[derive(Clone, Debug)]
pub struct NewSignature<'a> {
    /// Existing empty field to fill, or the name of a new one; None = first free `Signature{n}`.
    pub field: Option<&'a str>,
    /// Signature or document timestamp.
    pub kind: SignatureKind,
    /// `ETSI.CAdES.detached` or `ETSI.RFC3161`.
    pub sub_filter: &'a str,
    /// /M, written in the time of Viet Nam.
    pub claimed_time: Option<Timestamp>,
    /// /Name
    pub name: Option<&'a str>,
    /// /Reason
    pub reason: Option<&'a str>,
    /// /Location
    pub location: Option<&'a str>,
    /// DocMDP P=1..3 for a certifying first signature.
    pub certify: Option<u8>,
    /// Visible place and appearance; None = invisible (Rect 0 0 0 0 without ink). An existing field
    /// with an area keeps its place: the form is fitted into it.
    pub appearance: Option<Placed>,
    /// Room for the DER in /Contents, bytes (hex doubles it).
    pub contents_bytes: usize,
}

/// An appearance at a place: zero-based page, box in mm from the lower left as the reader sees the
/// page.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Zero-based page.
    pub page: u32,
    /// Left edge.
    pub x_mm: f64,
    /// Lower edge.
    pub y_mm: f64,
    /// Width.
    pub width_mm: f64,
    /// Height.
    pub height_mm: f64,
    /// What is shown there.
    pub form: Form,
}

/// Form XObject and its resources as object bodies. Index 0 is the form. (Same shape as
/// stamp::Appearance so that `signing` converts without copying meaning.)
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Width as the reader sees it.
    pub width_mm: f64,
    /// Height as the reader sees it.
    pub height_mm: f64,
    /// The form, then its resources.
    pub objects: Vec<FormObject>,
}

/// Bytes with holes for local object references: pieces joined by "N 0 R" of the local index that
/// follows each piece.
#[derive(Clone, Debug, PartialEq)]
pub struct FormObject {
    /// Bytes, and the local object referred to after them.
    pub pieces: Vec<(Vec<u8>, Option<usize>)>,
}

/// Why a document cannot be signed as asked; nothing was changed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Serialize, Deserialize)]
pub enum PrepareRefusal {
    /// No PDF at all.
    #[error("not a PDF: {0}")]
    NotAPdf(String),
    /// A PDF that cannot be appended to as it is.
    #[error("the file needs repair: {0}")]
    NeedsRepair(String),
    /// Encrypted.
    #[error("the file is encrypted")]
    Encrypted,
    /// Zero-based.
    #[error("no page {0}")]
    NoSuchPage(u32),
    /// It is signed.
    #[error("field {0} does not exist as an empty signature field")]
    FieldNotEmpty(String),
    /// It is no signature field, or it is to be created and exists.
    #[error("field {0} exists already")]
    FieldExists(String),
    /// DocMDP or a lock says no.
    #[error("the certification of this file permits no such change: {0}")]
    CertificationForbids(String),
    /// Other validators would call the certification broken.
    #[error("after a certifying signature a new visible field is refused; create the fields first")]
    NewVisibleFieldAfterCertification,
    /// The box is not on the page.
    #[error("the box lies outside the page")]
    OutsidePage,
    /// ISO 32000-2, 12.8.2.2.1.
    #[error("only the first signature can certify")]
    CertifyNotFirst,
    /// In words.
    #[error("{0}")]
    Other(String),
}

/// Print and Locked: what a signature widget has in PDF/A and in practice.
const FLAGS: i64 = 4 | 128;
/// A form XObject that shows nothing.
const NOTHING: &[u8] =
    b"<</Type/XObject/Subtype/Form/BBox[0 0 0 0]/Resources<<>>/Length 0>>\nstream\n\nendstream";
/// Digits kept for /ByteRange: four numbers of a file of any size.
const BYTE_RANGE_ROOM: usize = 64;

/// Appends field (if new), widget, appearance, signature dictionary with a hole. `base_hash` is the
/// SHA-256 of the base.
pub fn prepare(
    base: &dyn Source,
    base_hash: FileHash,
    what: &NewSignature<'_>,
    limits: &Limits,
) -> Result<Prepared, PrepareRefusal> {
    let document = state::open(base, limits)?;
    let state = State::of(&document, limits)?;
    let field = permit(&state, what)?;
    let mut append = begin(&document)?;
    let mut edits = Edits::new(state.view);
    let signature_id = append.allocate();
    let value = Object::Reference(signature_id);
    let (name, lock) = match field {
        Some(field) => {
            fill(&state, &mut edits, &mut append, field, value, what.appearance.as_ref())?;
            let lock = field.dictionary().and_then(|field| lock::of_field(state.view, field));
            (field.name.clone(), lock)
        }
        None => {
            let name = what.field.map_or_else(|| state.free_name(), str::to_owned);
            let value = Some(value);
            let appearance = what.appearance.as_ref();
            let field = create(&state, &mut edits, &mut append, &name, value, appearance)?;
            enlist(&state, &mut edits, &mut append, &[field], 3)?;
            (name, None)
        }
    };
    if field.is_some() {
        raise_flags(&state, &mut edits, 3)?;
    }
    if what.certify.is_some() {
        let permissions = state.view.get(&state.catalog, "Perms");
        let permissions = permissions.as_dictionary().cloned().unwrap_or_default();
        let permissions = permissions.with("DocMDP", Object::Reference(signature_id));
        edits.set(state.root, "Perms", Object::Dictionary(permissions))?;
    }
    edits.write(&mut append);
    let signature = signature(what, lock.as_ref(), state.root);
    let body_at = append.raw(signature_id, &signature.bytes);
    let hole_at = body_at + signature.hole_at;
    append.hole(hole_at..hole_at + 2 * what.contents_bytes + 2);
    let tail = append.finish(&[], &base_hash.0);
    let update = Update { base: base_hash, base_len: base.len(), tail };
    let at = |offset: usize| body_at + offset;
    Ok(Prepared::with_hole(
        update,
        name,
        at(signature.byte_range_at)..at(signature.byte_range_at) + BYTE_RANGE_ROOM,
        hole_at,
        what.contents_bytes,
    ))
}

/// New empty signature fields (with appearance streams where visible), for `antin fields` and
/// before a certifying signature.
pub fn add_fields(
    base: &dyn Source,
    base_hash: FileHash,
    fields: &[(&str, Option<Placed>)],
    limits: &Limits,
) -> Result<Update, PrepareRefusal> {
    let document = state::open(base, limits)?;
    let state = State::of(&document, limits)?;
    if state.permission == Some(1) {
        return Err(PrepareRefusal::CertificationForbids("no changes at all".into()));
    }
    let mut append = begin(&document)?;
    let mut edits = Edits::new(state.view);
    let mut created = vec![];
    for (index, (name, placed)) in fields.iter().enumerate() {
        check_new_name(&state, name)?;
        if fields.iter().take(index).any(|(earlier, _)| earlier == name) {
            return Err(PrepareRefusal::FieldExists((*name).to_owned()));
        }
        if placed.is_some() && state.certification.is_some() {
            return Err(PrepareRefusal::NewVisibleFieldAfterCertification);
        }
        created.push(create(&state, &mut edits, &mut append, name, None, placed.as_ref())?);
    }
    if created.is_empty() {
        return Err(PrepareRefusal::Other("no fields are asked for".into()));
    }
    enlist(&state, &mut edits, &mut append, &created, 1)?;
    edits.write(&mut append);
    let tail = append.finish(&[], &base_hash.0);
    Ok(Update { base: base_hash, base_len: base.len(), tail })
}

fn begin<'d>(document: &'d Document<'d>) -> Result<Append<'d>, PrepareRefusal> {
    Append::new(document).map_err(|defect| PrepareRefusal::NeedsRepair(defect.detail))
}

/// What earlier signatures permit. Gives the existing field that is to be filled.
fn permit<'s>(
    state: &'s State<'_>,
    what: &NewSignature<'_>,
) -> Result<Option<&'s Field>, PrepareRefusal> {
    if what.certify.is_some_and(|p| !(1..=3).contains(&p)) {
        return Err(PrepareRefusal::Other("a certification permits 1, 2 or 3".into()));
    }
    if what.certify.is_some() && (state.is_signed() || state.certification.is_some()) {
        return Err(PrepareRefusal::CertifyNotFirst);
    }
    // Document timestamps stay permitted (ISO 32000-2, 12.8.2.2.2, table 257, P = 1).
    if state.permission == Some(1) && what.kind == SignatureKind::Signature {
        return Err(PrepareRefusal::CertificationForbids("no changes at all".into()));
    }
    let existing = what.field.and_then(|name| state.field(name));
    let Some(field) = existing else {
        if let Some(name) = what.field {
            check_new_name(state, name)?;
        }
        if what.appearance.is_some() && state.certification.is_some() {
            return Err(PrepareRefusal::NewVisibleFieldAfterCertification);
        }
        return Ok(None);
    };
    if !field.is_signature() {
        return Err(PrepareRefusal::FieldExists(field.name.clone()));
    }
    if !field.is_empty(state.view) {
        return Err(PrepareRefusal::FieldNotEmpty(field.name.clone()));
    }
    if let Some((by, _)) = state.locks.iter().find(|(_, lock)| lock.locks(&field.name)) {
        let detail = format!("field {} is locked by the signature in {by}", field.name);
        return Err(PrepareRefusal::CertificationForbids(detail));
    }
    Ok(Some(field))
}

fn check_new_name(state: &State<'_>, name: &str) -> Result<(), PrepareRefusal> {
    if name.is_empty() || name.contains('.') {
        let detail = "a new field's name is not empty and has no full stop (ISO 32000-2, 12.7.4.2)";
        return Err(PrepareRefusal::Other(detail.into()));
    }
    let inner = |field: &Field| field.name.split('.').next() == Some(name);
    if state.fields.iter().any(inner) {
        return Err(PrepareRefusal::FieldExists(name.to_owned()));
    }
    Ok(())
}

/// A new field, one with its widget, listed on its page.
fn create(
    state: &State<'_>,
    edits: &mut Edits<'_>,
    append: &mut Append<'_>,
    name: &str,
    value: Option<Object>,
    placed: Option<&Placed>,
) -> Result<ObjectId, PrepareRefusal> {
    let number = placed.map_or(0, |placed| placed.page);
    let page = page_tree::page(state.view, &state.catalog, number);
    let page = page.ok_or(PrepareRefusal::NoSuchPage(number))?;
    let id = append.allocate();
    let mut field = Dictionary::new()
        .with("Type", Object::name("Annot"))
        .with("Subtype", Object::name("Widget"))
        .with("FT", Object::name("Sig"))
        .with("T", text_string(name))
        .with("F", Object::Integer(FLAGS))
        .with("P", Object::Reference(page.id));
    if let Some(value) = value {
        field.set("V", value);
    }
    match placed {
        None => {
            field.set("Rect", numbers([0.0; 4]));
            // PDF/A-1 wants an appearance even where there is nothing to see (6.9).
            let form = append.allocate();
            append.raw(form, NOTHING);
            field.set("AP", appearance(form));
        }
        Some(placed) => {
            let rect = place::rect(
                &page.geometry,
                placed.x_mm,
                placed.y_mm,
                placed.width_mm,
                placed.height_mm,
            );
            field.set("Rect", numbers(rect.ok_or(PrepareRefusal::OutsidePage)?));
            let form = write_form(append, &placed.form, page.geometry.rotate)?;
            field.set("AP", appearance(form));
        }
    }
    append.object(id, &Object::Dictionary(field));
    edits.push(page.id, "Annots", Object::Reference(id))?;
    Ok(id)
}

fn appearance(form: ObjectId) -> Object {
    Object::Dictionary(Dictionary::new().with("N", Object::Reference(form)))
}

/// Gives an empty field its value, and its widget the appearance if one is wanted.
fn fill(
    state: &State<'_>,
    edits: &mut Edits<'_>,
    append: &mut Append<'_>,
    field: &Field,
    value: Object,
    placed: Option<&Placed>,
) -> Result<(), PrepareRefusal> {
    let direct = || PrepareRefusal::Other("the field is no object of its own".into());
    let id = field.id.ok_or_else(direct)?;
    edits.set(id, "V", value)?;
    let Some(placed) = placed else { return Ok(()) };
    let widget_id = match field.widgets.first() {
        Some((Some(id), _)) => *id,
        _ => return Err(PrepareRefusal::Other("the field has no widget to show it in".into())),
    };
    let facts = field.widget(state.view);
    let has_area = facts.as_ref().is_some_and(|facts| {
        let [x0, y0, x1, y1] = facts.rect;
        x0 < x1 && y0 < y1
    });
    if !has_area {
        let detail = "the field has no area; an appearance needs a visible field";
        return Err(PrepareRefusal::Other(detail.into()));
    }
    let number = facts.and_then(|facts| facts.page).unwrap_or(placed.page);
    let page = page_tree::page(state.view, &state.catalog, number);
    let page = page.ok_or(PrepareRefusal::NoSuchPage(number))?;
    let form = write_form(append, &placed.form, page.geometry.rotate)?;
    edits.set(widget_id, "AP", appearance(form))?;
    // A state would choose among appearances that are gone.
    edits.dictionary(widget_id)?.remove("AS");
    Ok(())
}

/// Enters new fields into the form, which is made if there is none.
fn enlist(
    state: &State<'_>,
    edits: &mut Edits<'_>,
    append: &mut Append<'_>,
    fields: &[ObjectId],
    signature_flags: i64,
) -> Result<(), PrepareRefusal> {
    let references = || fields.iter().copied().map(Object::Reference);
    let form = state.view.get(&state.catalog, "AcroForm");
    let Some(form) = form.as_dictionary() else {
        let id = append.allocate();
        let form = Dictionary::new()
            .with("Fields", Object::Array(references().collect()))
            .with("SigFlags", Object::Integer(signature_flags));
        append.object(id, &Object::Dictionary(form));
        return edits.set(state.root, "AcroForm", Object::Reference(id));
    };
    match state.catalog.get("AcroForm").and_then(Object::as_reference) {
        Some(id) => {
            for reference in references() {
                edits.push(id, "Fields", reference)?;
            }
        }
        None => {
            let listed = state.view.get(form, "Fields");
            let listed = listed.as_array().unwrap_or_default().iter().cloned();
            let all = Object::Array(listed.chain(references()).collect());
            match form.get("Fields").and_then(Object::as_reference) {
                Some(id) if matches!(&*state.view.resolve(id), Object::Array(_)) => {
                    edits.array(id)?.extend(references());
                }
                _ => {
                    let form = form.clone().with("Fields", all);
                    edits.set(state.root, "AcroForm", Object::Dictionary(form))?;
                }
            }
        }
    }
    raise_flags(state, edits, signature_flags)
}

/// /SigFlags (ISO 32000-2, table 225): 1 signatures exist, 2 append only.
fn raise_flags(
    state: &State<'_>,
    edits: &mut Edits<'_>,
    wanted: i64,
) -> Result<(), PrepareRefusal> {
    let form = state.view.get(&state.catalog, "AcroForm");
    let Some(form) = form.as_dictionary() else { return Ok(()) };
    let flags = state.view.get(form, "SigFlags").as_integer().unwrap_or(0);
    if flags & wanted == wanted {
        return Ok(());
    }
    let flags = Object::Integer(flags | wanted);
    match state.catalog.get("AcroForm").and_then(Object::as_reference) {
        Some(id) => edits.set(id, "SigFlags", flags),
        None => match edits.dictionary(state.root)?.get("AcroForm").cloned() {
            Some(Object::Dictionary(form)) => {
                let form = form.with("SigFlags", flags);
                edits.set(state.root, "AcroForm", Object::Dictionary(form))
            }
            _ => Ok(()),
        },
    }
}

/// Writes form and resources; gives the form's id.
fn write_form(
    append: &mut Append<'_>,
    form: &Form,
    rotate: i64,
) -> Result<ObjectId, PrepareRefusal> {
    let ids: Vec<ObjectId> = form.objects.iter().map(|_| append.allocate()).collect();
    let first = ids.first().copied();
    let first = first.ok_or_else(|| PrepareRefusal::Other("the appearance is empty".into()))?;
    for (index, (object, id)) in form.objects.iter().zip(&ids).enumerate() {
        let mut body = vec![];
        for (bytes, local) in &object.pieces {
            body.extend_from_slice(bytes);
            let Some(local) = local else { continue };
            match ids.get(*local) {
                Some(id) => body.extend_from_slice(id.to_string().as_bytes()),
                None => body.extend_from_slice(b"null"),
            }
        }
        if index == 0 && rotate != 0 {
            turn(&mut body, place::matrix(rotate));
        }
        append.raw(*id, &body);
    }
    Ok(first)
}

/// Sets /Matrix of a form so that it stands upright on a turned page.
fn turn(body: &mut Vec<u8>, matrix: &str) {
    let key = b"/Matrix";
    let head = body.windows(6).position(|window| window == b"stream").unwrap_or(body.len());
    let at = body.windows(key.len()).take(head).position(|window| window == key);
    let (from, to) = match at {
        Some(at) => {
            let rest = body.get(at..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b']').map_or(0, |end| end + 1);
            (at, at + end)
        }
        // Behind the `<<` it begins with.
        None => (2, 2),
    };
    if to <= body.len() {
        body.splice(from..to, format!("/Matrix{matrix}").into_bytes());
    }
}

/// A signature dictionary as text, with the places that are filled later.
struct SignatureText {
    bytes: Vec<u8>,
    byte_range_at: usize,
    /// The `<` of /Contents.
    hole_at: usize,
}

fn signature(what: &NewSignature<'_>, lock: Option<&FieldLock>, root: ObjectId) -> SignatureText {
    let kind = match what.kind {
        SignatureKind::Signature => "Sig",
        SignatureKind::DocumentTimestamp => "DocTimeStamp",
    };
    let mut head = Dictionary::new()
        .with("Type", Object::name(kind))
        .with("Filter", Object::name("Adobe.PPKLite"))
        .with("SubFilter", Object::name(what.sub_filter));
    let date = what.claimed_time.map(time::pdf_date);
    let texts = [
        ("M", date.as_deref()),
        ("Name", what.name),
        ("Reason", what.reason),
        ("Location", what.location),
    ];
    for (key, text) in texts {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            head.set(key, text_string(text));
        }
    }
    let references = references(what, lock, root);
    if !references.is_empty() {
        head.set("Reference", Object::Array(references));
    }
    let mut bytes = vec![];
    head.write(&mut bytes);
    bytes.truncate(bytes.len() - 2); // the dictionary goes on
    bytes.extend_from_slice(b"/ByteRange ");
    let byte_range_at = bytes.len();
    bytes.resize(bytes.len() + BYTE_RANGE_ROOM, b' ');
    bytes.extend_from_slice(b"/Contents ");
    let hole_at = bytes.len();
    bytes.push(b'<');
    bytes.resize(bytes.len() + 2 * what.contents_bytes, b'0');
    bytes.extend_from_slice(b">>>");
    SignatureText { bytes, byte_range_at, hole_at }
}

/// Signature references (ISO 32000-2, table 256): DocMDP when certifying, FieldMDP for a lock.
fn references(what: &NewSignature<'_>, lock: Option<&FieldLock>, root: ObjectId) -> Vec<Object> {
    let parameters = || {
        let parameters = Dictionary::new().with("Type", Object::name("TransformParams"));
        parameters.with("V", Object::name("1.2"))
    };
    let reference = |method: &str, parameters: Dictionary| {
        Dictionary::new()
            .with("Type", Object::name("SigRef"))
            .with("TransformMethod", Object::name(method))
            .with("TransformParams", Object::Dictionary(parameters))
    };
    let certify = what.certify.map(|p| {
        let parameters = parameters().with("P", Object::Integer(i64::from(p)));
        Object::Dictionary(reference("DocMDP", parameters))
    });
    let lock = lock.map(|lock| {
        let mut parameters = parameters().with("Action", Object::name(&lock.action));
        if lock.action != "All" {
            let names = lock.fields.iter().map(|name| text_string(name)).collect();
            parameters.set("Fields", Object::Array(names));
        }
        let reference = reference("FieldMDP", parameters);
        Object::Dictionary(reference.with("Data", Object::Reference(root)))
    });
    certify.into_iter().chain(lock).collect()
}
