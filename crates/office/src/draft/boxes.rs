//! From the layout of a procedure to boxes on the pages of one draft, each tried before it is
//! promised: nothing that will be put there may paint over what is there (verification rule 7).

use std::collections::BTreeMap;

use issuance::{ActKind, ActSpec, HeaderPart, PageRef, Place, Procedure, Spot};
use page::{Anchor, BoxMm, Covered, Document};
use signing::{HeaderWords, Look, Words};
use stamp::POINTS_PER_MM;

use super::finding::{Finding, Refused};
use super::overlay::{self, ToUserSpace};
use super::{Wanted, orders};

/// Size of number and date in the header line (NĐ 30/2020/NĐ-CP, PL I: 13 to 14).
pub(super) const HEADER_PT: f64 = 13.0;
/// Below the baseline, and from there to the top, in em (Liberation Serif).
pub(super) const DESCENT_EM: f64 = 0.216;
pub(super) const LINE_EM: f64 = 1.107;

/// All boxes by name; those of the header line with one box for each blank (`NAME.day` …).
pub(super) fn settle(
    draft: &[u8],
    wanted: &Wanted<'_>,
) -> Result<BTreeMap<String, Place>, Refused> {
    let unreadable = |e: page::Error| {
        let why = e.to_string();
        Refused::one(Finding::refused("needs_repair").detail(&why, &why))
    };
    let document = Document::open(draft).map_err(unreadable)?;
    let mut settled = Settled { wanted, document, places: BTreeMap::new(), findings: vec![] };
    let mut names: Vec<&str> = vec![];
    for name in wanted.acts.iter().filter_map(|act| act.place.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if wanted.link.is_some() && wanted.file == 0 && wanted.layout.0.contains_key(Procedure::QR) {
        names.push(Procedure::QR);
    }
    let (seals, others): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| settled.is_seal(name));
    for name in others {
        settled.place(name, None);
    }
    settled.not_over_the_qr();
    settled.refused()?;
    let with_the_rest = settled.tried(draft)?;
    let below = Document::open(&with_the_rest).map_err(unreadable)?;
    for name in &seals {
        settled.place(name, Some(&below));
    }
    settled.not_over_the_qr();
    settled.refused()?;
    settled.seals_tried(&with_the_rest, &seals)?;
    Ok(settled.places)
}

/// Every field that a certified file needs from the beginning.
pub(super) fn fields(
    wanted: &Wanted<'_>,
    places: &BTreeMap<String, Place>,
) -> Vec<(String, Place)> {
    let named = |(at, act): (usize, &ActSpec)| {
        let place = orders::act_place(act.kind, act.place.as_deref()?, |name| places.get(name))?;
        Some((orders::field_name(act.kind, at), place))
    };
    wanted.acts.iter().enumerate().filter_map(named).collect()
}

struct Settled<'w> {
    wanted: &'w Wanted<'w>,
    document: Document,
    places: BTreeMap<String, Place>,
    findings: Vec<Finding>,
}

