//! A document opened for looking at it.

use crate::ink::{Draw, Ink, Stroke};
use crate::text::Line;
use crate::{
    BoxMm, Error, PageContent, Pixels, SignatureWidget, TextBox, bomb, ink, picture, text, widget,
};
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::kurbo::Affine;
use hayro_interpret::util::TransformExt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// mm in one PDF point.
pub(crate) const MM_PER_POINT: f64 = 25.4 / 72.0;

/// A document whose pages can be drawn and measured. Keeps a copy of the bytes.
pub struct Document {
    pub(crate) pdf: Pdf,
}

impl Document {
    /// Opens a PDF; encrypted files only where the empty password opens them.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if no pages can be found.
    pub fn open(pdf: &[u8]) -> Result<Self, Error> {
        let bytes = pdf.to_vec();
        guarded(move || Pdf::new(bytes).map_err(|e| Error::Unreadable(format!("{e:?}"))))
            .map(|pdf| Self { pdf })
    }

    /// Number of pages.
    #[must_use]
    pub fn pages(&self) -> u32 {
        guarded(|| Ok(u32::try_from(self.pdf.pages().len()).unwrap_or(u32::MAX))).unwrap_or(0)
    }

    /// Page content (page from 0) and, with `annotations`, what annotation appearances paint.
    ///
    /// # Errors
    /// No such page; a page that cannot be read within its budget.
    pub fn content(&self, page: u32, annotations: bool) -> Result<PageContent, Error> {
        let ink = self.ink(page, Draw { annotations, alpha: false })?;
        let runs = text::lines(&ink);
        Ok(PageContent {
            width_mm: ink.width_mm,
            height_mm: ink.height_mm,
            text: runs.iter().filter_map(Line::text_box).collect::<Vec<TextBox>>(),
            images: ink.images.iter().map(|i| ink::to_box(i.rect)).collect(),
            paths: ink.strokes.iter().filter(|s| !s.white).flat_map(Stroke::boxes).collect(),
        })
    }

    /// Draws a page on white.
    ///
    /// # Errors
    /// No such page, a picture above [`crate::MAX_PIXELS`], a page that cannot be drawn.
    pub fn render(
        &self,
        page: u32,
        dots_per_inch: f64,
        annotations: bool,
    ) -> Result<Pixels, Error> {
        // The counted pass first: hayro's own renderer has no budget.
        self.ink(page, Draw { annotations, alpha: false })?;
        self.with_page(page, |page| picture::render(page, dots_per_inch, annotations))
    }

    /// Signature widgets of a page (merged fields and kids), in the order of `/Annots`.
    ///
    /// # Errors
    /// No such page, or one that cannot be read.
    pub fn signature_widgets(&self, page: u32) -> Result<Vec<SignatureWidget>, Error> {
        self.with_page(page, |page| {
            let to_mm = to_mm(page);
            Ok(widget::annotations(page)
                .into_iter()
                .filter(|w| w.signature)
                .map(|w| SignatureWidget {
                    field: w.field,
                    rect: ink::to_box(to_mm.transform_rect_bbox(w.rect)),
                })
                .collect())
        })
    }

    /// A box in PDF user space (as `/Rect` is written) as the reader sees it, in mm.
    ///
    /// # Errors
    /// No such page, or one that cannot be read.
    pub fn user_space_to_mm(&self, page: u32, rect: [f64; 4]) -> Result<BoxMm, Error> {
        self.with_page(page, |page| {
            let [x0, y0, x1, y1] = rect;
            let rect =
                hayro_interpret::kurbo::Rect::new(x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1));
            Ok(ink::to_box(to_mm(page).transform_rect_bbox(rect)))
        })
    }

    pub(crate) fn ink(&self, page: u32, draw: Draw) -> Result<Ink, Error> {
        self.with_page(page, |page| {
            bomb::check(page)?;
            ink::page(page, draw)
        })
    }

    pub(crate) fn with_page<T>(
        &self,
        number: u32,
        work: impl FnOnce(&Page<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        guarded(|| {
            let index = usize::try_from(number).map_err(|_| Error::NoSuchPage(number))?;
            work(self.pdf.pages().get(index).ok_or(Error::NoSuchPage(number))?)
        })
    }
}

/// From PDF user space to mm, y up, as the reader sees the page.
pub(crate) fn to_mm(page: &Page<'_>) -> Affine {
    Affine::scale(MM_PER_POINT * user_unit(page)) * page.initial_transform(false).to_kurbo()
}

/// Width and height in mm as the reader sees the page.
pub(crate) fn size_mm(page: &Page<'_>) -> (f64, f64) {
    let scale = MM_PER_POINT * user_unit(page);
    let (width, height) = page.render_dimensions();
    (f64::from(width) * scale, f64::from(height) * scale)
}

/// ISO 32000-2 table 31: `/UserUnit`, in 1/72 inch; not inheritable.
pub(crate) fn user_unit(page: &Page<'_>) -> f64 {
    let unit = page.raw().get::<f32>("UserUnit").map_or(1.0, f64::from);
    if unit.is_finite() && (0.01..=100_000.0).contains(&unit) { unit } else { 1.0 }
}

/// What stops the interpreter from inside a device callback: it has no other way to end early.
pub(crate) struct Stop(pub(crate) &'static str);

/// Runs hayro. It is third-party code that meets hostile bytes: a panic there is the last net and
/// becomes [`Error::Unreadable`]; [`Stop`] is our own budget.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(payload) => match payload.downcast_ref::<Stop>() {
            Some(Stop(what)) => Err(Error::Limit((*what).into())),
            None => Err(Error::Unreadable("the interpreter failed".into())),
        },
    }
}
