//! Documents of `issuance`: what goes in comes out, found by what it is found by.

use std::collections::BTreeMap;

use issuance::*;
use jiff::{SignedDuration, Timestamp};
use store::evidence::EvidenceRow;
use store::queries::inbox::{self, Page};
use store::sessions::Session;
use store::{
    Act, ActError, Context, PerformError, Tx, activations, agencies, evidence, idempotency, keys,
    leaves, people, positions, procedures, proposals, queries, results, sessions,
};
use uuid::Uuid;

use crate::both;
use crate::world::{World, somebody};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

struct Office {
    agency: Agency,
    person: Person,
    position: Position,
    procedure: Procedure,
    key: Key,
    client: Client,
}

fn office(now: Timestamp) -> Office {
    let agency = Agency {
        id: AgencyId::new(id(1)),
        word: "so-tu-phap".into(),
        name: "SỞ TƯ PHÁP".into(),
        code: None,
        above: vec![],
        created: now,
    };
    let person = Person {
        id: PersonId::new(id(2)),
        agency: agency.id,
        login: "an".into(),
        name: "Nguyễn Văn An".into(),
        active: true,
        created: now,
    };
    let position = Position {
        id: PositionId::new(id(3)),
        agency: agency.id,
        person: person.id,
        roles: [Role::Official].into(),
        title: "GIÁM ĐỐC".into(),
        authority: None,
        from: now,
        to: None,
        decision: "1/QĐ".into(),
        deputy_of: None,
    };
    let sign = ActSpec {
        kind: ActKind::Sign,
        by: Signer::SigningPosition,
        key: KeyUse::Person,
        place: None,
    };
    let procedure = Procedure {
        id: ProcedureId::new(id(4)),
        agency: agency.id,
        code: "1.001193".into(),
        name: "Xác nhận".into(),
        acts: vec![sign],
        attachment_acts: vec![],
        layout: Layout(BTreeMap::new()),
        terms: Terms::default(),
        version: 1,
        from: now,
        to: None,
    };
    let key = Key {
        id: KeyId::new(id(5)),
        agency: agency.id,
        owner: KeyOwner::Person(person.id),
        label: "an".into(),
        certificate: FileHash::of(b"certificate"),
        image: None,
        initials: None,
        state: KeyState::Bound,
        bound_by: None,
        bound: now,
        confirmed_by: None,
    };
    let client = Client {
        id: ClientId::new(id(6)),
        agency: agency.id,
        name: "một cửa".into(),
        scopes: vec![Scope { agency: agency.id, procedures: None }],
        acts_for: None,
        webhook: None,
        active: true,
        created: now,
    };
    Office { agency, person, position, procedure, key, client }
}

struct SetUp;

impl Act for SetUp {
    const NAME: &'static str = "set_up";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        let office = office(at.now);
        agencies::insert(tx, &office.agency).await?;
        people::insert(tx, &office.person, None).await?;
        positions::insert(tx, &office.position).await?;
        procedures::put(tx, &office.procedure).await?;
        keys::insert(tx, &office.key).await?;
        store::clients::insert(tx, &office.client, &[1; 32], None).await?;
        Ok(())
    }
}

struct Submit(u128, Option<i64>);

impl Act for Submit {
    const NAME: &'static str = "submit_draft";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let client = store::clients::get(tx, ClientId::new(id(6))).await?.unwrap();
        let procedure = procedures::get(tx, ProcedureId::new(id(4))).await?.unwrap();
        let position = positions::get(tx, PositionId::new(id(3))).await?.unwrap();
        let submission = SubmissionInput {
            slips: vec![],
            dossiers: vec!["G22.99.08-260921-896048".into()],
            procedure: procedure.id,
            agency: procedure.agency,
            receiving_place: procedure.agency,
            signing_position: Some(position.id),
            title: "Giấy xác nhận".into(),
            holders: vec![HolderInput::Person {
                name: "Trần Thị Bình".into(),
                last_four: "1234".into(),
                birth_year: 1990,
            }],
            deadline: self.1.map(|seconds| at.now + SignedDuration::from_secs(seconds)),
            channel: Channel::Counter,
            fields: vec![],
            kind: Kind::Draft,
        };
        let submission = submission.checked(at.now)?;
        let hash = FileHash::of(&self.0.to_be_bytes());
        let file = File { role: FileRole::Main, submitted: hash, current: hash, bytes: 16 };
        let (result, effects) = ProcedureResult::submit(
            ResultId::new(id(self.0)),
            CheckCode::new(self.0.to_be_bytes()),
            Incoming { submission, files: vec![file], boxes: vec![] },
            &procedure,
            Some(&position),
            &Acting::Client(&client),
            at.now,
        )?;
        assert_eq!(effects.len(), 1);
        results::insert(tx, &result).await?;
        Ok(result)
    }
}

