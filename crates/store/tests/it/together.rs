//! Many at once.

use std::collections::BTreeSet;

use store::{audit, queries};

use crate::acts::{Note, SetUp, TakeNumber, register};
use crate::both;
use crate::world::{World, somebody};

both! {
    async fn fifty_take_fifty_numbers(world: World) {
        world.store.perform(SetUp, somebody()).await.unwrap();
        // Two processes, as far as the database can tell.
        let stores = [world.store.clone(), world.another().await];
        let tasks: Vec<_> = (0..50)
            .map(|n| {
                let store = stores[n % 2].clone();
                tokio::spawn(async move { store.perform(TakeNumber, somebody()).await.unwrap() })
            })
            .collect();
        let mut taken = BTreeSet::new();
        for task in tasks {
            assert!(taken.insert(task.await.unwrap()), "a number twice");
        }
        assert_eq!(taken, (5..55).collect());
        let mut tx = world.store.read().await.unwrap();
        let year = queries::register::of(&mut tx, register()).await.unwrap().unwrap();
        assert_eq!(year.register.next, 55);
        assert_eq!(year.entries.len(), 50);
        assert_eq!(year.unexplained(), Vec::<u32>::new());
        assert_eq!(audit::count(&mut tx).await.unwrap(), 51);
    }

    async fn a_missing_number_is_seen(world: World) {
        world.store.perform(SetUp, somebody()).await.unwrap();
        for _ in 0..3 {
            world.store.perform(TakeNumber, somebody()).await.unwrap();
        }
        world.sql("DELETE FROM numbers WHERE seq = 6").await;
        let mut tx = world.store.read().await.unwrap();
        let year = queries::register::of(&mut tx, register()).await.unwrap().unwrap();
        assert_eq!(year.unexplained(), vec![6]);
    }

    async fn an_act_whose_caller_went_away_is_performed(world: World) {
        let act = world.store.perform(Note("gone".into()), somebody());
        // Polled once and dropped.
        let _ = tokio::time::timeout(std::time::Duration::ZERO, act).await;
        for _ in 0..200 {
            if world.count("SELECT COUNT(*) FROM audit").await == 1 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("not performed");
    }
}