impl Settled<'_> {
    fn kinds<'s>(&'s self, name: &'s str) -> impl Iterator<Item = ActKind> + 's {
        let here = move |act: &&ActSpec| act.place.as_deref() == Some(name);
        self.wanted.acts.iter().filter(here).map(|act| act.kind)
    }

    fn is_seal(&self, name: &str) -> bool {
        self.wanted.file == 0 && self.kinds(name).any(|kind| kind == ActKind::Seal)
    }

    /// What is written into the header line at this box.
    fn header(&self, name: &str) -> HeaderPart {
        self.kinds(name).map(|kind| kind.writes()).fold(HeaderPart::default(), |all, part| {
            HeaderPart {
                number: all.number || part.number,
                day: all.day || part.day,
                month: all.month || part.month,
            }
        })
    }

    fn refuse(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn refused(&mut self) -> Result<(), Refused> {
        match self.findings.is_empty() {
            true => Ok(()),
            false => Err(Refused { findings: std::mem::take(&mut self.findings) }),
        }
    }

    /// Finds one box. `below`: the draft with all other boxes, for a seal beside a signature.
    fn place(&mut self, name: &str, below: Option<&Document>) {
        let missing =
            |vi: &str, en: &str| Finding::refused("box_missing").detail(vi, en).of_box(name);
        let moved = self.wanted.moved.get(name).copied();
        let spot = self.wanted.layout.0.get(name);
        let part = self.header(name);
        let several = [part.number, part.day, part.month].iter().filter(|p| **p).count() > 1;
        let in_the_line = matches!(spot, Some(Spot::HeaderLine)) || several;
        let found = match (moved, spot) {
            _ if in_the_line => return self.header_line(name, part),
            (Some(place), _) => Ok(place),
            (None, Some(spot)) => self.find(spot, below),
            (None, None) => Err(("bố cục không có khung này".into(), "the layout has none".into())),
        };
        let place = match found {
            Ok(place) => place,
            Err((vi, en)) => return self.refuse(missing(&vi, &en)),
        };
        match self.document.content(place.page, false) {
            Ok(page) if inside(&place, page.width_mm, page.height_mm) => {
                self.places.insert(name.to_owned(), place);
            }
            Ok(_) => self.refuse(Finding::refused("box_outside_page").of_box(name)),
            Err(_) => self.refuse(missing("không có trang này", "there is no such page")),
        }
    }

    fn find(&self, spot: &Spot, below: Option<&Document>) -> Result<Place, (String, String)> {
        let (anchor, width_mm, height_mm) = match spot {
            Spot::Box { page, x_mm, y_mm, width_mm, height_mm } => {
                let page = match page {
                    PageRef::First => 0,
                    PageRef::Last => self.document.pages().saturating_sub(1),
                    PageRef::Page(page) => *page,
                };
                let (x_mm, y_mm, width_mm, height_mm) = (*x_mm, *y_mm, *width_mm, *height_mm);
                return Ok(Place { page, x_mm, y_mm, width_mm, height_mm });
            }
            Spot::After { text, width_mm, height_mm } => {
                (Anchor::After(self.filled(text)), *width_mm, *height_mm)
            }
            Spot::Between { above, below, width_mm, height_mm } => {
                let anchor = Anchor::Between(self.filled(above), self.filled(below));
                (anchor, *width_mm, *height_mm)
            }
            Spot::HeaderLine => return Err(("Số: … ngày … tháng".into(), "header line".into())),
        };
        let found = match (below, &anchor) {
            (Some(below), Anchor::Between(..)) => {
                page::place_seal(below, &anchor, width_mm, height_mm)
            }
            _ => page::place(&self.document, &anchor, width_mm, height_mm),
        };
        match found {
            Ok((page, found)) => Ok(on(page, &found)),
            Err(refusal) => {
                let said = signing::Refusal::from(refusal);
                Err((said.text_vi(), said.text_en()))
            }
        }
    }

    /// Title and name of the signing position, where an anchor asks for them.
    fn filled(&self, text: &str) -> String {
        text.replace("{title}", self.wanted.title).replace("{name}", self.wanted.name)
    }

    /// One widget over the blanks, and the blanks themselves.
    fn header_line(&mut self, name: &str, part: HeaderPart) {
        let mut found = None;
        // As much room as a number of four digits needs, less where the line is tight.
        for number in ["0000", "000", "00"] {
            let words = HeaderWords {
                number: part.number.then(|| number.to_owned()),
                day: part.day.then(|| "00".to_owned()),
                month: part.month.then(|| "00".to_owned()),
            };
            match signing::header(&self.document, &words, HEADER_PT) {
                Ok(appearance) => {
                    found = Some(Ok(appearance));
                    break;
                }
                Err(refusal) => found = found.or(Some(Err(refusal))),
            }
        }
        let appearance = match found {
            Some(Ok(appearance)) => appearance,
            Some(Err(refusal)) => {
                let (vi, en) = (refusal.text_vi(), refusal.text_en());
                return self.refuse(Finding::refused("box_missing").detail(&vi, &en).of_box(name));
            }
            None => return,
        };
        let widget = appearance.place;
        let Look::Blanks { words } = &appearance.look else { return };
        let parts = [(part.number, "number"), (part.day, "day"), (part.month, "month")];
        let written = parts.iter().filter(|(is, _)| *is).map(|(_, part)| *part);
        let mut all: Option<BoxMm> = None;
        for (part, word) in written.zip(words) {
            let inner = format!("{name}.{part}");
            let place =
                self.wanted.moved.get(&inner).copied().unwrap_or_else(|| blank(&widget, word));
            let area = area(&place);
            all = Some(all.map_or(area, |all| all.union(&area)));
            self.places.insert(inner, place);
        }
        if let Some(all) = all {
            self.places.insert(name.to_owned(), on(widget.page, &all));
        }
    }

    /// Nobody signs over the QR, and it covers nobody's signature.
    fn not_over_the_qr(&mut self) {
        let Some(qr) = self.places.get(Procedure::QR).copied() else { return };
        let over: Vec<String> = self
            .places
            .iter()
            .filter(|(name, place)| {
                *name != Procedure::QR && place.page == qr.page && area(place).overlaps(&area(&qr))
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in over {
            self.refuse(Finding::refused("boxes_overlap").detail(&name, &name).of_box("qr"));
        }
    }

    /// Fills every box but the seals', looks what that would cover, and gives the filled file.
    fn tried(&mut self, draft: &[u8]) -> Result<Vec<u8>, Refused> {
        let whole: Vec<(String, Place)> = self
            .places
            .iter()
            .filter(|(name, _)| !name.contains('.') && !self.is_blanks(name))
            .map(|(name, place)| (name.clone(), *place))
            .collect();
        let (filled, widgets) = self.filled_with(draft, &whole, stamp::block)?;
        for covered in page::covers(draft, &filled, &widgets) {
            let harmless = covered.what == "blank" && covered.field != Procedure::QR;
            if !harmless {
                self.refuse(over_ink(&covered));
            }
        }
        self.refused()?;
        // The QR is page content, not a widget: seals are looked at without it.
        let signed: Vec<(String, Place)> =
            whole.into_iter().filter(|(name, _)| name != Procedure::QR).collect();
        Ok(self.filled_with(draft, &signed, stamp::block)?.0)
    }

    /// A seal may lie over the signature and the lines of its block, over nothing else.
    fn seals_tried(&mut self, below: &[u8], seals: &[&str]) -> Result<(), Refused> {
        let places = seals.iter().filter_map(|name| Some((*name, *self.places.get(*name)?)));
        let places: Vec<(String, Place)> =
            places.map(|(name, place)| (name.to_owned(), place)).collect();
        if places.is_empty() {
            return Ok(());
        }
        let (filled, widgets) = self.filled_with(below, &places, stamp::disc)?;
        for covered in page::covers(below, &filled, &widgets) {
            let harmless = covered.what == "blank"
                || covered.what.starts_with("widget:")
                || covered.what == "text" && covered.block_of.is_some();
            if !harmless {
                self.refuse(over_ink(&covered));
            }
        }
        self.refused()
    }

    /// Found as blanks of the header line: free by the way they were found.
    fn is_blanks(&self, name: &str) -> bool {
        ["number", "day", "month"]
            .iter()
            .any(|part| self.places.contains_key(&format!("{name}.{part}")))
    }

    fn filled_with(
        &self,
        draft: &[u8],
        boxes: &[(String, Place)],
        draw: fn(f64, f64) -> Result<stamp::Appearance, stamp::StampError>,
    ) -> Result<(Vec<u8>, Vec<page::Widget>), Refused> {
        let failed =
            |why: String| Refused::one(Finding::refused("needs_repair").detail(&why, &why));
        let (mut bytes, mut widgets) = (draft.to_vec(), vec![]);
        for (name, place) in boxes {
            let space =
                ToUserSpace::of(&self.document, place.page).map_err(|e| failed(e.to_string()))?;
            let drawn = draw(place.width_mm, place.height_mm).map_err(|e| failed(e.to_string()))?;
            bytes = overlay::with_widget(&bytes, place, space, name, &drawn).map_err(failed)?;
            widgets.push(page::Widget {
                field: name.clone(),
                page: place.page,
                rect: space.rect(place),
            });
        }
        Ok((bytes, widgets))
    }
}

fn over_ink(covered: &Covered) -> Finding {
    let (vi, en) = match (&covered.text, covered.what.as_str()) {
        (Some(text), _) => (format!("chữ \"{text}\""), format!("text \"{text}\"")),
        (None, "image") => ("hình ảnh".to_owned(), "an image".to_owned()),
        (None, "unreadable") => {
            ("nội dung không đọc được".to_owned(), "content that cannot be read".to_owned())
        }
        _ => ("nét vẽ".to_owned(), "lines".to_owned()),
    };
    Finding::refused("box_over_ink")
        .detail(&vi, &en)
        .at(Some(covered.page), None)
        .of_box(&covered.field)
}

/// The line that a word of the header stands on, as a box: its baseline follows from it.
fn blank(widget: &signing::Place, word: &Words) -> Place {
    let em = word.size_pt / POINTS_PER_MM;
    Place {
        page: widget.page,
        x_mm: widget.x_mm + word.x_mm,
        y_mm: widget.y_mm + word.baseline_mm - DESCENT_EM * em,
        width_mm: word.width_mm,
        height_mm: LINE_EM * em,
    }
}

fn inside(place: &Place, width_mm: f64, height_mm: f64) -> bool {
    const ROUNDING_MM: f64 = 0.05;
    place.width_mm > 0.0
        && place.height_mm > 0.0
        && place.x_mm >= -ROUNDING_MM
        && place.y_mm >= -ROUNDING_MM
        && place.x_mm + place.width_mm <= width_mm + ROUNDING_MM
        && place.y_mm + place.height_mm <= height_mm + ROUNDING_MM
}

fn area(place: &Place) -> BoxMm {
    BoxMm { x: place.x_mm, y: place.y_mm, width: place.width_mm, height: place.height_mm }
}

fn on(page: u32, found: &BoxMm) -> Place {
    Place { page, x_mm: found.x, y_mm: found.y, width_mm: found.width, height_mm: found.height }
}
