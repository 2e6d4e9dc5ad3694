//! Where number and date go: the blanks of "Số:   /QĐ-UBND" and "ngày   tháng   năm 2026".

use page::{Anchor, AnchorRefusal, BoxMm, Document};
use stamp::{POINTS_PER_MM, TextStyle, text_width_mm};

use crate::{Appearance, Look, Place, Refusal, Words, WordsFace};

/// What is written into the header line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderWords {
    /// After "Số:".
    pub number: Option<String>,
    /// Between "ngày" and "tháng".
    pub day: Option<String>,
    /// Between "tháng" and "năm".
    pub month: Option<String>,
}

/// One widget over all blanks that are filled, each word centred in its own and on the baseline of
/// the printed line: the number upright, the date in italics (NĐ 30/2020/NĐ-CP, PL I).
///
/// # Errors
/// The words around a blank are not on the page, or the blank is too narrow.
pub fn header(
    document: &Document,
    words: &HeaderWords,
    size_pt: f64,
) -> Result<Appearance, Refusal> {
    let mut filled = vec![];
    if let Some(number) = &words.number {
        filled.push(blank(document, "Số:", number, WordsFace::Regular, size_pt)?);
    }
    if words.day.is_some() || words.month.is_some() {
        let (to_day, to_month) = date_line(document)?;
        if let Some(day) = &words.day {
            filled.push(blank(document, &to_day, day, WordsFace::Italic, size_pt)?);
        }
        if let Some(month) = &words.month {
            filled.push(blank(document, &to_month, month, WordsFace::Italic, size_pt)?);
        }
    }
    let mut boxes = filled.iter().map(|f| f.room);
    let first = boxes.next().ok_or_else(|| Refusal::NoRoom { why: "no text".to_owned() })?;
    let widget = boxes.fold(first, |all, one| all.union(&one));
    let page = filled.first().map_or(0, |f| f.page);
    if filled.iter().any(|f| f.page != page) {
        return Err(Refusal::TextNotFound { text: "Số: … ngày … tháng".to_owned() });
    }
    let placed = filled.into_iter().map(|f| f.within(&widget, size_pt)).collect();
    Ok(Appearance {
        place: Place {
            page,
            x_mm: widget.x,
            y_mm: widget.y,
            width_mm: widget.width,
            height_mm: widget.height,
        },
        look: Look::Blanks { words: placed },
    })
}

/// A blank and what goes there.
struct Filled {
    page: u32,
    room: BoxMm,
    text: String,
    face: WordsFace,
}

impl Filled {
    fn within(self, widget: &BoxMm, size_pt: f64) -> Words {
        // The box lies so that a line centred in it meets the printed baseline.
        let em = size_pt / POINTS_PER_MM;
        let baseline = self.room.y + self.room.height / 2.0 - CENTRE_ABOVE_BASELINE_EM * em;
        Words {
            text: self.text,
            x_mm: self.room.x - widget.x,
            width_mm: self.room.width,
            baseline_mm: baseline - widget.y,
            face: self.face,
            size_pt,
        }
    }
}

/// Half the line's height less its descent (Liberation Serif: ascent 0.891, descent 0.216).
const CENTRE_ABOVE_BASELINE_EM: f64 = (0.891 + 0.216) / 2.0 - 0.216;
/// Height of a widget in the header line, in lines.
const WIDGET_LINES: f64 = 1.3;
/// No blank is taken to be wider, in mm.
const WIDEST_MM: f64 = 40.0;

/// The whole free room right of `before`, where it is wide enough for `text`.
fn blank(
    document: &Document,
    before: &str,
    text: &str,
    face: WordsFace,
    size_pt: f64,
) -> Result<Filled, Refusal> {
    let style = TextStyle::new(face.text_face(), size_pt);
    let needed = text_width_mm(text, &style)?;
    let height = size_pt / POINTS_PER_MM * WIDGET_LINES;
    let anchor = Anchor::After(before.to_owned());
    let (page, mut room) = page::place(document, &anchor, needed, height)?;
    // The widest box that is still free, to half a millimetre: the word is centred in it.
    let (mut fits, mut too_wide) = (needed, WIDEST_MM.max(needed));
    while too_wide - fits > 0.5 {
        let middle = f64::midpoint(fits, too_wide);
        match page::place(document, &anchor, middle, height) {
            Ok((_, wider)) => (fits, room) = (middle, wider),
            Err(AnchorRefusal::NoRoom(..)) => too_wide = middle,
            Err(other) => return Err(other.into()),
        }
    }
    Ok(Filled { page, room, text: text.to_owned(), face })
}

/// The texts before the two blanks of the date line, long enough to be unique on the page.
fn date_line(document: &Document) -> Result<(String, String), Refusal> {
    for page in 0..document.pages().min(PAGES) {
        let content =
            document.content(page, true).map_err(|e| Refusal::Document { why: e.to_string() })?;
        let found = content.text.iter().find_map(|run| {
            let (to_day, rest) = split_after(&run.text, "ngày")?;
            let (day, after) = rest.split_once("tháng")?;
            let (month, _) = after.split_once("năm")?;
            // One of them may be filled by an earlier signature.
            let filled = !is_blank(day) as u8 + !is_blank(month) as u8;
            let short = day.chars().count() <= LONGEST && month.chars().count() <= LONGEST;
            (filled < 2 && short).then(|| (to_day.to_owned(), format!("{to_day}{day}tháng")))
        });
        if let Some(texts) = found {
            return Ok(texts);
        }
    }
    Err(Refusal::TextNotFound { text: "ngày … tháng … năm".to_owned() })
}

/// The header stands on the first page; a cover may come before it.
const PAGES: u32 = 3;

/// Letters in the blank of a day or month at most; white space is folded.
const LONGEST: usize = 24;

fn split_after<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    text.split_at_checked(text.find(word)?.checked_add(word.len())?)
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || matches!(c, '.' | '…' | '_'))
}
