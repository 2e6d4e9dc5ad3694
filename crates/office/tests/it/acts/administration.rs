//! Administration by acts: who may set up what, and what nobody may.

use issuance::{
    Agency, AgencyId, Client, ClientId, NumberSource, PersonId, Position, PositionId, Refusal,
    Role, Scope,
};
use office::acts::admin::{
    CloseRegister, ConfirmKey, CreateAgency, CreateClient, CreatePerson, DisableClient,
    DisablePerson, EndPosition, EnterNumber, GivePosition, OpenRegister, PutProcedure, RetireKey,
    RotateClient,
};
use office::acts::{Approve, SubmitDraft};
use store::{Actor, PerformError, audit, people, registers};
use uuid::Uuid;

use super::both;
use super::world::{World, actor, code, person_with, procedure, result_id};

fn refused<T: std::fmt::Debug>(done: Result<T, PerformError>) -> Refusal {
    match done {
        Err(PerformError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

both! {
    async fn agencies_people_and_positions(world: World) {
        let store = world.store();
        let admin = world.actor(world.justice, Role::Administrator);
        let below = CreateAgency {
            id: AgencyId::new(Uuid::now_v7()),
            word: "phong-cong-chung".to_owned(),
            name: "PHÒNG CÔNG CHỨNG SỐ 1".to_owned(),
            code: None,
            parent: Some(world.justice),
        };
        let made: Agency = store.perform(below.clone(), admin.clone()).await.unwrap();
        assert_eq!(made.above.last(), Some(&world.justice));
        let twice = CreateAgency { id: AgencyId::new(Uuid::now_v7()), ..below.clone() };
        assert_eq!(refused(store.perform(twice, admin.clone()).await),
            Refusal::Exists { what: "agency" });
        let top = CreateAgency { parent: None, word: "khac".to_owned(), ..below.clone() };
        assert!(matches!(refused(store.perform(top, admin.clone()).await),
            Refusal::NotYourRole { .. }));
        let elsewhere = CreateAgency {
            parent: Some(world.health), word: "khac".to_owned(), ..below
        };
        assert!(matches!(refused(store.perform(elsewhere, admin.clone()).await),
            Refusal::OtherAgency { .. }));
        let person = CreatePerson {
            id: PersonId::new(Uuid::now_v7()),
            agency: world.justice,
            login: "tp.official".to_owned(),
            name: "Ai Đó".to_owned(),
            password: None,
        };
        assert_eq!(refused(store.perform(person, admin.clone()).await),
            Refusal::Exists { what: "login" });

        // An administrator who also signs.
        let me = &world.positions[&(world.justice, Role::Administrator)];
        let signs = Position {
            id: PositionId::new(Uuid::now_v7()), roles: [Role::Official].into(), ..me.clone()
        };
        assert_eq!(refused(store.perform(GivePosition(signs.clone()), admin.clone()).await),
            Refusal::OwnPosition);
        let above = person_with(store, me.agency, Role::Administrator, "tp.admin2", None).await;
        assert_eq!(refused(store.perform(GivePosition(signs), actor(&above)).await),
            Refusal::AdministratorNeverSigns);
    }

    async fn who_left_or_was_switched_off_does_nothing(world: World) {
        let store = world.store();
        let admin = world.actor(world.justice, Role::Administrator);
        let result = world.submitted().await;
        let seen = issuance::Seen { revision: 1, sha256: result.files[0].current, version: None };
        let approve = Approve { result: result.id, seen };
        let official = world.positions[&(world.justice, Role::Official)].clone();
        let off = DisablePerson { person: official.person, active: false };
        store.perform(off, admin.clone()).await.unwrap();
        assert_eq!(refused(store.perform(approve.clone(), world.official()).await),
            Refusal::Disabled);
        let on = DisablePerson { person: official.person, active: true };
        store.perform(on, admin.clone()).await.unwrap();
        let end = EndPosition { position: official.id, at: None };
        store.perform(end, admin.clone()).await.unwrap();
        assert!(matches!(refused(store.perform(approve.clone(), world.official()).await),
            Refusal::PositionNotInForce { .. }));
        // The deputy still may; a stranger with the deputy's position may not.
        let stranger = Actor { person: Some(official.person), ..actor(&world.deputy) };
        assert_eq!(refused(store.perform(approve.clone(), stranger).await),
            Refusal::PositionNotHeld);
        store.perform(approve, actor(&world.deputy)).await.unwrap();
        let mut tx = store.read().await.unwrap();
        let rows = audit::of_object(&mut tx, &format!("person {}", official.person)).await.unwrap();
        assert!(rows.iter().any(|r| r.act == "disable_person" && r.reason.as_deref() == Some("off")));
        assert!(people::get(&mut tx, official.person).await.unwrap().unwrap().active);
    }

    async fn keys_registers_procedures_clients(world: World) {
        let store = world.store();
        let admin = world.actor(world.justice, Role::Administrator);
        let again = store.perform(ConfirmKey(world.seal), world.official()).await;
        assert_eq!(refused(again), Refusal::ProposalClosed);
        store.perform(RetireKey(world.seal), world.clerk()).await.unwrap();
        let result = world.sign(&world.submitted().await).await;
        let begun = world.activate(world.seal, &[&result], world.clerk()).await.unwrap();
        assert_eq!(begun.items[0].hash.clone().unwrap_err().code, "key_not_bound");

        let mut tx = store.read().await.unwrap();
        let register = registers::get(&mut tx, world.register).await.unwrap().unwrap();
        drop(tx);
        let twice = issuance::Register {
            id: issuance::RegisterId::new(Uuid::now_v7()), ..register.clone()
        };
        assert_eq!(refused(store.perform(OpenRegister(twice.clone()), world.clerk()).await),
            Refusal::Exists { what: "register" });
        let number = EnterNumber {
            register: register.id,
            number: 3,
            date: jiff::civil::date(register.year, 1, 5),
            source: NumberSource::Paper,
            note: "giấy".to_owned(),
        };
        store.perform(number.clone(), world.clerk()).await.unwrap();
        assert_eq!(refused(store.perform(number, world.clerk()).await),
            Refusal::NumberGone { number: 3 });
        assert!(matches!(
            refused(store.perform(CloseRegister(register.id), admin.clone()).await),
            Refusal::NotYourRole { .. }
        ));

        // A changed procedure: drafts prepared under the old one are prepared again.
        let made = world.made(world.input(), 0).await;
        let mut changed = procedure(world.justice, &[issuance::ActKind::Sign], &[]);
        changed.id = world.procedure.id;
        let changed = store.perform(PutProcedure(changed), admin.clone()).await.unwrap();
        assert_eq!(changed.version, 2);
        let stale = SubmitDraft { id: result_id(), code: code(), made, idempotency: None };
        assert_eq!(refused(store.perform(stale, world.officer()).await),
            Refusal::ChangedSince { what: "procedure" });

        let wide = Client {
            id: ClientId::new(Uuid::now_v7()),
            agency: world.justice,
            name: "khác".to_owned(),
            scopes: vec![Scope { agency: world.health, procedures: None }],
            acts_for: None,
            webhook: None,
            active: true,
            created: jiff::Timestamp::now(),
        };
        let create = CreateClient { client: wide, token: [4; 32], webhook_key: None };
        assert!(matches!(refused(store.perform(create, admin.clone()).await),
            Refusal::OtherAgency { .. }));
        let rotate = RotateClient {
            client: world.client, token: [5; 32], old_until: store.now(),
        };
        store.perform(rotate, admin.clone()).await.unwrap();
        let off = DisableClient { client: world.client, active: false };
        store.perform(off, admin).await.unwrap();
        let made = world.made(world.input(), 0).await;
        let made = office::acts::Made { procedure: (changed.id, 2), ..made };
        let submit = SubmitDraft { id: result_id(), code: code(), made, idempotency: None };
        assert_eq!(refused(store.perform(submit, world.as_client()).await), Refusal::Disabled);
    }
}
