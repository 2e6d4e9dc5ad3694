//! Form fields: every one visited once, with what it inherits (ISO 32000-2, 12.7.4).

use std::{collections::HashSet, rc::Rc};

use pdf::{Defect, Dictionary, Limits, Object, ObjectId, View, text_of};

use crate::{FieldFacts, WidgetFacts, lock, page_tree};

/// A terminal field.
pub(crate) struct Field {
    /// Fully qualified.
    pub(crate) name: String,
    pub(crate) id: Option<ObjectId>,
    pub(crate) object: Rc<Object>,
    /// /FT, its own or inherited.
    pub(crate) kind: Option<Vec<u8>>,
    /// /V as written, its own or inherited.
    pub(crate) value: Option<Object>,
    /// Widgets: the field itself, or its kids.
    pub(crate) widgets: Vec<(Option<ObjectId>, Rc<Object>)>,
}

impl Field {
    pub(crate) fn dictionary(&self) -> Option<&Dictionary> {
        self.object.as_dictionary()
    }

    pub(crate) fn is_signature(&self) -> bool {
        self.kind.as_deref() == Some(b"Sig")
    }

    /// Whether a signature field has no value as of `view`.
    pub(crate) fn is_empty(&self, view: View<'_>) -> bool {
        self.value.as_ref().is_none_or(|value| view.follow(value).is_null())
    }

    /// Facts of an empty signature field.
    pub(crate) fn empty_facts(&self, view: View<'_>) -> Option<FieldFacts> {
        let lock = self.dictionary().and_then(|field| lock::of_field(view, field));
        Some(FieldFacts {
            field: self.name.clone(),
            object: self.id?,
            widget: self.widget(view),
            lock,
        })
    }

    /// Facts of its first widget.
    pub(crate) fn widget(&self, view: View<'_>) -> Option<WidgetFacts> {
        let (id, object) = self.widgets.first()?;
        widget(view, *id, object.as_dictionary()?)
    }
}

/// A node on the way down.
struct Node {
    object: Object,
    name: String,
    kind: Option<Vec<u8>>,
    value: Option<Object>,
    depth: u32,
}

/// All terminal fields in document order. Loops, shared kids and what exceeds the limits become
/// defects of the document.
pub(crate) fn all(view: View<'_>, catalog: &Dictionary, limits: &Limits) -> Vec<Field> {
    let mut fields = vec![];
    let mut seen = HashSet::new();
    let form = view.get(catalog, "AcroForm");
    let Some(form) = form.as_dictionary() else { return fields };
    let roots = view.look(form, "Fields");
    let mut stack: Vec<Node> = vec![];
    push(&mut stack, roots.as_array().unwrap_or_default(), |object| Node {
        object,
        name: String::new(),
        kind: None,
        value: None,
        depth: limits.depth,
    });
    let mut visited = 0u32;
    while let Some(node) = stack.pop() {
        visited += 1;
        if visited > limits.fields {
            view.document.note(Defect::new("budget", "too many form fields"));
            break;
        }
        let id = node.object.as_reference();
        if let Some(id) = id.filter(|id| !seen.insert(*id)) {
            view.document.note(Defect::new("field_loop", "a field is reached twice").object(id));
            continue;
        }
        let object = view.follow(&node.object);
        let Some(dictionary) = object.as_dictionary() else { continue };
        let name = match view.look(dictionary, "T").as_string() {
            None => node.name,
            Some(part) if node.name.is_empty() => text_of(part),
            Some(part) => format!("{}.{}", node.name, text_of(part)),
        };
        let kind = view.look(dictionary, "FT").as_name().map(<[u8]>::to_vec).or(node.kind);
        let value = dictionary.get("V").cloned().or(node.value);
        let kids = view.look(dictionary, "Kids");
        let kids = kids.as_array().unwrap_or_default();
        if kids.iter().any(|kid| is_field(view, kid)) {
            let Some(depth) = node.depth.checked_sub(1) else {
                view.document.note(Defect::new("budget", "form fields are nested too deep"));
                continue;
            };
            push(&mut stack, kids, |object| Node {
                object,
                name: name.clone(),
                kind: kind.clone(),
                value: value.clone(),
                depth,
            });
            continue;
        }
        let widgets = if kids.is_empty() {
            let is_widget = dictionary.get("Rect").is_some();
            is_widget.then(|| (id, object.clone())).into_iter().collect()
        } else {
            kids.iter().map(|kid| (kid.as_reference(), view.follow(kid))).collect()
        };
        fields.push(Field { name, id, object: object.clone(), kind, value, widgets });
    }
    fields
}

fn push(stack: &mut Vec<Node>, kids: &[Object], node: impl Fn(Object) -> Node) {
    stack.extend(kids.iter().rev().cloned().map(node));
}

/// A kid with a name of its own is a field, one without is a widget.
fn is_field(view: View<'_>, kid: &Object) -> bool {
    let kid = view.follow(kid);
    kid.as_dictionary().is_some_and(|kid| kid.get("T").is_some() || kid.get("Kids").is_some())
}

const HIDDEN: i64 = 1 << 1;
const NO_VIEW: i64 = 1 << 5;

/// Facts of a widget annotation.
pub(crate) fn widget(
    view: View<'_>,
    id: Option<ObjectId>,
    widget: &Dictionary,
) -> Option<WidgetFacts> {
    let rect = page_tree::rectangle(view, widget, "Rect")?;
    let flags = view.get(widget, "F").as_integer().unwrap_or(0);
    let area = rect[0] < rect[2] && rect[1] < rect[3];
    let page = widget.get("P").and_then(Object::as_reference);
    let page = page.and_then(|page| page_tree::number_of(view, page));
    let page = page.or_else(|| id.filter(|_| area).and_then(|id| page_showing(view, id)));
    Some(WidgetFacts {
        page,
        rect,
        visible: area && flags & (HIDDEN | NO_VIEW) == 0 && has_ink(view, widget),
        flags: u32::try_from(flags).unwrap_or(0),
    })
}

/// Pages that are searched for a widget that does not name its own.
const PAGES_SEARCHED: usize = 200;

/// The page whose /Annots lists the widget, for those without /P.
fn page_showing(view: View<'_>, id: ObjectId) -> Option<u32> {
    let mut limits = *view.document.limits();
    limits.objects = limits.objects.min(PAGES_SEARCHED as u64);
    let pages = page_tree::all(view, &view.catalog(), &limits);
    let at = pages.iter().position(|page| {
        let page = view.resolve(page.id);
        let annotations = page.as_dictionary().map(|page| view.look(page, "Annots"));
        let annotations = annotations.as_deref().and_then(Object::as_array).unwrap_or_default();
        annotations.iter().any(|annotation| annotation.as_reference() == Some(id))
    });
    at.and_then(|at| u32::try_from(at).ok())
}

/// The normal appearance has content. What cannot be read may show something.
fn has_ink(view: View<'_>, widget: &Dictionary) -> bool {
    let appearances = view.get(widget, "AP");
    let normal = appearances.as_dictionary().map(|appearances| view.get(appearances, "N"));
    match normal.as_deref() {
        None | Some(Object::Null) => false,
        Some(Object::Stream(stream)) => {
            let content = view.decode(stream);
            content.map_or(true, |content| content.iter().any(u8::is_ascii_graphic))
        }
        Some(_) => true,
    }
}
