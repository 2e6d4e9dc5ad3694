//! The table of acts, and what administration may not do.

use std::collections::BTreeSet;

use issuance::{
    ACTS, About, ActName, Acting, Agency, By, Client, Key, KeyOwner, KeyState, PersonId, Position,
    PositionId, Procedure, Refusal, Role, Scope, permit, role_table, state_diagram,
};

use crate::world::{
    CENTRE, HEALTH, JUSTICE, ROOT, World, after, agency, at, noon, procedure, uuid,
};

#[test]
fn one_word_one_act() {
    let words: BTreeSet<&str> = ACTS.iter().map(|rule| rule.word).collect();
    assert_eq!(words.len(), ACTS.len());
    for rule in ACTS {
        assert_eq!(rule.word.parse::<ActName>(), Ok(rule.name));
        assert_eq!(rule.name.rule().word, rule.word);
        assert!(!rule.by.is_empty() && !rule.text_vi.is_empty() && !rule.text_en.is_empty());
    }
}

#[test]
fn the_administrator_never_signs_numbers_seals_or_issues() {
    for rule in ACTS.iter().filter(|rule| !rule.to.is_empty()) {
        assert!(!rule.by.contains(&By::Role(Role::Administrator)), "{}", rule.word);
        assert!(!rule.by.contains(&By::Role(Role::Auditor)), "{}", rule.word);
    }
    for act in [ActName::OpenRegister, ActName::EnterNumber] {
        assert!(!act.rule().by.contains(&By::Role(Role::Administrator)));
    }
}

/// Every act by every role at every agency: as the table says, and never elsewhere.
#[test]
fn every_role_at_every_agency_as_the_table_says() {
    let world = World::new();
    let named = PositionId::new(uuid(at(JUSTICE, Role::Official)));
    let officer = PositionId::new(uuid(at(JUSTICE, Role::CaseOfficer)));
    for rule in ACTS {
        for place in [JUSTICE, HEALTH, CENTRE] {
            for role in Role::ALL {
                let named = if rule.name == ActName::Initial { officer } else { named };
                let above = [agency(ROOT)];
                let about = About {
                    place: Some(agency(CENTRE)),
                    named: Some(named),
                    above: &above,
                    ..About::of(agency(JUSTICE))
                };
                let allowed = permit(rule.name, &world.role(place, role), &about, noon()).is_ok();
                if place == HEALTH {
                    assert!(!allowed, "{} by {role} of another agency", rule.word);
                }
                if !rule.by.contains(&By::Role(role)) {
                    assert!(!allowed, "{} by {role}", rule.word);
                }
                if place == JUSTICE && rule.name != ActName::Initial {
                    assert_eq!(allowed, rule.by.contains(&By::Role(role)), "{}", rule.word);
                }
            }
        }
    }
}

fn given(world: &World, position: Position, others: &[Position], by: u128) -> Result<(), Refusal> {
    let agency = &world.agencies[&position.agency];
    let of = position.deputy_of.map(|id| world.position(id.uuid().as_u128() & 0xffff));
    Position::give(position, agency, others, of, &world.who(by), noon()).map(|_| ())
}

