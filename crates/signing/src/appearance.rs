//! From what people should see to the form that `pades` appends.

use jiff::Timestamp;
use pades::{Form, FormObject, Placed};
use serde::{Deserialize, Serialize};
use stamp::{Blank, Run, StampError, TextFace, TextStyle};

use crate::order::base64_text;
use crate::{Appearance, Refusal};

/// Page (from 0) and box in mm from the lower left of the page as the reader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Place {
    pub page: u32,
    pub x_mm: f64,
    pub y_mm: f64,
    pub width_mm: f64,
    pub height_mm: f64,
}

/// What a signature shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Look {
    /// A PNG alone, fitted and centred: the official's signature, the seal, initials.
    Picture(Picture),
    /// Lines of text, centred in the height of the box.
    Lines {
        /// The lines.
        lines: Vec<String>,
        /// Face and size.
        face: WordsFace,
        /// Size in points.
        size_pt: f64,
        /// Centred in the width, else from the left.
        centred: bool,
    },
    /// Words at exact places: number and date in the blanks of printed lines.
    Blanks {
        /// Each word with its place.
        words: Vec<Words>,
    },
    /// Number and symbol, then the signing time: an attachment in a file of its own.
    Attachment {
        /// "05/QĐ-UBND"
        number_and_symbol: String,
    },
    /// Who signs and when, as text.
    SignerAndTime {
        /// The signer's name.
        signer: String,
    },
}

/// A picture of the official's signature, of initials or of the seal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// The PNG file.
    #[serde(with = "base64_text")]
    pub png: Vec<u8>,
}

/// A word in a blank: its box in mm from the lower left of the widget; the word is centred in the
/// width and stands on the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Words {
    pub text: String,
    pub x_mm: f64,
    pub width_mm: f64,
    pub baseline_mm: f64,
    pub face: WordsFace,
    pub size_pt: f64,
}

/// The faces of the built-in family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum WordsFace {
    Regular,
    Bold,
    Italic,
    BoldItalic,
}

impl WordsFace {
    /// The face as `stamp` names it.
    pub fn text_face(self) -> TextFace {
        match self {
            WordsFace::Regular => TextFace::SerifRegular,
            WordsFace::Bold => TextFace::SerifBold,
            WordsFace::Italic => TextFace::SerifItalic,
            WordsFace::BoldItalic => TextFace::SerifBoldItalic,
        }
    }
}

impl Look {
    /// Whether what is drawn depends on the signing time.
    pub(crate) fn shows_time(&self) -> bool {
        matches!(self, Look::Attachment { .. } | Look::SignerAndTime { .. })
    }
}

/// Draws `look` into a form of that size.
pub(crate) fn draw(appearance: &Appearance, at: Timestamp) -> Result<Form, Refusal> {
    let (width, height) = (appearance.place.width_mm, appearance.place.height_mm);
    let drawn = match &appearance.look {
        Look::Picture(picture) => stamp::image(&picture.png, width, height),
        Look::Lines { lines, face, size_pt, centred } => {
            let style = TextStyle::new(face.text_face(), *size_pt);
            let style = if *centred { style.centred() } else { style };
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            stamp::text(&lines, &style, width, height)
        }
        Look::Blanks { words } => fill(words, width, height),
        Look::Attachment { number_and_symbol } => {
            stamp::attachment(number_and_symbol, at, width, height)
        }
        Look::SignerAndTime { signer } => signer_and_time(signer, at, width, height),
    };
    Ok(form(&drawn.map_err(Refusal::from)?))
}

/// Who signed and when, in the largest size (at most 10 points) that fits the box.
fn signer_and_time(
    signer: &str,
    at: Timestamp,
    width: f64,
    height: f64,
) -> Result<stamp::Appearance, StampError> {
    let usual = stamp::signer_and_time(signer, at, width, height);
    let sentences =
        [format!("Ký bởi: {signer}"), format!("Thời gian ký: {}", stamp::iso_time_vietnam(at))];
    let smaller = SMALLER_PT.iter().find_map(|size_pt| {
        let style = TextStyle::new(TextFace::SerifRegular, *size_pt);
        let mut lines = vec![];
        for sentence in &sentences {
            lines.extend(wrap(sentence, &style, width).ok()?);
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        stamp::text(&lines, &style, width, height).ok()
    });
    match (usual, smaller) {
        (Err(StampError::TooWide { .. } | StampError::TooTall { .. }), Some(smaller)) => {
            Ok(smaller)
        }
        (usual, _) => usual,
    }
}

const SMALLER_PT: [f64; 8] = [9.0, 8.0, 7.0, 6.5, 6.0, 5.0, 4.5, 4.0];

/// Breaks at spaces into lines that fit; a single word that does not is left for the setting to
/// refuse.
fn wrap(words: &str, style: &TextStyle, width: f64) -> Result<Vec<String>, StampError> {
    let mut lines: Vec<String> = vec![];
    for word in words.split_whitespace() {
        if let Some(last) = lines.last_mut() {
            let longer = format!("{last} {word}");
            if stamp::text_width_mm(&longer, style)? <= width {
                *last = longer;
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    Ok(lines)
}

/// One word a blank, each on its own baseline.
fn fill(words: &[Words], width: f64, height: f64) -> Result<stamp::Appearance, StampError> {
    let mut runs = Vec::with_capacity(words.len());
    for word in words {
        let style = TextStyle::new(word.face.text_face(), word.size_pt).centred();
        let blank = Blank { x_mm: word.x_mm, width_mm: word.width_mm, style };
        let needed_mm = stamp::text_width_mm(&word.text, &style)?;
        if needed_mm > blank.width_mm {
            return Err(StampError::TooWide { needed_mm, width_mm: blank.width_mm });
        }
        let x_mm = blank.x_mm + (blank.width_mm - needed_mm) / 2.0;
        runs.push(Run { text: &word.text, x_mm, baseline_mm: word.baseline_mm, style });
    }
    stamp::runs(&runs, width, height)
}

/// The same objects, as `pades` numbers and appends them.
pub(crate) fn form(drawn: &stamp::Appearance) -> Form {
    Form {
        width_mm: drawn.width_mm,
        height_mm: drawn.height_mm,
        objects: drawn.objects.iter().map(|o| FormObject { pieces: o.pieces() }).collect(),
    }
}

impl Place {
    pub(crate) fn with(self, form: Form) -> Placed {
        Placed {
            page: self.page,
            x_mm: self.x_mm,
            y_mm: self.y_mm,
            width_mm: self.width_mm,
            height_mm: self.height_mm,
            form,
        }
    }

    /// The place with an appearance that shows nothing: for fields made before they are signed.
    pub fn empty(self) -> Placed {
        self.with(form(&stamp::empty(self.width_mm, self.height_mm)))
    }
}

impl Appearance {
    /// The same words at the same places on the page, in another box there (that of a field which
    /// exists already).
    #[must_use]
    pub fn moved_into(mut self, place: Place) -> Appearance {
        if let Look::Blanks { words } = &mut self.look {
            for word in words {
                word.x_mm += self.place.x_mm - place.x_mm;
                word.baseline_mm += self.place.y_mm - place.y_mm;
            }
        }
        self.place = place;
        self
    }
}
