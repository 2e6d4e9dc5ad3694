//! Annotations of a page; widgets by field name.

use crate::BoxMm;
use hayro_interpret::hayro_syntax::object::{
    Array, Dict, Name, Object, Rect as PdfRect, Stream, String as PdfString,
};
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::kurbo::Rect;
use hayro_interpret::util::RectExt;

/// Annotations of one page that are looked at.
const MAX_ANNOTATIONS: usize = 10_000;
/// Fields above a widget.
const MAX_PARENTS: usize = 64;

/// A signature widget of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct SignatureWidget {
    /// Fully qualified name.
    pub field: String,
    /// Its `/Rect`.
    pub rect: BoxMm,
}

/// An annotation as the file has it.
pub(crate) struct Found<'a> {
    pub(crate) dict: Dict<'a>,
    pub(crate) field: String,
    pub(crate) signature: bool,
    /// In user space; empty if there is none.
    pub(crate) rect: Rect,
}

impl<'a> Found<'a> {
    /// Every stream that a reader may show for it: normal, rollover and down, in all states.
    pub(crate) fn appearances(&self) -> Vec<Stream<'a>> {
        let Some(ap) = self.dict.get::<Dict<'_>>("AP") else { return Vec::new() };
        let mut streams = Vec::new();
        for key in ["N", "R", "D"] {
            match ap.get::<Object<'_>>(key) {
                Some(Object::Stream(stream)) => streams.push(stream),
                Some(Object::Dict(states)) => {
                    streams.extend(
                        states.keys().filter_map(|state| states.get::<Stream<'_>>(state)).take(64),
                    );
                }
                _ => {}
            }
        }
        streams
    }

    /// Does the dictionary ask for ink at all? A reader may draw borders and backgrounds from /MK.
    pub(crate) fn asks_for_ink(&self) -> bool {
        self.dict.contains_key("AP") || self.dict.contains_key("MK")
    }
}

/// All annotations of a page; only widgets have a name.
pub(crate) fn annotations<'a>(page: &Page<'a>) -> Vec<Found<'a>> {
    let Some(annotations) = page.raw().get::<Array<'_>>("Annots") else { return Vec::new() };
    annotations
        .iter::<Dict<'_>>()
        .take(MAX_ANNOTATIONS)
        .map(|dict| {
            let widget = dict.get::<Name<'_>>("Subtype").is_some_and(|n| n.as_ref() == b"Widget");
            let (field, signature) =
                if widget { name_and_type(&dict) } else { (String::new(), false) };
            let rect = dict.get::<PdfRect>("Rect").map_or(Rect::ZERO, |r| r.to_kurbo());
            Found { dict, field, signature, rect }
        })
        .collect()
}

/// ISO 32000-2 12.7.4.2: partial names joined by periods; /FT is inheritable.
fn name_and_type(widget: &Dict<'_>) -> (String, bool) {
    let (mut names, mut kind) = (Vec::new(), None);
    let mut node = Some(widget.clone());
    for _ in 0..MAX_PARENTS {
        let Some(dict) = node else { break };
        if let Some(name) = dict.get::<PdfString<'_>>("T") {
            names.push(text(name.as_bytes()));
        }
        kind = kind.or_else(|| dict.get::<Name<'_>>("FT").map(|n| n.as_ref() == b"Sig"));
        node = dict.get::<Dict<'_>>("Parent");
    }
    names.reverse();
    (names.join("."), kind == Some(true))
}

/// A text string (7.9.2.2): UTF-16BE or UTF-8 by its mark, else PDFDocEncoding, read as Latin-1.
fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units = rest.chunks_exact(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            });
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}
