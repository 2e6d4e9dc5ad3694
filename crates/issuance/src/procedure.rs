//! A procedure as an agency carries it out: which acts make a result, in which order, and where
//! they stand on the page.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::{at_most, line};
use crate::{ActName, Acting, Agency, AgencyId, PositionId, ProcedureId, Refusal, permit};

/// What makes a result of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Procedure {
    pub id: ProcedureId,
    pub agency: AgencyId,
    /// Code of the national list ("1.001193").
    pub code: String,
    pub name: String,
    /// The acts on the main file, in order.
    pub acts: Vec<ActSpec>,
    /// The acts on each attachment in a file of its own (NĐ 30/2020/NĐ-CP, PL I: signed by the agency).
    pub attachment_acts: Vec<ActSpec>,
    pub layout: Layout,
    pub terms: Terms,
    /// Each change raises it; a result keeps the acts and terms with which it was submitted.
    pub version: u32,
    pub from: Timestamp,
    pub to: Option<Timestamp>,
}

/// What a result takes over from its procedure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Terms {
    /// Series of the register ("QĐ"); needed where an act writes the number.
    pub series: Option<String>,
    /// DocMDP permission of the first signature (2 or 3); `None`: an approval signature.
    pub certify: Option<u8>,
    /// The public page shows fields with the holder's consent only.
    pub consent_only: bool,
    /// Criminal, health, adoption, social aid: the QR is a link only.
    pub sensitive: bool,
    /// Results signed elsewhere are taken.
    pub takes_elsewhere: bool,
}

/// One act of a procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ActSpec {
    pub kind: ActKind,
    pub by: Signer,
    /// Whose key.
    pub key: KeyUse,
    /// Name of a box of the layout; `None`: nothing is shown.
    pub place: Option<String>,
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// The signing position that the submission names.
    SigningPosition,
    /// A position that the procedure names (a second signer, initials).
    Position(PositionId),
    /// Whoever keeps the agency's seal (văn thư).
    Registry,
}

/// Which kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    /// The person's own.
    Person,
    /// The agency's seal.
    Seal,
}

/// What an act does. Six signatures in one file (initials, sign, number, day, month, seal) are as
/// possible as three (sign, number and date, seal).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Initials (ký nháy), before approval.
    Initial,
    /// The official's signature.
    Sign,
    /// Number, day and month by one signature.
    NumberDate,
    /// The number alone.
    Number,
    /// The day alone.
    Day,
    /// The month alone.
    Month,
    /// The agency's seal.
    Seal,
}

/// What an act writes into the header line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct HeaderPart {
    pub number: bool,
    pub day: bool,
    pub month: bool,
}

impl ActKind {
    /// The stable word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            ActKind::Initial => "initial",
            ActKind::Sign => "sign",
            ActKind::NumberDate => "number_date",
            ActKind::Number => "number",
            ActKind::Day => "day",
            ActKind::Month => "month",
            ActKind::Seal => "seal",
        }
    }

    /// The word that people read.
    pub const fn text_vi(&self) -> &'static str {
        match self {
            ActKind::Initial => "ký nháy",
            ActKind::Sign => "ký",
            ActKind::NumberDate => "số và ngày",
            ActKind::Number => "số",
            ActKind::Day => "ngày",
            ActKind::Month => "tháng",
            ActKind::Seal => "đóng dấu",
        }
    }

    /// What it writes into the header line.
    pub const fn writes(&self) -> HeaderPart {
        let none = HeaderPart { number: false, day: false, month: false };
        match self {
            ActKind::NumberDate => HeaderPart { number: true, day: true, month: true },
            ActKind::Number => HeaderPart { number: true, ..none },
            ActKind::Day => HeaderPart { day: true, ..none },
            ActKind::Month => HeaderPart { month: true, ..none },
            ActKind::Initial | ActKind::Sign | ActKind::Seal => none,
        }
    }

    /// Number or date.
    pub const fn is_header(&self) -> bool {
        let HeaderPart { number, day, month } = self.writes();
        number || day || month
    }

    /// The row of the table of acts whose permission it needs.
    pub const fn act(&self) -> ActName {
        match self {
            ActKind::Initial => ActName::Initial,
            ActKind::Sign => ActName::Sign,
            ActKind::NumberDate | ActKind::Number | ActKind::Day | ActKind::Month => {
                ActName::Number
            }
            ActKind::Seal => ActName::Seal,
        }
    }

    /// Official before agency (NĐ 30/2020/NĐ-CP, Art 32 and PL I): later stages never come first.
    pub(crate) const fn stage(&self) -> u8 {
        match self {
            ActKind::Initial => 0,
            ActKind::Sign => 1,
            ActKind::NumberDate | ActKind::Number | ActKind::Day | ActKind::Month => 2,
            ActKind::Seal => 3,
        }
    }
}

