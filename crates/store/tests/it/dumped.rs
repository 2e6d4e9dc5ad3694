//! Everything out of one engine and into the other.

use std::collections::BTreeMap;
use std::io::Cursor;

use store::dump::DumpError;
use store::{leases, sequence};

use crate::acts::{Note, SetUp, TakeNumber, WriteThenRefuse};
use crate::both;
use crate::world::{World, somebody};

both! {
    async fn what_is_loaded_into_the_other_engine_is_what_was_dumped(world: World) {
        world.store.perform(SetUp, somebody()).await.unwrap();
        for name in ["zz", "Ấn Tín", "a b", "a-b", "ab", "A", "đ"] {
            world.store.perform(Note(name.into()), somebody()).await.unwrap();
            world.store.perform(TakeNumber, somebody()).await.unwrap();
            let _ = world.store.perform(WriteThenRefuse, somebody()).await;
        }
        let lease = leases::take(&world.store, sequence::LEASE, "a", 60).await.unwrap().unwrap();
        sequence::place(&world.store, &lease).await.unwrap();

        let mut lines: BTreeMap<&str, String> = BTreeMap::new();
        let dumped = world.store.db().dump(|table, line| {
            let lines = lines.entry(table).or_default();
            lines.push_str(line);
            lines.push('\n');
            Ok(())
        });
        let dumped = dumped.await.unwrap();
        let other =
            if world.is_sqlite() { World::postgresql().await } else { World::sqlite().await };
        let source = |table: &str| Ok(Cursor::new(lines[table].clone()));
        assert_eq!(other.store.db().load(source).await.unwrap(), dumped);

        let again = other.store.db().load(source).await;
        assert!(matches!(again, Err(DumpError::NotEmpty(_))), "{again:?}");
        let mut tx = other.store.read().await.unwrap();
        let chain = store::verify_audit_chain(&mut tx, None).await.unwrap();
        assert_eq!((chain.defect, chain.linked), (None, 22));
        // Life goes on there.
        assert_eq!(other.store.perform(TakeNumber, somebody()).await.unwrap(), 12);
    }
}
