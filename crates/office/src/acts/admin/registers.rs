//! Registers: opened at any number, fed from paper and other systems, closed with the year.

use issuance::{NumberEntry, NumberSource, Refusal, Register, RegisterId};
use jiff::civil::Date;
use store::{Act, ActError, Context, Detail, Tx, registers};

use super::once;
use crate::entry::Who;

/// Opens a register.
#[derive(Clone, Debug)]
pub struct OpenRegister(pub Register);

/// A number that was given on paper or by another system.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct EnterNumber {
    pub register: RegisterId,
    pub number: u32,
    pub date: Date,
    pub source: NumberSource,
    /// What it was given for.
    pub note: String,
}

/// Takes no further numbers.
#[derive(Clone, Debug)]
pub struct CloseRegister(pub RegisterId);

impl Act for OpenRegister {
    const NAME: &'static str = "open_register";
    type Done = Register;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Register, ActError> {
        tx.record(Detail::of("register", self.0.id));
        let who = Who::of(tx, at).await?;
        let opened = Register::open(self.0.clone(), &who.acting(), at.now)?;
        let same = registers::of_series(tx, opened.agency, &opened.series, opened.year).await?;
        if same.is_some() {
            return Err(Refusal::Exists { what: "register" }.into());
        }
        registers::insert(tx, &opened).await?;
        Ok(opened)
    }
}

impl Act for EnterNumber {
    const NAME: &'static str = "enter_number";
    type Done = NumberEntry;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<NumberEntry, ActError> {
        let who = Who::of(tx, at).await?;
        let register = register(tx, self.register).await?;
        let there = registers::number(tx, register.id, self.number).await?;
        let (register, entry) = register.enter(
            self.number,
            self.date,
            self.source,
            &self.note,
            there.as_ref(),
            &who.acting(),
            at.now,
        )?;
        registers::update(tx, &register).await?;
        once(registers::insert_number(tx, &entry).await, "number")?;
        Ok(entry)
    }
}

impl Act for CloseRegister {
    const NAME: &'static str = "close_register";
    type Done = Register;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Register, ActError> {
        let who = Who::of(tx, at).await?;
        let register = register(tx, self.0).await?;
        let closed = register.close(&who.acting(), at.now)?;
        registers::update(tx, &closed).await?;
        Ok(closed)
    }
}

async fn register(tx: &mut Tx<'_>, id: RegisterId) -> Result<Register, ActError> {
    tx.record(Detail::of("register", id));
    Ok(registers::get(tx, id).await?.ok_or(Refusal::Unknown { what: "register" })?)
}
