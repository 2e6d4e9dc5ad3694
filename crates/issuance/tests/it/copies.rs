//! Copies: nothing that may be on paper is sent again by itself.

use issuance::{
    Acting, Answer, AttemptId, AttemptState, CheckCode, Copy, CopyEffect, CopyId, CopyKind,
    CopyState, FileHash, LeafKind, Printer, PrinterId, ProcedureResult, Recovery, Refusal, Role,
    SeenAtPrinter, recover,
};
use proptest::prelude::*;

use crate::life::sealed;
use crate::world::{CENTRE, HEALTH, JUSTICE, World, after, noon, uuid};

fn issued(world: &World) -> ProcedureResult {
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    sealed(world, 10, &mut world.register(600, 2026)).issue(&clerk, after(60)).unwrap().0
}

fn reserve(world: &World, result: &ProcedureResult) -> Copy {
    let counter = world.role(CENTRE, Role::CounterClerk);
    let id = CopyId::new(uuid(40));
    Copy::reserve(id, result, 1, CopyKind::Converted, &counter, after(70)).unwrap().0
}

fn prepare(
    copy: &Copy,
    n: u8,
    result: &ProcedureResult,
    who: &Acting<'_>,
) -> Result<Copy, Refusal> {
    let printer =
        Printer { id: PrinterId::new(uuid(50)), uuid: "urn:uuid:1".to_owned(), up_time_seconds: 9 };
    let id = AttemptId::new(uuid(u128::from(n) + 60));
    let (token, code) = ([n; 16], CheckCode::new([n; 16]));
    let derived = FileHash::of(b"derived");
    Ok(copy.prepare(id, token, code, printer, derived, result, who, noon())?.0)
}

fn follow(copy: &Copy, to: AttemptState) -> Result<Copy, Refusal> {
    let id = copy.attempts.last().unwrap().id;
    Ok(copy.follow(id, to, &Acting::System, noon())?.0)
}

fn created() -> AttemptState {
    AttemptState::Created { job_id: 7, job_uuid: None, uri: "ipp://máy-in/7".to_owned() }
}

#[test]
fn printed_scanned_handed_over() {
    let world = World::new();
    let result = issued(&world);
    let counter = world.role(CENTRE, Role::CounterClerk);
    let mut copy = prepare(&reserve(&world, &result), 1, &result, &counter).unwrap();
    for to in [created(), AttemptState::Sending, AttemptState::Sent, AttemptState::Printed] {
        copy = follow(&copy, to).unwrap();
    }
    assert_eq!(copy.state, CopyState::Attempting, "until its code is scanned");
    let other = copy.confirm(CheckCode::new([9; 16]), &result, &counter, noon());
    assert_eq!(other.unwrap_err(), Refusal::Unknown { what: "copy" });
    let (copy, effects) = copy.confirm(CheckCode::new([1; 16]), &result, &counter, noon()).unwrap();
    let leaf = CopyEffect::Leaf { kind: LeafKind::Copy, attempt: copy.attempts[0].id };
    assert_eq!(effects, [leaf]);
    let health = world.role(HEALTH, Role::CounterClerk);
    assert!(matches!(copy.hand_over(&health, noon()), Err(Refusal::OtherAgency { .. })));
    assert_eq!(copy.hand_over(&counter, noon()).unwrap().0.state, CopyState::HandedOver);
}