struct Approve(ProcedureResult);

impl Act for Approve {
    const NAME: &'static str = "approve";
    type Done = ProcedureResult;

    /// As the person saw it: what is there now may be another version.
    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let position = positions::get(tx, PositionId::new(id(3))).await?.unwrap();
        let who = Acting::Person { person: position.person, position: &position };
        let seen =
            Seen { revision: self.0.revision, sha256: self.0.files[0].current, version: None };
        let (after, _) = self.0.approve(&seen, &who, at.now)?;
        results::update(tx, self.0.version, &after).await?;
        Ok(after)
    }
}

both! {
    async fn a_result_is_found_by_id_code_and_inbox(world: World) {
        world.store.perform(SetUp, somebody()).await.unwrap();
        let mut submitted = vec![];
        for (n, deadline) in [(100, None), (101, Some(3600)), (102, Some(60))] {
            submitted.push(world.store.perform(Submit(n, deadline), somebody()).await.unwrap());
        }
        let mut tx = world.store.read().await.unwrap();
        let first = &submitted[0];
        assert_eq!(results::get(&mut tx, first.id).await.unwrap().as_ref(), Some(first));
        assert_eq!(results::by_code(&mut tx, &first.code).await.unwrap().as_ref(), Some(first));
        let unknown = CheckCode::new([9; 16]);
        assert_eq!(results::by_code(&mut tx, &unknown).await.unwrap(), None);
        let public = queries::public::by_code_hash(&mut tx, &first.code.sha256()).await.unwrap();
        assert!(!public.unwrap().is_placed());

        let page = Page { limit: 2, offset: 0 };
        let position = PositionId::new(id(3));
        let inbox = inbox::of_positions(&mut tx, &[position], page).await.unwrap();
        let ids: Vec<_> = inbox.iter().map(|r| r.id.uuid().as_u128()).collect();
        assert_eq!(ids, [102, 101], "what is due first comes first");
        let page = Page { limit: 2, offset: 2 };
        assert_eq!(inbox::of_positions(&mut tx, &[position], page).await.unwrap().len(), 1);
        assert!(inbox::of_positions(&mut tx, &[], page).await.unwrap().is_empty());
        let agencies = [AgencyId::new(id(1))];
        let page = Page { limit: 9, offset: 0 };
        for (state, count) in [(State::Submitted, 3), (State::Issued, 0)] {
            let of = inbox::of_agencies(&mut tx, &agencies, &[state], page).await.unwrap();
            assert_eq!(of.len(), count);
            let at = inbox::of_places(&mut tx, &agencies, &[state], page).await.unwrap();
            assert_eq!(at.len(), count);
        }
        let ids = results::ids(&mut tx, Some(first.id), 10).await.unwrap();
        assert_eq!(ids, [submitted[1].id, submitted[2].id]);
    }

    async fn of_two_officials_on_one_result_one_is_told(world: World) {
        world.store.perform(SetUp, somebody()).await.unwrap();
        let seen = world.store.perform(Submit(100, None), somebody()).await.unwrap();
        let (a, b) = tokio::join!(
            world.store.perform(Approve(seen.clone()), somebody()),
            world.store.perform(Approve(seen.clone()), somebody()),
        );
        let (done, refused): (Vec<_>, Vec<_>) = [a, b].into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (1, 1));
        let refused = refused.into_iter().next().unwrap().unwrap_err();
        let PerformError::Refused(refusal) = refused else { panic!("{refused:?}") };
        assert_eq!(refusal.code(), "changed_since");
        let mut tx = world.store.read().await.unwrap();
        let now = results::get(&mut tx, seen.id).await.unwrap().unwrap();
        assert_eq!((now.state, now.version), (State::Approved, seen.version + 1));
    }

    async fn the_smaller_tables_give_back_what_they_got(world: World) {
        world.store.perform(SetUp, somebody()).await.unwrap();
        let result = world.store.perform(Submit(100, None), somebody()).await.unwrap();
        world.store.perform(Rest(result.clone()), somebody()).await.unwrap();
        let mut tx = world.store.read().await.unwrap();
        let of = office(world.store.now());
        let person = people::by_login(&mut tx, "an").await.unwrap().unwrap();
        assert_eq!((person.0.id, person.1.as_deref()), (of.person.id, Some("$argon2id$…")));
        assert_eq!(people::of_agency(&mut tx, of.agency.id).await.unwrap().len(), 1);
        let there = agencies::by_word(&mut tx, "so-tu-phap").await.unwrap().unwrap();
        assert_eq!(there.id, of.agency.id);
        assert_eq!(positions::of_person(&mut tx, of.person.id).await.unwrap().len(), 1);
        assert_eq!(positions::deputies(&mut tx, of.position.id).await.unwrap().len(), 0);
        assert_eq!(keys::of_person(&mut tx, of.person.id).await.unwrap()[0].id, of.key.id);
        let procedure = procedures::get(&mut tx, of.procedure.id).await.unwrap().unwrap();
        assert_eq!(procedure.version, 2);

        let session = sessions::get(&mut tx, &[3; 32]).await.unwrap();
        assert_eq!(session, None, "the password was set: sessions ended");
        assert!(sessions::get(&mut tx, &[4; 32]).await.unwrap().is_some());
        let leaf = leaves::of_result(&mut tx, result.id).await.unwrap().pop().unwrap();
        assert_eq!(tlog::Leaf::from_bytes(&leaf.bytes).unwrap().hash().0, leaf.hash);
        assert_eq!(evidence::of_result(&mut tx, result.id).await.unwrap().len(), 1);
        let items = activations::items::<Vec<String>>(&mut tx, ActivationId::new(id(50))).await;
        let items = items.unwrap();
        assert_eq!(items[0].orders, ["order"]);
        assert_eq!(items[0].outcome, Some(serde_json::json!({ "file": "x" })));
        assert_eq!((items[0].state.as_str(), items[1].state.as_str()), ("done", "waiting"));
        assert_eq!(items[1].outcome, None);
        let expired = activations::expired(&mut tx, "open", world.store.now(), 9).await.unwrap();
        assert_eq!(expired.len(), 0);

        sessions::touch(&world.store, [4; 32], world.store.now()).await.unwrap();
        assert_eq!(sessions::sweep(&world.store).await.unwrap(), 1);
    }

    async fn a_request_that_comes_twice_is_answered_alike(world: World) {
        let first = Once { key: "k", content: b"a" };
        assert_eq!(world.store.perform(first, somebody()).await.unwrap(), "first");
        let again = Once { key: "k", content: b"a" };
        assert_eq!(world.store.perform(again, somebody()).await.unwrap(), "first");
        let other = world.store.perform(Once { key: "k", content: b"b" }, somebody()).await;
        let Err(PerformError::Refused(refusal)) = other else { panic!("{other:?}") };
        assert_eq!(refusal.code(), "idempotency_reused");
        // At once: one does the work, the others get its answer.
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let store = world.store.clone();
            let act = Once { key: "at once", content: b"c" };
            tasks.spawn(async move { store.perform(act, somebody()).await.unwrap() });
        }
        assert!(tasks.join_all().await.iter().all(|answer| answer == "first"));
    }
}