/// Named boxes: "signature", "seal", "number_date", "qr", …
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Layout(pub BTreeMap<String, Spot>);

/// Where a box stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Spot {
    /// Millimetres from the lower left of the page as the reader sees it.
    Box { page: PageRef, x_mm: f64, y_mm: f64, width_mm: f64, height_mm: f64 },
    /// Right after this text.
    After { text: String, width_mm: f64, height_mm: f64 },
    /// Between the line with the one text and the line with the other.
    Between { above: String, below: String, width_mm: f64, height_mm: f64 },
    /// Over the blanks of "Số:   /…" and "ngày   tháng   ".
    HeaderLine,
}

/// A page of a document whose length is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum PageRef {
    First,
    Last,
    /// From 0.
    Page(u32),
}

/// A box on a page (from 0), in millimetres from the lower left as the reader sees it.
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

impl Procedure {
    /// Creates it, or changes `before`.
    ///
    /// # Errors
    /// Not permitted; acts out of order; a box that the layout does not have; a number without a
    /// series; two acts that write the same part of the header.
    pub fn put(
        procedure: Procedure,
        before: Option<&Procedure>,
        agency: &Agency,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Procedure, Refusal> {
        permit(ActName::PutProcedure, who, &agency.about(), now)?;
        if procedure.agency != agency.id
            || before.is_some_and(|b| b.id != procedure.id || b.agency != agency.id)
        {
            return Err(Refusal::Unknown { what: "procedure" });
        }
        let version = before.map_or(0, |b| b.version).saturating_add(1);
        let procedure = Procedure {
            code: line("code", &procedure.code, 60)?,
            name: line("name", &procedure.name, 300)?,
            version,
            ..procedure
        };
        procedure.check()?;
        Ok(procedure)
    }

    /// In use from `from` on and before `to`.
    pub fn in_use(&self, now: Timestamp) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }

    /// An act writes a number.
    pub fn needs_number(&self) -> bool {
        self.acts.iter().any(|act| act.kind.writes().number)
    }

    /// An act puts the seal on the main file.
    pub fn needs_seal(&self) -> bool {
        self.acts.iter().any(|act| act.kind == ActKind::Seal)
    }

    /// Boxes that the pages have to have: those of acts, and the QR's.
    pub fn boxes(&self) -> impl Iterator<Item = &str> {
        let acts = self.acts.iter().filter_map(|act| act.place.as_deref());
        acts.chain(self.layout.0.contains_key(Self::QR).then_some(Self::QR))
    }

    /// Name of the box of the QR.
    pub const QR: &'static str = "qr";

