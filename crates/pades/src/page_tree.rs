//! Pages by number and number by page, and the boxes a page inherits (ISO 32000-2, 7.7.3).

use std::collections::HashSet;

use pdf::{Dictionary, Limits, Object, ObjectId, Value, View};

/// PDF points in one millimetre.
pub(crate) const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// What of a page decides where things stand on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Geometry {
    /// CropBox within MediaBox, in user space, ascending.
    pub(crate) visible: [f64; 4],
    /// 0, 90, 180 or 270, clockwise.
    pub(crate) rotate: i64,
    /// Points in one unit of user space.
    pub(crate) user_unit: f64,
}

impl Geometry {
    /// Width and height in mm as the reader sees the page.
    pub(crate) fn size_mm(&self) -> (f64, f64) {
        let [x0, y0, x1, y1] = self.visible;
        let mm = |units: f64| units * self.user_unit / POINTS_PER_MM;
        let (width, height) = (mm(x1 - x0), mm(y1 - y0));
        if self.rotate % 180 == 0 { (width, height) } else { (height, width) }
    }
}

pub(crate) struct Page {
    pub(crate) id: ObjectId,
    pub(crate) geometry: Geometry,
}

/// Attributes that pages inherit.
#[derive(Clone, Copy, Default)]
struct Inherited {
    media: Option<[f64; 4]>,
    crop: Option<[f64; 4]>,
    rotate: Option<i64>,
}

impl Inherited {
    fn under(mut self, view: View<'_>, node: &Dictionary) -> Self {
        self.media = rectangle(view, node, "MediaBox").or(self.media);
        self.crop = rectangle(view, node, "CropBox").or(self.crop);
        self.rotate = view.look(node, "Rotate").as_integer().or(self.rotate);
        self
    }

    fn geometry(self, view: View<'_>, page: &Dictionary) -> Geometry {
        let media = self.media.unwrap_or([0.0, 0.0, 612.0, 792.0]);
        let crop = self.crop.unwrap_or(media);
        let within = [
            media[0].max(crop[0]),
            media[1].max(crop[1]),
            media[2].min(crop[2]),
            media[3].min(crop[3]),
        ];
        let empty = within[0] >= within[2] || within[1] >= within[3];
        let unit = view.look(page, "UserUnit").as_number();
        Geometry {
            visible: if empty { media } else { within },
            rotate: self.rotate.unwrap_or(0).rem_euclid(360) / 90 * 90,
            user_unit: unit.filter(|unit| *unit > 0.0 && *unit < 1e5).unwrap_or(1.0),
        }
    }
}

/// Four numbers as a rectangle with ascending corners.
pub(crate) fn rectangle(view: View<'_>, of: &Dictionary, key: &str) -> Option<[f64; 4]> {
    let value = view.look(of, key);
    let [a, b, c, d] = value.as_array()? else { return None };
    let number = |item: &Object| view.follow(item).as_number().filter(|value| value.is_finite());
    let (a, b, c, d) = (number(a)?, number(b)?, number(c)?, number(d)?);
    Some([a.min(c), b.min(d), a.max(c), b.max(d)])
}

/// How many pages the tree says it has.
pub(crate) fn count(view: View<'_>, catalog: &Dictionary) -> u32 {
    let pages = view.look(catalog, "Pages");
    let count = pages.as_dictionary().and_then(|pages| view.look(pages, "Count").as_integer());
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

/// The page of this number. Goes down by /Count, so that a large document costs little.
pub(crate) fn page(view: View<'_>, catalog: &Dictionary, number: u32) -> Option<Page> {
    let mut left = u64::from(number);
    let mut id = catalog.get("Pages")?.as_reference()?;
    let mut inherited = Inherited::default();
    for _ in 0..view.document.limits().depth {
        let node = view.resolve(id);
        let node = node.as_dictionary()?;
        inherited = inherited.under(view, node);
        let Some(kids) = kids(view, node) else {
            return (left == 0).then(|| Page { id, geometry: inherited.geometry(view, node) });
        };
        let kids = kids.as_array()?;
        id = kid_with(view, node, kids, &mut left)?;
    }
    None
}

fn kids<'o>(view: View<'_>, node: &'o Dictionary) -> Option<Value<'o>> {
    if node.is_name("Type", "Page") {
        return None;
    }
    node.get("Kids").is_some().then(|| view.look(node, "Kids"))
}

/// The kid under which page `left` lies; `left` becomes its number there.
fn kid_with(
    view: View<'_>,
    node: &Dictionary,
    kids: &[Object],
    left: &mut u64,
) -> Option<ObjectId> {
    // As many pages as kids: each is a page, none needs to be looked at.
    if view.look(node, "Count").as_integer() == Some(kids.len() as i64) {
        let kid = kids.get(usize::try_from(*left).ok()?)?.as_reference();
        *left = 0;
        return kid;
    }
    for kid in kids {
        let id = kid.as_reference()?;
        let pages = pages_in(view, id);
        if *left < pages {
            return Some(id);
        }
        *left -= pages;
    }
    None
}

fn pages_in(view: View<'_>, id: ObjectId) -> u64 {
    let node = view.resolve(id);
    let Some(node) = node.as_dictionary() else { return 1 };
    if node.is_name("Type", "Page") || node.get("Kids").is_none() {
        return 1;
    }
    view.look(node, "Count").as_integer().and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
}

/// All pages in order, each once.
pub(crate) fn all(view: View<'_>, catalog: &Dictionary, limits: &Limits) -> Vec<Page> {
    let mut pages = vec![];
    let mut seen = HashSet::new();
    let root = catalog.get("Pages").and_then(Object::as_reference);
    let mut stack: Vec<(ObjectId, Inherited, u32)> =
        root.map(|id| (id, Inherited::default(), limits.depth)).into_iter().collect();
    while let Some((id, inherited, depth)) = stack.pop() {
        if !seen.insert(id) || seen.len() as u64 > limits.objects {
            continue;
        }
        let node = view.resolve(id);
        let Some(node) = node.as_dictionary() else { continue };
        let inherited = inherited.under(view, node);
        let Some(kids) = kids(view, node) else {
            pages.push(Page { id, geometry: inherited.geometry(view, node) });
            continue;
        };
        let Some(depth) = depth.checked_sub(1) else { continue };
        let kids = kids.as_array().unwrap_or_default().iter().rev();
        stack.extend(kids.filter_map(Object::as_reference).map(|kid| (kid, inherited, depth)));
    }
    pages
}

/// The number of a page, found upwards: only the kids before it on the way up are counted.
pub(crate) fn number_of(view: View<'_>, page: ObjectId) -> Option<u32> {
    let mut number = 0u64;
    let mut id = page;
    for _ in 0..view.document.limits().depth {
        let node = view.resolve(id);
        let Some(parent) = node.as_dictionary()?.get("Parent") else {
            // A page that hangs on nothing has no number; the root of the tree ends the way.
            return if id == page { None } else { u32::try_from(number).ok() };
        };
        let parent_id = parent.as_reference()?;
        let parent = view.resolve(parent_id);
        let parent = parent.as_dictionary()?;
        let kids = view.look(parent, "Kids");
        let kids = kids.as_array()?;
        let at = kids.iter().position(|kid| kid.as_reference() == Some(id))?;
        number += if view.look(parent, "Count").as_integer() == Some(kids.len() as i64) {
            at as u64
        } else {
            let before = kids.iter().take(at).filter_map(Object::as_reference);
            before.map(|kid| pages_in(view, kid)).sum()
        };
        id = parent_id;
    }
    None
}
