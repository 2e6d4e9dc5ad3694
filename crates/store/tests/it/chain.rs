//! The audit chain: whole, and not whole.

use store::sequence::{self, ChainDefect, ChainHead, verify_audit_chain};
use store::{Act, ActError, Context, Detail, Tx, leases, leaves, queries};

use crate::acts::Note;
use crate::both;
use crate::world::{World, somebody};

/// Acts with one row, with three rows, and with a leaf.
struct Many;

impl Act for Many {
    const NAME: &'static str = "many";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        for n in 0..3 {
            let hash = issuance::FileHash::of(&[n]);
            tx.record(Detail::of("result", n).changed(Some(hash), None));
        }
        tx.leaf(&tlog::Leaf::of_list(tlog::LeafKind::StatusList, [2; 32], at.now), None).await?;
        Ok(())
    }
}

async fn chained(world: &World) -> ChainHead {
    for n in 0..60 {
        world.store.perform(Note(format!("n{n}")), somebody()).await.unwrap();
    }
    for _ in 0..3 {
        world.store.perform(Many, somebody()).await.unwrap();
    }
    let lease = leases::take(&world.store, sequence::LEASE, "a", 60).await.unwrap().unwrap();
    let placed = sequence::place(&world.store, &lease).await.unwrap();
    assert_eq!((placed.audit, placed.events, placed.leaves), (69, 60, 3));
    world.store.perform(Note("unlinked".into()), somebody()).await.unwrap();
    let mut tx = world.store.read().await.unwrap();
    let report = verify_audit_chain(&mut tx, None).await.unwrap();
    assert_eq!(report.defect, None);
    assert_eq!((report.linked, report.unlinked), (69, 1));
    report.head.unwrap()
}

async fn defect(world: &World, known: Option<ChainHead>) -> Option<ChainDefect> {
    let mut tx = world.store.read().await.unwrap();
    verify_audit_chain(&mut tx, known).await.unwrap().defect
}

both! {
    async fn a_whole_chain_grows(world: World) {
        let head = chained(&world).await;
        assert_eq!(head.index, 68);
        let lease = leases::take(&world.store, sequence::LEASE, "a", 60).await.unwrap().unwrap();
        sequence::place(&world.store, &lease).await.unwrap();
        // A head kept earlier is still in it.
        assert_eq!(defect(&world, Some(head)).await, None);
        let mut tx = world.store.read().await.unwrap();
        let since = queries::since::events(&mut tx, 58, &queries::since::Whose::All, 9).await;
        let since = since.unwrap();
        assert_eq!(since.events.iter().map(|e| e.position).collect::<Vec<_>>(), [59, 60, 61]);
        assert_eq!(since.cursor, 61);
        let leaves = leaves::from_index(&mut tx, 1, 9).await.unwrap();
        assert_eq!(leaves.iter().map(|l| l.index).collect::<Vec<_>>(), [Some(1), Some(2)]);
        let many = store::audit::Search { act: Some("many".into()), limit: 4, ..Default::default() };
        let rows = store::audit::search(&mut tx, &many);
        let rows = rows.await.unwrap();
        assert_eq!(rows.len(), 4);
        assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(row.chain.unwrap().0)));
    }

    async fn a_changed_row_is_noticed(world: World) {
        chained(&world).await;
        world.sql("UPDATE audit SET reason = 'khác' WHERE chain_index = 7").await;
        assert_eq!(defect(&world, None).await, Some(ChainDefect::Changed { index: 7 }));
    }

    async fn a_changed_person_is_noticed(world: World) {
        chained(&world).await;
        world.sql("UPDATE audit SET person = NULL WHERE chain_index = 68").await;
        assert_eq!(defect(&world, None).await, Some(ChainDefect::Changed { index: 68 }));
    }

    async fn a_row_taken_out_is_noticed(world: World) {
        chained(&world).await;
        world.sql("DELETE FROM audit WHERE chain_index = 30").await;
        assert_eq!(defect(&world, None).await, Some(ChainDefect::Missing { index: 30 }));
    }

    async fn two_rows_exchanged_are_noticed(world: World) {
        chained(&world).await;
        world.sql("UPDATE audit SET chain_index = 1000 WHERE chain_index = 10").await;
        world.sql("UPDATE audit SET chain_index = 10 WHERE chain_index = 11").await;
        world.sql("UPDATE audit SET chain_index = 11 WHERE chain_index = 1000").await;
        assert_eq!(defect(&world, None).await, Some(ChainDefect::Changed { index: 10 }));
    }

    async fn a_tail_cut_off_is_noticed_by_the_head_kept_elsewhere(world: World) {
        let head = chained(&world).await;
        world.sql("DELETE FROM audit WHERE chain_index >= 60").await;
        assert_eq!(defect(&world, None).await, None);
        assert_eq!(defect(&world, Some(head)).await, Some(ChainDefect::NotThisHead { index: 68 }));
    }

    async fn a_checkpoint_follows_the_one_it_saw(world: World) {
        let lease = leases::take(&world.store, "log", "a", 60).await.unwrap().unwrap();
        let set = async |before, size| {
            let note = b"note".to_vec();
            store::checkpoints::compare_and_set(&world.store, &lease, before, size, [size as u8; 32], note)
                .await
                .unwrap()
        };
        assert!(set(0, 3).await);
        assert!(!set(0, 4).await, "another was faster");
        assert!(!set(1, 2).await, "a smaller tree");
        assert!(set(1, 5).await);
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(store::checkpoints::last_published(&mut tx).await.unwrap(), None);
        store::checkpoints::published(&world.store, 1).await.unwrap();
        let published = store::checkpoints::last_published(&mut tx).await.unwrap().unwrap();
        let last = store::checkpoints::last(&mut tx).await.unwrap().unwrap();
        assert_eq!((published.size, last.size, last.generation), (3, 5, 2));
    }
}
