//! What the appearance of a later signature paints over (rule of covering: measured by paint, not
//! by `/Rect`).

use crate::document::{guarded, to_mm};
use crate::ink::{self, Collector, Draw, Ink};
use crate::raster::Mask;
use crate::text::{self, Letter, Line};
use crate::widget::{Found, annotations};
use crate::{BoxMm, Document, Error, bomb};
use hayro_interpret::hayro_syntax::content::TypedIter;
use hayro_interpret::hayro_syntax::object::{Dict, Stream};
use hayro_interpret::hayro_syntax::page::{Page, Resources};
use hayro_interpret::kurbo::{Affine, Rect, Shape};
use hayro_interpret::{
    ClipPath, Context, Device, FillRule, InterpreterCache, InterpreterSettings, interpret,
};
use serde::{Deserialize, Serialize};

/// Overlaps smaller than this are rounding, mm².
const LEAST_MM2: f64 = 0.06;
/// A level line this thin and at least this long is there to be written on, mm.
const RULE_MM: (f64, f64) = (0.6, 3.0);
/// Title and name stand within this of the signature image, mm.
const BLOCK_MM: f64 = 15.0;

/// A widget of a later revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Widget {
    /// Fully qualified field name.
    pub field: String,
    /// From 0.
    pub page: u32,
    /// `/Rect` as written, in user space: what counts where the appearance cannot be read.
    pub rect: [f64; 4],
}

/// Something of the earlier revision that a later appearance paints over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Covered {
    /// The later field that covers.
    pub field: String,
    /// From 0.
    pub page: u32,
    /// `text`, `image`, `paths`, `widget:NAME` (another signature's appearance), `blank` (leader
    /// dots, a rule to write on) or `unreadable` (ink of the earlier page whose place is not known).
    pub what: String,
    /// For text and blanks, the words of the line.
    pub text: Option<String>,
    /// Part of that ink that is painted over, above 0 to 1.
    pub share: f64,
    /// Where it stands.
    pub rect: BoxMm,
    /// For text: the signature field whose image this line stands at as title or name.
    pub block_of: Option<String>,
}

/// Which ink of `earlier` the `widgets` of `later` paint over. Both are whole files, `earlier` cut at
/// the end of its revision. What cannot be read counts as covered: a widget whose appearance fails
/// paints its whole box, an earlier page that fails is reported as `unreadable`.
#[must_use]
pub fn covers(earlier: &[u8], later: &[u8], widgets: &[Widget]) -> Vec<Covered> {
    if widgets.is_empty() {
        return Vec::new();
    }
    let (before, after) = (Document::open(earlier), Document::open(later));
    let mut covered = Vec::new();
    let mut known: Option<(u32, Result<Before, Error>)> = None;
    for widget in widgets {
        let paint = after.as_ref().map_err(Clone::clone).and_then(|d| paint(d, widget));
        // Nothing painted covers nothing.
        let Ok(Some(paint)) = paint.or_else(|_| whole(widget)) else { continue };
        if known.as_ref().is_none_or(|(page, _)| *page != widget.page) {
            let read =
                before.as_ref().map_err(Clone::clone).and_then(|d| Before::read(d, widget.page));
            known = Some((widget.page, read));
        }
        match &known {
            Some((_, Ok(before))) => before.under(widget, &paint, &mut covered),
            _ => covered.push(unreadable(widget, &paint)),
        }
    }
    covered
}

fn unreadable(widget: &Widget, paint: &Mask) -> Covered {
    Covered {
        field: widget.field.clone(),
        page: widget.page,
        what: "unreadable".into(),
        text: None,
        share: 1.0,
        rect: ink::to_box(paint.region()),
        block_of: None,
    }
}

/// The later file cannot be drawn: the box as it is written, as if the page were not turned.
fn whole(widget: &Widget) -> Result<Option<Mask>, Error> {
    let [x0, y0, x1, y1] = widget.rect.map(|v| v * crate::document::MM_PER_POINT);
    let rect = Rect::new(x0, y0, x1, y1).abs();
    Ok(Mask::new(rect).map(|mut mask| {
        mask.rect(rect);
        mask
    }))
}

/// What the appearances of the widget paint; None for nothing.
fn paint(document: &Document, widget: &Widget) -> Result<Option<Mask>, Error> {
    document.with_page(widget.page, |page| {
        bomb::check(page)?;
        let found: Vec<Found<'_>> = annotations(page)
            .into_iter()
            .filter(|f| !f.field.is_empty() && f.field == widget.field)
            .collect();
        let mut parts = Vec::new();
        if found.is_empty() {
            let [x0, y0, x1, y1] = widget.rect;
            let rect = to_mm(page).transform_rect_bbox(Rect::new(x0, y0, x1, y1).abs());
            parts.push(Part::Whole(rect));
        }
        for annotation in &found {
            parts.extend(appearances(page, annotation));
        }
        Ok(mask(&parts))
    })
}

