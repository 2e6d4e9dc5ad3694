//! From steps of a result to orders for the signer. The boxes were settled when the draft came in, so
//! nothing is read or drawn here: what a person approves is known at once, for a thousand results too.

use issuance::{ActKind, FileAct, Number, Place, Refusal, ResultDoc};
use jiff::civil::Date;
use pdf::FileHash;
use pki::SignatureAlgorithm;
use signing::{Appearance, Level, Look, Order, Picture, Words, WordsFace};
use stamp::POINTS_PER_MM;

use super::boxes::{DESCENT_EM, HEADER_PT, LINE_EM};
use super::overlay::signing_place;

/// The base of every order of a chain but the first: the signer puts in what the step before made.
const NO_BASE: FileHash = FileHash([0; 32]);

/// A key as it signs: certificate, and the pictures that belong to it.
#[derive(Clone, Copy, Debug)]
pub struct KeyInk<'a> {
    /// DER.
    pub certificate: &'a [u8],
    /// How its values are made.
    pub algorithm: SignatureAlgorithm,
    /// The person, or the agency whose seal it is.
    pub name: &'a str,
    /// PNG of the handwritten signature, or of the seal; without it, name and time as text.
    pub image: Option<&'a [u8]>,
    /// PNG of the initials; without it, first letters.
    pub initials: Option<&'a [u8]>,
}

/// What goes into the header line.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// Taken for the result.
    pub number: Option<&'a Number>,
    /// The day, where no number brings one.
    pub today: Date,
}

/// The orders for these steps (indexes into [`ResultDoc::acts`]) of one file, a chain in this order.
///
/// # Errors
/// A step or box that the result does not have; a number that was not taken.
pub fn orders(
    result: &ResultDoc,
    steps: &[u16],
    by: &KeyInk<'_>,
    header: Header<'_>,
    level: Level,
) -> Result<Vec<Order>, Refusal> {
    let unknown = || Refusal::Unknown { what: "act" };
    let mut orders = vec![];
    let mut file = None;
    for step in steps {
        let act = result.acts.get(usize::from(*step)).ok_or_else(unknown)?;
        if *file.get_or_insert(act.file) != act.file {
            return Err(unknown());
        }
        let on_this_file = || result.acts.iter().filter(|other| other.file == act.file);
        let within = result.acts.iter().take(usize::from(*step));
        let at = within.filter(|other| other.file == act.file).count();
        let first = orders.is_empty() && !on_this_file().any(FileAct::is_done);
        let base = match orders.is_empty() {
            true => {
                FileHash(result.files.get(usize::from(act.file)).ok_or_else(unknown)?.current.0)
            }
            false => NO_BASE,
        };
        orders.push(Order {
            base,
            field: Some(field_name(act.kind, at)),
            appearance: appearance(result, act, by, header)?,
            certificate: by.certificate.to_vec(),
            algorithm: by.algorithm,
            level,
            certify: result.terms.certify.filter(|_| first),
            reason: None,
            location: None,
            name: Some(by.name.to_owned()),
        });
    }
    Ok(orders)
}

/// The field of the `at`-th act on its file.
pub(super) fn field_name(kind: ActKind, at: usize) -> String {
    let word = match kind {
        ActKind::Initial => "Initials",
        ActKind::Sign => "Official",
        ActKind::NumberDate => "NumberDate",
        ActKind::Number => "Number",
        ActKind::Day => "Day",
        ActKind::Month => "Month",
        ActKind::Seal => "Seal",
    };
    format!("{word}{}", at.saturating_add(1))
}

/// Where an act shows: a blank of its own in the header line, else the whole box.
pub(super) fn act_place<'p>(
    kind: ActKind,
    name: &str,
    place: impl Fn(&str) -> Option<&'p Place>,
) -> Option<Place> {
    let blank = match kind {
        ActKind::Number => place(&format!("{name}.number")),
        ActKind::Day => place(&format!("{name}.day")),
        ActKind::Month => place(&format!("{name}.month")),
        _ => None,
    };
    blank.or_else(|| place(name)).copied()
}

fn appearance(
    result: &ResultDoc,
    act: &FileAct,
    by: &KeyInk<'_>,
    header: Header<'_>,
) -> Result<Option<Appearance>, Refusal> {
    let Some(name) = act.place.as_deref() else { return Ok(None) };
    let place = |name: &str| result.field_box(name, act.file).map(|found| &found.place);
    let missing = || Refusal::BoxMissing { name: name.to_owned() };
    let whole = act_place(act.kind, name, place).ok_or_else(missing)?;
    let picture = |png: &[u8]| Look::Picture(Picture { png: png.to_vec() });
    let signer = || Look::SignerAndTime { signer: by.name.to_owned() };
    let look = match act.kind {
        ActKind::Initial => by.initials.map_or_else(|| letters(by.name), picture),
        // NĐ 30/2020/NĐ-CP, PL I: on an attachment in a file of its own, no image, but number and time.
        ActKind::Seal if act.file > 0 => match header.number {
            Some(number) => Look::Attachment { number_and_symbol: number.text.clone() },
            None => signer(),
        },
        ActKind::Sign | ActKind::Seal => by.image.map_or_else(signer, picture),
        _ => words(act.kind, name, &whole, place, header)?,
    };
    Ok(Some(Appearance { place: signing_place(&whole), look }))
}

fn letters(name: &str) -> Look {
    let letters = name.split_whitespace().filter_map(|word| word.chars().next()).collect();
    Look::Lines { lines: vec![letters], face: WordsFace::Italic, size_pt: 11.0, centred: true }
}

/// Number, day and month, each in its blank, or one of them in a box of its own.
fn words<'p>(
    kind: ActKind,
    name: &str,
    whole: &Place,
    place: impl Fn(&str) -> Option<&'p Place>,
    header: Header<'_>,
) -> Result<Look, Refusal> {
    let written = kind.writes();
    let number = || header.number.map(Number::plain).ok_or(Refusal::NotInHand);
    let date = header.number.map_or(header.today, |number| number.date);
    let mut parts = vec![];
    if written.number {
        parts.push(("number", number()?, WordsFace::Regular));
    }
    if written.day {
        // NĐ 30/2020/NĐ-CP, PL I: a zero before days below 10, and before the months 1 and 2.
        parts.push(("day", format!("{:02}", date.day()), WordsFace::Italic));
    }
    if written.month {
        let month = date.month();
        let text = if month < 3 { format!("{month:02}") } else { month.to_string() };
        parts.push(("month", text, WordsFace::Italic));
    }
    let mut words = vec![];
    for (part, text, face) in &parts {
        let Some(blank) = place(&format!("{name}.{part}")) else { continue };
        let em = blank.height_mm / LINE_EM;
        words.push(Words {
            text: text.clone(),
            x_mm: blank.x_mm - whole.x_mm,
            width_mm: blank.width_mm,
            baseline_mm: blank.y_mm - whole.y_mm + DESCENT_EM * em,
            face: *face,
            size_pt: em * POINTS_PER_MM,
        });
    }
    if words.len() == parts.len() {
        return Ok(Look::Blanks { words });
    }
    match parts.as_slice() {
        [(_, text, face)] => Ok(Look::Lines {
            lines: vec![text.clone()],
            face: *face,
            size_pt: HEADER_PT,
            centred: true,
        }),
        _ => Err(Refusal::BoxMissing { name: name.to_owned() }),
    }
}
