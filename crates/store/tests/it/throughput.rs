//! Not a judgement: numbers to look at. Goal: 10,000 audit rows a second in groups.

use std::time::Instant;

use store::{Act, ActError, Context, Detail, Tx, leases, sequence};

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

both! {
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