#[test]
fn positions_are_given_by_others_and_administration_stands_apart() {
    let world = World::new();
    let admin = at(JUSTICE, Role::Administrator);
    let sample = |role: Role| Position {
        id: PositionId::new(uuid(70)),
        person: PersonId::new(uuid(71)),
        roles: [role].into(),
        ..world.position(at(JUSTICE, Role::CaseOfficer)).clone()
    };
    assert_eq!(given(&world, sample(Role::Official), &[], admin), Ok(()));
    assert_eq!(given(&world, sample(Role::Official), &[], 50), Ok(()), "from above");
    let health = at(HEALTH, Role::Administrator);
    assert!(matches!(
        given(&world, sample(Role::Official), &[], health),
        Err(Refusal::OtherAgency { .. })
    ));
    let own = Position { person: world.position(admin).person, ..sample(Role::Auditor) };
    assert_eq!(given(&world, own, &[], admin), Err(Refusal::OwnPosition));

    // Administration and signing together: in one position, in two, but not one after the other.
    let both =
        Position { roles: [Role::Administrator, Role::Official].into(), ..sample(Role::Official) };
    assert_eq!(given(&world, both, &[], admin), Err(Refusal::AdministratorNeverSigns));
    let held = Position { id: PositionId::new(uuid(72)), ..sample(Role::Administrator) };
    let second = given(&world, sample(Role::RegistryClerk), std::slice::from_ref(&held), admin);
    assert_eq!(second, Err(Refusal::AdministratorNeverSigns));
    let past = Position { to: Some(sample(Role::Official).from), ..held };
    assert_eq!(given(&world, sample(Role::RegistryClerk), &[past], admin), Ok(()));

    // A deputy has an end and no further roles.
    let named = PositionId::new(uuid(at(JUSTICE, Role::Official)));
    let deputy = Position { deputy_of: Some(named), ..sample(Role::Official) };
    assert!(matches!(given(&world, deputy.clone(), &[], admin), Err(Refusal::Field { .. })));
    let dated = Position { to: Some(after(86_400)), ..deputy };
    assert_eq!(given(&world, dated.clone(), &[], admin), Ok(()));
    let more = Position { roles: [Role::RegistryClerk].into(), ..dated };
    assert!(matches!(given(&world, more, &[], admin), Err(Refusal::Field { .. })));
}

#[test]
fn keys_by_two_people() {
    let world = World::new();
    let justice = &world.agencies[&agency(JUSTICE)];
    let admin = world.role(JUSTICE, Role::Administrator);
    let wanted = Key { state: KeyState::Bound, ..world.seal(JUSTICE).clone() };
    let key = Key::bind(wanted, justice, &admin, noon()).unwrap();
    assert_eq!(key.state, KeyState::Proposed, "whatever was asked for");
    assert_eq!(key.confirm(justice, &admin, noon()).unwrap_err(), Refusal::SamePerson);
    let health = world.role(HEALTH, Role::RegistryClerk);
    assert!(matches!(key.confirm(justice, &health, noon()), Err(Refusal::OtherAgency { .. })));
    let clerk = world.role(JUSTICE, Role::RegistryClerk);
    let key = key.confirm(justice, &clerk, noon()).unwrap();
    assert_eq!((key.state, key.owner), (KeyState::Bound, KeyOwner::Seal));
    assert_eq!(key.retire(justice, &clerk, noon()).unwrap().state, KeyState::Retired);
}

#[test]
fn clients_stay_in_their_scope_and_in_that_of_their_maker() {
    let world = World::new();
    let justice = &world.agencies[&agency(JUSTICE)];
    let all: Vec<Agency> = world.agencies.values().cloned().collect();
    let wider = Client {
        scopes: vec![
            Scope { agency: agency(JUSTICE), procedures: None },
            Scope { agency: agency(HEALTH), procedures: None },
        ],
        ..world.client.clone()
    };
    let admin = world.role(JUSTICE, Role::Administrator);
    let refused = Client::create(wider.clone(), justice, &all, &admin, noon());
    assert!(matches!(refused, Err(Refusal::OtherAgency { .. })));
    assert!(Client::create(wider, justice, &all, &world.who(50), noon()).is_ok());

    let some = world.procedure.id;
    let narrow = Client {
        scopes: vec![Scope { agency: agency(JUSTICE), procedures: Some(vec![some]) }],
        ..world.client.clone()
    };
    assert_eq!(narrow.may(agency(JUSTICE), Some(some)), Ok(()));
    assert_eq!(narrow.may(agency(JUSTICE), None), Err(Refusal::ClientScope));
    assert_eq!(narrow.may(agency(HEALTH), Some(some)), Err(Refusal::ClientScope));
    let off = narrow.set_active(false, justice, &admin, noon()).unwrap();
    assert_eq!(off.may(agency(JUSTICE), Some(some)), Err(Refusal::Disabled));
    let client = Acting::Client(&world.client);
    let approve = permit(ActName::Approve, &client, &About::of(agency(JUSTICE)), noon());
    assert!(matches!(approve, Err(Refusal::NotYourRole { .. })));
}

