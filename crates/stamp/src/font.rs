//! The built-in faces: which glyph shows a character, and the subset that a document embeds.

use std::collections::BTreeMap;

use pdf_writer::types::{SystemInfo, UnicodeCmap};
use pdf_writer::{Name, Str};
use subsetter::GlyphRemapper;
use unicode_normalization::UnicodeNormalization as _;

use crate::StampError;
use crate::object::{AppearanceObject, number};

/// A style of Liberation Serif 2.1.5, whose widths are those of Times New Roman (NĐ 30/2020, PL I).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextFace {
    /// Upright.
    SerifRegular,
    /// Bold.
    SerifBold,
    /// Italic.
    SerifItalic,
    /// Bold italic.
    SerifBoldItalic,
}

impl TextFace {
    /// The whole font file.
    pub fn data(self) -> &'static [u8] {
        match self {
            TextFace::SerifRegular => {
                include_bytes!("../assets/fonts/LiberationSerif-Regular.ttf")
            }
            TextFace::SerifBold => include_bytes!("../assets/fonts/LiberationSerif-Bold.ttf"),
            TextFace::SerifItalic => include_bytes!("../assets/fonts/LiberationSerif-Italic.ttf"),
            TextFace::SerifBoldItalic => {
                include_bytes!("../assets/fonts/LiberationSerif-BoldItalic.ttf")
            }
        }
    }

    fn postscript_name(self) -> &'static str {
        match self {
            TextFace::SerifRegular => "LiberationSerif",
            TextFace::SerifBold => "LiberationSerif-Bold",
            TextFace::SerifItalic => "LiberationSerif-Italic",
            TextFace::SerifBoldItalic => "LiberationSerif-BoldItalic",
        }
    }
}

/// Glyphs of one line: codes for `Tj` and the width in em.
pub(crate) struct Encoded {
    pub(crate) codes: Vec<u16>,
    pub(crate) width_em: f64,
}

/// One face in use: collects the glyphs that were asked for, then embeds just these.
pub(crate) struct Subset {
    face: TextFace,
    parsed: ttf_parser::Face<'static>,
    remapper: GlyphRemapper,
    /// Code in the subset → (character it stands for, width in em).
    glyphs: BTreeMap<u16, (char, f64)>,
}

/// Objects that [`Subset::objects`] adds.
pub(crate) const FONT_OBJECTS: usize = 6;

impl Subset {
    pub(crate) fn new(face: TextFace) -> Result<Self, StampError> {
        let parsed = ttf_parser::Face::parse(face.data(), 0)
            .map_err(|error| StampError::Font(error.to_string()))?;
        Ok(Subset { face, parsed, remapper: GlyphRemapper::new(), glyphs: BTreeMap::new() })
    }

    /// Distance of the line's top and bottom from the baseline, in em, both positive.
    pub(crate) fn ascent_descent_em(&self) -> (f64, f64) {
        (self.em(self.parsed.ascender().into()), -self.em(self.parsed.descender().into()))
    }

    /// Glyphs for a text, in NFC. Every character has its own glyph or the text is refused.
    pub(crate) fn encode(&mut self, text: &str) -> Result<Encoded, StampError> {
        let mut encoded = Encoded { codes: Vec::with_capacity(text.len()), width_em: 0.0 };
        for ch in text.nfc() {
            let glyph = Some(ch)
                .filter(|ch| stands_alone(*ch))
                .and_then(|ch| self.parsed.glyph_index(ch))
                .filter(|glyph| glyph.0 != 0)
                .ok_or(StampError::MissingGlyph { ch })?;
            let width_em = self.em(self.parsed.glyph_hor_advance(glyph).unwrap_or(0).into());
            let code = self.remapper.remap(glyph.0);
            self.glyphs.entry(code).or_insert((ch, width_em));
            encoded.codes.push(code);
            encoded.width_em += width_em;
        }
        Ok(encoded)
    }

    /// The font with what belongs to it, for a list in which it begins at index `first`: Type 0
    /// font, CIDFont, descriptor, font file, ToUnicode, CIDSet.
    pub(crate) fn objects(&self, first: usize) -> Result<Vec<AppearanceObject>, StampError> {
        let [cid_font, descriptor, file, to_unicode, cid_set] = [1, 2, 3, 4, 5].map(|i| first + i);
        let data = subsetter::subset(self.face.data(), 0, &self.remapper)
            .map_err(|error| StampError::Font(error.to_string()))?;
        let name = format!("{}+{}", self.tag(), self.face.postscript_name());
        let object = AppearanceObject::default;

        let font = object()
            .put(format!("<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"))
            .put("/DescendantFonts[")
            .reference(cid_font)
            .put("]/ToUnicode ")
            .reference(to_unicode)
            .put(">>");
        let cid_font = object()
            .put(format!("<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}"))
            .put("/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>")
            .put("/CIDToGIDMap/Identity/DW 0/W[")
            .put(self.widths())
            .put("]/FontDescriptor ")
            .reference(descriptor)
            .put(">>");
        let descriptor = self
            .descriptor(&name)
            .put("/FontFile2 ")
            .reference(file)
            .put("/CIDSet ")
            .reference(cid_set)
            .put(">>");
        let file = object().put(format!("<</Length1 {}", data.len())).flate_stream(&data);
        let to_unicode = object().put("<<").flate_stream(&self.to_unicode());
        let cid_set = object().put("<<").flate_stream(&complete_cid_set(&data)?);
        Ok(vec![font, cid_font, descriptor, file, to_unicode, cid_set])
    }

