//! Number series.

use issuance::{NumberSource, Refusal, Register, Role};
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

use crate::world::{HEALTH, JUSTICE, World, noon};

#[test]
fn counts_up_from_any_number_in_its_year_in_viet_nam() {
    let world = World::new();
    let register = world.register(600, 2026);
    let (register, first) = register.take(noon()).unwrap();
    let (register, second) = register.take(noon()).unwrap();
    assert_eq!((first.text.as_str(), second.text.as_str()), ("08/QĐ-STP", "09/QĐ-STP"));
    assert_eq!(first.plain(), "08");
    // 31 December 18:00 UTC is 1 January in Viet Nam.
    let new_year: Timestamp = "2026-12-31T18:00:00Z".parse().unwrap();
    assert!(matches!(register.take(new_year), Err(Refusal::RegisterClosed { year: 2026, .. })));
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    let closed = register.close(&clerk, noon()).unwrap();
    assert!(matches!(closed.take(noon()), Err(Refusal::RegisterClosed { .. })));
    assert!(closed.close(&clerk, noon()).is_err());
}

#[test]
fn entries_from_paper_are_stepped_over_and_never_given_twice() {
    let world = World::new();
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    let day = date(2026, 11, 2);
    let enter = |register: &Register, seq| {
        register.enter(seq, day, NumberSource::Paper, "giấy", None, &clerk, noon())
    };
    let (register, entry) = enter(&world.register(600, 2026), 9).unwrap();
    assert_eq!(entry.number.text, "09/QĐ-STP");
    assert_eq!(enter(&register, 9).unwrap_err(), Refusal::NumberGone { number: 9 });
    let (register, eight) = register.take(noon()).unwrap();
    let (register, ten) = register.take(noon()).unwrap();
    assert_eq!((eight.seq, ten.seq), (8, 10));
    assert_eq!(enter(&register, 8).unwrap_err(), Refusal::NumberGone { number: 8 });
    // Before the first number of the system: only once, as the row says.
    let (_, three) = enter(&register, 3).unwrap();
    let twice = register.enter(3, day, NumberSource::Paper, "", Some(&three), &clerk, noon());
    assert_eq!(twice.unwrap_err(), Refusal::NumberGone { number: 3 });
    let last_year =
        register.enter(30, date(2025, 12, 31), NumberSource::Paper, "", None, &clerk, noon());
    assert!(matches!(last_year, Err(Refusal::RegisterClosed { .. })));
    let other = world.role(HEALTH, Role::RegistryClerk);
    let other = register.enter(40, day, NumberSource::Paper, "", None, &other, noon());
    assert!(matches!(other, Err(Refusal::OtherAgency { .. })));
}

#[test]
fn the_number_of_a_text() {
    let register = World::new().register(600, 2026);
    assert_eq!(register.seq_of("05/QĐ-STP"), Some(5));
    assert_eq!(register.seq_of("05 /QĐ-STP"), Some(5));
    for other in ["05/GP-STP", "05a/QĐ-STP", "/QĐ-STP", "0/QĐ-STP", "ồ", "99999999999/QĐ-STP"]
    {
        assert_eq!(register.seq_of(other), None, "{other}");
    }
}

proptest! {
    #[test]
    fn no_number_twice(steps in proptest::collection::vec((any::<bool>(), 1_u32..60), 1..80)) {
        let world = World::new();
        let clerk = world.role(JUSTICE, Role::RegistryClerk);
        let mut register = world.register(600, 2026);
        let mut rows = std::collections::BTreeMap::new();
        for (take, seq) in steps {
            let given = if take {
                let (after, number) = register.take(noon()).unwrap();
                let text = number.text.clone();
                let entry = issuance::NumberEntry {
                    number, source: NumberSource::System, result: None, note: text,
                };
                Ok((after, entry))
            } else {
                let there = rows.get(&seq);
                register.enter(seq, date(2026, 5, 5), NumberSource::Paper, "", there, &clerk, noon())
            };
            match given {
                Ok((after, entry)) => {
                    prop_assert!(rows.insert(entry.number.seq, entry).is_none());
                    register = after;
                }
                Err(refusal) => {
                    prop_assert_eq!(refusal, Refusal::NumberGone { number: seq });
                    prop_assert!(rows.contains_key(&seq));
                }
            }
        }
        // No gap without a row.
        for seq in register.first..register.next {
            prop_assert!(rows.contains_key(&seq), "gap at {}", seq);
        }
    }
}
