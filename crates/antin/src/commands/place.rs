//! Where a signature is shown and what: the flags of `antin sign` to an [`signing::Appearance`].

use page::{Anchor, BoxMm};
use signing::{Appearance, HeaderWords, Look, Picture, Place, Refusal, WordsFace};
use stamp::Kind;

use crate::cli::{Appearance as Wanted, Sign};
use crate::files::{self, Document};
use crate::stop::Stop;

/// `None`: nothing is shown. `existing` is the place of the empty field that is to be filled, and
/// `signer` a name for text.
pub(crate) fn appearance(
    args: &Sign,
    document: &Document,
    existing: Option<Place>,
    signer: &str,
) -> Result<Option<Appearance>, Stop> {
    let kind = kind(args.appearance);
    if kind == Kind::None {
        if args.rect.is_some() || args.place.is_some() {
            return Err(usage(
                "Có --rect hoặc --place nhưng không có --appearance.",
                "--rect or --place is given without --appearance.",
            ));
        }
        return Ok(None);
    }
    let is_header = matches!(kind, Kind::Number | Kind::Date | Kind::NumberDate);
    if is_header && args.image.is_none() {
        let words = header_words(kind, args.text.as_deref())?;
        return header(args, document, existing, kind, &words).map(Some);
    }
    let place = place(args, document, existing, kind)?;
    Ok(Some(Appearance { place, look: look(args, kind, signer)? }))
}

pub(crate) fn kind(wanted: Wanted) -> Kind {
    match wanted {
        Wanted::Official => Kind::Official,
        Wanted::Seal => Kind::Seal,
        Wanted::Attachment => Kind::Attachment,
        Wanted::Initials => Kind::Initials,
        Wanted::Number => Kind::Number,
        Wanted::Date => Kind::Date,
        Wanted::NumberDate => Kind::NumberDate,
        Wanted::None => Kind::None,
    }
}

fn look(args: &Sign, kind: Kind, signer: &str) -> Result<Look, Stop> {
    if let Some(image) = &args.image {
        return Ok(Look::Picture(Picture { png: files::read(image, PICTURE_BYTES)? }));
    }
    Ok(match (kind, &args.text) {
        (Kind::Attachment, Some(number)) => Look::Attachment { number_and_symbol: number.clone() },
        (Kind::Initials, Some(letters)) => Look::Lines {
            lines: vec![letters.clone()],
            face: WordsFace::Italic,
            size_pt: 11.0,
            centred: true,
        },
        (_, Some(text)) => Look::Lines {
            lines: text.lines().map(str::to_owned).collect(),
            face: WordsFace::Regular,
            size_pt: args.text_size,
            centred: true,
        },
        (_, None) => Look::SignerAndTime { signer: signer.to_owned() },
    })
}

const PICTURE_BYTES: u64 = 16 << 20;

/// "05" for the number, "24|11" for the date, "05|24|11" for both.
fn header_words(kind: Kind, text: Option<&str>) -> Result<HeaderWords, Stop> {
    let parts: Vec<String> =
        text.unwrap_or_default().split('|').map(|part| part.trim().to_owned()).collect();
    let words = match (kind, parts.as_slice()) {
        (Kind::Number, [number]) => {
            HeaderWords { number: Some(number.clone()), ..HeaderWords::default() }
        }
        (Kind::Date, [one]) => HeaderWords { day: Some(one.clone()), ..HeaderWords::default() },
        (Kind::Date, [day, month]) => HeaderWords {
            day: Some(day.clone()).filter(|d| !d.is_empty()),
            month: Some(month.clone()).filter(|m| !m.is_empty()),
            number: None,
        },
        (Kind::NumberDate, [number, day, month]) => HeaderWords {
            number: Some(number.clone()),
            day: Some(day.clone()),
            month: Some(month.clone()),
        },
        _ => HeaderWords::default(),
    };
    let empty = |word: &Option<String>| word.as_ref().is_none_or(String::is_empty);
    if empty(&words.number) && empty(&words.day) && empty(&words.month) {
        return Err(usage(
            "Cần --text: số cho number, NGÀY|THÁNG cho date, SỐ|NGÀY|THÁNG cho number-date.",
            "--text is wanted: the number, DAY|MONTH for date, NUMBER|DAY|MONTH for number-date.",
        ));
    }
    Ok(words)
}

/// Number and date: in a box that is named or of a field, else in the blanks found on the page.
fn header(
    args: &Sign,
    document: &Document,
    existing: Option<Place>,
    kind: Kind,
    words: &HeaderWords,
) -> Result<Appearance, Stop> {
    let named = args.rect.is_some() || args.place.is_some() || existing.is_some();
    let one_word = match (&words.number, &words.day, &words.month) {
        (Some(text), None, None) => Some((text, WordsFace::Regular)),
        (None, Some(text), None) | (None, None, Some(text)) => Some((text, WordsFace::Italic)),
        _ => None,
    };
    match one_word {
        // One word in a box of its own.
        Some((text, face)) if named => Ok(Appearance {
            place: place(args, document, existing, kind)?,
            look: Look::Lines {
                lines: vec![text.clone()],
                face,
                size_pt: args.text_size,
                centred: true,
            },
        }),
        _ => {
            let mut found = signing::header(&open(document)?, words, args.text_size)?;
            // The box is fixed already; the words keep their places on the page.
            if let Some(place) = fixed(args, existing)? {
                found = found.moved_into(place);
            }
            Ok(found)
        }
    }
}

