//! Writing onto an unsigned draft, by appending: the QR as page content, empty fields, and for trials
//! a widget that nobody keeps.

use issuance::{Place, Procedure};
use pdf::{Append, Dictionary, Document, Object, ObjectId, View};
use stamp::{POINTS_PER_MM, StampError};

use super::finding::{Finding, Refused};
use super::inspect::limits;
use super::{hash, pages};

/// What a reader's millimetre is in user space: found by asking the page's own reader, so that
/// /Rotate, /CropBox and /UserUnit are decided in one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToUserSpace([f64; 6]);

impl ToUserSpace {
    pub(super) fn of(document: &page::Document, page: u32) -> Result<Self, page::Error> {
        const FAR: f64 = 1000.0;
        let at = |x: f64, y: f64| document.user_space_to_mm(page, [x, y, x, y]);
        let (origin, right, up) = (at(0.0, 0.0)?, at(FAR, 0.0)?, at(0.0, FAR)?);
        let (a, b) = ((right.x - origin.x) / FAR, (right.y - origin.y) / FAR);
        let (c, d) = ((up.x - origin.x) / FAR, (up.y - origin.y) / FAR);
        let determinant = a * d - b * c;
        if !determinant.is_normal() {
            return Err(page::Error::Unreadable("a page without area".into()));
        }
        let inverse = [d, -b, -c, a].map(|value| value / determinant);
        let [ia, ib, ic, id] = inverse;
        let e = -(ia * origin.x + ic * origin.y);
        let f = -(ib * origin.x + id * origin.y);
        Ok(Self([ia, ib, ic, id, e, f]))
    }

    fn point(self, x_mm: f64, y_mm: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x_mm + c * y_mm + e, b * x_mm + d * y_mm + f)
    }

    /// The box in user space, corners ascending.
    pub(super) fn rect(self, place: &Place) -> [f64; 4] {
        let (x0, y0) = self.point(place.x_mm, place.y_mm);
        let (x1, y1) = self.point(place.x_mm + place.width_mm, place.y_mm + place.height_mm);
        [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)]
    }

    /// `cm` that puts a form, drawn in points from its lower left, upright at this corner.
    fn matrix(self, place: &Place) -> String {
        let [a, b, c, d, ..] = self.0.map(|value| value / POINTS_PER_MM);
        let (e, f) = self.point(place.x_mm, place.y_mm);
        [a, b, c, d, e, f].map(|value| format!("{value:.5} ")).concat()
    }

    /// /Matrix of a form that stands upright in a widget: the viewer fits it into /Rect.
    fn upright(self) -> &'static str {
        let [a, b, ..] = self.0;
        match (a.abs() > b.abs(), a > 0.0, b > 0.0) {
            (true, true, _) => "[1 0 0 1 0 0]",
            (true, false, _) => "[-1 0 0 -1 0 0]",
            (false, _, true) => "[0 1 -1 0 0 0]",
            (false, _, false) => "[0 -1 1 0 0 0]",
        }
    }
}

/// Draws the link's QR into its box, as page content over what is there, and looks whether it came to
/// stand where it should.
pub(super) fn with_qr(draft: &[u8], place: &Place, link: &str) -> Result<Vec<u8>, Refused> {
    let named = |code: &str| Finding::refused(code).of_box(Procedure::QR);
    let side_mm = place.width_mm.min(place.height_mm);
    let symbol = stamp::qr(link, side_mm).map_err(|error| {
        let why = error.to_string();
        Refused::one(match error {
            StampError::QrTooFine { .. } => named("qr_too_fine"),
            _ => named("qr_not_shown").detail(&why, &why),
        })
    })?;
    let not_shown = |why: &str| Refused::one(named("qr_not_shown").detail(why, why));
    let centred = Place {
        x_mm: place.x_mm + (place.width_mm - side_mm) / 2.0,
        y_mm: place.y_mm + (place.height_mm - side_mm) / 2.0,
        width_mm: side_mm,
        height_mm: side_mm,
        ..*place
    };
    let before = page::Document::open(draft).map_err(|e| not_shown(&e.to_string()))?;
    let space = ToUserSpace::of(&before, place.page).map_err(|e| not_shown(&e.to_string()))?;
    let bytes = paint(draft, &centred, space, &symbol).map_err(|e| not_shown(&e))?;
    let came = came_to_stand(&before, &bytes, &centred).map_err(|e| not_shown(&e.to_string()))?;
    match came {
        true => Ok(bytes),
        // The page's own content leaves a state behind that moves what comes after it.
        false => Err(not_shown("nội dung trang không cân q/Q (q and Q are not balanced)")),
    }
}

