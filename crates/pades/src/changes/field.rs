//! Signature fields: new, filled, or changed; form fields that were filled.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use pdf::{Dictionary, Object, ObjectId};

use super::{Judge, Touch, evidence::only};
use crate::{ChangeKind, SignatureKind};

/// Depth of a field tree.
const MAX_DEPTH: u32 = 32;
/// Fields of a form.
const MAX_FIELDS: usize = 20_000;
/// A merged field and widget may have these and nothing else: no action, no optional content.
const FIELD_KEYS: &[&str] = &[
    "Type",
    "Subtype",
    "FT",
    "T",
    "TU",
    "TM",
    "V",
    "DV",
    "Ff",
    "F",
    "Rect",
    "P",
    "AP",
    "AS",
    "Parent",
    "Kids",
    "DA",
    "DR",
    "MK",
    "BS",
    "Border",
    "Lock",
    "SV",
    "NM",
    "M",
    "StructParent",
    "Q",
    "C",
    "H",
];
/// Print and Locked, LockedContents: flags that a signer may add.
const SIGNER_FLAGS: i64 = 4 | 128 | 512;

/// NoZoom and NoRotate: the appearance does not stay where /Rect says (ISO 32000-2, 12.5.3).
const FLOATING: i64 = 8 | 16;

/// A widget of a new signature field.
pub(super) struct NewWidget {
    pub(super) id: ObjectId,
    pub(super) field: String,
    pub(super) rect: [f64; 4],
    pub(super) visible: bool,
    /// Its /P.
    pub(super) names_page: Option<ObjectId>,
    /// Page, from 0 with its object number, that lists it.
    pub(super) listed: Option<(u32, u32)>,
}

/// The fields of the form as it was.
#[derive(Default)]
pub(super) struct KnownFields {
    by_number: HashMap<u32, Known>,
    names: HashSet<String>,
}

/// A field of the form as it was.
struct Known {
    id: ObjectId,
    name: String,
    signature: bool,
    read_only: bool,
    /// A widget of the field of this number, not a field itself.
    widget_of: Option<u32>,
}