/// Ink of one appearance, or a box that counts as full.
enum Part {
    Ink(Ink),
    Whole(Rect),
}

fn mask(parts: &[Part]) -> Option<Mask> {
    let region = parts.iter().filter_map(extent).reduce(|a, b| a.union(b))?;
    let mut mask = Mask::new(region)?;
    for part in parts {
        match part {
            Part::Ink(ink) => mask.paint(ink),
            Part::Whole(rect) => mask.rect(*rect),
        }
    }
    Some(mask)
}

fn extent(part: &Part) -> Option<Rect> {
    match part {
        Part::Whole(rect) => Some(*rect).filter(|r| r.width() > 0.0 && r.height() > 0.0),
        Part::Ink(ink) => {
            let glyphs = ink.glyphs.iter().filter(|g| !g.invisible).filter_map(|g| g.rect);
            let others =
                ink.images.iter().map(|i| i.rect).chain(ink.strokes.iter().map(|s| s.rect));
            glyphs.chain(others).reduce(|a, b| a.union(b))
        }
    }
}

/// All appearances of one annotation, whatever its flags say: a flag is easily switched.
fn appearances(page: &Page<'_>, annotation: &Found<'_>) -> Vec<Part> {
    let rect = to_mm(page).transform_rect_bbox(annotation.rect);
    let streams = annotation.appearances();
    if streams.is_empty() && annotation.asks_for_ink() {
        return vec![Part::Whole(rect)];
    }
    let mut parts = Vec::new();
    for stream in streams {
        match appearance(page, annotation.rect, &stream) {
            Some(ink) => {
                if ink.unreadable > 0 {
                    parts.push(Part::Whole(rect));
                }
                parts.push(Part::Ink(ink));
            }
            None => parts.push(Part::Whole(rect)),
        }
    }
    parts
}

/// ISO 32000-2 12.5.5: BBox by Matrix, fitted into Rect. None if it cannot be read.
fn appearance<'a>(page: &Page<'a>, rect: Rect, stream: &Stream<'a>) -> Option<Ink> {
    let dict = stream.dict();
    let [x0, y0, x1, y1] = dict.get::<[f64; 4]>("BBox")?;
    let bbox = Rect::new(x0, y0, x1, y1).abs();
    let matrix =
        Affine::new(dict.get::<[f64; 6]>("Matrix").unwrap_or([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]));
    let quad = matrix.transform_rect_bbox(bbox);
    let (sx, sy) = (rect.width() / quad.width(), rect.height() / quad.height());
    if rect.width() == 0.0 || rect.height() == 0.0 {
        return Some(Ink::default());
    }
    let fit = Affine::new([sx, 0.0, 0.0, sy, rect.x0 - sx * quad.x0, rect.y0 - sy * quad.y0]);
    let whole = to_mm(page) * fit * matrix;
    if !whole.is_finite() {
        return None;
    }
    let content = stream.decoded_data().ok()?;
    let resources = Resources::new(dict.get::<Dict<'_>>("Resources").unwrap_or_default());
    let (width, height) = crate::document::size_mm(page);
    let mut device = Collector::new(Rect::new(0.0, 0.0, width, height), true);
    let settings = InterpreterSettings { warning_sink: device.warnings(), ..Default::default() };
    let clip = whole.transform_rect_bbox(bbox);
    let mut context = Context::new(whole, clip, &InterpreterCache::new(), page.xref(), settings);
    device.push_clip_path(&ClipPath { path: whole * bbox.to_path(0.1), fill: FillRule::NonZero });
    interpret(TypedIter::new(&content), &resources, &mut context, &mut device);
    Some(device.finish())
}

/// The ink of an earlier page.
struct Before {
    width_mm: f64,
    height_mm: f64,
    /// The page itself first, then annotations that are no signatures.
    layers: Vec<(Ink, Vec<Line>)>,
    /// Signature widgets: field, box, paint.
    widgets: Vec<(String, BoxMm, Option<Mask>)>,
    unreadable: bool,
}

