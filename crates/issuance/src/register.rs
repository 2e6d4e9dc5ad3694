//! Number series: one register of an agency and year (Asia/Ho_Chi_Minh), from any first number.
//!
//! A number is taken, used or void, and each only once: [`Register::take`] only ever counts up, and
//! steps over numbers that were given on paper or by another system.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text::{line, optional_line};
use crate::{
    About, ActName, Acting, AgencyId, Refusal, RegisterId, ResultId, day_in_vietnam, permit,
    year_in_vietnam,
};

/// A register. Each entry is a [`NumberEntry`] row beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Register {
    pub id: RegisterId,
    pub agency: AgencyId,
    /// "QĐ": procedures name it.
    pub series: String,
    pub year: i16,
    /// Stands after the number: "/QĐ-UBND".
    pub symbol: String,
    /// The first number that it gives.
    pub first: u32,
    /// No number from `first` to before `next` is free.
    pub next: u32,
    /// Numbers from `next` on that were entered from elsewhere.
    pub ahead: BTreeSet<u32>,
    pub closed: bool,
}

/// A number that a result has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Number {
    pub register: RegisterId,
    pub seq: u32,
    /// "05/QĐ-UBND"
    pub text: String,
    /// The day that stands beside it.
    pub date: Date,
    pub state: NumberState,
}

/// A number's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberState {
    /// Reserved for a result; not yet in a signed file.
    Taken,
    /// In a signed file.
    Used,
    /// Never again.
    Void,
}

impl NumberState {
    /// The stable word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            NumberState::Taken => "taken",
            NumberState::Used => "used",
            NumberState::Void => "void",
        }
    }
}

/// Who gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum NumberSource {
    System,
    Paper,
    OtherSystem,
}

/// A row of the printed register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct NumberEntry {
    pub number: Number,
    pub source: NumberSource,
    pub result: Option<ResultId>,
    /// Content of a paper entry, or why it is void.
    pub note: String,
}

impl Number {
    /// What is written into the blank before the printed symbol: "05".
    pub fn plain(&self) -> String {
        padded(self.seq)
    }
}

impl Register {
    /// Opens a register at `register.first`, for its year.
    ///
    /// # Errors
    /// Not permitted, a first number of 0, or words that cannot be taken.
    pub fn open(register: Register, who: &Acting<'_>, now: Timestamp) -> Result<Register, Refusal> {
        permit(ActName::OpenRegister, who, &About::of(register.agency), now)?;
        if register.first == 0 {
            return Err(Refusal::field("first", "bắt đầu từ 1", "numbers begin with 1"));
        }
        // Next year's may be opened before the year begins.
        let this = year_in_vietnam(now);
        if !(this..=this.saturating_add(1)).contains(&register.year) {
            return Err(Refusal::field("year", "năm nay hoặc năm sau", "this year or the next"));
        }
        Ok(Register {
            series: line("series", &register.series, 40)?,
            symbol: optional_line("symbol", &register.symbol, 60)?,
            next: register.first,
            ahead: BTreeSet::new(),
            closed: false,
            ..register
        })
    }

    /// Takes the next number, dated today in Viet Nam. The caller stores the register and the
    /// number in one transaction; two results never get one number.
    ///
    /// # Errors
    /// Another year, closed, or full.
    pub fn take(&self, now: Timestamp) -> Result<(Register, Number), Refusal> {
        self.must_be_open()?;
        if year_in_vietnam(now) != self.year {
            return Err(self.not_now());
        }
        let mut register = self.clone();
        register.step_over();
        let seq = register.next;
        register.next = seq.checked_add(1).ok_or_else(|| self.not_now())?;
        register.step_over();
        let number = Number {
            register: self.id,
            seq,
            text: format!("{}{}", padded(seq), self.symbol),
            date: day_in_vietnam(now),
            state: NumberState::Taken,
        };
        Ok((register, number))
    }

    /// Enters a number given on paper or by another system, so that it is never given again.
    /// `there` is the row of that number, if there is one.
    ///
    /// # Errors
    /// Not permitted, closed, a number that is gone, or a date of another year.
    #[allow(clippy::too_many_arguments)]
    pub fn enter(
        &self,
        seq: u32,
        date: Date,
        source: NumberSource,
        note: &str,
        there: Option<&NumberEntry>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<(Register, NumberEntry), Refusal> {
        permit(ActName::EnterNumber, who, &About::of(self.agency), now)?;
        self.must_be_open()?;
        if date.year() != self.year {
            return Err(self.not_now());
        }
        if seq == 0 {
            return Err(Refusal::field("number", "bắt đầu từ 1", "numbers begin with 1"));
        }
        let gone = (self.first..self.next).contains(&seq) || self.ahead.contains(&seq);
        if gone || there.is_some() {
            return Err(Refusal::NumberGone { number: seq });
        }
        let mut register = self.clone();
        if seq >= self.next {
            crate::text::at_most("number", self.ahead.len(), MOST_AHEAD)?;
            register.ahead.insert(seq);
            register.step_over();
        }
        let text = format!("{}{}", padded(seq), self.symbol);
        let number = Number { register: self.id, seq, text, date, state: NumberState::Used };
        let note = optional_line("note", note, 500)?;
        Ok((register, NumberEntry { number, source, result: None, note }))
    }

    /// Takes no further numbers: the year is over and printed.
    ///
    /// # Errors
    /// Not permitted, or closed already.
    pub fn close(&self, who: &Acting<'_>, now: Timestamp) -> Result<Register, Refusal> {
        permit(ActName::CloseRegister, who, &About::of(self.agency), now)?;
        self.must_be_open()?;
        Ok(Register { closed: true, ..self.clone() })
    }

    /// The number of "05/QĐ-STP", where it begins with one that belongs into this series.
    pub fn seq_of(&self, text: &str) -> Option<u32> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (seq, symbol) = text.split_at_checked(digits)?;
        let seq = seq.parse().ok().filter(|seq| *seq > 0)?;
        (symbol.trim() == self.symbol.trim()).then_some(seq)
    }

    fn step_over(&mut self) {
        while self.ahead.remove(&self.next) {
            self.next = self.next.saturating_add(1);
        }
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        if self.closed { Err(self.not_now()) } else { Ok(()) }
    }

    fn not_now(&self) -> Refusal {
        Refusal::RegisterClosed { series: self.series.clone(), year: self.year }
    }
}

/// Numbers entered ahead of the series; more means a mistyped number.
const MOST_AHEAD: usize = 2000;

/// Numbers below 10 get a leading 0 (NĐ 30/2020/NĐ-CP, PL I).
fn padded(seq: u32) -> String {
    format!("{seq:02}")
}
