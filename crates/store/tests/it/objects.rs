//! Objects: content-addressed, written once.

use std::os::unix::fs::PermissionsExt as _;

use issuance::FileHash;
use store::{Objects, StoreError};

#[tokio::test]
async fn objects_are_written_once_and_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("objects");
    let objects = Objects::open(&folder).unwrap();
    objects.self_test().await.unwrap();
    objects.self_test().await.unwrap();

    let hash = objects.put(b"%PDF-1.7".to_vec()).await.unwrap();
    assert_eq!(hash, FileHash::of(b"%PDF-1.7"));
    assert_eq!(objects.put(b"%PDF-1.7".to_vec()).await.unwrap(), hash);
    assert_eq!(objects.get(&hash).await.unwrap(), b"%PDF-1.7");
    assert!(objects.has(&hash).await.unwrap());

    let absent = FileHash::of(b"absent");
    assert!(!objects.has(&absent).await.unwrap());
    assert!(matches!(objects.get(&absent).await, Err(StoreError::NoObject(_))));

    let name = hash.to_string();
    let path = folder.join(&name[..2]).join(&name[2..4]).join(&name);
    assert_eq!(std::fs::read(&path).unwrap(), b"%PDF-1.7");
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    // Damaged on the disk: neither given out nor taken for what is put.
    std::fs::write(&path, b"%PDF-1.8").unwrap();
    assert!(matches!(objects.get(&hash).await, Err(StoreError::Objects(_))));
    assert!(matches!(objects.put(b"%PDF-1.7".to_vec()).await, Err(StoreError::Objects(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_object_from_many_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(folder.path()).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let objects = objects.clone();
        tasks.spawn(async move { objects.put(vec![7; 300_000]).await.unwrap() });
    }
    let hashes = tasks.join_all().await;
    assert!(hashes.iter().all(|hash| *hash == hashes[0]));
    let files = walk(folder.path());
    assert_eq!(files.len(), 1, "{files:?}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}
