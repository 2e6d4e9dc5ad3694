//! The leaf's canonical bytes: docs/formats/log-leaf.md is the specification, and its examples are
//! run here.

use jiff::Timestamp;
use proptest::prelude::*;
use tlog::{Error, Hash, Leaf, LeafId, LeafKind, commitment};

const DOCUMENT: &str = include_str!("../../../../docs/formats/log-leaf.md");

fn code() -> [u8; 16] {
    std::array::from_fn(|i| i as u8)
}

fn at() -> Timestamp {
    "2026-11-24T02:03:04.567891234Z".parse().unwrap()
}

fn issue() -> Leaf {
    Leaf::of_result(LeafKind::Issue, &code(), b"claims", at()).file([0xab; 32]).kid([1, 2, 3, 4])
}

fn revoke() -> Leaf {
    Leaf::of_result(LeafKind::Revoke, &code(), b"claims", at()).prev(issue().hash())
}

fn list() -> Leaf {
    Leaf::of_list(LeafKind::StatusList, [0xcd; 32], at())
}

#[test]
fn the_document_shows_these_very_bytes_and_hashes() {
    for leaf in [issue(), revoke(), list()] {
        let text = String::from_utf8(leaf.to_bytes()).unwrap();
        assert!(DOCUMENT.contains(&format!("```\n{text}```\n")), "not in the document:\n{text}");
        assert!(
            DOCUMENT.contains(&leaf.hash().to_string()),
            "not in the document: {}",
            leaf.hash()
        );
        assert_eq!(Leaf::from_bytes(text.as_bytes()), Ok(leaf));
    }
}

#[test]
fn id_and_commitment_are_what_any_tool_computes() {
    // printf 'id' + 00..0f | sha256sum; printf claims | openssl dgst -sha256 -mac HMAC -macopt
    // hexkey:000102030405060708090a0b0c0d0e0f
    assert_eq!(LeafId::of(&code()).to_string(), ID);
    let hex: String = commitment(&code(), b"claims").iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, COMMIT);
    assert!(issue().commits_to(&code(), b"claims"));
    assert!(!issue().commits_to(&code(), b"other claims"));
}

const ID: &str = "cbd5f41b260a7509ffb537d4ba92ff22";
const COMMIT: &str = "e966ba93f3981b4ec7d97066bda84d1b97421f28d0053d142d06c063398d5914";

#[test]
fn one_encoding_only() {
    let good = String::from_utf8(issue().to_bytes()).unwrap();
    for (from, to, what) in [
        ("time 1", "time +1", "form"),
        ("time 1", "time 01", "form"),
        ("type issue", "type Issue", "type"),
        ("file ab", "file AB", "file"),
        ("kid 01020304\n", "kid 01020304 \n", "kid"),
        ("id ", "id  ", "id"),
        ("antin.leaf/1", "antin.leaf/2", "format"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        assert_eq!(Leaf::from_bytes(bad.as_bytes()), Err(Error::Leaf(what)));
    }
    let longer = format!("{good}note hello\n");
    assert_eq!(Leaf::from_bytes(longer.as_bytes()), Err(Error::Leaf("form")));
    assert!(Leaf::from_bytes(good.trim_end().as_bytes()).is_err());
    assert!(Leaf::from_bytes(good.replace('\n', "\r\n").as_bytes()).is_err());
}

#[test]
fn a_list_belongs_to_no_result_and_a_result_has_its_commitment() {
    let with_id = Leaf { id: Some(LeafId([0; 16])), ..list() };
    assert_eq!(Leaf::from_bytes(&with_id.to_bytes()), Err(Error::Leaf("id")));
    let without = Leaf { commit: None, ..issue() };
    assert_eq!(Leaf::from_bytes(&without.to_bytes()), Err(Error::Leaf("commit")));
}

proptest! {
    #[test]
    fn hostile_bytes_are_refused_or_are_canonical(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(leaf) = Leaf::from_bytes(&bytes) {
            prop_assert_eq!(leaf.to_bytes(), bytes);
        }
    }

    #[test]
    fn every_leaf_comes_back(
        kind in prop::sample::select(LeafKind::ALL.to_vec()),
        id in any::<[u8; 16]>(), commit in any::<[u8; 32]>(), file in any::<Option<[u8; 32]>>(),
        prev in any::<Option<[u8; 32]>>(), kid in any::<Option<[u8; 4]>>(), time_us in any::<i64>(),
    ) {
        let list = kind.is_list();
        let leaf = Leaf {
            kind,
            id: (!list).then_some(LeafId(id)),
            commit: (!list).then_some(commit),
            file: file.or(list.then_some([7; 32])),
            prev: prev.map(Hash),
            kid,
            time_us,
        };
        prop_assert_eq!(Leaf::from_bytes(&leaf.to_bytes()), Ok(leaf));
    }
}
