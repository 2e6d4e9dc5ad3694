//! Tiles and proofs against a tree computed by the definition of RFC 6962 §2.1.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tlog::{
    Edge, Error, File, Hash, MAX_SIZE, Tile, leaf_at, leaf_hash, node_hash, prove_consistency,
    prove_inclusion, read_bundle, verify_consistency, verify_inclusion,
};

fn entry(n: u64) -> Vec<u8> {
    format!("entry {n} {}", "x".repeat(n as usize % 7)).into_bytes()
}

fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(entry).collect()
}

/// MTH of RFC 6962 §2.1, word for word.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY,
        [one] => *one,
        many => {
            let k = many.len().next_power_of_two() / 2;
            node_hash(naive_root(&many[..k]), naive_root(&many[k..]))
        }
    }
}

/// PATH(m, D[n]) of RFC 6962 §2.1.1, word for word.
fn naive_path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let k = leaves.len().next_power_of_two() / 2;
    if m < k {
        let mut path = naive_path(m, &leaves[..k]);
        path.push(naive_root(&leaves[k..]));
        path
    } else {
        let mut path = naive_path(m - k, &leaves[k..]);
        path.push(naive_root(&leaves[..k]));
        path
    }
}

/// SUBPROOF(m, D[n], b) of RFC 6962 §2.1.2, word for word.
fn naive_subproof(m: usize, leaves: &[Hash], complete: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if complete { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    if m <= k {
        let mut proof = naive_subproof(m, &leaves[..k], complete);
        proof.push(naive_root(&leaves[k..]));
        proof
    } else {
        let mut proof = naive_subproof(m - k, &leaves[k..], false);
        proof.push(naive_root(&leaves[..k]));
        proof
    }
}

fn hashes(size: u64) -> Vec<Hash> {
    entries(0..size).iter().map(|e| leaf_hash(e)).collect()
}

#[derive(Default)]
struct Folder(BTreeMap<String, Vec<u8>>);

impl Folder {
    /// A path never gets other bytes.
    fn put(&mut self, files: Vec<File>) {
        for File { path, bytes } in files {
            let before = self.0.insert(path.clone(), bytes.clone());
            assert!(before.is_none_or(|before| before == bytes), "{path}");
        }
    }

    fn read(&self) -> impl Fn(&str) -> Option<Vec<u8>> {
        |path| self.0.get(path).cloned()
    }

    fn grow(&mut self, steps: &[u64]) -> Edge {
        let mut edge = Edge::empty();
        for step in steps {
            let (next, files) = edge.append(&entries(edge.size()..edge.size() + step)).unwrap();
            self.put(files);
            edge = next;
        }
        edge
    }
}

#[test]
fn the_example_of_the_specification() {
    // tlog-tiles, "Partial Tiles": a tree of 70,000 leaves.
    let mut folder = Folder::default();
    let edge = folder.grow(&[70_000]);
    let count = |prefix: &str, partial: bool| {
        folder
            .0
            .keys()
            .filter(|path| path.starts_with(prefix) && path.contains(".p/") == partial)
            .count()
    };
    assert_eq!((count("tile/0/", false), count("tile/0/", true)), (273, 1));
    assert_eq!((count("tile/1/", false), count("tile/1/", true)), (1, 1));
    assert_eq!((count("tile/2/", false), count("tile/2/", true)), (0, 1));
    assert_eq!(count("tile/entries/", false), 273);
    for path in ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"]
    {
        assert!(folder.0.contains_key(path), "{path}");
    }
    assert_eq!(edge.root(), naive_root(&hashes(70_000)));
    let bundle = &folder.0["tile/entries/273.p/112"];
    assert_eq!(read_bundle(bundle).unwrap()[111], entry(69_999));
    assert_eq!(Edge::load(70_000, folder.read()), Ok(edge));
}

#[test]
fn paths_of_large_indexes() {
    let tile = Tile { level: 0, index: 1_234_067, width: 8 };
    assert_eq!(tile.path(), "tile/0/x001/x234/067.p/8");
    assert_eq!(tile.full().entries_path(), "tile/entries/x001/x234/067");
}

#[test]
fn tiles_are_those_that_tlog_tiles_publishes() {
    for (old, new) in [(0u64, 1u64), (1, 255), (255, 256), (256, 257), (3, 600), (511, 1024)] {
        let mut folder = Folder::default();
        let edge = folder.grow(&[old]);
        let (_, files) = edge.append(&entries(old..new)).unwrap();
        let mut ours: Vec<String> = files
            .into_iter()
            .map(|file| file.path)
            .filter(|path| !path.starts_with("tile/entries/"))
            .collect();
        let mut theirs: Vec<String> = tlog_tiles::Tile::new_tiles(8, old, new)
            .iter()
            .map(|tile| tile.path().replacen("tile/8/", "tile/", 1))
            .collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs, "{old} → {new}");
    }
}

