//! The acts that the tests perform.

use issuance::{
    AgencyId, NumberEntry, NumberSource, Refusal, Register, RegisterId, day_in_vietnam,
    year_in_vietnam,
};
use serde_json::json;
use store::{Act, ActError, Context, Detail, Event, Tx, meta, registers};
use uuid::Uuid;

pub(crate) fn agency() -> AgencyId {
    AgencyId::new(Uuid::from_u128(1))
}

/// An agency and a register of this year.
pub(crate) struct SetUp;

pub(crate) fn register() -> RegisterId {
    RegisterId::new(Uuid::from_u128(2))
}

impl Act for SetUp {
    const NAME: &'static str = "set_up";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        let agency = issuance::Agency {
            id: agency(),
            word: "ubnd".into(),
            name: "UBND".into(),
            code: None,
            above: vec![],
            created: at.now,
        };
        store::agencies::insert(tx, &agency).await?;
        let register = Register {
            id: register(),
            agency: agency.id,
            series: "QĐ".into(),
            year: year_in_vietnam(at.now),
            symbol: "/QĐ-UBND".into(),
            first: 5,
            next: 5,
            ahead: Default::default(),
            closed: false,
        };
        registers::insert(tx, &register).await?;
        Ok(())
    }
}

/// Reads the register, takes the next number, writes both.
pub(crate) struct TakeNumber;

impl Act for TakeNumber {
    const NAME: &'static str = "take_number";
    type Done = u32;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<u32, ActError> {
        let register = registers::get(tx, register()).await?;
        let register = register.ok_or(Refusal::Unknown { what: "register" })?;
        let (register, number) = register.take(at.now)?;
        assert_eq!(number.date, day_in_vietnam(at.now));
        let seq = number.seq;
        registers::update(tx, &register).await?;
        let source = NumberSource::System;
        let entry = NumberEntry { number, source, result: None, note: String::new() };
        registers::insert_number(tx, &entry).await?;
        tx.record(Detail::of("number", seq));
        Ok(seq)
    }
}

/// Writes a word under a name, and an event.
#[derive(Clone)]
pub(crate) struct Note(pub(crate) String);

impl Act for Note {
    const NAME: &'static str = "note";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        tx.record(Detail::of("note", &self.0).reason("vì sao"));
        meta::put(tx, &self.0, "noted").await?;
        tx.emit(event(&self.0)).await?;
        Ok(())
    }
}

pub(crate) fn event(object: &str) -> Event {
    Event {
        kind: "result.submitted".into(),
        agency: agency(),
        client: None,
        object: object.to_owned(),
        data: json!({ "chữ": "ế" }),
    }
}

/// Writes everything that an act can write, then refuses.
pub(crate) struct WriteThenRefuse;

impl Act for WriteThenRefuse {
    const NAME: &'static str = "refused_late";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        Note("never".into()).run(tx, at).await?;
        tx.leaf(&tlog::Leaf::of_list(tlog::LeafKind::TrustList, [1; 32], at.now), None).await?;
        Err(Refusal::ReasonMissing.into())
    }
}

/// A statement fails, and the act passes over it.
pub(crate) struct PassOver;

impl Act for PassOver {
    const NAME: &'static str = "passes_over";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        meta::put(tx, "passed_over", "yes").await?;
        let _ = SetUp.run(tx, at).await;
        Ok(())
    }
}

pub(crate) struct Panics;

impl Act for Panics {
    const NAME: &'static str = "panics";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        meta::put(tx, "panicked", "yes").await?;
        panic!("a defect of an act");
    }
}