fn fixed(args: &Sign, existing: Option<Place>) -> Result<Option<Place>, Stop> {
    match (existing, args.rect) {
        (Some(place), _) => Ok(Some(place)),
        (None, Some(rect)) => Ok(Some(boxed(args.page, rect)?)),
        (None, None) => Ok(None),
    }
}

fn place(
    args: &Sign,
    document: &Document,
    existing: Option<Place>,
    kind: Kind,
) -> Result<Place, Stop> {
    if let Some(place) = fixed(args, existing)? {
        return Ok(place);
    }
    let (width, height) = match args.size {
        Some([width, height]) => (width, height),
        None => kind.default_size_mm(),
    };
    if !(width > 0.0 && height > 0.0) {
        return Err(usage("Cỡ khung phải lớn hơn 0.", "The size must be above 0."));
    }
    match &args.place {
        Some(words) => {
            let anchor = Anchor::parse(words).ok_or_else(|| {
                usage(
                    "--place phải là after:CHỮ hoặc between:CHỮ|CHỮ.",
                    "--place must be after:TEXT or between:TEXT|TEXT.",
                )
            })?;
            let document = open(document)?;
            let is_seal = kind == Kind::Seal && matches!(anchor, Anchor::Between(..));
            let (page, found) = if is_seal {
                page::place_seal(&document, &anchor, width, height)
            } else {
                page::place(&document, &anchor, width, height)
            }
            .map_err(Refusal::from)?;
            Ok(at(page, found))
        }
        None if kind == Kind::Attachment => top_right(document, width, height),
        None => Err(usage(
            "Chữ ký có hiển thị cần chỗ: --page và --rect, hoặc --place, hoặc --field của trường có khung.",
            "A visible signature needs a place: --page and --rect, or --place, or --field with a box.",
        )),
    }
}

/// NĐ 30/2020/NĐ-CP, PL I: an attachment in a file of its own is signed top right of page 1.
fn top_right(document: &Document, width: f64, height: f64) -> Result<Place, Stop> {
    let outline =
        pades::outline(document.source(), &pades::Limits::default()).map_err(Refusal::from)?;
    let (page_width, page_height) =
        outline.page_sizes_mm.first().copied().unwrap_or((210.0, 297.0));
    Ok(Place {
        page: 0,
        x_mm: page_width - RIGHT_MARGIN_MM - width,
        y_mm: page_height - TOP_MM - height,
        width_mm: width,
        height_mm: height,
    })
}

const RIGHT_MARGIN_MM: f64 = 15.0;
const TOP_MM: f64 = 7.0;

fn boxed(page: Option<u32>, [x_mm, y_mm, width_mm, height_mm]: [f64; 4]) -> Result<Place, Stop> {
    if !(width_mm > 0.0 && height_mm > 0.0) {
        return Err(usage("Khung phải có cỡ lớn hơn 0.", "The box must be larger than 0."));
    }
    let page = page.unwrap_or(1).saturating_sub(1);
    Ok(Place { page, x_mm, y_mm, width_mm, height_mm })
}

fn at(page: u32, found: BoxMm) -> Place {
    Place { page, x_mm: found.x, y_mm: found.y, width_mm: found.width, height_mm: found.height }
}

/// Pages as they are drawn.
fn open(document: &Document) -> Result<page::Document, Stop> {
    let bytes = document.bytes()?;
    page::Document::open(&bytes).map_err(|e| {
        let why = e.to_string();
        Stop::from(Refusal::Document { why })
    })
}

/// Where an empty field that exists already is shown; `None` where it has no box.
pub(crate) fn of_field(
    document: &Document,
    outline: &pades::Outline,
    name: &str,
) -> Result<Option<Place>, Stop> {
    let field = outline.empty_fields.iter().find(|f| f.field == name);
    let Some(widget) = field.and_then(|f| f.widget.as_ref()) else { return Ok(None) };
    let [x0, y0, x1, y1] = widget.rect;
    let (Some(page), true) = (widget.page, x1 > x0 && y1 > y0) else { return Ok(None) };
    let found = open(document)?.user_space_to_mm(page, widget.rect).map_err(|e| {
        let why = e.to_string();
        Stop::from(Refusal::Document { why })
    })?;
    Ok(Some(at(page, found)))
}

pub(crate) fn usage(vi: &str, en: &str) -> Stop {
    Stop::failed("usage", vi, en)
}