/// The page again with the form after its content; earlier content between `q` and `Q`, so that
/// nothing it leaves behind moves the form.
fn paint(
    draft: &[u8],
    place: &Place,
    space: ToUserSpace,
    drawn: &stamp::Appearance,
) -> Result<Vec<u8>, String> {
    let limits = limits();
    let document = Document::open(&draft, &limits).map_err(|defect| defect.detail)?;
    let view = View { document: &document, revision: document.newest() };
    let mut append = Append::new(&document).map_err(|defect| defect.detail)?;
    let (id, mut page, resources) = page_at(view, place.page)?;

    let form = write(&mut append, drawn, None);
    let mut resources = resources;
    let xobjects = view.get(&resources, "XObject");
    let mut xobjects = xobjects.as_dictionary().cloned().unwrap_or_default();
    let name = (0..).map(|n| format!("AntinQR{n}")).find(|name| xobjects.get(name).is_none());
    let name = name.unwrap_or_default();
    xobjects.set(&name, Object::Reference(form));
    resources.set("XObject", Object::Dictionary(xobjects));
    page.set("Resources", Object::Dictionary(resources));

    let old: Vec<Object> = match page.get("Contents") {
        None => vec![],
        Some(at) => match &*view.follow(at) {
            Object::Array(items) => items.clone(),
            Object::Stream(_) => vec![at.clone()],
            _ => vec![],
        },
    };
    // In a tagged file, what is no structure element is an artifact (ISO 32000-2, 14.8.2.2).
    let after = format!("Q\n/Artifact BMC\nq\n{}cm\n/{name} Do\nQ\nEMC\n", space.matrix(place));
    let after = if old.is_empty() { after.trim_start_matches("Q\n").to_owned() } else { after };
    let mut contents = vec![];
    if !old.is_empty() {
        contents.push(stream(&mut append, "q\n"));
        contents.extend(old);
    }
    contents.push(stream(&mut append, &after));
    page.set("Contents", Object::Array(contents));
    append.object(id, &Object::Dictionary(page));
    let tail = append.finish(&[], &hash(draft).0);
    Ok([draft, &tail].concat())
}

/// Exactly one more path than before, and in the box.
fn came_to_stand(
    before: &page::Document,
    after: &[u8],
    place: &Place,
) -> Result<bool, page::Error> {
    let before = before.content(place.page, false)?;
    let after = page::Document::open(after)?.content(place.page, false)?;
    let same = before.text == after.text && before.images == after.images;
    let new = after.paths.iter().filter(|path| !before.paths.contains(path));
    let new: Vec<_> = new.collect();
    let [path] = new.as_slice() else { return Ok(false) };
    let near = |a: f64, b: f64| (a - b).abs() < 0.1;
    let inside = path.x > place.x_mm
        && path.y > place.y_mm
        && path.right() < place.x_mm + place.width_mm
        && path.top() < place.y_mm + place.height_mm;
    let middle = near(path.x + path.width / 2.0, place.x_mm + place.width_mm / 2.0)
        && near(path.y + path.height / 2.0, place.y_mm + place.height_mm / 2.0);
    Ok(same && inside && middle && near(path.width, path.height))
}

/// An empty signature field for each, with nothing to see yet.
pub(super) fn with_fields(draft: &[u8], fields: &[(String, Place)]) -> Result<Vec<u8>, Refused> {
    let placed: Vec<(&str, Option<pades::Placed>)> = fields
        .iter()
        .map(|(name, place)| (name.as_str(), Some(signing_place(place).empty())))
        .collect();
    let update = pades::add_fields(&draft, hash(draft), &placed, &limits()).map_err(|refusal| {
        let why = refusal.to_string();
        Refused::one(Finding::refused("needs_repair").detail(&why, &why))
    })?;
    Ok([draft, &update.tail].concat())
}

