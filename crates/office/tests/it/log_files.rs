//! The published log by itself: written whole, verified from its files alone.

use std::fs;

use ed25519_dalek::{Signer, SigningKey};
use jiff::Timestamp;
use office::log::{Folder, Known, LogError, prove, verify};
use tlog::{Checkpoint, Edge, File, Leaf, LeafKind, VerifierKey};

pub(crate) const ORIGIN: &str = "antin.example/log";

pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

pub(crate) fn key() -> VerifierKey {
    VerifierKey::new(ORIGIN, signing_key().verifying_key().as_bytes()).unwrap()
}

pub(crate) fn signed(edge: &Edge) -> Vec<u8> {
    let head = Checkpoint { origin: ORIGIN.into(), size: edge.size(), root: edge.root() };
    key().note(&head, &signing_key().sign(head.body().as_bytes()).to_bytes()).unwrap()
}

fn leaf(n: u32) -> Leaf {
    let mut code = [0; 16];
    code[..4].copy_from_slice(&n.to_be_bytes());
    Leaf::of_result(
        LeafKind::Issue,
        &code,
        b"claims",
        Timestamp::from_second(1_700_000_000).unwrap(),
    )
    .file([n as u8; 32])
}

fn entries(range: std::ops::Range<u32>) -> Vec<Vec<u8>> {
    range.map(|n| leaf(n).to_bytes()).collect()
}

fn publish(folder: &Folder, sizes: &[u32]) -> Edge {
    let right = folder.publishing().unwrap();
    let mut edge = Edge::empty();
    for size in sizes {
        let (next, files) = edge.append(&entries(edge.size() as u32..*size)).unwrap();
        for file in &files {
            folder.put(&right, file).unwrap();
        }
        folder.put_checkpoint(&right, &signed(&next)).unwrap();
        edge = next;
    }
    edge
}

fn check(folder: &Folder, known: Option<&Known>) -> Result<u64, LogError> {
    verify(|path| folder.read(path), Some(&key()), known).map(|verified| verified.checkpoint.size)
}

#[test]
fn a_published_log_verifies_and_proves_each_leaf() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path().join("log"));
    assert!(folder.head(&key()).unwrap().is_none());
    publish(&folder, &[1, 255, 256, 300, 777]);
    let verified = verify(|path| folder.read(path), Some(&key()), None).unwrap();
    assert_eq!(verified.checkpoint.size, 777);
    assert_eq!(verified.kinds[&LeafKind::Issue], 777);
    for index in [0, 255, 256, 776] {
        let (proof, _) = prove(&folder, &key(), index).unwrap().unwrap();
        proof.verify(&key(), &leaf(index as u32).to_bytes()).unwrap();
    }
    assert!(prove(&folder, &key(), 777).unwrap().is_none());
}

#[test]
fn any_changed_file_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path());
    publish(&folder, &[300]);
    assert_eq!(check(&folder, None).unwrap(), 300);
    for path in folder.files().unwrap() {
        let place = dir.path().join(&path);
        let good = fs::read(&place).unwrap();
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&place, &bad).unwrap();
            assert!(check(&folder, None).is_err(), "{path} at {at}");
        }
        fs::remove_file(&place).unwrap();
        assert!(check(&folder, None).is_err(), "{path} removed");
        fs::write(&place, &good).unwrap();
    }
    assert_eq!(check(&folder, None).unwrap(), 300);
}

#[test]
fn a_log_set_back_or_forked_is_found_by_a_head_that_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path().join("log"));
    publish(&folder, &[100]);
    let at_100 = Known(folder.head(&key()).unwrap().unwrap().checkpoint().clone());
    let longer = Folder::at(dir.path().join("longer"));
    publish(&longer, &[100, 300]);
    let at_300 = Known(longer.head(&key()).unwrap().unwrap().checkpoint().clone());
    assert_eq!(check(&longer, Some(&at_100)).unwrap(), 300);
    assert!(
        matches!(check(&folder, Some(&at_300)), Err(LogError::Broken(why)) if why.contains("set back"))
    );

    // The same key signed another history of the same length.
    let forked = Folder::at(dir.path().join("forked"));
    let right = forked.publishing().unwrap();
    let (edge, files) = Edge::empty().append(&entries(1000..1300)).unwrap();
    files.iter().for_each(|file| forked.put(&right, file).unwrap());
    forked.put_checkpoint(&right, &signed(&edge)).unwrap();
    assert_eq!(check(&forked, None).unwrap(), 300);
    assert!(matches!(check(&forked, Some(&at_100)), Err(LogError::Broken(_))));
    assert!(check(&forked, Some(&at_300)).is_err());
}

#[test]
fn entries_that_are_no_leaves_or_follow_nothing_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for (n, bad) in
        [b"hello".to_vec(), leaf(9).prev(leaf(8).hash()).to_bytes()].into_iter().enumerate()
    {
        let folder = Folder::at(dir.path().join(n.to_string()));
        let right = folder.publishing().unwrap();
        let (edge, files) = Edge::empty().append(&[leaf(1).to_bytes(), bad]).unwrap();
        files.iter().for_each(|file| folder.put(&right, file).unwrap());
        folder.put_checkpoint(&right, &signed(&edge)).unwrap();
        assert!(
            matches!(check(&folder, None), Err(LogError::Broken(why)) if why.starts_with("leaf 1"))
        );
    }
}

#[test]
fn a_published_file_never_changes_and_one_process_publishes() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path());
    let right = folder.publishing().unwrap();
    assert!(matches!(folder.publishing(), Err(LogError::Locked)));
    let file = File { path: "tile/0/000.p/1".into(), bytes: vec![1; 32] };
    folder.put(&right, &file).unwrap();
    folder.put(&right, &file).unwrap();
    let other = File { bytes: vec![2; 32], ..file.clone() };
    assert!(matches!(folder.put(&right, &other), Err(LogError::Conflict(_))));
    assert_eq!(folder.read("tile/0/000.p/1").unwrap().unwrap(), file.bytes);
    // What a dead process was writing goes, and was never seen.
    fs::write(dir.path().join("tile/0/.new-001"), b"half").unwrap();
    folder.sweep(&right).unwrap();
    assert!(!dir.path().join("tile/0/.new-001").exists());
    drop(right);
    folder.publishing().unwrap();
}

#[test]
fn no_path_climbs_out() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("secret"), b"x").unwrap();
    let folder = Folder::at(dir.path().join("log"));
    for path in
        ["../secret", "/etc/passwd", "tile/../../secret", "tile//0", "", ".lock", "a\\b", "a\0"]
    {
        assert!(folder.read(path).is_err(), "{path:?}");
    }
}