struct Once {
    key: &'static str,
    content: &'static [u8],
}

impl Act for Once {
    const NAME: &'static str = "once";
    type Done = String;

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<String, ActError> {
        let fingerprint = FileHash::of(self.content).0;
        if let Some(answer) = idempotency::find(tx, "client 1", self.key, &fingerprint).await? {
            return Ok(answer);
        }
        idempotency::keep(tx, "client 1", self.key, &fingerprint, "first").await?;
        Ok("first".into())
    }
}

struct Rest(ProcedureResult);

impl Act for Rest {
    const NAME: &'static str = "rest";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        let office = office(at.now);
        let later = at.now + SignedDuration::from_secs(300);
        let session = |hash| Session {
            hash,
            person: office.person.id,
            csrf: "csrf".into(),
            began: at.now,
            last_use: at.now,
            expires: later,
            address: Some("127.0.0.1".into()),
        };
        sessions::insert(tx, &session([3; 32])).await?;
        people::set_password(tx, office.person.id, "$argon2id$…").await?;
        sessions::insert(tx, &session([4; 32])).await?;
        let procedure = Procedure { version: 2, ..office.procedure.clone() };
        procedures::put(tx, &procedure).await?;
        let stale = procedures::put(tx, &procedure).await;
        assert!(matches!(stale, Err(ActError::Refused(Refusal::ChangedSince { .. }))));

