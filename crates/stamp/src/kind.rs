//! The kinds of appearance that practice knows, with their usual sizes and words
//! (NĐ 30/2020/NĐ-CP, Phụ lục I; sizes are data to start from, a procedure's layout overrides them).

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::text::Align;
use crate::{Appearance, POINTS_PER_MM, Run, StampError, TextFace, TextStyle, text, text_width_mm};

/// What a signature shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The authorised official: the handwritten signature alone, blue, between title and name.
    Official,
    /// The agency: its seal alone, red, at real size, over the left third of the official's image.
    Seal,
    /// An attachment in a file of its own: number, symbol and time as text, top right.
    Attachment,
    /// Ký nháy: a small picture or letters.
    Initials,
    /// The number in the blank after "Số:".
    Number,
    /// Day and month in the blanks of the date line.
    Date,
    /// Number and date by one signature: one widget across the header line.
    NumberDate,
    /// Nothing is shown.
    None,
}

impl Kind {
    /// All kinds, in the order of a document's life.
    pub const ALL: [Kind; 8] = [
        Kind::Initials,
        Kind::Official,
        Kind::Number,
        Kind::Date,
        Kind::NumberDate,
        Kind::Seal,
        Kind::Attachment,
        Kind::None,
    ];

    /// The word of the command line (`--appearance`).
    pub fn name(self) -> &'static str {
        match self {
            Kind::Official => "official",
            Kind::Seal => "seal",
            Kind::Attachment => "attachment",
            Kind::Initials => "initials",
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::NumberDate => "number-date",
            Kind::None => "none",
        }
    }

    /// The kind that has this name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Usual width and height in mm.
    pub fn default_size_mm(self) -> (f64, f64) {
        match self {
            Kind::Official => (60.0, 25.0),
            Kind::Seal => (35.0, 35.0),
            Kind::Attachment => (60.0, 10.0),
            Kind::Initials => (16.0, 8.0),
            Kind::Number => (14.0, 6.0),
            Kind::Date => (38.0, 6.0),
            Kind::NumberDate => (160.0, 6.0),
            Kind::None => (0.0, 0.0),
        }
    }
}

/// A blank in a printed line, as the widget over it sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blank {
    /// Left end, in mm from the left edge of the widget.
    pub x_mm: f64,
    /// Width in mm.
    pub width_mm: f64,
    /// Face and size of the line it stands in.
    pub style: TextStyle,
}

/// Words in the blanks of one printed line, each centred in its blank (or from its left end, where
/// its style says so): number, day and month under one widget.
///
/// # Errors
/// [`StampError::TooWide`] for a word that is wider than its blank, and as [`crate::runs`].
pub fn fill_blanks(
    filled: &[(Blank, &str)],
    baseline_mm: f64,
    width_mm: f64,
    height_mm: f64,
) -> Result<Appearance, StampError> {
    let mut placed = Vec::with_capacity(filled.len());
    for (blank, words) in filled {
        let needed_mm = text_width_mm(words, &blank.style)?;
        if needed_mm > blank.width_mm {
            return Err(StampError::TooWide { needed_mm, width_mm: blank.width_mm });
        }
        let indent_mm = match blank.style.align {
            Align::Left => 0.0,
            Align::Centre => (blank.width_mm - needed_mm) / 2.0,
        };
        let x_mm = blank.x_mm + indent_mm;
        placed.push(Run { text: words, x_mm, baseline_mm, style: blank.style });
    }
    crate::runs(&placed, width_mm, height_mm)
}

/// Attachment in a file of its own: number and symbol, then the time of signing, size 10, upright,
/// black, no picture (NĐ 30/2020/NĐ-CP, Phụ lục I, mục I.II.8 c).
///
/// # Errors
/// As [`text`].
pub fn attachment(
    number_and_symbol: &str,
    time: Timestamp,
    width_mm: f64,
    height_mm: f64,
) -> Result<Appearance, StampError> {
    let style = TextStyle::new(TextFace::SerifRegular, 10.0);
    text(&[number_and_symbol, &iso_time_vietnam(time)], &style, width_mm, height_mm)
}

/// Initials as letters, where there is no picture of them.
///
/// # Errors
/// As [`text`].
pub fn initials(letters: &str, width_mm: f64, height_mm: f64) -> Result<Appearance, StampError> {
    let style = TextStyle::new(TextFace::SerifItalic, 11.0).centred();
    text(&[letters], &style, width_mm, height_mm)
}

/// A visible signature without a picture: who signed and when, in lines of size 10.
///
/// # Errors
/// As [`text`]; a name is broken between words only.
pub fn signer_and_time(
    signer: &str,
    time: Timestamp,
    width_mm: f64,
    height_mm: f64,
) -> Result<Appearance, StampError> {
    let style = TextStyle::new(TextFace::SerifRegular, 10.0);
    let mut lines = wrap(&format!("Ký bởi: {signer}"), &style, width_mm)?;
    let when = format!("Ngày ký: {}", iso_time_vietnam(time));
    lines.extend(wrap(&when, &style, width_mm)?);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    text(&lines, &style, width_mm, height_mm)
}

/// Time in Viet Nam to the second, as ISO 8601 with the zone: `2026-01-05T09:30:00+07:00`. The
/// zone has been +07:00 without summer time since 1975.
pub fn iso_time_vietnam(time: Timestamp) -> String {
    let local = Offset::constant(7).to_datetime(time);
    format!("{}+07:00", local.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// Breaks at spaces into lines that fit; a single word that does not is left for [`text`] to refuse.
fn wrap(words: &str, style: &TextStyle, width_mm: f64) -> Result<Vec<String>, StampError> {
    let mut lines = vec![];
    let mut line = String::new();
    for word in words.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if !line.is_empty() && text_width_mm(&longer, style)? > width_mm {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        } else {
            line = longer;
        }
    }
    lines.push(line);
    Ok(lines)
}

/// Height of one line of this style, in mm: a widget that fills a blank is about this high.
pub fn line_height_mm(style: &TextStyle) -> f64 {
    style.size_pt * style.leading / POINTS_PER_MM
}