impl Before {
    fn read(document: &Document, number: u32) -> Result<Self, Error> {
        let ink = document.ink(number, Draw { annotations: false, alpha: true })?;
        let mut unreadable = ink.unreadable > 0;
        let (width_mm, height_mm) = (ink.width_mm, ink.height_mm);
        let lines = guarded(|| Ok(text::lines(&ink)))?;
        let mut layers = vec![(ink, lines)];
        let mut widgets = Vec::new();
        document.with_page(number, |page| {
            for annotation in annotations(page) {
                let parts = appearances(page, &annotation);
                if annotation.signature {
                    let rect = ink::to_box(to_mm(page).transform_rect_bbox(annotation.rect));
                    widgets.push((annotation.field, rect, mask(&parts)));
                    continue;
                }
                for part in parts {
                    match part {
                        Part::Ink(ink) => {
                            let lines = text::lines(&ink);
                            layers.push((ink, lines));
                        }
                        Part::Whole(rect) => {
                            unreadable |= rect.width() > 0.0 && rect.height() > 0.0
                        }
                    }
                }
            }
            Ok(())
        })?;
        Ok(Self { width_mm, height_mm, layers, widgets, unreadable })
    }

    /// What of it lies under `paint`.
    fn under(&self, widget: &Widget, paint: &Mask, covered: &mut Vec<Covered>) {
        let mut add = |what: &str, text: Option<String>, share: f64, rect: BoxMm| {
            let block_of = if what == "text" { self.block_of(&rect) } else { None };
            covered.push(Covered {
                field: widget.field.clone(),
                page: widget.page,
                what: what.into(),
                text,
                share: share.clamp(0.0, 1.0),
                rect,
                block_of,
            });
        };
        for (ink, lines) in &self.layers {
            for line in lines {
                let Some(rect) = line.rect().filter(|r| r.overlaps(&ink::to_box(paint.region())))
                else {
                    continue;
                };
                for (blank, what) in [(false, "text"), (true, "blank")] {
                    let letters = line.letters.iter().filter(|l| l.blank == blank);
                    if let Some(share) = share_of_letters(letters, paint) {
                        add(what, Some(line.text()), share, rect);
                    }
                }
            }
            for image in &ink.images {
                let share = share(paint, image.rect, |mask| mask.image(image));
                share.into_iter().for_each(|s| add("image", None, s, ink::to_box(image.rect)));
            }
            for stroke in ink.strokes.iter().filter(|s| !s.white && !self.is_paper(s)) {
                let level = stroke.rect.height() <= RULE_MM.0 && stroke.rect.width() >= RULE_MM.1;
                let what = if level { "blank" } else { "paths" };
                let share = share(paint, stroke.rect, |mask| mask.stroke(stroke));
                share.into_iter().for_each(|s| add(what, None, s, ink::to_box(stroke.rect)));
            }
        }
        for (field, rect, mask) in self.widgets.iter().filter(|(field, ..)| *field != widget.field)
        {
            let Some(theirs) = mask else { continue };
            let shared = theirs.shared_with(paint);
            if shared > LEAST_MM2 {
                add(&format!("widget:{field}"), None, shared / theirs.area(), *rect);
            }
        }
        if self.unreadable {
            covered.push(unreadable(widget, paint));
        }
    }

    /// One plain area under most of the page: nothing is told by it.
    fn is_paper(&self, stroke: &ink::Stroke) -> bool {
        stroke.rect.area() >= 0.5 * self.width_mm * self.height_mm
            && stroke.area.elements().len() <= 12
            && !stroke.is_line()
    }

    fn block_of(&self, line: &BoxMm) -> Option<String> {
        let near = |image: &BoxMm| {
            let middle = line.x + line.width / 2.0;
            let apart = (line.y - image.top()).max(image.y - line.top()).max(0.0);
            apart <= BLOCK_MM && image.x - BLOCK_MM <= middle && middle <= image.right() + BLOCK_MM
        };
        self.widgets
            .iter()
            .find(|(_, rect, mask)| mask.is_some() && near(rect))
            .map(|(field, ..)| field.clone())
    }
}

/// Letters count by their tight boxes: paint inside an "o" changes it too.
fn share_of_letters<'a>(letters: impl Iterator<Item = &'a Letter>, paint: &Mask) -> Option<f64> {
    let (mut whole, mut under) = (0.0, 0.0);
    for rect in letters.filter_map(|l| l.rect) {
        whole += rect.area();
        if rect.overlaps(paint.region()) {
            under += paint.area_in(rect);
        }
    }
    (under > LEAST_MM2 && whole > 0.0).then_some(under / whole)
}

/// Part of a shape that lies under `paint`; None for (almost) nothing.
fn share(paint: &Mask, rect: Rect, draw: impl Fn(&mut Mask)) -> Option<f64> {
    if !rect.overlaps(paint.region()) {
        return None;
    }
    let mut here = paint.blank();
    draw(&mut here);
    let under = here.shared(paint);
    if under <= LEAST_MM2 {
        return None;
    }
    let mut all = Mask::new(rect)?;
    draw(&mut all);
    Some(under / all.area().max(under))
}
