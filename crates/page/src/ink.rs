//! The ink of a page: every glyph, image and path with its place, collected by a hayro device.

use crate::document::{Stop, size_mm, to_mm};
use crate::{BoxMm, Error};
use hayro_interpret::font::{Glyph as FontGlyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::kurbo::{self, Affine, BezPath, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, FillRule, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, InterpreterWarning, LumaData, Paint, RenderContent,
    SoftMask, StrokeProps, interpret_page,
};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Path elements, glyphs (16 each), images and clips (64 each: every form pushes one) of one page.
const MAX_WORK: u64 = 20_000_000;
/// An image larger than this is not decoded for its holes: it counts as full.
const MAX_IMAGE_PIXELS: u64 = 64 << 20;
/// Holes of an image are kept at most this fine, in either direction.
const MAX_ALPHA_SIDE: u32 = 1024;
/// The thinnest line that a reader sees, mm.
const HAIRLINE_MM: f64 = 0.1;

/// What to draw and how closely to look.
#[derive(Clone, Copy)]
pub(crate) struct Draw {
    pub(crate) annotations: bool,
    /// Look into images for transparent parts.
    pub(crate) alpha: bool,
}

/// Everything a page or an appearance paints, in mm.
#[derive(Default)]
pub(crate) struct Ink {
    pub(crate) width_mm: f64,
    pub(crate) height_mm: f64,
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) images: Vec<Picture>,
    pub(crate) strokes: Vec<Stroke>,
    /// Fonts or appearances that could not be read: ink whose place is not known.
    pub(crate) unreadable: u32,
}

pub(crate) struct Glyph {
    /// None where the font does not say.
    pub(crate) text: Option<String>,
    pub(crate) origin: Point,
    /// Where the next glyph of an even line would start.
    pub(crate) end: Point,
    /// Font size as seen, mm.
    pub(crate) em: f64,
    /// Tight box, clipped; None for white space and what is clipped away.
    pub(crate) rect: Option<Rect>,
    /// Drawn invisibly (text rendering mode 3), as OCR layers are.
    pub(crate) invisible: bool,
    /// The outline, kept only where pixels are wanted.
    pub(crate) outline: Option<BezPath>,
}

pub(crate) struct Picture {
    /// From image space (unit square, y up) to mm.
    pub(crate) place: Affine,
    pub(crate) rect: Rect,
    pub(crate) alpha: Option<Alpha>,
}

/// Which parts of an image paint at all, row by row from the top.
pub(crate) struct Alpha {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) paints: Vec<bool>,
}

pub(crate) struct Stroke {
    /// The painted area.
    pub(crate) area: BezPath,
    pub(crate) even_odd: bool,
    pub(crate) rect: Rect,
    /// Opaque white: paper, not ink; but it can cover.
    pub(crate) white: bool,
    /// For lines: the box of each segment.
    segments: Option<Vec<Rect>>,
}

impl Stroke {
    /// Stroked, not filled.
    pub(crate) fn is_line(&self) -> bool {
        self.segments.is_some()
    }

    pub(crate) fn boxes(&self) -> Vec<BoxMm> {
        match &self.segments {
            Some(segments) => segments.iter().map(|r| to_box(*r)).collect(),
            None => vec![to_box(self.rect)],
        }
    }
}

pub(crate) fn to_box(rect: Rect) -> BoxMm {
    let rect = rect.abs();
    BoxMm { x: rect.x0, y: rect.y0, width: rect.width(), height: rect.height() }
}

/// The ink of one page.
pub(crate) fn page(page: &Page<'_>, draw: Draw) -> Result<Ink, Error> {
    let (width_mm, height_mm) = size_mm(page);
    let mut render_content = RenderContent::PAGE;
    render_content.set(RenderContent::ANNOTATIONS, draw.annotations);
    let sheet = Rect::new(0.0, 0.0, width_mm, height_mm);
    let mut device = Collector::new(sheet, draw.alpha);
    let settings = InterpreterSettings {
        render_content,
        warning_sink: device.warnings(),
        ..Default::default()
    };
    let mut context =
        Context::new(to_mm(page), sheet, &InterpreterCache::new(), page.xref(), settings);
    interpret_page(page, &mut context, &mut device);
    Ok(Ink { width_mm, height_mm, ..device.finish() })
}

