//! Not a judgement: numbers to look at. Goal: 10,000 audit rows a second in groups.

use std::time::Instant;

use serde_json::json;
use store::{
    Act, ActError, Context, Detail, Isolation, NewJob, Tx, idempotency, jobs, leases, meta,
    sequence,
};

use crate::both;
use crate::world::{World, somebody};

struct Recorded(u32);

impl Act for Recorded {
    const NAME: &'static str = "recorded";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        tx.record(Detail::of("result", self.0));
        Ok(())
    }
}

/// What a step of a result costs: an idempotency key looked for and kept, a row read and changed, an
/// event, a leaf, a job.
struct Whole<const SNAPSHOT: bool>(u32);

impl<const SNAPSHOT: bool> Act for Whole<SNAPSHOT> {
    const NAME: &'static str = "whole";
    type Done = ();
    const ISOLATION: Isolation =
        if SNAPSHOT { Isolation::Snapshot } else { Isolation::Serializable };

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        let key = self.0.to_string();
        if idempotency::find(tx, "client 1", &key, &[1; 32]).await?.is_some() {
            return Ok(());
        }
        let name = format!("row {}", self.0 % 997);
        let before = meta::get(tx, &name).await?.unwrap_or_default();
        meta::put(tx, &name, &format!("{before}.")).await?;
        tx.record(Detail::of("result", self.0));
        tx.emit(crate::acts::event(&key)).await?;
        tx.leaf(&tlog::Leaf::of_list(tlog::LeafKind::StatusList, [1; 32], at.now), None).await?;
        let job = NewJob { kind: "x".into(), key: None, payload: json!({}), run_at: at.now };
        jobs::enqueue(tx, &job).await?;
        idempotency::keep(tx, "client 1", &key, &[1; 32], "done").await?;
        Ok(())
    }
}

async fn whole<const SNAPSHOT: bool>(world: World) {
    let began = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for task in 0..32 {
        let store = world.store.clone();
        set.spawn(async move {
            for n in 0..50 {
                store.perform(Whole::<SNAPSHOT>(task * 50 + n), somebody()).await.unwrap();
            }
        });
    }
    set.join_all().await;
    let acts = 1600.0 / began.elapsed().as_secs_f64();
    println!("{}: {acts:.0} whole acts/s, snapshot {SNAPSHOT}", world.store.db().engine());
    assert_eq!(world.count("SELECT COUNT(*) FROM jobs").await, 1600);
    let dots = "SELECT CAST(SUM(LENGTH(value)) AS BIGINT) FROM meta";
    assert_eq!(world.count(dots).await, 1600);
}

both! {
    async fn whole_acts_a_second(world: World) {
        whole::<false>(world).await;
    }

    async fn whole_acts_that_write_what_they_decide_on_a_second(world: World) {
        whole::<true>(world).await;
    }

    async fn audit_rows_a_second(world: World) {
        let (tasks, each) = if world.is_sqlite() { (256, 60) } else { (32, 100) };
        let began = Instant::now();
        let mut set = tokio::task::JoinSet::new();
        for task in 0..tasks {
            let store = world.store.clone();
            set.spawn(async move {
                for n in 0..each {
                    store.perform(Recorded(task * each + n), somebody()).await.unwrap();
                }
            });
        }
        set.join_all().await;
        let rows = tasks * each;
        let acts = f64::from(rows) / began.elapsed().as_secs_f64();
        let began = Instant::now();
        let lease = leases::take(&world.store, sequence::LEASE, "a", 600).await.unwrap().unwrap();
        while sequence::place(&world.store, &lease).await.unwrap().is_full() {}
        let placed = f64::from(rows) / began.elapsed().as_secs_f64();
        let engine = world.store.db().engine();
        println!("{engine}: {acts:.0} acts/s with their audit rows, {placed:.0} links/s ({rows})");
        assert_eq!(world.count("SELECT COUNT(chain_index) FROM audit").await, i64::from(rows));
    }
}