#[test]
fn a_partial_tile_that_was_deleted_is_read_from_the_full_one() {
    let mut folder = Folder::default();
    let root = folder.grow(&[100]).root();
    folder.grow(&[100, 300]);
    folder.0.retain(|path, _| !path.contains(".p/100"));
    let proof = prove_inclusion(7, 100, root, &folder.read()).unwrap();
    verify_inclusion(&proof, 7, 100, root, leaf_hash(&entry(7))).unwrap();
    assert_eq!(Edge::load(100, folder.read()).unwrap().root(), root);
}

#[test]
fn a_changed_or_missing_file_is_named() {
    let mut folder = Folder::default();
    let root = folder.grow(&[300]).root();
    let read = |folder: &Folder| prove_inclusion(0, 300, root, &folder.read());

    folder.0.get_mut("tile/0/000").unwrap()[0] ^= 1;
    assert_eq!(read(&folder), Err(Error::Inconsistent));
    folder.0.get_mut("tile/0/000").unwrap().pop();
    assert_eq!(read(&folder), Err(Error::Length("tile/0/000".into())));
    folder.0.remove("tile/0/000");
    assert_eq!(read(&folder), Err(Error::Missing("tile/0/000".into())));

    let mut folder = Folder::default();
    folder.grow(&[300]);
    folder.0.get_mut("tile/entries/001.p/44").unwrap()[2] ^= 1;
    assert_eq!(Edge::load(300, folder.read()), Err(Error::Inconsistent));
}

#[test]
fn sizes_and_indexes_out_of_range_are_refused_before_arithmetic() {
    let nothing = |_: &str| None;
    for size in [MAX_SIZE + 1, u64::MAX / 2, u64::MAX] {
        assert_eq!(prove_inclusion(0, size, Hash::EMPTY, &nothing), Err(Error::Size(size)));
        assert_eq!(
            verify_consistency(&[], 1, Hash::EMPTY, size, Hash::EMPTY),
            Err(Error::Size(size))
        );
        assert_eq!(Edge::load(size, nothing), Err(Error::Size(size)));
    }
    assert!(verify_inclusion(&[], 0, 0, Hash::EMPTY, Hash::EMPTY).is_err());
    assert!(prove_inclusion(MAX_SIZE - 1, MAX_SIZE, Hash::EMPTY, &nothing).is_err());
    assert!(prove_consistency(5, 4, Hash::EMPTY, &nothing).is_err());
    assert_eq!(
        verify_inclusion(&vec![Hash::EMPTY; 65], 0, 9, Hash::EMPTY, Hash::EMPTY),
        Err(Error::Proof)
    );
    let long = vec![0u8; 65_536];
    assert_eq!(Edge::empty().append(&[long]), Err(Error::EntryTooLong(65_536)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn root_edge_and_proofs_are_the_naive_ones(
        steps in prop::collection::vec(1u64..300, 1..5), at in any::<prop::sample::Index>(),
        old in any::<prop::sample::Index>(),
    ) {
        let mut folder = Folder::default();
        let edge = folder.grow(&steps);
        let size = edge.size();
        let leaves = hashes(size);
        let root = naive_root(&leaves);
        prop_assert_eq!(edge.root(), root);
        prop_assert_eq!(Edge::load(size, folder.read()).unwrap(), edge);

        let index = at.index(size as usize);
        let proof = prove_inclusion(index as u64, size, root, &folder.read()).unwrap();
        prop_assert_eq!(&proof, &naive_path(index, &leaves));
        prop_assert_eq!(leaf_at(index as u64, size, root, &folder.read()).unwrap(), leaves[index]);
        verify_inclusion(&proof, index as u64, size, root, leaves[index]).unwrap();
        prop_assert!(verify_inclusion(&proof, index as u64, size, root, Hash::EMPTY).is_err());
        for i in 0..proof.len() {
            let mut bad = proof.clone();
            bad[i].0[31] ^= 1;
            prop_assert!(verify_inclusion(&bad, index as u64, size, root, leaves[index]).is_err());
        }

        let old = old.index(size as usize) + 1;
        let old_root = naive_root(&leaves[..old]);
        let proof = prove_consistency(old as u64, size, root, &folder.read()).unwrap();
        prop_assert_eq!(&proof, &naive_subproof(old, &leaves, true));
        verify_consistency(&proof, old as u64, old_root, size, root).unwrap();
        if old as u64 != size {
            prop_assert!(verify_consistency(&proof, old as u64, root, size, root).is_err());
        }
    }
}