/// A device that notes places instead of painting.
pub(crate) struct Collector {
    ink: Ink,
    clips: Vec<Rect>,
    alpha: bool,
    work: u64,
    /// Inside a Type 3 glyph: its parts count as one glyph.
    type3: Option<Option<Rect>>,
    unreadable: Arc<AtomicU32>,
}

impl Collector {
    pub(crate) fn new(sheet: Rect, alpha: bool) -> Self {
        Self {
            ink: Ink::default(),
            clips: vec![sheet],
            alpha,
            work: 0,
            type3: None,
            unreadable: Arc::default(),
        }
    }

    /// The sink to give to the interpreter: what it cannot read is counted.
    pub(crate) fn warnings(&self) -> Arc<dyn Fn(InterpreterWarning) + Send + Sync> {
        let count = Arc::clone(&self.unreadable);
        Arc::new(move |warning| {
            // A picture that does not decode keeps its box and counts as full.
            if !matches!(warning, InterpreterWarning::ImageDecodeFailure) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    pub(crate) fn finish(self) -> Ink {
        Ink { unreadable: self.unreadable.load(Ordering::Relaxed), ..self.ink }
    }

    fn spend(&mut self, work: usize) {
        self.work = self.work.saturating_add(work as u64);
        if self.work > MAX_WORK {
            resume_unwind(Box::new(Stop("drawing work on one page")));
        }
    }

    fn clip(&self) -> Rect {
        self.clips.last().copied().unwrap_or(Rect::ZERO)
    }

    /// The visible part of `rect`; None if nothing or not a number.
    fn visible(&self, rect: Rect) -> Option<Rect> {
        if !rect.is_finite() {
            return None;
        }
        // Edges count: a line may have no area.
        let clip = self.clip();
        rect.overlaps(clip).then(|| rect.intersect(clip))
    }

    /// Inside a Type 3 glyph the box is all that is kept. True if it was taken.
    fn taken_by_type3(&mut self, rect: Option<Rect>) -> bool {
        let Some(whole) = &mut self.type3 else { return false };
        if let Some(rect) = rect {
            *whole = Some(whole.map_or(rect, |w| w.union(rect)));
        }
        true
    }

    fn fill(&mut self, path: &BezPath, props: &DrawProps<'_>, rule: FillRule) {
        let Some(white) = white(&props.paint) else { return };
        let area = props.transform * path;
        let Some(rect) = self.visible(area.bounding_box()) else { return };
        if !self.taken_by_type3(Some(rect)) {
            let even_odd = rule == FillRule::EvenOdd;
            self.ink.strokes.push(Stroke { area, even_odd, rect, white, segments: None });
        }
    }

    fn stroke(&mut self, path: &BezPath, props: &DrawProps<'_>, stroke: &StrokeProps) {
        let Some(white) = white(&props.paint) else { return };
        let scale = props.transform.determinant().abs().sqrt();
        if !scale.is_finite() || scale <= 0.0 {
            return;
        }
        let width = f64::from(stroke.line_width).abs().max(HAIRLINE_MM / scale);
        // Dashes are left out: they can only take ink away, and cost a stranger nothing to make many.
        let style =
            kurbo::Stroke::new(width).with_join(stroke.line_join).with_caps(stroke.line_cap);
        let style = style.with_miter_limit(f64::from(stroke.miter_limit));
        let tolerance = 0.02 / scale;
        let outline = kurbo::stroke(path.iter(), &style, &kurbo::StrokeOpts::default(), tolerance);
        self.spend(outline.elements().len());
        let area = props.transform * outline;
        let Some(rect) = self.visible(area.bounding_box()) else { return };
        if self.taken_by_type3(Some(rect)) {
            return;
        }
        let half = width * scale / 2.0;
        let segments = path
            .segments()
            .filter_map(|s| self.visible((props.transform * s).bounding_box().inflate(half, half)))
            .collect();
        self.ink.strokes.push(Stroke {
            area,
            even_odd: false,
            rect,
            white,
            segments: Some(segments),
        });
    }

    fn glyph<'a>(
        &mut self,
        glyph: &FontGlyph<'a>,
        place: Affine,
        props: &DrawProps<'a>,
        invisible: bool,
    ) {
        let text = glyph.as_unicode().map(|text| match text {
            BfString::Char(c) => c.to_string(),
            BfString::String(s) => s,
        });
        let whole = props.transform * place;
        let (outline, advance) = match glyph {
            FontGlyph::Outline(outline) => (whole * outline.outline(), outline.advance_width()),
            FontGlyph::Type3(_) => (BezPath::new(), None),
        };
        self.spend(outline.elements().len());
        let mut rect =
            (!outline.is_empty()).then(|| outline.bounding_box()).and_then(|r| self.visible(r));
        if let FontGlyph::Type3(type3) = glyph {
            let outer = self.type3.replace(None);
            type3.interpret(self, props.transform, place, &props.paint);
            rect = std::mem::replace(&mut self.type3, outer).flatten();
        }
        if self.taken_by_type3(rect) {
            return;
        }
        let origin = whole * Point::ZERO;
        let end = match (advance, rect) {
            (Some(advance), _) => whole * Point::new(f64::from(advance), 0.0),
            (None, Some(rect)) => Point::new(rect.x1, origin.y),
            (None, None) => origin,
        };
        let em = (whole * Point::new(0.0, 1000.0)).distance(origin);
        if !(origin.is_finite() && end.is_finite() && em.is_finite()) {
            return;
        }
        let outline = self.alpha.then_some(outline);
        self.ink.glyphs.push(Glyph { text, origin, end, em, rect, invisible, outline });
    }

    fn alpha_of(&self, image: &Image<'_, '_>) -> Option<Alpha> {
        if !self.alpha || u64::from(image.width()) * u64::from(image.height()) > MAX_IMAGE_PIXELS {
            return None;
        }
        let mut alpha = None;
        match image {
            Image::Raster(raster) => {
                raster.with_rgba(|_, mask| alpha = mask.as_ref().and_then(holes), None)
            }
            Image::Stencil(stencil) => stencil.with_stencil(|mask, _| alpha = holes(&mask), None),
        }
        alpha
    }
}

/// A mask reduced to "does anything paint here".
fn holes(mask: &LumaData) -> Option<Alpha> {
    let (width, height) = (mask.width.min(MAX_ALPHA_SIDE), mask.height.min(MAX_ALPHA_SIDE));
    let (wide, high) = (u64::from(mask.width), u64::from(mask.height));
    if width == 0 || height == 0 || mask.data.len() as u64 != wide * high {
        return None;
    }
    let mut paints = vec![false; (width * height) as usize];
    for (index, _) in mask.data.iter().enumerate().filter(|(_, value)| **value > 0) {
        let (x, y) = (index as u64 % wide, index as u64 / wide);
        let (x, y) = (x * u64::from(width) / wide, y * u64::from(height) / high);
        if let Some(cell) = paints.get_mut((y * u64::from(width) + x) as usize) {
            *cell = true;
        }
    }
    Some(Alpha { width, height, paints })
}

/// None for a paint that paints nothing; else whether it is opaque white.
fn white(paint: &Paint<'_>) -> Option<bool> {
    let Paint::Color(color) = paint else { return Some(false) };
    let [r, g, b, a] = color.to_rgba().to_rgba8();
    (a > 0).then_some([r, g, b, a] == [255; 4])
}

impl<'a> Device<'a> for Collector {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.spend(path.elements().len().max(1));
        match mode {
            DrawMode::Fill(rule) => self.fill(path, &props, *rule),
            DrawMode::Stroke(stroke) => self.stroke(path, &props, stroke),
            DrawMode::FillAndStroke(rule, stroke) => {
                self.fill(path, &props, *rule);
                self.stroke(path, &props, stroke);
            }
            DrawMode::Invisible => {}
        }
    }

    // Only the box of a clip is kept: more ink than there is, never less.
    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.spend(clip.path.elements().len().saturating_add(64));
        let rect = clip.path.bounding_box();
        let clip = self.clip();
        let both = if rect.is_finite() { rect.intersect(clip) } else { clip };
        self.clips.push(both);
    }

    fn pop_clip(&mut self) {
        if self.clips.len() > 1 {
            self.clips.pop();
        }
    }

    // Opacity and masks are not looked at: faint ink is ink.
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn pop_transparency_group(&mut self) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        for glyph in run.glyphs() {
            self.spend(16);
            self.glyph(glyph, glyph.transform(), &props, matches!(mode, DrawMode::Invisible));
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.spend(64);
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        // hayro counts image space in pixels from the top; here it is the unit square, y up.
        let place = props.transform * Affine::new([width, 0.0, 0.0, -height, 0.0, height]);
        let rect = self.visible(place.transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0)));
        let Some(rect) = rect else { return };
        if !self.taken_by_type3(Some(rect)) {
            let alpha = self.alpha_of(&image);
            self.ink.images.push(Picture { place, rect, alpha });
        }
    }
}
