//! Places by anchor text: "right of `Số:`", "between title and name".

use crate::document::guarded;
use crate::ink::{Draw, Ink, Stroke, to_box};
use crate::text::{self, Line};
use crate::{BoxMm, Document};
use unicode_normalization::UnicodeNormalization;

/// Pages searched for an anchor.
const MAX_PAGES: u32 = 500;
/// Title and name stand on one axis within this, mm.
const SAME_AXIS_MM: f64 = 12.0;
/// Lines as thin as this under a blank are there to be written on, mm.
const RULE_MM: f64 = 0.6;
/// Descent and line height of Liberation Serif (Times New Roman), in em: appearances centre their
/// line in the box, so this brings the new text onto the baseline of the printed one.
const DESCENT_EM: f64 = 0.216;
const LINE_EM: f64 = 1.107;
/// Image of a handwritten signature where none is there yet (about 60 × 25 mm in real files).
const OFFICIAL_MM: (f64, f64) = (60.0, 25.0);

/// Where something goes, by text that stands on the page. NFC, white space folded, case kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The free box right of this text, on its baseline.
    After(String),
    /// The free box between two lines, title and name, centred on their common axis.
    Between(String, String),
}

impl Anchor {
    /// Reads `after:TEXT` or `between:TEXT|TEXT`.
    #[must_use]
    pub fn parse(words: &str) -> Option<Self> {
        if let Some(text) = words.strip_prefix("after:") {
            return (!folded(text).is_empty()).then(|| Self::After(text.into()));
        }
        let (title, name) = words.strip_prefix("between:")?.split_once('|')?;
        (!folded(title).is_empty() && !folded(name).is_empty())
            .then(|| Self::Between(title.into(), name.into()))
    }
}

/// Why an anchor gives no place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnchorRefusal {
    /// No page shows it.
    #[error("text not found: {0}")]
    NotFound(String),
    /// More than one place would do.
    #[error("text found {1} times: {0}")]
    Ambiguous(String, usize),
    /// Ink is in the way: width and height that were wanted.
    #[error("no room of {0}x{1} mm there")]
    NoRoom(f64, f64),
    /// No page of the document can be read.
    #[error("the document cannot be read: {0}")]
    Unreadable(String),
}

/// Finds page (from 0) and box of the wanted size that covers no ink. Leader dots, underscores and
/// thin rules under a blank may be written on; a background behind the anchor is no ink.
///
/// # Errors
/// Text not found, found more than once, or no room.
pub fn place(
    document: &Document,
    anchor: &Anchor,
    width_mm: f64,
    height_mm: f64,
) -> Result<(u32, BoxMm), AnchorRefusal> {
    match anchor {
        Anchor::After(text) => after(document, text, width_mm, height_mm),
        Anchor::Between(title, name) => {
            let block = block(document, title, name)?;
            let free = block.room(width_mm, height_mm)?;
            Ok((block.page, free))
        }
    }
}

/// Where the agency's seal goes (NĐ 30/2020 PL I): over the left third of the official's signature
/// image, the signature widget between title and name; where none is there, of an image of
/// 60 × 25 mm. It may lie over the signature block itself, over no other ink.
///
/// # Errors
/// As [`place`]; [`AnchorRefusal::NotFound`] for an anchor that is not [`Anchor::Between`].
pub fn place_seal(
    document: &Document,
    anchor: &Anchor,
    width_mm: f64,
    height_mm: f64,
) -> Result<(u32, BoxMm), AnchorRefusal> {
    let Anchor::Between(title, name) = anchor else {
        let Anchor::After(text) = anchor else {
            return Err(AnchorRefusal::NoRoom(width_mm, height_mm));
        };
        return Err(AnchorRefusal::NotFound(text.clone()));
    };
    let block = block(document, title, name)?;
    let official =
        block.official(document).map_or_else(|| block.room(OFFICIAL_MM.0, OFFICIAL_MM.1), Ok)?;
    let seal = BoxMm {
        x: official.x + official.width / 3.0 - width_mm,
        y: official.y + (official.height - height_mm) / 2.0,
        width: width_mm,
        height: height_mm,
    };
    if !block.sheet().contains(&seal) || block.others(&seal) {
        return Err(AnchorRefusal::NoRoom(width_mm, height_mm));
    }
    Ok((block.page, seal))
}

/// One page as anchors see it.
struct Sheet {
    page: u32,
    ink: Ink,
    lines: Vec<Line>,
}

/// Anchor text on a page.
struct Hit {
    sheet: usize,
    rect: BoxMm,
    /// Where its last letter ends.
    end: f64,
    baseline: f64,
    em: f64,
    /// The run says this and nothing else; the run begins with it.
    whole: bool,
    first: bool,
    visible: bool,
}

