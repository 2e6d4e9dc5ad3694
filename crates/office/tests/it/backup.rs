//! Backup and restore, from each engine into the other: everything comes back or nothing does.

use std::fs;
use std::path::Path;

use office::backup::{BackupError, backup, check, restore};
use store::{Db, Objects, Store};

use crate::sequence::House;

async fn empty(url: &str) -> Db {
    let db = Db::open(url).await.unwrap();
    db.migrate().await.unwrap();
    db
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back_on_the_other_engine() {
    let [lite, pg] = House::both().await;
    for (house, url) in [(lite, Some(lab::postgres::database().unwrap())), (pg, None)] {
        house.write(20).await;
        house.publish(20).await;
        // Rows that wait for their place are kept as they are.
        house.write(2).await;
        let objects = Objects::open(&house.dir.path().join("objects")).unwrap();
        let hash = objects.put(b"%PDF-1.7 kept".to_vec()).await.unwrap();
        let dir = house.dir.path().join("backup");
        let (manifest, _) = backup(house.store.db(), &objects, &house.folder, &dir).await.unwrap();
        assert_eq!((manifest.tables["leaves"].rows, manifest.objects), (22, 1));
        assert_eq!(check(&dir).unwrap(), manifest);

        let place = house.dir.path().join("restored");
        let url = url.unwrap_or_else(|| format!("sqlite:{}", place.join("db").display()));
        fs::create_dir(&place).unwrap();
        let db = empty(&url).await;
        let other_objects = Objects::open(&place.join("objects")).unwrap();
        let other_log = office::log::Folder::at(place.join("log"));
        let restored = restore(&db, &other_objects, &other_log, &dir).await.unwrap();
        assert!(restored.log_from_backup);
        assert_eq!(other_objects.get(&hash).await.unwrap(), b"%PDF-1.7 kept");
        // The service goes on from there as if nothing had happened.
        let house = House {
            store: Store::new(db).await.unwrap(),
            folder: other_log,
            signer: house.signer.clone(),
            dir: house.dir,
        };
        assert!(house.standing().await.is_open());
        house.publish(22).await;
        house.check(22).await;
        let mut tx = house.store.read().await.unwrap();
        let chain = store::verify_audit_chain(&mut tx, None).await.unwrap();
        assert_eq!((chain.defect, chain.unlinked), (None, 0));

        // Nothing is put over what is there.
        let again = restore(house.store.db(), &other_objects, &house.folder, &dir).await;
        assert!(matches!(again, Err(BackupError::DatabaseNotEmpty(_))));
        let over = backup(house.store.db(), &other_objects, &house.folder, &dir).await;
        assert!(matches!(over, Err(BackupError::NotEmpty(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_unfinished_backup_restores_nothing() {
    let house = House::new(None).await;
    house.write(3).await;
    house.publish(3).await;
    let objects = Objects::open(&house.dir.path().join("objects")).unwrap();
    objects.put(b"one".to_vec()).await.unwrap();
    let dir = house.dir.path().join("backup");
    backup(house.store.db(), &objects, &house.folder, &dir).await.unwrap();
    let mut files = Vec::new();
    every_file(&dir, &mut files);
    assert!(files.len() > 25);
    let target = format!("sqlite:{}", house.dir.path().join("other").display());
    let db = empty(&target).await;
    let others = Objects::open(&house.dir.path().join("other-objects")).unwrap();
    let log = office::log::Folder::at(house.dir.path().join("other-log"));
    for path in files {
        // Tiles prove themselves against the checkpoint, by `log verify`.
        if path.components().any(|part| part.as_os_str() == "tile") {
            continue;
        }
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        let last = bad.len() - 1;
        bad[last / 2] ^= 1;
        fs::write(&path, &bad).unwrap();
        assert!(restore(&db, &others, &log, &dir).await.is_err(), "{} changed", path.display());
        fs::remove_file(&path).unwrap();
        assert!(restore(&db, &others, &log, &dir).await.is_err(), "{} gone", path.display());
        fs::write(&path, &good).unwrap();
    }
    restore(&db, &others, &log, &dir).await.unwrap();
}

fn every_file(dir: &Path, files: &mut Vec<std::path::PathBuf>) {
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        match path.is_dir() {
            true => every_file(&path, files),
            false => files.push(path),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_backup_beside_a_newer_log_does_not_replace_it() {
    let house = House::new(None).await;
    house.write(3).await;
    house.publish(3).await;
    let objects = Objects::open(&house.dir.path().join("objects")).unwrap();
    let dir = house.dir.path().join("backup");
    backup(house.store.db(), &objects, &house.folder, &dir).await.unwrap();
    house.write(2).await;
    house.publish(5).await;
    let db = empty(&format!("sqlite:{}", house.dir.path().join("other").display())).await;
    let restored = restore(&db, &objects, &house.folder, &dir).await.unwrap();
    assert!(!restored.log_from_backup);
    let house = House { store: Store::new(db).await.unwrap(), ..house };
    assert_eq!(house.standing().await.code(), "log_set_back");
}
