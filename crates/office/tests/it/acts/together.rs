//! Many at once: no number twice, no gap without a reason, one act of two that race.

use std::collections::BTreeSet;

use issuance::{NumberState, State};
use office::acts::{Cancel, Issue};
use store::queries::register;
use tokio::task::JoinSet;

use super::both;
use super::world::World;

both! {
    async fn thirty_numbered_beside_each_other(world: World) {
        let world = std::sync::Arc::new(world);
        let mut running = JoinSet::new();
        for n in 0..30 {
            let world = world.clone();
            running.spawn(async move {
                let result = world.submitted().await;
                world.activate(world.official_key, &[&result], world.official()).await.unwrap();
                (n, result.id)
            });
        }
        let ids: Vec<_> = running.join_all().await;
        world.work().await;
        let mut running = JoinSet::new();
        for (n, id) in ids.clone() {
            let world = world.clone();
            running.spawn(async move {
                let result = world.result(id).await;
                assert_eq!(result.state, State::Signed);
                world.activate(world.seal, &[&result], world.clerk()).await.unwrap();
                n
            });
        }
        running.join_all().await;
        world.work().await;
        for (n, id) in &ids {
            if n % 5 == 0 {
                let cancel = Cancel { result: *id, reason: "thử".to_owned() };
                world.store().perform(cancel, world.clerk()).await.unwrap();
            } else {
                let issue = Issue { result: *id, seen: None };
                world.store().perform(issue, world.clerk()).await.unwrap();
            }
        }
        let mut tx = world.store().read().await.unwrap();
        let year = register::of(&mut tx, world.register).await.unwrap().unwrap();
        assert!(year.unexplained().is_empty());
        let numbers: BTreeSet<u32> = year.entries.iter().map(|e| e.number.seq).collect();
        assert_eq!(numbers, (8..38).collect());
        let void = year.entries.iter().filter(|e| e.number.state == NumberState::Void).count();
        assert_eq!(void, 6);
        assert!(world.signer.state.lock().unwrap().signed.values().all(|times| *times == 1));
    }

    async fn of_issue_and_cancel_one_happens(world: World) {
        let result = world.sealed().await;
        let issue = Issue { result: result.id, seen: None };
        let cancel = Cancel { result: result.id, reason: "thử".to_owned() };
        let (issued, cancelled) = tokio::join!(
            world.store().perform(issue, world.clerk()),
            world.store().perform(cancel, world.official()),
        );
        assert_ne!(issued.is_ok(), cancelled.is_ok());
    }
}