#[test]
fn procedures_keep_the_order_of_the_law() {
    use issuance::ActKind::{Day, Initial, Month, Number, NumberDate, Seal, Sign};
    let world = World::new();
    let justice = &world.agencies[&agency(JUSTICE)];
    let admin = world.role(JUSTICE, Role::Administrator);
    let put = |acts: &[issuance::ActKind], attached: &[issuance::ActKind]| {
        Procedure::put(procedure(703, acts, attached), None, justice, &admin, noon())
    };
    assert!(put(&[Sign], &[]).is_ok());
    assert!(put(&[Initial, Sign, Sign, Number, Day, Month, Seal], &[Sign, Seal]).is_ok());
    for bad in [
        &[][..],
        &[Seal],
        &[Seal, Sign],
        &[Sign, Seal, NumberDate],
        &[NumberDate, Sign],
        &[Sign, NumberDate, Number],
        &[Sign, Day],
        &[Sign, Day, Month],
        &[Sign, Seal, Seal],
    ] {
        assert!(put(bad, &[]).is_err(), "{bad:?}");
    }
    assert!(put(&[Sign, NumberDate], &[NumberDate]).is_err());
    let mut boxless = procedure(703, &[Sign, Seal], &[]);
    boxless.layout.0.remove("seal");
    let refused = Procedure::put(boxless, None, justice, &admin, noon());
    assert_eq!(refused.unwrap_err(), Refusal::BoxMissing { name: "seal".to_owned() });
    let mut wrong_key = procedure(703, &[Sign, Seal], &[]);
    wrong_key.acts[0].key = issuance::KeyUse::Seal;
    assert!(Procedure::put(wrong_key, None, justice, &admin, noon()).is_err());
    let mut tiny = procedure(703, &[Sign], &[]);
    tiny.layout.0.insert(
        "seal".to_owned(),
        issuance::Spot::After { text: "Số:".to_owned(), width_mm: f64::NAN, height_mm: 5.0 },
    );
    assert!(Procedure::put(tiny, None, justice, &admin, noon()).is_err());
}

#[test]
fn the_pictures_come_from_the_table() {
    let diagram = state_diagram();
    for arrow in [
        "[*] --> submitted: submit_draft, submit_elsewhere",
        "submitted --> approved: approve",
        "approved --> signed: sign",
        "sealed --> issued: issue",
        "issued --> revoked: revoke",
        "suspended --> issued: resume",
        "submitted --> accepted: judge_intake",
    ] {
        assert!(diagram.contains(arrow), "{arrow}\n{diagram}");
    }
    assert!(!diagram.contains("submitted --> signed"), "{diagram}");
    assert_eq!(role_table().lines().count(), ACTS.len() + 2);
}

/// docs/results.md is these pictures: `ANTIN_WRITE_DOCS=1 cargo test -p issuance` writes it anew.
#[test]
fn the_documents_show_the_pictures() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/results.md");
    let text = format!(
        "# Results: states and roles\n\nGenerated from the table of acts in `crates/issuance` \
         (`src/activity.rs`); a test keeps this page equal to it.\n\n## States\n\n```mermaid\n{}```\n\n\
         `begin_activation` takes the steps `initial`, `sign`, `number`, `seal` in hand, \
         `finish_item` brings in what the signer made; a procedure without number or seal leaves \
         their states out. Printing and handing over are states of copies, not of results.\n\n\
         ## Who may do what\n\n✓ one person, 2: two people have to agree.\n\n{}",
        state_diagram(),
        role_table()
    );
    if std::env::var_os("ANTIN_WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap() == text, "write docs/results.md anew");
}