    fn check(&self) -> Result<(), Refusal> {
        let no = |name, vi, en| Err(Refusal::field(name, vi, en));
        at_most("acts", self.acts.len(), MOST_ACTS)?;
        at_most("attachment_acts", self.attachment_acts.len(), MOST_ACTS)?;
        at_most("layout", self.layout.0.len(), MOST_BOXES)?;
        if !self.acts.iter().any(|act| act.kind == ActKind::Sign) {
            return no(
                "acts",
                "phải có bước ký của người có thẩm quyền",
                "an official has to sign",
            );
        }
        if !self.acts.is_sorted_by_key(|act| act.kind.stage()) {
            return no(
                "acts",
                "thứ tự phải là ký nháy, ký, số và ngày, đóng dấu",
                "the order is initials, signatures, number and date, seal",
            );
        }
        if self.acts.iter().filter(|act| act.kind == ActKind::Seal).count() > 1 {
            return no("acts", "chỉ một lần đóng dấu", "one seal at most");
        }
        let written = |part: fn(HeaderPart) -> bool| {
            self.acts.iter().filter(|act| part(act.kind.writes())).count()
        };
        let (numbers, days, months) =
            (written(|p| p.number), written(|p| p.day), written(|p| p.month));
        if numbers > 1 || days > 1 || months > 1 || days != months {
            return no(
                "acts",
                "số, ngày, tháng: mỗi phần một lần",
                "number, day and month are written once each",
            );
        }
        if days > numbers {
            return no("acts", "ngày đi cùng số", "the date comes with a number");
        }
        if numbers > 0 && self.terms.series.is_none() {
            return no("terms.series", "cần sổ để cho số", "a number needs a register's series");
        }
        if let Some(series) = &self.terms.series {
            line("terms.series", series, 40)?;
        }
        if self.terms.certify.is_some_and(|level| !(2..=3).contains(&level)) {
            return no("terms.certify", "2 hoặc 3", "2 or 3: later signatures have to be possible");
        }
        for act in self.acts.iter().chain(&self.attachment_acts) {
            act.check(&self.layout)?;
        }
        if self.attachment_acts.iter().any(|a| a.kind == ActKind::Initial || a.kind.is_header()) {
            return no(
                "attachment_acts",
                "tệp đính kèm chỉ được ký và đóng dấu",
                "attachments are signed and sealed only",
            );
        }
        self.layout.0.iter().try_for_each(|(name, spot)| spot.check(name))
    }
}

const MOST_ACTS: usize = 12;
const MOST_BOXES: usize = 24;

impl ActSpec {
    fn check(&self, layout: &Layout) -> Result<(), Refusal> {
        let wanted = match self.kind {
            ActKind::Initial | ActKind::Sign => (false, KeyUse::Person),
            _ => (true, KeyUse::Seal),
        };
        if (matches!(self.by, Signer::Registry), self.key) != wanted {
            return Err(Refusal::field(
                "acts",
                "người ký dùng khóa của mình; văn thư dùng khóa của cơ quan",
                "officials use their own key, the registry the agency's",
            ));
        }
        match &self.place {
            Some(place) if !layout.0.contains_key(place) => {
                Err(Refusal::BoxMissing { name: place.clone() })
            }
            None if self.kind.is_header() => {
                Err(Refusal::BoxMissing { name: self.kind.as_str().to_owned() })
            }
            _ => Ok(()),
        }
    }
}

impl Spot {
    fn check(&self, name: &str) -> Result<(), Refusal> {
        line("layout", name, 40)?;
        let size = match self {
            Spot::Box { width_mm, height_mm, x_mm, y_mm, .. } => {
                if !(0.0..=5000.0).contains(x_mm) || !(0.0..=5000.0).contains(y_mm) {
                    return Err(Refusal::BoxMissing { name: name.to_owned() });
                }
                (*width_mm, *height_mm)
            }
            Spot::After { text, width_mm, height_mm } => {
                line("layout", text, 200)?;
                (*width_mm, *height_mm)
            }
            Spot::Between { above, below, width_mm, height_mm } => {
                line("layout", above, 200)?;
                line("layout", below, 200)?;
                (*width_mm, *height_mm)
            }
            Spot::HeaderLine => return Ok(()),
        };
        // NaN is in no range.
        match (1.0..=1000.0).contains(&size.0) && (1.0..=1000.0).contains(&size.1) {
            true => Ok(()),
            false => Err(Refusal::BoxMissing { name: name.to_owned() }),
        }
    }
}