#[test]
fn uncertain_waits_for_a_person_who_counts() {
    let world = World::new();
    let result = issued(&world);
    let counter = world.role(CENTRE, Role::CounterClerk);
    let mut copy = prepare(&reserve(&world, &result), 1, &result, &counter).unwrap();
    for to in [created(), AttemptState::Sending, AttemptState::Uncertain] {
        copy = follow(&copy, to).unwrap();
    }
    for who in [&counter, &Acting::System] {
        assert_eq!(prepare(&copy, 2, &result, who).unwrap_err(), Refusal::AttemptInFlight);
    }
    let id = copy.attempts[0].id;
    let (copy, effects) = copy.answer(id, Answer::Nothing, &counter, noon()).unwrap();
    assert_eq!(effects, [CopyEffect::Leaf { kind: LeafKind::Void, attempt: id }]);
    // Still not by a worker; by a person, with another code, and the old sheet stays void.
    assert_eq!(prepare(&copy, 2, &result, &Acting::System).unwrap_err(), Refusal::MayBeOnPaper);
    assert_eq!(
        prepare(&copy, 1, &result, &counter).unwrap_err(),
        Refusal::Exists { what: "attempt" }
    );
    let copy = prepare(&copy, 2, &result, &counter).unwrap();
    let late = copy.confirm(CheckCode::new([1; 16]), &result, &counter, noon());
    assert_eq!(late.unwrap_err(), Refusal::CopyState);
}

#[test]
fn nothing_is_printed_of_what_is_not_issued() {
    let world = World::new();
    let counter = world.role(CENTRE, Role::CounterClerk);
    let draft = world.submit(11, noon());
    let id = CopyId::new(uuid(40));
    let refused = Copy::reserve(id, &draft, 1, CopyKind::Original, &counter, noon());
    assert!(matches!(refused, Err(Refusal::WrongState { .. })));
}

const SEEN: [SeenAtPrinter; 8] = [
    SeenAtPrinter::Unreachable,
    SeenAtPrinter::NoJob,
    SeenAtPrinter::NeverProcessed,
    SeenAtPrinter::Processing,
    SeenAtPrinter::Completed,
    SeenAtPrinter::Aborted,
    SeenAtPrinter::Rebooted,
    SeenAtPrinter::OtherPrinter,
];

proptest! {
    /// A worker that dies anywhere, restarts, and is told anything by the printer: the document
    /// leaves at most once by itself, and each further time a person asked for it.
    #[test]
    fn at_most_one_sheet_by_itself(
        steps in proptest::collection::vec((0_usize..8, 0_usize..3), 1..60),
    ) {
        let world = World::new();
        let result = issued(&world);
        let counter = world.role(CENTRE, Role::CounterClerk);
        let mut copy = prepare(&reserve(&world, &result), 1, &result, &counter).unwrap();
        let (mut sent, mut asked, mut n) = (0_u32, 1_u32, 1_u8);
        for (seen, choice) in steps {
            let live = copy.attempts.iter().filter(|a| a.is_live()).count();
            prop_assert!(live <= 1);
            let last = copy.attempts.last().unwrap().clone();
            let next = match (&last.state, choice) {
                (AttemptState::Prepared, 0) => follow(&copy, created()),
                (AttemptState::Created { .. }, 0) => {
                    sent += 1;
                    follow(&copy, AttemptState::Sending)
                }
                (AttemptState::Sending, 0) => follow(&copy, AttemptState::Sent),
                (AttemptState::Uncertain | AttemptState::PrintedLook, 1) => {
                    copy.answer(last.id, Answer::Nothing, &counter, noon()).map(|(c, _)| c)
                }
                (state, 2) if !matches!(state, AttemptState::Abandoned) && !last.is_live() => {
                    n += 1;
                    asked += 1;
                    prepare(&copy, n, &result, &counter)
                }
                (_, 1) if !last.is_live() => {
                    n += 1;
                    prepare(&copy, n, &result, &Acting::System)
                }
                _ => match recover(&last, SEEN[seen]) {
                    Recovery::CancelAndAbandon => {
                        if last.state == AttemptState::Sending {
                            // Cancelled with proof that it was never processed.
                            sent -= 1;
                        }
                        follow(&copy, AttemptState::Abandoned)
                    }
                    Recovery::Write(state) => follow(&copy, state),
                    Recovery::Wait | Recovery::Follow | Recovery::Nothing => Ok(copy.clone()),
                },
            };
            if let Ok(next) = next {
                copy = next;
            }
            prop_assert!(sent <= asked, "sent {} asked {}", sent, asked);
        }
    }
}