fn sheets(document: &Document) -> Result<Vec<Sheet>, AnchorRefusal> {
    let mut sheets = Vec::new();
    let mut error = None;
    for page in 0..document.pages().min(MAX_PAGES) {
        match document.ink(page, Draw { annotations: true, alpha: false }) {
            Ok(ink) => {
                let lines = guarded(|| Ok(text::lines(&ink))).unwrap_or_default();
                sheets.push(Sheet { page, ink, lines });
            }
            Err(e) => error = Some(e),
        }
    }
    match error {
        Some(e) if sheets.is_empty() => Err(AnchorRefusal::Unreadable(e.to_string())),
        _ => Ok(sheets),
    }
}

/// NFC, white space folded and trimmed.
fn folded(text: &str) -> String {
    let text: String = text.nfc().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hits(sheets: &[Sheet], text: &str) -> Vec<Hit> {
    let wanted = folded(text);
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut hits = Vec::new();
    for (sheet, content) in sheets.iter().enumerate() {
        for line in &content.lines {
            let starts: Vec<usize> = line
                .letters
                .iter()
                .scan(0, |at, letter| {
                    let start = *at;
                    *at += letter.text.len();
                    Some(start)
                })
                .collect();
            let said: String = line.letters.iter().map(|l| l.text.as_str()).collect();
            for (from, _) in said.match_indices(&wanted) {
                let to = from + wanted.len();
                let first = starts.partition_point(|s| *s < from);
                let last = starts.partition_point(|s| *s < to);
                let Some(letters) = line.letters.get(first..last) else { continue };
                let rect = letters.iter().filter_map(|l| l.rect).reduce(|a, b| a.union(b));
                let (Some(rect), Some(end)) = (rect, letters.last().map(|l| l.end)) else {
                    continue;
                };
                hits.push(Hit {
                    sheet,
                    rect: to_box(rect),
                    end,
                    baseline: line.baseline,
                    em: line.em,
                    whole: said.trim() == wanted,
                    first: said.trim_start().len() == said.len().saturating_sub(from),
                    visible: letters.iter().all(|l| !l.invisible),
                });
            }
        }
    }
    hits
}

fn after(
    document: &Document,
    text: &str,
    width_mm: f64,
    height_mm: f64,
) -> Result<(u32, BoxMm), AnchorRefusal> {
    let sheets = sheets(document)?;
    let mut found = hits(&sheets, text);
    // "Số:" at the start of a run is the document's own, "căn cước số:" is not.
    if found.iter().any(|h| h.first) {
        found.retain(|h| h.first);
    }
    let [hit] = found.as_slice() else {
        return Err(match found.len() {
            0 => AnchorRefusal::NotFound(text.into()),
            n => AnchorRefusal::Ambiguous(text.into(), n),
        });
    };
    let no_room = AnchorRefusal::NoRoom(width_mm, height_mm);
    let Some(sheet) = sheets.get(hit.sheet) else { return Err(no_room) };
    let y = hit.baseline - ((height_mm - LINE_EM * hit.em) / 2.0 + DESCENT_EM * hit.em);
    let band =
        BoxMm { x: hit.end, y, width: (sheet.ink.width_mm - hit.end).max(0.0), height: height_mm };
    if y < 0.0 || band.top() > sheet.ink.height_mm {
        return Err(no_room);
    }
    let rule = |b: &BoxMm| {
        b.height <= RULE_MM && (b.y + b.height / 2.0 - hit.baseline).abs() <= 0.4 * hit.em
    };
    let obstacles = sheet.obstacles(&[hit]);
    // The anchor's own last letter may hang over its end (italics).
    let own = |b: &BoxMm| hit.rect.contains(b);
    let next = obstacles
        .iter()
        .filter(|b| b.overlaps(&band) && !rule(b) && !own(b))
        .map(|b| b.x)
        .fold(band.right(), f64::min);
    let room = next - hit.end;
    if room < width_mm {
        return Err(no_room);
    }
    let gap = (0.25 * hit.em).min((room - width_mm) / 2.0);
    Ok((sheet.page, BoxMm { x: hit.end + gap, y, width: width_mm, height: height_mm }))
}

/// The signature block: title above, name below.
struct Block {
    page: u32,
    title: BoxMm,
    name: BoxMm,
    axis: f64,
    obstacles: Vec<BoxMm>,
    width_mm: f64,
    height_mm: f64,
}

fn centre(b: &BoxMm) -> f64 {
    b.x + b.width / 2.0
}

fn block(document: &Document, title: &str, name: &str) -> Result<Block, AnchorRefusal> {
    let sheets = sheets(document)?;
    let titles = likely(hits(&sheets, title));
    let names = likely(hits(&sheets, name));
    if titles.is_empty() {
        return Err(AnchorRefusal::NotFound(title.into()));
    }
    if names.is_empty() {
        return Err(AnchorRefusal::NotFound(name.into()));
    }
    // Each title with the nearest name below it, as long as no other title is nearer to that name.
    let mut pairs: Vec<(&Hit, &Hit)> = Vec::new();
    for above in &titles {
        let below = names.iter().filter(|n| belongs(above, n));
        if let Some(below) = below.max_by(|a, b| a.rect.top().total_cmp(&b.rect.top())) {
            pairs.push((above, below));
        }
    }
    let nearest: Vec<(&Hit, &Hit)> = pairs
        .iter()
        .filter(|(t, n)| {
            !pairs.iter().any(|(other, m)| std::ptr::eq(*m, *n) && other.rect.y < t.rect.y)
        })
        .copied()
        .collect();
    let [(above, below)] = nearest.as_slice() else {
        return Err(match nearest.len() {
            0 => AnchorRefusal::NotFound(format!("{title} | {name}")),
            n => AnchorRefusal::Ambiguous(format!("{title} | {name}"), n),
        });
    };
    let Some(sheet) = sheets.get(above.sheet) else {
        return Err(AnchorRefusal::NotFound(title.into()));
    };
    Ok(Block {
        page: sheet.page,
        title: above.rect,
        name: below.rect,
        axis: f64::midpoint(centre(&above.rect), centre(&below.rect)),
        obstacles: sheet.obstacles(&[above, below]),
        width_mm: sheet.ink.width_mm,
        height_mm: sheet.ink.height_mm,
    })
}

/// Runs that say just this come first, then those that begin with it.
fn likely(mut hits: Vec<Hit>) -> Vec<Hit> {
    if hits.iter().any(|h| h.whole) {
        hits.retain(|h| h.whole);
    }
    hits
}

fn belongs(title: &Hit, name: &Hit) -> bool {
    title.sheet == name.sheet
        && name.rect.top() < title.rect.y
        && (centre(&title.rect) - centre(&name.rect)).abs() <= SAME_AXIS_MM
}

impl Block {
    /// The highest free band between title and name that is wide enough on their axis.
    fn room(&self, width_mm: f64, height_mm: f64) -> Result<BoxMm, AnchorRefusal> {
        let strip = BoxMm {
            x: self.axis - width_mm / 2.0,
            y: self.name.top(),
            width: width_mm,
            height: (self.title.y - self.name.top()).max(0.0),
        };
        let no_room = AnchorRefusal::NoRoom(width_mm, height_mm);
        if strip.x < 0.0 || strip.right() > self.width_mm {
            return Err(no_room);
        }
        let mut taken: Vec<(f64, f64)> =
            self.obstacles.iter().filter(|b| b.overlaps(&strip)).map(|b| (b.y, b.top())).collect();
        taken.push((strip.top(), strip.top()));
        taken.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut low, mut best) = (strip.y, (0.0, 0.0));
        for (from, to) in taken {
            if from - low > best.1 - best.0 {
                best = (low, from);
            }
            low = low.max(to);
        }
        if best.1 - best.0 < height_mm {
            return Err(no_room);
        }
        let y = best.0 + (best.1 - best.0 - height_mm) / 2.0;
        Ok(BoxMm { x: strip.x, y, width: width_mm, height: height_mm })
    }

    /// The largest signature widget between title and name.
    fn official(&self, document: &Document) -> Option<BoxMm> {
        let between = |b: &BoxMm| {
            let middle = b.y + b.height / 2.0;
            self.name.y < middle
                && middle < self.title.top()
                && (centre(b) - self.axis).abs() <= SAME_AXIS_MM
        };
        let widgets = document.signature_widgets(self.page).ok()?;
        let largest = |a: &BoxMm, b: &BoxMm| (a.width * a.height).total_cmp(&(b.width * b.height));
        widgets.into_iter().map(|w| w.rect).filter(|b| b.width > 0.0 && between(b)).max_by(largest)
    }

    fn sheet(&self) -> BoxMm {
        BoxMm { x: 0.0, y: 0.0, width: self.width_mm, height: self.height_mm }
    }

    /// Would a round seal in this box lie over ink beside the block?
    fn others(&self, seal: &BoxMm) -> bool {
        let (x, y) = (centre(seal), seal.y + seal.height / 2.0);
        let block = self.title.union(&self.name);
        let own =
            |b: &BoxMm| b.overlaps(&block) || (centre(b) - self.axis).abs() <= 2.0 * SAME_AXIS_MM;
        self.obstacles.iter().filter(|b| !own(b)).any(|b| {
            let dx = (x - x.clamp(b.x, b.right())) / (seal.width / 2.0);
            let dy = (y - y.clamp(b.y, b.top())) / (seal.height / 2.0);
            dx * dx + dy * dy < 1.0
        })
    }
}

impl Sheet {
    /// Ink in the way. Blanks are to be filled; what lies wholly behind visible anchors is paper.
    fn obstacles(&self, anchors: &[&Hit]) -> Vec<BoxMm> {
        let visible = anchors.iter().all(|a| a.visible);
        let paper = |b: &BoxMm| visible && anchors.iter().all(|a| b.contains(&a.rect));
        let letters =
            self.lines.iter().flat_map(|l| &l.letters).filter(|l| !l.blank).filter_map(|l| l.rect);
        let images = self.ink.images.iter().map(|i| to_box(i.rect));
        let paths = self.ink.strokes.iter().filter(|s| !s.white).flat_map(Stroke::boxes);
        letters.map(to_box).chain(images.chain(paths).filter(|b| !paper(b))).collect()
    }
}