    fn descriptor(&self, name: &str) -> AppearanceObject {
        let per_mille = |units: i16| number(self.em(units.into()) * 1000.0);
        let bbox = self.parsed.global_bounding_box();
        let italic = matches!(self.face, TextFace::SerifItalic | TextFace::SerifBoldItalic);
        let bold = matches!(self.face, TextFace::SerifBold | TextFace::SerifBoldItalic);
        // Serif and symbolic (the subset has no cmap of its own), italic where it is.
        let flags = 2 | 4 | if italic { 64 } else { 0 };
        AppearanceObject::default().put(format!(
            "<</Type/FontDescriptor/FontName/{name}/Flags {flags}/FontBBox[{} {} {} {}]\
             /ItalicAngle {}/Ascent {}/Descent {}/CapHeight {}/StemV {}",
            per_mille(bbox.x_min),
            per_mille(bbox.y_min),
            per_mille(bbox.x_max),
            per_mille(bbox.y_max),
            number(self.parsed.italic_angle().into()),
            per_mille(self.parsed.ascender()),
            per_mille(self.parsed.descender()),
            per_mille(self.parsed.capital_height().unwrap_or(self.parsed.ascender())),
            if bold { 136 } else { 84 },
        ))
    }

    /// Entries of `/W`: codes of a subset are consecutive from 0, so one array says all.
    fn widths(&self) -> String {
        let notdef =
            self.em(self.parsed.glyph_hor_advance(ttf_parser::GlyphId(0)).unwrap_or(0).into());
        let mut out = format!("0[{}", number(notdef * 1000.0));
        for (_, width_em) in self.glyphs.values() {
            out.push(' ');
            out.push_str(&number(width_em * 1000.0));
        }
        out.push(']');
        out
    }

    fn to_unicode(&self) -> Vec<u8> {
        let info = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 };
        let mut cmap = UnicodeCmap::<u16>::new(Name(b"Adobe-Identity-UCS"), info);
        for (code, (ch, _)) in &self.glyphs {
            cmap.pair(*code, *ch);
        }
        cmap.finish().into_vec()
    }

    /// Six capitals that differ with the glyphs (ISO 32000-1, 9.6.4), the same for the same text.
    fn tag(&self) -> String {
        // FNV-1a, 64 bits.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for (ch, _) in self.glyphs.values() {
            for byte in u32::from(*ch).to_le_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        let mut letters = String::with_capacity(6);
        for _ in 0..6 {
            letters.push(char::from(b'A' + (hash % 26) as u8));
            hash /= 26;
        }
        letters
    }

    fn em(&self, units: f64) -> f64 {
        units / f64::from(self.parsed.units_per_em())
    }
}

/// One bit for every glyph of the embedded program, the first in the highest bit
/// (ISO 19005-1, 6.3.5). The program has more glyphs than were asked for: letters made of parts
/// bring their parts.
fn complete_cid_set(program: &[u8]) -> Result<Vec<u8>, StampError> {
    let count = ttf_parser::Face::parse(program, 0)
        .map_err(|error| StampError::Font(error.to_string()))?
        .number_of_glyphs();
    let mut bits = vec![0xFF; usize::from(count / 8)];
    if !count.is_multiple_of(8) {
        bits.push(!(0xFF >> (count % 8)));
    }
    Ok(bits)
}

/// Whether a character (in NFC) is shown by its own glyph alone: no combining marks, no scripts
/// that need shaping or another direction, nothing invisible.
fn stands_alone(ch: char) -> bool {
    matches!(ch,
        ' '..='~'
        | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{24f}'      // Latin; without the soft hyphen
        | '\u{370}'..='\u{482}' | '\u{48a}'..='\u{52f}'   // Greek, Cyrillic; without marks
        | '\u{1e00}'..='\u{1eff}'                         // Latin additional: Vietnamese
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
        | '\u{20a0}'..='\u{20cf}' | '\u{2100}'..='\u{218f}'
        | '\u{2190}'..='\u{22ff}')
}