impl Judge<'_> {
    /// A new field, which must be a signature field; `depth` counts the fields above it.
    pub(super) fn new_field(&mut self, id: ObjectId, parent: Option<(ObjectId, &str)>, depth: u32) {
        let object = self.after().resolve(id);
        let Object::Dictionary(field) = &*object else {
            return self.other("a new form field is no dictionary", Some(id));
        };
        let own = self.after().get(field, "T").as_string().map(pdf::text_of).unwrap_or_default();
        let name = match parent {
            Some((_, above)) => format!("{above}.{own}"),
            None => own,
        };
        let type_name = self.after().get(field, "FT");
        let is_signature = match type_name.as_name() {
            Some(kind) => kind == b"Sig",
            // A new parent whose kids say what they are.
            None => field.get("V").is_none() && field.get("Kids").is_some(),
        };
        if !is_signature {
            return self.other(format!("a form field was added: {name}"), Some(id));
        }
        // Rules speak of fields by name: a second bearer would borrow the first one's verdict.
        if self.known_fields().names.contains(&name) {
            return self.other(format!("a second field is called {name}"), Some(id));
        }
        if let Some(key) = stranger(field, FIELD_KEYS) {
            return self.other(format!("the new signature field {name} has /{key}"), Some(id));
        }
        if field.get("Parent").and_then(Object::as_reference) != parent.map(|(id, _)| id) {
            return self
                .other(format!("the new signature field {name} names another parent"), Some(id));
        }
        let mut visible = self.widget(id, field, &name);
        let mut fields_below = false;
        let kids = self.after().get(field, "Kids");
        for kid in kids.as_array().unwrap_or_default() {
            let Some(kid) = kid.as_reference().filter(|kid| self.is_new(kid.number)) else {
                self.other(
                    format!("an object that was there before became part of the field {name}"),
                    Some(id),
                );
                continue;
            };
            let object = self.after().resolve(kid);
            let Some(dictionary) = object.as_dictionary() else { continue };
            if dictionary.get("T").is_some() {
                fields_below = true;
                if depth < MAX_DEPTH {
                    self.new_field(kid, Some((id, &name)), depth + 1);
                } else {
                    self.other("fields are nested too deep", Some(kid));
                }
                continue;
            }
            match stranger(dictionary, FIELD_KEYS) {
                Some(key) => self.other(
                    format!("a widget of the new signature field {name} has /{key}"),
                    Some(kid),
                ),
                None => visible |= self.widget(kid, dictionary, &name),
            }
        }
        if field.get("V").is_some() {
            let kind = |field| ChangeKind::SignatureField { field };
            self.signed(id, name, kind, "a new signature field");
        } else if !fields_below {
            self.add(
                ChangeKind::EmptySignatureField { field: name, visible },
                Some(id),
                "a new empty signature field",
            );
        }
    }

    /// The value of a field must be the signature that ends this revision.
    fn signed(
        &mut self,
        id: ObjectId,
        name: String,
        kind: impl Fn(String) -> ChangeKind,
        detail: &str,
    ) {
        let found =
            self.signatures.iter().find(|s| s.field == name && s.revision == Some(self.revision));
        match found.map(|s| s.kind) {
            Some(SignatureKind::Signature) => self.add(kind(name), Some(id), detail),
            Some(SignatureKind::DocumentTimestamp) => {
                self.add(
                    ChangeKind::DocumentTimestamp { field: name },
                    Some(id),
                    "a document timestamp",
                );
            }
            None => self.other(
                format!("the field {name} got a value that does not sign this revision"),
                Some(id),
            ),
        }
    }

    /// Notes a new widget; says whether it paints.
    fn widget(&mut self, id: ObjectId, dictionary: &Dictionary, name: &str) -> bool {
        if !dictionary.is_name("Subtype", "Widget") {
            return false;
        }
        let rect = self.rect(id, dictionary, name);
        let appearance = self.after().get(dictionary, "AP");
        let visible = has_area(rect) && (!appearance.is_null() || dictionary.get("MK").is_some());
        self.appearance(id, &appearance, name);
        if visible {
            self.stays_in_place(id, dictionary, name);
        }
        self.widgets.insert(
            id.number,
            NewWidget {
                id,
                field: name.to_owned(),
                rect,
                visible,
                names_page: dictionary.get("P").and_then(Object::as_reference),
                listed: None,
            },
        );
        visible
    }

    /// New widgets after the pages are known.
    pub(super) fn new_widgets(&mut self) {
        let visible = self.widgets.values().any(|widget| widget.visible);
        if visible {
            self.pages_are_countable();
        }
        let mut widgets: Vec<NewWidget> = std::mem::take(&mut self.widgets).into_values().collect();
        widgets.sort_by_key(|w| w.id);
        for NewWidget { id, field, rect, visible, names_page, listed } in widgets {
            match listed {
                Some((_, number)) if names_page.is_some_and(|page| page.number != number) => {
                    self.other(
                        format!(
                            "the widget of {field} names another page than the one that lists it"
                        ),
                        Some(id),
                    );
                }
                Some((page, _)) if visible => {
                    let kind = ChangeKind::Painted { field, page, rect };
                    self.add(kind, Some(id), "the appearance of a new signature");
                }
                None if visible => {
                    self.other(
                        format!("the widget of {field} is visible but stands on no page"),
                        Some(id),
                    );
                }
                _ => {}
            }
        }
    }

    /// Fields of the earlier form whose objects were replaced.
    pub(super) fn changed_fields(&mut self) {
        let open: Vec<u32> = self.unjudged(Touch::Replaced);
        if open.is_empty() {
            return;
        }
        let known = self.known_fields();
        let known = &known.by_number;
        for number in open {
            let Some(field) = known.get(&number) else { continue };
            self.judged.insert(number);
            let (old, new) = (self.before().resolve(field.id), self.after().resolve(field.id));
            match (&*old, &*new) {
                (Object::Dictionary(old), Object::Dictionary(new)) => {
                    self.changed_field(field, known, old, new)
                }
                _ => self.other(
                    format!("the field {} is no dictionary any more", field.name),
                    Some(field.id),
                ),
            }
        }
    }

    pub(super) fn unjudged(&self, wanted: Touch) -> Vec<u32> {
        let touched =
            self.touched.iter().filter(|(n, touch)| **touch == wanted && !self.judged.contains(n));
        touched.map(|(number, _)| *number).collect()
    }

    /// Read once a revision: a stranger may add as many fields as the limits allow.
    fn known_fields(&self) -> Rc<KnownFields> {
        self.known_fields.get_or_init(|| Rc::new(self.read_known_fields())).clone()
    }

    fn read_known_fields(&self) -> KnownFields {
        let view = self.before();
        let mut all = KnownFields::default();
        let known = &mut all.by_number;
        let form = view.get(&view.catalog(), "AcroForm");
        let Some(form) = form.as_dictionary() else { return all };
        let fields = view.get(form, "Fields");
        let top =
            fields.as_array().unwrap_or_default().iter().rev().filter_map(Object::as_reference);
        // Field, the name above it, and what it inherits.
        let mut open: Vec<(ObjectId, Option<u32>, String, bool, bool, u32)> =
            top.map(|id| (id, None, String::new(), false, false, 0)).collect();
        while let Some((id, above, name, signature, read_only, depth)) = open.pop() {
            if depth > MAX_DEPTH || known.len() >= MAX_FIELDS || known.contains_key(&id.number) {
                continue;
            }
            let object = view.resolve(id);
            let Some(field) = object.as_dictionary() else { continue };
            let own = view.get(field, "T").as_string().map(pdf::text_of);
            let widget_of = above.filter(|_| own.is_none());
            let name = match own {
                Some(own) if above.is_some() => format!("{name}.{own}"),
                Some(own) => own,
                None => name,
            };
            let signature =
                view.get(field, "FT").as_name().map_or(signature, |kind| kind == b"Sig");
            let read_only =
                view.get(field, "Ff").as_integer().map_or(read_only, |flags| flags & 1 != 0);
            let kids = view.get(field, "Kids");
            for kid in
                kids.as_array().unwrap_or_default().iter().rev().filter_map(Object::as_reference)
            {
                open.push((kid, Some(id.number), name.clone(), signature, read_only, depth + 1));
            }
            known.insert(id.number, Known { id, name, signature, read_only, widget_of });
        }
        all.names = known.values().map(|field| field.name.clone()).collect();
        all
    }

    fn changed_field(
        &mut self,
        field: &Known,
        known: &HashMap<u32, Known>,
        old: &Dictionary,
        new: &Dictionary,
    ) {
        let mut differing = self.pair.differing(old, new);
        if differing.iter().any(|key| key == "Kids") && field.widget_of.is_none() {
            differing.retain(|key| key != "Kids");
            let (was, is) = (self.before().get(old, "Kids"), self.after().get(new, "Kids"));
            let (was, is) = (was.as_array().unwrap_or_default(), is.as_array().unwrap_or_default());
            self.grown_fields(was, is, field.id, Some((field.id, &field.name)));
        }
        if differing.is_empty() {
            return self.add(
                ChangeKind::Equal,
                Some(field.id),
                format!("the field {} was rewritten", field.name),
            );
        }
        if field.signature {
            self.changed_signature_field(field, known, old, new, &differing);
        } else {
            self.filled(field, old, new, &differing);
        }
    }

    fn changed_signature_field(
        &mut self,
        field: &Known,
        known: &HashMap<u32, Known>,
        old: &Dictionary,
        new: &Dictionary,
        differing: &[String],
    ) {
        let name = field.name.clone();
        let value_holder = field.widget_of.and_then(|number| known.get(&number));
        let holder_id = value_holder.map_or(field.id, |holder| holder.id);
        let had_value = match value_holder {
            Some(holder) => {
                let object = self.before().resolve(holder.id);
                object.as_dictionary().is_some_and(|d| !self.before().get(d, "V").is_null())
            }
            None => !self.before().get(old, "V").is_null(),
        };
        if had_value {
            let what = match (differing.iter().any(|key| key == "V"), new.get("V").is_none()) {
                (true, true) => "was removed".to_owned(),
                (true, false) => "was replaced".to_owned(),
                _ => format!("has a field that changed (/{})", differing.join(", /")),
            };
            return self.other(format!("the signature {name} {what}"), Some(field.id));
        }
        let fine = |key: &String| match key.as_str() {
            "V" => field.widget_of.is_none(),
            "AP" | "AS" | "M" | "MK" => true,
            "Type" | "P" | "DA" => old.get(key).is_none(),
            "F" => {
                let flags = |d: &Dictionary| d.get("F").and_then(Object::as_integer).unwrap_or(0);
                flags(new) & !SIGNER_FLAGS == flags(old) & !SIGNER_FLAGS
            }
            _ => false,
        };
        if let Some(key) = differing.iter().find(|key| !fine(key)) {
            return self.other(format!("signature field {name}: /{key} changed"), Some(field.id));
        }
        let signs_now = {
            let object = self.after().resolve(holder_id);
            object.as_dictionary().is_some_and(|d| !self.after().get(d, "V").is_null())
        };
        if !signs_now {
            return self.other(format!("the empty signature field {name} changed"), Some(field.id));
        }
        if field.widget_of.is_none() {
            let kind = |field| ChangeKind::SignatureValue { field };
            self.signed(field.id, name.clone(), kind, "an empty signature field was signed");
        }
        let appearance = self.after().get(new, "AP");
        self.appearance(field.id, &appearance, &name);
        let rect = self.rect(field.id, new, &name);
        if appearance.is_null() && new.get("MK").is_none() || !has_area(rect) {
            return;
        }
        self.stays_in_place(field.id, new, &name);
        self.pages_are_countable();
        let page = self.index.annotation_of(self.before(), field.id.number);
        let names_page =
            new.get("P").and_then(Object::as_reference).map(|page| self.index.page(page.number));
        match page {
            Some(page) if names_page.is_none_or(|named| named == Some(page)) => {
                self.add(
                    ChangeKind::Painted { field: name, page, rect },
                    Some(field.id),
                    "the appearance of a signature",
                );
            }
            Some(_) => self.other(
                format!("the widget of {name} names another page than the one that lists it"),
                Some(field.id),
            ),
            None => self.other(
                format!("the widget of {name} is visible but stands on no page"),
                Some(field.id),
            ),
        }
    }

    /// Form fill: value and appearance, nothing else (rule 6).
    fn filled(&mut self, field: &Known, old: &Dictionary, new: &Dictionary, differing: &[String]) {
        let name = field.name.clone();
        if let Some(key) =
            differing.iter().find(|key| !matches!(key.as_str(), "V" | "AP" | "AS" | "M"))
        {
            return self.other(format!("form field {name}: /{key} changed"), Some(field.id));
        }
        if field.read_only {
            return self.other(format!("the read-only form field {name} changed"), Some(field.id));
        }
        let appearance = self.after().get(new, "AP");
        if !self.pair.same(&self.before().get(old, "AP"), &appearance) {
            self.appearance(field.id, &appearance, &name);
        }
        self.add(
            ChangeKind::FormFill { field: name },
            Some(field.id),
            format!("/{} changed", differing.join(", /")),
        );
    }

    /// What is painted is measured on the page of a number: all programs must count alike.
    fn pages_are_countable(&mut self) {
        if let Some(odd) = self.index.odd_page() {
            self.other("something is painted, and programs count the pages differently", Some(odd));
        }
    }

    /// What a widget covers is measured at its place, so it must not leave it with the zoom.
    fn stays_in_place(&mut self, id: ObjectId, widget: &Dictionary, name: &str) {
        let flags = self.after().get(widget, "F").as_integer().unwrap_or(0);
        if flags & FLOATING != 0 {
            self.other(
                format!("the widget of {name} does not zoom or turn with its page"),
                Some(id),
            );
        }
    }

    /// Place of a widget of the newer revision. Readers disagree on one that is not four numbers, so
    /// what is painted there could not be measured: that is told, and no place is given.
    fn rect(&mut self, id: ObjectId, widget: &Dictionary, name: &str) -> [f64; 4] {
        let view = self.after();
        let array = view.get(widget, "Rect");
        let corners = array.as_array().unwrap_or_default();
        let number = |corner: &Object| view.follow(corner).as_number().filter(|n| n.is_finite());
        let numbers: Option<Vec<f64>> = corners.iter().map(number).collect();
        match numbers.as_deref() {
            Some([a, b, c, d]) => [a.min(*c), b.min(*d), a.max(*c), b.max(*d)],
            _ => {
                self.other(
                    format!("a widget of {name} has a /Rect that is not four numbers"),
                    Some(id),
                );
                [0.0; 4]
            }
        }
    }
}

pub(super) fn has_area([x0, y0, x1, y1]: [f64; 4]) -> bool {
    x1 > x0 && y1 > y0
}

/// A key that is not among `known`.
pub(super) fn stranger(dictionary: &Dictionary, known: &[&str]) -> Option<String> {
    if only(dictionary, known) {
        return None;
    }
    let mut keys = dictionary.iter().map(|(key, _)| key);
    keys.find(|key| !known.iter().any(|k| k.as_bytes() == *key))
        .map(|key| String::from_utf8_lossy(key).into_owned())
}
