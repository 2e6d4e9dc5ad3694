//! Jobs, leases and deliveries: one holder at a time, and none that slept past its lease.

use jiff::SignedDuration;
use serde_json::json;
use store::deliveries::{self, Attempt, Next};
use store::{
    Act, ActError, Context, End, NewJob, PerformError, StoreError, Tx, clients, jobs, leases, meta,
    sequence,
};
use uuid::Uuid;

use crate::acts::{SetUp, agency, event};
use crate::both;
use crate::world::{World, somebody};

struct Enqueue {
    kind: &'static str,
    key: Option<String>,
}

impl Act for Enqueue {
    const NAME: &'static str = "enqueue";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        let job = NewJob {
            kind: self.kind.into(),
            key: self.key.clone(),
            payload: json!({ "n": 1 }),
            run_at: at.now,
        };
        jobs::enqueue(tx, &job).await?;
        Ok(())
    }
}

/// The effect of a job together with its end.
struct Effect(Uuid, i64, &'static str);

impl Act for Effect {
    const NAME: &'static str = "effect";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        meta::put(tx, "effect", self.2).await?;
        jobs::finish(tx, self.0, self.1, &End::Done).await?;
        Ok(())
    }
}

both! {
    async fn each_job_has_one_worker(world: World) {
        for _ in 0..30 {
            world.store.perform(Enqueue { kind: "sign", key: None }, somebody()).await.unwrap();
        }
        world.store.perform(Enqueue { kind: "other", key: None }, somebody()).await.unwrap();
        let workers: Vec<_> = (0..4)
            .map(|n| {
                let store = world.store.clone();
                tokio::spawn(async move {
                    let mut ids = Vec::new();
                    loop {
                        let holder = format!("worker {n}");
                        let claimed = jobs::claim(&store, &["sign"], &holder, 60, 3).await.unwrap();
                        if claimed.is_empty() {
                            return ids;
                        }
                        for job in claimed {
                            assert_eq!(job.attempts, 1);
                            jobs::end(&store, &job, End::Done).await.unwrap();
                            ids.push(job.id);
                        }
                    }
                })
            })
            .collect();
        let mut ids = Vec::new();
        for worker in workers {
            ids.extend(worker.await.unwrap());
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 30);
        let mut tx = world.store.read().await.unwrap();
        let counts = jobs::counts(&mut tx).await.unwrap();
        let expected = [("other".into(), "waiting".into(), 1), ("sign".into(), "done".into(), 30)];
        assert_eq!(counts, expected);
    }

    async fn a_worker_that_slept_past_its_lease_changes_nothing(world: World) {
        world.store.perform(Enqueue { kind: "sign", key: None }, somebody()).await.unwrap();
        let claim = async |holder| jobs::claim(&world.store, &["sign"], holder, 30, 9).await.unwrap();
        let slow = claim("slow").await.pop().unwrap();
        assert!(claim("early").await.is_empty());
        world.pass(31);
        let quick = claim("quick").await.pop().unwrap();
        assert_eq!((quick.id, quick.attempts), (slow.id, 2));

        let lost = |error: &StoreError| matches!(error, StoreError::LeaseLost(_));
        assert!(jobs::renew(&world.store, &slow, 30).await.is_err_and(|e| lost(&e)));
        let late = world.store.perform(Effect(slow.id, slow.fence, "slow"), somebody()).await;
        assert!(matches!(late, Err(PerformError::Store(e)) if lost(&e)));
        world.store.perform(Effect(quick.id, quick.fence, "quick"), somebody()).await.unwrap();
        assert!(jobs::end(&world.store, &quick, End::Done).await.is_err_and(|e| lost(&e)));

        let mut tx = world.store.read().await.unwrap();
        assert_eq!(meta::get(&mut tx, "effect").await.unwrap().as_deref(), Some("quick"));
        world.pass(3600);
        assert!(claim("later").await.is_empty());
    }

    async fn ends_decide_what_follows(world: World) {
        for key in ["retry", "failed", "operator", "retry"] {
            let key = Some(key.to_owned());
            world.store.perform(Enqueue { kind: "sign", key }, somebody()).await.unwrap();
        }
        let claimed = jobs::claim(&world.store, &["sign"], "w", 60, 9).await.unwrap();
        assert_eq!(claimed.len(), 3, "one job a key");
        let later = world.store.now() + SignedDuration::from_secs(60);
        let ends = [
            End::RetryAt(later, "TSA không trả lời".into()),
            End::Failed("no".into()),
            End::NeedsOperator("look".into()),
        ];
        for (job, end) in claimed.iter().zip(ends) {
            jobs::end(&world.store, job, end).await.unwrap();
        }
        let mut tx = world.store.read().await.unwrap();
        let retry = jobs::by_key(&mut tx, "retry").await.unwrap().unwrap();
        assert_eq!((retry.state.as_str(), retry.run_at), ("waiting", later));
        assert_eq!(retry.note.as_deref(), Some("TSA không trả lời"));
        assert_eq!(jobs::in_state(&mut tx, "failed", 9).await.unwrap().len(), 1);
        assert_eq!(jobs::in_state(&mut tx, "operator", 9).await.unwrap().len(), 1);
        assert!(jobs::claim(&world.store, &["sign"], "w", 60, 9).await.unwrap().is_empty());
        world.pass(61);
        assert_eq!(jobs::claim(&world.store, &["sign"], "w", 60, 9).await.unwrap().len(), 1);
    }

    async fn a_lease_has_one_holder_and_a_lost_one_places_nothing(world: World) {
        let other = world.another().await;
        let old = leases::take(&world.store, sequence::LEASE, "a", 10).await.unwrap().unwrap();
        assert_eq!(leases::take(&other, sequence::LEASE, "b", 10).await.unwrap(), None);
        let old = leases::renew(&world.store, &old, 10).await.unwrap();
        world.pass(11);
        let new = leases::take(&other, sequence::LEASE, "b", 10).await.unwrap().unwrap();
        assert!(new.fence > old.fence);

        world.store.perform(crate::acts::Note("x".into()), somebody()).await.unwrap();
        let late = sequence::place(&world.store, &old).await;
        assert!(matches!(late, Err(StoreError::LeaseLost(_))), "{late:?}");
        assert_eq!(world.count("SELECT COUNT(*) FROM audit WHERE chain_index IS NOT NULL").await, 0);
        let placed = sequence::place(&other, &new).await.unwrap();
        assert_eq!((placed.audit, placed.events, placed.leaves), (1, 1, 0));
        leases::give_back(&other, &new).await.unwrap();
        assert!(leases::take(&world.store, sequence::LEASE, "a", 10).await.unwrap().is_some());
    }

    async fn a_webhook_gets_each_event_in_order_until_it_answers(world: World) {
        let client = client(world.store.now());
        world.store.perform(SetUp, somebody()).await.unwrap();
        world.store.perform(Connect(client.clone()), somebody()).await.unwrap();
        for n in 0..3 {
            world.store.perform(Tell(client.id, n), somebody()).await.unwrap();
        }
        world.store.perform(crate::acts::Note("not theirs".into()), somebody()).await.unwrap();
        let lease = leases::take(&world.store, sequence::LEASE, "a", 60).await.unwrap().unwrap();
        sequence::place(&world.store, &lease).await.unwrap();
        assert!(sequence::place(&world.store, &lease).await.unwrap().is_empty());

        let claimed = deliveries::claim(&world.store, "w", 30, 9).await.unwrap();
        let objects: Vec<_> = claimed.iter().map(|d| d.event.event.object.as_str()).collect();
        assert_eq!(objects, ["0", "1", "2"]);
        assert_eq!(claimed[0].event.event.data["chữ"], "ế");
        assert!(deliveries::claim(&world.store, "v", 30, 9).await.unwrap().is_empty());
        let at = world.store.now() + SignedDuration::from_secs(5);
        let attempt = |next| Attempt { status: Some(503), error: None, milliseconds: 12, next };
        deliveries::attempted(&world.store, &claimed[0], attempt(Next::At(at))).await.unwrap();
        deliveries::attempted(&world.store, &claimed[1], attempt(Next::Delivered)).await.unwrap();
        world.pass(31);
        let again = deliveries::claim(&world.store, "v", 30, 9).await.unwrap();
        assert_eq!(again.iter().map(|d| d.attempt).collect::<Vec<_>>(), [2, 2]);
        let late = deliveries::attempted(&world.store, &claimed[2], attempt(Next::Delivered)).await;
        assert!(matches!(late, Err(StoreError::LeaseLost(_))));
        deliveries::attempted(&world.store, &again[0], attempt(Next::GivenUp)).await.unwrap();

        let mut tx = world.store.read().await.unwrap();
        let counts = deliveries::counts(&mut tx, client.id).await.unwrap();
        let expected = ["delivered", "given_up", "waiting"].map(|state| (state.to_owned(), 1));
        assert_eq!(counts, expected);
        let first = claimed[0].event.id;
        assert_eq!(deliveries::attempts(&mut tx, first, client.id).await.unwrap().len(), 2);
    }

    async fn tokens_rotate(world: World) {
        let client = client(world.store.now());
        world.store.perform(SetUp, somebody()).await.unwrap();
        world.store.perform(Connect(client.clone()), somebody()).await.unwrap();
        world.store.perform(Rotate(client.id), somebody()).await.unwrap();
        clients::touch(&world.store, client.id).await.unwrap();
        for (seconds, old, new) in [(0, true, true), (61, false, true)] {
            world.pass(seconds);
            let mut tx = world.store.read().await.unwrap();
            assert_eq!(clients::by_token(&mut tx, &[1; 32]).await.unwrap().is_some(), old);
            assert_eq!(clients::by_token(&mut tx, &[2; 32]).await.unwrap().is_some(), new);
            assert!(clients::last_use(&mut tx, client.id).await.unwrap().is_some());
        }
    }
}

fn client(now: jiff::Timestamp) -> issuance::Client {
    issuance::Client {
        id: issuance::ClientId::new(Uuid::from_u128(8)),
        agency: agency(),
        name: "một cửa điện tử".into(),
        scopes: vec![],
        acts_for: None,
        webhook: Some("https://example.invalid/hook".into()),
        active: true,
        created: now,
    }
}

struct Connect(issuance::Client);

impl Act for Connect {
    const NAME: &'static str = "create_client";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        clients::insert(tx, &self.0, &[1; 32], Some(b"key")).await?;
        Ok(())
    }
}

struct Tell(issuance::ClientId, u32);

impl Act for Tell {
    const NAME: &'static str = "tell";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        tx.emit(store::Event { client: Some(self.0), ..event(&self.1.to_string()) }).await?;
        Ok(())
    }
}

struct Rotate(issuance::ClientId);

impl Act for Rotate {
    const NAME: &'static str = "rotate_client";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        clients::rotate(tx, self.0, &[2; 32], at.now + SignedDuration::from_secs(60)).await?;
        Ok(())
    }
}
