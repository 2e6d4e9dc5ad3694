//! What is left after acts that did not end well.

use store::{PerformError, StoreError, audit, meta};

use crate::acts::{Note, Panics, PassOver, SetUp, WriteThenRefuse};
use crate::both;
use crate::world::{World, somebody};

both! {
    async fn a_refusal_leaves_an_audit_row_and_nothing_else(world: World) {
        // Among others in one group on SQLite.
        let (a, refused, b) = tokio::join!(
            world.store.perform(Note("a".into()), somebody()),
            world.store.perform(WriteThenRefuse, somebody()),
            world.store.perform(Note("b".into()), somebody()),
        );
        a.unwrap();
        b.unwrap();
        assert!(matches!(refused, Err(PerformError::Refused(issuance::Refusal::ReasonMissing))));

        let mut tx = world.store.read().await.unwrap();
        assert_eq!(meta::get(&mut tx, "never").await.unwrap(), None);
        assert_eq!(meta::get(&mut tx, "a").await.unwrap().as_deref(), Some("noted"));
        assert_eq!(world.count("SELECT COUNT(*) FROM events").await, 2);
        assert_eq!(world.count("SELECT COUNT(*) FROM leaves").await, 0);
        // What the act had said about itself stands in the row of its refusal.
        let rows = audit::of_object(&mut tx, "note never").await.unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!(row.act, "refused_late");
        assert_eq!(row.reason.as_deref(), Some("vì sao"));
        assert_eq!(row.address, Some([127, 0, 0, 1].into()));
        let said: serde_json::Value = serde_json::from_str(row.refusal.as_ref().unwrap()).unwrap();
        assert_eq!(said["code"], "reason_missing");
        assert_eq!(world.count("SELECT COUNT(*) FROM audit").await, 3);
    }

    async fn an_error_passed_over_is_an_error_and_keeps_nothing(world: World) {
        world.store.perform(SetUp, somebody()).await.unwrap();
        let done = world.store.perform(PassOver, somebody()).await;
        assert!(matches!(done, Err(PerformError::Store(_))), "{done:?}");
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(meta::get(&mut tx, "passed_over").await.unwrap(), None);
        assert_eq!(world.count("SELECT COUNT(*) FROM audit").await, 1);
        // The second of two that insert the same is an error too, and keeps nothing.
        let again = world.store.perform(SetUp, somebody()).await;
        assert!(matches!(again, Err(PerformError::Store(StoreError::Exists(_)))), "{again:?}");
    }

    async fn a_panic_is_the_error_of_its_act_alone(world: World) {
        let (panics, fine) = tokio::join!(
            world.store.perform(Panics, somebody()),
            world.store.perform(Note("fine".into()), somebody()),
        );
        assert!(matches!(panics, Err(PerformError::Store(StoreError::Panicked("panics")))));
        fine.unwrap();
        world.store.perform(Note("later".into()), somebody()).await.unwrap();
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(meta::get(&mut tx, "panicked").await.unwrap(), None);
        assert_eq!(meta::get(&mut tx, "later").await.unwrap().as_deref(), Some("noted"));
    }

    async fn readers_cannot_write(world: World) {
        let mut tx = world.store.read().await.unwrap();
        assert!(meta::put(&mut tx, "x", "y").await.is_err());
        assert!(tx.emit(crate::acts::event("x")).await.is_err());
    }

    async fn migrating_again_changes_nothing_and_another_schema_is_refused(world: World) {
        assert_eq!(world.store.db().migrate().await.unwrap(), Vec::<i64>::new());
        world.sql("UPDATE schema_version SET version = 99").await;
        let refused = store::Store::new(world.store.db().clone()).await;
        assert!(matches!(refused, Err(StoreError::Schema { found: 99, .. })), "{refused:?}");
        world.sql("UPDATE schema_version SET version = 1, name = 'first'").await;
        let (lite, pg) = ("UPDATE schema_version SET sha256 = x'00'",
            "UPDATE schema_version SET sha256 = '\\x00'");
        world.sql(if world.is_sqlite() { lite } else { pg }).await;
        assert!(world.store.db().migrate().await.is_err());
    }
}

/// Needs a file system of its own to fill: only root may mount one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_whoever_is_answered_is_kept_and_the_others_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mount = ["-t", "tmpfs", "-o", "size=1536k", "none"];
    let mount = std::process::Command::new("mount").args(mount).arg(folder.path()).output();
    if !mount.is_ok_and(|mount| mount.status.success()) {
        println!("skipped: cannot mount a small file system");
        return;
    }
    let _unmounted = Unmount(folder.path().to_owned());
    let url = format!("sqlite:{}", folder.path().join("antin.db").display());
    let db = store::Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    let store = store::Store::new(db).await.unwrap();
    let mut answers = tokio::task::JoinSet::new();
    for n in 0..2000 {
        let (store, note) = (store.clone(), Note(format!("{n:0>900}")));
        answers.spawn(async move { store.perform(note, somebody()).await });
    }
    let answers = answers.join_all().await;
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    let full = |e: &PerformError| matches!(e, PerformError::Store(StoreError::Full(_)));
    let told = answers.iter().filter(|answer| answer.as_ref().is_err_and(full)).count();
    assert!(done > 0 && told > 0, "{done} done, {told} told");
    assert_eq!(
        done + told,
        2000,
        "{:?}",
        answers.iter().find(|a| a.as_ref().is_err_and(|e| !full(e)))
    );
    let mut tx = store.read().await.unwrap();
    assert_eq!(audit::count(&mut tx).await.unwrap(), done as u64);
}

struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