/// A file for a trial: a signature widget with this appearance, listed on the page and nowhere else.
pub(super) fn with_widget(
    draft: &[u8],
    place: &Place,
    space: ToUserSpace,
    field: &str,
    drawn: &stamp::Appearance,
) -> Result<Vec<u8>, String> {
    let limits = limits();
    let document = Document::open(&draft, &limits).map_err(|defect| defect.detail)?;
    let view = View { document: &document, revision: document.newest() };
    let mut append = Append::new(&document).map_err(|defect| defect.detail)?;
    let (id, mut page, _) = page_at(view, place.page)?;
    let form = write(&mut append, drawn, Some(space.upright()));
    let widget = append.allocate();
    let rect = space.rect(place).map(Object::from).to_vec();
    let appearance = Dictionary::new().with("N", Object::Reference(form));
    append.object(
        widget,
        &Object::Dictionary(
            Dictionary::new()
                .with("Type", Object::name("Annot"))
                .with("Subtype", Object::name("Widget"))
                .with("FT", Object::name("Sig"))
                .with("T", pdf::text_string(field))
                .with("F", Object::Integer(132))
                .with("Rect", Object::Array(rect))
                .with("AP", Object::Dictionary(appearance)),
        ),
    );
    let listed = view.get(&page, "Annots");
    let mut listed = listed.as_array().unwrap_or_default().to_vec();
    listed.push(Object::Reference(widget));
    page.set("Annots", Object::Array(listed));
    append.object(id, &Object::Dictionary(page));
    let tail = append.finish(&[], &[]);
    Ok([draft, &tail].concat())
}

fn page_at(view: View<'_>, number: u32) -> Result<(ObjectId, Dictionary, Dictionary), String> {
    let missing = || format!("no page {}", number.saturating_add(1));
    let pages = pages::all(view).ok_or_else(missing)?;
    let at = usize::try_from(number).map_err(|_| missing())?;
    let page = pages.get(at).ok_or_else(missing)?;
    let dictionary = view.resolve(page.id).as_dictionary().cloned().ok_or_else(missing)?;
    let resources = page.resources.as_ref().map(|resources| view.follow(resources));
    let resources = resources.and_then(|r| r.as_dictionary().cloned()).unwrap_or_default();
    Ok((page.id, dictionary, resources))
}

fn stream(append: &mut Append<'_>, content: &str) -> Object {
    let id = append.allocate();
    let body = format!("<</Length {}>>\nstream\n{content}\nendstream", content.len());
    append.raw(id, body.as_bytes());
    Object::Reference(id)
}

/// Writes a form and its resources; gives the form's id.
fn write(append: &mut Append<'_>, drawn: &stamp::Appearance, matrix: Option<&str>) -> ObjectId {
    let drawn = match matrix {
        Some("[0 1 -1 0 0 0]") => drawn.clone().on_rotated_page(90),
        Some("[-1 0 0 -1 0 0]") => drawn.clone().on_rotated_page(180),
        Some("[0 -1 1 0 0 0]") => drawn.clone().on_rotated_page(270),
        _ => drawn.clone(),
    };
    let ids: Vec<ObjectId> = drawn.objects.iter().map(|_| append.allocate()).collect();
    let numbers: Vec<u32> = ids.iter().map(|id| id.number).collect();
    for (object, id) in drawn.objects.iter().zip(&ids) {
        append.raw(*id, &object.write(&numbers));
    }
    ids.first().copied().unwrap_or(ObjectId { number: 0, generation: 0 })
}

/// The same place as `signing` writes it.
pub(super) fn signing_place(place: &Place) -> signing::Place {
    signing::Place {
        page: place.page,
        x_mm: place.x_mm,
        y_mm: place.y_mm,
        width_mm: place.width_mm,
        height_mm: place.height_mm,
    }
}
