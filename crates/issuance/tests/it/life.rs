//! The life of one result, step by step, and what is refused on the way.

use issuance::{
    ActKind, Acting, Effect, EventKind, Finding, LeafKind, NumberState, ProcedureResult,
    ProposalId, Proposed, Refusal, Role, Seen, State, Validation,
};

use crate::world::{
    CENTRE, DEPUTY, FORMER, HEALTH, JUSTICE, World, activation, after, at, begin, elsewhere,
    incoming, noon, procedure, seen, signed, uuid,
};

fn finish_all(mut result: ProcedureResult, n: u128) -> (ProcedureResult, Vec<Effect>) {
    let mut all = vec![];
    while let Some(hand) = result.in_hand.clone() {
        let (next, effects) =
            result.finish(&signed(&result, n, hand.acts[0]), &Acting::System, after(30)).unwrap();
        result = next;
        all.extend(effects);
    }
    (result, all)
}

/// Approved, signed, numbered, sealed.
pub(crate) fn sealed(world: &World, n: u128, register: &mut issuance::Register) -> ProcedureResult {
    let result = world.submit(n, noon());
    let official = world.role(JUSTICE, Role::Official);
    let (result, _) = result.approve(&seen(&result, 0), &official, after(1)).unwrap();
    let key = world.key_of(at(JUSTICE, Role::Official));
    let (result, _) =
        result.begin(&begin(&result, n, key, 0, None, after(2)), &official, after(2)).unwrap();
    let (result, effects) = finish_all(result, n);
    assert_eq!(effects, [Effect::Event(EventKind::Signed)]);
    assert_eq!(result.state, State::Signed);

    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    let wish = begin(&result, n + 500, world.seal(JUSTICE), 0, Some(register), after(40));
    let (result, effects) = result.begin(&wish, &clerk, after(40)).unwrap();
    let [Effect::NumberTaken { register: later, number }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(number.state, NumberState::Taken);
    *register = (**later).clone();
    assert_eq!(result.in_hand.as_ref().unwrap().acts, [1, 2], "number and seal by one PIN");
    let (result, effects) = finish_all(result, n + 500);
    assert_eq!(
        effects.iter().filter(|e| matches!(e, Effect::Event(_))).collect::<Vec<_>>(),
        [&Effect::Event(EventKind::Numbered), &Effect::Event(EventKind::Sealed)]
    );
    assert!(matches!(&effects[0], Effect::NumberUsed(n) if n.state == NumberState::Used));
    result
}

#[test]
fn from_submission_to_issue_and_after() {
    let world = World::new();
    let mut register = world.register(600, 2026);
    let result = sealed(&world, 10, &mut register);
    assert_eq!(result.state, State::Sealed);
    assert_eq!(result.number.as_ref().unwrap().text, "08/QĐ-STP");
    assert_eq!(result.number.as_ref().unwrap().date.to_string(), "2026-11-24");

    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    let (issued, effects) = result.issue(&clerk, after(60)).unwrap();
    assert_eq!(effects, [Effect::Leaf(LeafKind::Issue), Effect::Event(EventKind::Issued)]);
    assert_eq!(issued.leaves.last().unwrap().file, issued.files[0].current);

    // One proposes, another confirms.
    let official = world.role(JUSTICE, Role::Official);
    let id = ProposalId::new(uuid(1));
    let (proposal, _) =
        issued.propose(id, Proposed::Suspend, "sai tên", None, &official, after(70)).unwrap();
    let alone = issued.confirm(&proposal, None, &official, after(71));
    assert_eq!(alone.unwrap_err(), Refusal::SamePerson);
    let (suspended, proposal, effects) =
        issued.confirm(&proposal, None, &clerk, after(71)).unwrap();
    assert_eq!(suspended.state, State::Suspended);
    assert_eq!(effects[0], Effect::Leaf(LeafKind::Suspend));
    let again = suspended.confirm(&proposal, None, &clerk, after(72));
    assert_eq!(again.unwrap_err(), Refusal::ProposalClosed);

    // Two of the centre cannot decide over the department's result.
    let lead = world.role(CENTRE, Role::ShiftLead);
    let (of_centre, _) =
        suspended.propose(id, Proposed::Resume, "đã rõ", None, &lead, after(73)).unwrap();
    let other = world.role(CENTRE, Role::RegistryClerk);
    let refused = suspended.confirm(&of_centre, None, &other, after(74));
    assert_eq!(refused.unwrap_err(), Refusal::NobodyOfTheAgency);
    let (resumed, _, _) = suspended.confirm(&of_centre, None, &clerk, after(74)).unwrap();
    assert_eq!(resumed.state, State::Issued);
    // A proposal about what was before is stale.
    let (old, _) = issued.propose(id, Proposed::Revoke, "x", None, &official, after(75)).unwrap();
    assert_eq!(resumed.confirm(&old, None, &clerk, after(76)).unwrap_err(), Refusal::ProposalStale);
}

#[test]
fn superseded_only_by_another_issued_result_of_the_agency() {
    let world = World::new();
    let mut register = world.register(600, 2026);
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    let official = world.role(JUSTICE, Role::Official);
    let (first, _) = sealed(&world, 10, &mut register).issue(&clerk, after(60)).unwrap();
    let next = sealed(&world, 11, &mut register);
    let id = ProposalId::new(uuid(1));
    let by = Proposed::Supersede { by: next.id };
    let early = first.propose(id, by, "cấp lại", Some(&next), &official, after(61));
    assert_eq!(early.unwrap_err(), Refusal::NotASuccessor);
    let (next, _) = next.issue(&clerk, after(62)).unwrap();
    let itself = Proposed::Supersede { by: first.id };
    let itself = first.propose(id, itself, "cấp lại", Some(&first), &official, after(63));
    assert_eq!(itself.unwrap_err(), Refusal::NotASuccessor);
    let (proposal, _) =
        first.propose(id, by, "cấp lại", Some(&next), &official, after(63)).unwrap();
    let (gone, _, _) = first.confirm(&proposal, Some(&next), &clerk, after(64)).unwrap();
    assert_eq!((gone.state, gone.superseded_by), (State::Superseded, Some(next.id)));
}

#[test]
fn a_cancelled_number_is_void_and_the_next_revision_gets_another() {
    let world = World::new();
    let mut register = world.register(600, 2026);
    let result = sealed(&world, 10, &mut register);
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    assert_eq!(result.cancel("  ", &clerk, after(60)).unwrap_err(), Refusal::ReasonMissing);
    let (cancelled, effects) = result.cancel("sai tên", &clerk, after(60)).unwrap();
    assert!(matches!(&effects[0], Effect::NumberVoid { number, reason }
        if number.seq == 8 && number.state == NumberState::Void && reason == "sai tên"));
    assert_eq!(cancelled.number, None);

    let incoming =
        incoming(&world.procedure, crate::world::draft(&world.procedure), 0, 99, after(61));
    let official = world.position(at(JUSTICE, Role::Official));
    let officer = world.role(JUSTICE, Role::CaseOfficer);
    let (again, _) = cancelled
        .resubmit(incoming, &world.procedure, Some(official), &officer, after(61))
        .unwrap();
    assert_eq!((again.revision, again.state, again.code), (2, State::Submitted, result.code));
    assert!(again.acts.iter().all(|act| !act.is_done()));
    assert_eq!(register.next, 9);
    assert_eq!(again.void_numbers.len(), 1);
}

#[test]
fn only_the_named_position_or_its_deputy_in_its_days() {
    let world = World::new();
    let result = world.submit(10, noon());
    let saw = seen(&result, 0);
    let refused = |who: Acting<'_>, when| result.approve(&saw, &who, when).unwrap_err();
    assert_eq!(
        refused(world.role(HEALTH, Role::Official), after(1)),
        Refusal::OtherAgency { act: issuance::ActName::Approve }
    );
    assert_eq!(
        refused(world.role(JUSTICE, Role::RegistryClerk), after(1)),
        Refusal::NotYourRole { act: issuance::ActName::Approve }
    );
    assert!(matches!(
        refused(world.who(DEPUTY), after(1)),
        Refusal::PositionNotInForce { to: Some(_), .. }
    ));
    assert!(matches!(refused(world.who(FORMER), after(1)), Refusal::PositionNotInForce { .. }));
    let stolen = Acting::Person {
        person: world.position(at(JUSTICE, Role::CaseOfficer)).person,
        position: world.position(at(JUSTICE, Role::Official)),
    };
    assert_eq!(refused(stolen, after(1)), Refusal::PositionNotHeld);
    assert_eq!(
        result.approve(&saw, &world.who(DEPUTY), after(61)).unwrap().0.state,
        State::Approved
    );
}

#[test]
fn what_was_seen_binds() {
    let world = World::new();
    let result = world.submit(10, noon());
    let official = world.role(JUSTICE, Role::Official);
    let saw = seen(&result, 0);
    for (saw, what) in [
        (Seen { revision: 2, ..saw }, "revision"),
        (Seen { sha256: result.files[0].submitted, ..saw }, "file"),
        (Seen { version: Some(7), ..saw }, "version"),
    ] {
        let refused = result.approve(&saw, &official, after(1)).unwrap_err();
        assert_eq!(refused, Refusal::ChangedSince { what });
    }
}

#[test]
fn in_hand_of_one_activation_until_it_ends() {
    let world = World::new();
    let result = world.submit(10, noon());
    let official = world.role(JUSTICE, Role::Official);
    let key = world.key_of(at(JUSTICE, Role::Official));
    let early = result.begin(&begin(&result, 1, key, 0, None, noon()), &official, noon());
    assert!(matches!(early.unwrap_err(), Refusal::WrongState { .. }), "not approved yet");
    let (result, _) = result.approve(&seen(&result, 0), &official, after(1)).unwrap();

    let mut long = begin(&result, 1, key, 0, None, after(2));
    long.until = after(303);
    assert_eq!(result.begin(&long, &official, after(2)).unwrap_err(), Refusal::ActivationTooLong);
    let (held, _) =
        result.begin(&begin(&result, 1, key, 0, None, after(2)), &official, after(2)).unwrap();
    // Nothing else happens to it meanwhile.
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    assert!(matches!(held.cancel("x", &clerk, after(3)).unwrap_err(), Refusal::InHand { .. }));
    let other = held.begin(&begin(&held, 2, key, 0, None, after(3)), &official, after(3));
    assert!(matches!(other.unwrap_err(), Refusal::InHand { .. }));
    // The wrong activation brings nothing in.
    let wrong = held.finish(&signed(&held, 2, 0), &Acting::System, after(4));
    assert_eq!(wrong.unwrap_err(), Refusal::NotInHand);
    // Failed: out of hand, still approved.
    let (failed, effects) =
        held.fail(activation(1), 0, "signer died", &Acting::System, after(5)).unwrap();
    assert_eq!((failed.state, &failed.in_hand), (State::Approved, &None));
    assert_eq!(effects, [Effect::Event(EventKind::StepFailed)]);

    // When the time is over another may take it, and the first is too late.
    let (taken, _) =
        held.begin(&begin(&held, 3, key, 0, None, after(363)), &official, after(363)).unwrap();
    let late = taken.finish(&signed(&taken, 1, 0), &Acting::System, after(364));
    assert_eq!(late.unwrap_err(), Refusal::NotInHand);
    // Nobody took it: late is better than twice.
    let (done, _) = held.finish(&signed(&held, 1, 0), &Acting::System, after(900)).unwrap();
    assert_eq!(done.state, State::Signed);
    // A person is no worker.
    let person = held.finish(&signed(&held, 1, 0), &official, after(4));
    assert!(matches!(person.unwrap_err(), Refusal::NotYourRole { .. }));
}

#[test]
fn a_key_signs_for_its_owner_only() {
    let world = World::new();
    let result = world.submit(10, noon());
    let official = world.role(JUSTICE, Role::Official);
    let (result, _) = result.approve(&seen(&result, 0), &official, after(1)).unwrap();
    for key in [world.key_of(DEPUTY), world.seal(JUSTICE), world.key_of(at(HEALTH, Role::Official))]
    {
        let refused = result.begin(&begin(&result, 1, key, 0, None, after(2)), &official, after(2));
        assert_eq!(refused.unwrap_err(), Refusal::KeyNotYours);
    }
    let unbound = issuance::Key {
        state: issuance::KeyState::Proposed,
        ..world.key_of(at(JUSTICE, Role::Official)).clone()
    };
    let refused =
        result.begin(&begin(&result, 1, &unbound, 0, None, after(2)), &official, after(2));
    assert_eq!(refused.unwrap_err(), Refusal::KeyNotBound);
}

#[test]
fn initials_first_then_approval_and_no_number_where_none_is_asked() {
    let world = World::new();
    let result = world.submit_of(10, &world.plain, 0, noon());
    let official = world.role(JUSTICE, Role::Official);
    let refused = result.approve(&seen(&result, 0), &official, after(1)).unwrap_err();
    assert_eq!(refused, Refusal::NotReady { waiting: vec![ActKind::Initial] });
    let officer = world.role(JUSTICE, Role::CaseOfficer);
    let key = world.key_of(at(JUSTICE, Role::CaseOfficer));
    let (result, _) =
        result.begin(&begin(&result, 1, key, 0, None, after(1)), &officer, after(1)).unwrap();
    let (result, effects) = finish_all(result, 1);
    assert_eq!(result.state, State::Submitted);
    assert_eq!(effects, [Effect::Event(EventKind::Initialled)]);
    let (result, _) = result.approve(&seen(&result, 0), &official, after(3)).unwrap();
    let key = world.key_of(at(JUSTICE, Role::Official));
    let (result, _) =
        result.begin(&begin(&result, 2, key, 0, None, after(4)), &official, after(4)).unwrap();
    let (result, _) = finish_all(result, 2);
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    assert_eq!(result.issue(&clerk, after(5)).unwrap().0.state, State::Issued);
}

#[test]
fn six_signatures_in_one_file_and_sealed_attachments() {
    let world = World::new();
    let kinds = [
        ActKind::Initial,
        ActKind::Sign,
        ActKind::Number,
        ActKind::Day,
        ActKind::Month,
        ActKind::Seal,
    ];
    let procedure = procedure(702, &kinds, &[ActKind::Seal]);
    let mut result = world.submit_of(10, &procedure, 2, noon());
    let register = world.register(600, 2026);
    let step = |result: ProcedureResult, who: u128, key, file, n| {
        let wish = begin(&result, n, key, file, Some(&register), after(10));
        let (held, _) = result.begin(&wish, &world.who(who), after(10)).unwrap();
        finish_all(held, n).0
    };
    let officer = at(JUSTICE, Role::CaseOfficer);
    result = step(result, officer, world.key_of(officer), 0, 1);
    let official = at(JUSTICE, Role::Official);
    result = result.approve(&seen(&result, 0), &world.who(official), after(5)).unwrap().0;
    result = step(result, official, world.key_of(official), 0, 2);
    assert_eq!(result.state, State::Signed);
    let clerk = at(JUSTICE, Role::RegistryClerk);
    result = step(result, clerk, world.seal(JUSTICE), 0, 3);
    // The main file is sealed; the attachments still wait.
    assert_eq!(result.state, State::Numbered);
    let early = result.issue(&world.who(clerk), after(20)).unwrap_err();
    assert_eq!(early, Refusal::NotReady { waiting: vec![ActKind::Seal, ActKind::Seal] });
    // Both attachments by one activation.
    let seal = world.seal(JUSTICE);
    let who = world.who(clerk);
    let skipped = result.begin(&begin(&result, 4, seal, 2, None, after(21)), &who, after(21));
    assert!(matches!(skipped.unwrap_err(), Refusal::OutOfOrder { .. }));
    result = result.begin(&begin(&result, 4, seal, 1, None, after(21)), &who, after(21)).unwrap().0;
    result = result.begin(&begin(&result, 4, seal, 2, None, after(21)), &who, after(21)).unwrap().0;
    assert_eq!(result.in_hand.as_ref().unwrap().acts, [6, 7]);
    let skipped = result.finish(&signed(&result, 4, 7), &Acting::System, after(22));
    assert!(matches!(skipped.unwrap_err(), Refusal::OutOfOrder { .. }));
    result = finish_all(result, 4).0;
    assert_eq!(result.state, State::Sealed);
    assert_eq!(result.issue(&who, after(30)).unwrap().0.state, State::Issued);
}

#[test]
fn returned_corrected_withdrawn() {
    let world = World::new();
    let result = world.submit(10, noon());
    let official = world.role(JUSTICE, Role::Official);
    let officer = world.role(JUSTICE, Role::CaseOfficer);
    let (returned, _) =
        result.return_(&seen(&result, 0), "thiếu trang 2", &official, after(1)).unwrap();
    assert_eq!(returned.reasons[0].text, "thiếu trang 2");
    // Another client may not touch it.
    let client = returned.withdraw("x", &Acting::Client(&world.client), after(2));
    assert_eq!(client.unwrap_err(), Refusal::ClientScope);
    let (gone, _) = returned.withdraw("dân rút hồ sơ", &officer, after(3)).unwrap();
    assert_eq!(gone.state, State::Withdrawn);
    for act in [gone.withdraw("x", &officer, after(4)), gone.cancel("x", &official, after(4))] {
        assert!(matches!(act.unwrap_err(), Refusal::WrongState { .. }));
    }
}

fn through_second_door(world: &World, n: u128, number: &str) -> ProcedureResult {
    let incoming =
        incoming(&world.procedure, elsewhere(&world.procedure, number), 0, n as u64, noon());
    let (result, _) = ProcedureResult::submit(
        issuance::ResultId::new(uuid(n)),
        issuance::CheckCode::new(uuid(n).into_bytes()),
        incoming,
        &world.procedure,
        None,
        &Acting::Client(&world.client),
        noon(),
    )
    .unwrap();
    result
}

fn found(result: &ProcedureResult, finding: Finding) -> Validation {
    Validation {
        file: result.files[0].current,
        finding,
        policy: "pades-baseline@1".to_owned(),
        at: noon(),
        evidence: issuance::FileHash::of(b"facts and report"),
    }
}

#[test]
fn the_second_door_asks_for_a_validation_that_passed() {
    let world = World::new();
    let register = world.register(600, 2026);
    let result = through_second_door(&world, 20, "05/QĐ-STP");
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    assert!(matches!(result.issue(&clerk, after(1)).unwrap_err(), Refusal::WrongState { .. }));
    let official = world.role(JUSTICE, Role::Official);
    let approve = result.approve(&seen(&result, 0), &official, after(1)).unwrap_err();
    assert_eq!(approve, Refusal::NotSigningPosition);

    let wants = Finding::WantsEvidence { missing: vec!["crl".to_owned()] };
    let (waits, _) =
        result.judge_intake(found(&result, wants), None, &Acting::System, after(2)).unwrap();
    assert_eq!(waits.state, State::AwaitingEvidence);
    assert!(matches!(waits.issue(&clerk, after(3)).unwrap_err(), Refusal::WrongState { .. }));

    let passed = Finding::Passed { hierarchy: Some("ban-co-yeu".to_owned()), signers: vec![] };
    let mut other = found(&waits, passed.clone());
    other.file = issuance::FileHash::of(b"another file");
    let refused = waits.judge_intake(other, None, &Acting::System, after(4));
    assert_eq!(refused.unwrap_err(), Refusal::OtherFile);
    let by_hand = waits.judge_intake(found(&waits, passed.clone()), None, &clerk, after(4));
    assert!(matches!(by_hand.unwrap_err(), Refusal::NotYourRole { .. }));
    let (accepted, effects) = waits
        .judge_intake(found(&waits, passed), Some((&register, None)), &Acting::System, after(4))
        .unwrap();
    assert_eq!(accepted.state, State::Accepted);
    assert!(matches!(&effects[0], Effect::NumberEntered { entry, .. }
        if entry.number.seq == 5 && entry.result == Some(accepted.id)));
    let (issued, effects) = accepted.issue(&clerk, after(5)).unwrap();
    assert_eq!(effects[0], Effect::Leaf(LeafKind::Issue));
    assert_eq!(issued.files[0].current, issued.files[0].submitted, "kept byte for byte");
}

#[test]
fn a_number_that_is_gone_refuses_the_second_document() {
    let world = World::new();
    let register = world.register(600, 2026);
    let (register, number) = register.take(noon()).unwrap();
    assert_eq!(number.seq, 8);
    let result = through_second_door(&world, 21, "08/QĐ-STP");
    let passed = Finding::Passed { hierarchy: None, signers: vec![] };
    let (refused, _) = result
        .judge_intake(found(&result, passed), Some((&register, None)), &Acting::System, after(1))
        .unwrap();
    assert_eq!(refused.state, State::Refused);
    assert!(refused.reasons[0].text.contains('8'));
}

#[test]
fn claims_stay_the_same_after_issue() {
    let world = World::new();
    let sealed = sealed(&world, 10, &mut world.register(600, 2026));
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    let official = world.role(JUSTICE, Role::Official);
    let (issued, _) = sealed.issue(&clerk, after(60)).unwrap();
    let claims = issued.claims(LeafKind::Issue);
    let text = String::from_utf8(claims.clone()).unwrap();
    for line in ["number 08/QĐ-STP", "person Nguyễn Văn A", "field.value Nguyễn Văn A"] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(text.contains(&issued.files[0].current.to_string()));
    let id = ProposalId::new(uuid(1));
    let (proposal, _) =
        issued.propose(id, Proposed::Revoke, "sai", None, &official, after(61)).unwrap();
    let (revoked, _, _) = issued.confirm(&proposal, None, &clerk, after(62)).unwrap();
    assert_eq!(revoked.claims(LeafKind::Revoke), claims);
}

#[test]
fn a_result_survives_its_json() {
    let world = World::new();
    let result = sealed(&world, 10, &mut world.register(600, 2026));
    let json = serde_json::to_string(&result).unwrap();
    assert_eq!(serde_json::from_str::<ProcedureResult>(&json).unwrap(), result);
}