        let code = self.0.code.bytes();
        let leaf = tlog::Leaf::of_result(tlog::LeafKind::Issue, code, b"claims", at.now);
        tx.leaf(&leaf, Some(self.0.id)).await?;
        let row = EvidenceRow {
            hash: FileHash::of(b"evidence"),
            result: self.0.id,
            kind: "signature".into(),
            file: self.0.files[0].current,
            policy: "pades-baseline@1".into(),
            conclusion: "TOTAL_PASSED".into(),
            at: at.now,
        };
        evidence::insert(tx, &row).await?;
        evidence::insert(tx, &row).await?;

        let activation = activations::Activation {
            id: ActivationId::new(id(50)),
            person: office.person.id,
            position: office.position.id,
            key: office.key.id,
            began: at.now,
            expires: later,
            state: "open".into(),
            reason: None,
        };
        let item = |ordinal| activations::Item {
            activation: activation.id,
            ordinal,
            result: self.0.id,
            file: 0,
            revision: 1,
            item_hash: Some([1; 32]),
            orders: vec!["order"],
            state: "waiting".into(),
            outcome: None,
        };
        activations::insert(tx, &activation, &[item(0), item(1)]).await?;
        let outcome = serde_json::json!({ "file": "x" });
        activations::end_item(tx, activation.id, 0, "done", &outcome).await?;
        let twice = activations::end_item(tx, activation.id, 0, "done", &outcome).await;
        assert!(matches!(twice, Err(ActError::Refused(Refusal::ActivationOver))));
        activations::set_state(tx, activation.id, "open", "closed", Some("xong")).await?;
        let twice = activations::set_state(tx, activation.id, "open", "closed", None).await;
        assert!(matches!(twice, Err(ActError::Refused(Refusal::ActivationOver))));

        let proposal = Proposal {
            id: ProposalId::new(id(60)),
            result: self.0.id,
            version: self.0.version,
            proposed: Proposed::Revoke,
            reason: "sai".into(),
            person: office.person.id,
            position: office.position.id,
            agency: office.agency.id,
            at: at.now,
            state: ProposalState::Open,
        };
        proposals::insert(tx, &proposal).await?;
        assert_eq!(proposals::open(tx, office.agency.id).await?, std::slice::from_ref(&proposal));
        let by = PersonId::new(id(77));
        let state = ProposalState::Confirmed { by, at: at.now };
        let confirmed = Proposal { state, ..proposal };
        proposals::close(tx, &confirmed).await?;
        let twice = proposals::close(tx, &confirmed).await;
        assert!(matches!(twice, Err(ActError::Refused(Refusal::ProposalClosed))));
        assert_eq!(proposals::of_result(tx, self.0.id).await?, [confirmed]);
        Ok(())
    }
}
