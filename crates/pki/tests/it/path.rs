//! Paths: which are found, and what is wrong with them.

use crate::mint::*;
use jiff::Timestamp;
use pki::path::{self, Budget, Path, PathDefectKind as Kind};
use pki::{Certificate, Error, Hierarchy, TrustStore};
use std::slice::from_ref;

fn at() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn trust(anchors: &[Certificate]) -> TrustStore {
    let mut store = TrustStore::default();
    anchors.iter().cloned().for_each(|a| store.add(a));
    store
}

fn build(leaf: &Certificate, pool: &[Certificate], anchors: &[Certificate]) -> Vec<Path> {
    path::build(leaf, pool, &trust(anchors), Budget::default()).unwrap()
}

fn kinds(path: &Path) -> Vec<(usize, Kind)> {
    path::check(path, at()).into_iter().map(|d| (d.place, d.kind)).collect()
}

/// Defects of leaf ─► CA ─► root with these two.
fn judge(leaf: Spec, ca: Spec) -> Vec<(usize, Kind)> {
    let (leaf, ca) = (leaf.mint(&LEAF, &CA), ca.mint(&CA, &ROOT));
    let paths = build(&leaf, &[ca], &[root()]);
    assert_eq!(paths.len(), 1);
    kinds(&paths[0])
}

fn good_leaf() -> Spec {
    Spec::leaf("Nguyễn Văn A", "CA")
}

fn good_ca() -> Spec {
    Spec::ca("CA", "Root").serial(&[2])
}

#[test]
fn a_plain_path_is_found_and_good() {
    let paths = build(&leaf(), &[ca()], &[root()]);
    assert_eq!(paths.len(), 1);
    assert_eq!(paths[0].certificates, [leaf(), ca(), root()]);
    assert_eq!(paths[0].anchor(), &root());
    assert_eq!(paths[0].hierarchy, Hierarchy::Other);
    assert_eq!(kinds(&paths[0]), []);
}

#[test]
fn an_anchor_is_a_path_of_its_own_and_continues_to_a_higher_one() {
    assert_eq!(build(&root(), &[], &[root()])[0].certificates, [root()]);
    assert_eq!(build(&leaf(), &[], &[leaf()])[0].certificates, [leaf()]);
    let paths = build(&leaf(), &[], &[root(), ca()]);
    let lengths: Vec<usize> = paths.iter().map(|p| p.certificates.len()).collect();
    assert_eq!(lengths, [2, 3], "shortest first");
    assert_eq!(path::check(&build(&leaf(), &[], &[leaf()])[0], at()), []);
}

#[test]
fn without_own_anchor_there_is_no_path() {
    assert!(build(&leaf(), &[ca(), root()], &[]).is_empty());
    let stranger = Spec::ca("Root", "Root").mint(&OTHER, &OTHER);
    assert!(build(&leaf(), &[ca()], &[stranger]).is_empty(), "same name, another key");
    assert!(build(&leaf(), &[], &[root()]).is_empty(), "the link is missing");
}

#[test]
fn names_meet_after_normalisation() {
    let mut spec = good_leaf();
    spec.issuer = name_of(&[
        ("2.5.4.6", tlv(0x13, b"vn")),
        ("2.5.4.10", utf8("phòng  THỬ nghiệm")),
        ("2.5.4.3", tlv(0x13, b"ca")),
    ]);
    assert_eq!(judge(spec, good_ca()), []);
}

#[test]
fn key_identifiers_are_a_preference_not_a_condition() {
    let key_id = |id: &[u8]| extension("2.5.29.14", false, &tlv(0x04, id));
    let authority = extension("2.5.29.35", false, &seq(&[&tlv(0x80, b"other")]));
    assert_eq!(judge(good_leaf().with(authority), good_ca().with(key_id(b"ca"))), []);
}

#[test]
fn of_several_candidates_the_verifying_ones_remain() {
    let impostor = Spec::ca("CA", "Root").serial(&[9]).mint(&OTHER, &ROOT);
    let renewed = {
        let mut spec = Spec::ca("CA", "Root").serial(&[3]);
        spec.not_before = "20240101000000Z";
        spec.mint(&CA, &ROOT)
    };
    let pool = [impostor, ca(), renewed.clone(), root()];
    let paths = build(&leaf(), &pool, &[root()]);
    let second: Vec<&Certificate> = paths.iter().map(|p| &p.certificates[1]).collect();
    assert_eq!(second, [&renewed, &ca()], "newest first");
    let again = build(&leaf(), &pool, &[root()]);
    assert!(paths.iter().zip(&again).all(|(a, b)| a.certificates == b.certificates));
}

#[test]
fn cross_certificates_and_loops_end() {
    // A and B certify each other, both lead to nowhere; B also has a way to the root.
    let a_by_b = Spec::ca("A", "B").serial(&[4]).mint(&CA, &OTHER);
    let b_by_a = Spec::ca("B", "A").serial(&[5]).mint(&OTHER, &CA);
    let b_by_root = Spec::ca("B", "Root").serial(&[6]).mint(&OTHER, &ROOT);
    let leaf = Spec::leaf("x", "A").mint(&LEAF, &CA);
    assert!(build(&leaf, &[a_by_b.clone(), b_by_a.clone()], &[root()]).is_empty());
    let paths = build(&leaf, &[b_by_a, a_by_b.clone(), b_by_root.clone()], &[root()]);
    assert_eq!(paths.len(), 1);
    assert_eq!(paths[0].certificates, [leaf, a_by_b, b_by_root, root()]);
}

#[test]
fn work_is_bounded() {
    let many: Vec<Certificate> =
        (0..40u8).map(|n| Spec::ca("CA", "Root").serial(&[n + 1]).mint(&OTHER, &ROOT)).collect();
    let budget = Budget { signature_checks: 4, candidates: 100, depth: 8 };
    let spent = path::build(&leaf(), &many, &trust(&[root()]), budget).unwrap_err();
    assert!(matches!(spent, Error::Budget(_)));
    let shallow = Budget { depth: 2, ..Budget::default() };
    assert!(path::build(&leaf(), &[ca()], &trust(&[root()]), shallow).unwrap().is_empty());
    let few = Budget { candidates: 3, ..Budget::default() };
    let good: Vec<Certificate> =
        (0..10u8).map(|n| Spec::ca("CA", "Root").serial(&[n + 1]).mint(&CA, &ROOT)).collect();
    assert_eq!(path::build(&leaf(), &good, &trust(&[root()]), few).unwrap().len(), 3);
}

#[test]
fn validity_is_asked_of_all_but_the_anchor() {
    let paths = build(&leaf(), &[ca()], &[root()]);
    let kinds_at = |text: &str| -> Vec<(usize, Kind)> {
        let defects = path::check(&paths[0], text.parse().unwrap());
        defects.into_iter().map(|d| (d.place, d.kind)).collect()
    };
    assert_eq!(kinds_at("2025-01-01T00:00:00Z"), []);
    assert_eq!(kinds_at("2027-01-01T00:00:00.9Z"), [], "the last second is a whole one");
    let expired = Kind::Expired { not_after: "2027-01-01T00:00:00Z".parse().unwrap() };
    assert_eq!(kinds_at("2027-01-01T00:00:01Z"), [(0, expired.clone())]);
    let early = Kind::NotYetValid { not_before: "2025-01-01T00:00:00Z".parse().unwrap() };
    assert_eq!(kinds_at("2024-12-31T23:59:59Z"), [(0, early)]);
    let late = kinds_at("2041-01-01T00:00:00Z");
    let places: Vec<usize> = late.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, [0, 1], "the anchor (2) has expired too, and is not asked");
}

#[test]
fn an_issuer_must_be_allowed_to_issue() {
    let mut no_ca = good_ca();
    no_ca.extensions = vec![key_usage(0x06)];
    assert_eq!(judge(good_leaf(), no_ca), [(1, Kind::NotCa)]);
    let mut no_sign = good_ca();
    no_sign.extensions = vec![basic_constraints(None), key_usage(0xC0)];
    assert_eq!(judge(good_leaf(), no_sign), [(1, Kind::KeyCertSignMissing)]);
    let mut bare = good_ca();
    bare.extensions = vec![basic_constraints(None)];
    assert_eq!(judge(good_leaf(), bare), [], "keyUsage may be absent");
    // A leaf that is trusted does not become a CA by that.
    let pinned = Spec::leaf("TSA", "CA").mint(&CA, &CA);
    let below = Spec::leaf("x", "TSA").mint(&LEAF, &CA);
    let found = kinds(&build(&below, &[], &[pinned])[0]);
    assert_eq!(found, [(1, Kind::NotCa), (1, Kind::KeyCertSignMissing)]);
    // A root of version 1 is taken at its word.
    let mut old = Spec::ca("Old", "Old");
    (old.version, old.extensions) = (1, Vec::new());
    let below = Spec::leaf("x", "Old").mint(&LEAF, &OTHER);
    assert_eq!(kinds(&build(&below, &[], &[old.mint(&OTHER, &OTHER)])[0]), []);
}

#[test]
fn path_lengths_count_what_lies_between() {
    let limited = |limit| {
        let mut spec = good_ca();
        spec.extensions = vec![basic_constraints(Some(limit)), key_usage(0x06)];
        spec.mint(&CA, &ROOT)
    };
    let sub = Spec::ca("Sub", "CA").mint(&OTHER, &CA);
    let leaf = Spec::leaf("x", "Sub").mint(&LEAF, &OTHER);
    let defects = |limit| kinds(&build(&leaf, &[limited(limit), sub.clone()], &[root()])[0]);
    assert_eq!(defects(0), [(2, Kind::PathLength)]);
    assert_eq!(defects(1), []);
    // Self-issued ones are not counted (§6.1.4 (l)).
    let rollover = Spec::ca("CA", "CA").serial(&[8]).mint(&OTHER, &CA);
    let leaf = Spec::leaf("x", "CA").mint(&LEAF, &OTHER);
    assert_eq!(kinds(&build(&leaf, &[limited(0), rollover], &[root()])[0]), []);
}

#[test]
fn what_is_critical_and_unknown_or_broken_is_refused() {
    let unknown = extension("1.2.3.4", true, &[5, 0]);
    assert_eq!(
        judge(good_leaf().with(unknown.clone()), good_ca()),
        [(0, Kind::UnknownCriticalExtension("1.2.3.4".into()))]
    );
    assert_eq!(
        judge(good_leaf(), good_ca().with(unknown)),
        [(1, Kind::UnknownCriticalExtension("1.2.3.4".into()))]
    );
    assert_eq!(judge(good_leaf().with(extension("1.2.3.4", false, &[5, 0])), good_ca()), []);
    let twice = judge(good_leaf().with(key_usage(0x80)), good_ca());
    assert!(matches!(&twice[..], [(0, Kind::Malformed(_))]), "{twice:?}");
    let broken = judge(good_leaf(), good_ca().with(extension("2.5.29.30", false, b"x")));
    assert!(matches!(&broken[..], [(1, Kind::Malformed(_))]), "{broken:?}");
    let broken =
        judge(good_leaf().with(extension("2.5.29.37", false, &seq(&[b"\x04\x00"]))), good_ca());
    assert!(matches!(&broken[..], [(0, Kind::Malformed(_))]), "{broken:?}");
}

#[test]
fn signed_and_outer_algorithm_must_agree() {
    let spec = good_leaf();
    let sha384 = pki::SignatureAlgorithm::RsaPkcs1 { digest: pki::DigestAlgorithm::Sha384 };
    let leaf = Certificate::from_der(&signed(spec.tbs(&LEAF), sha384, &CA)).unwrap();
    assert!(matches!(leaf.verify_signed_by(&ca()), Err(Error::Algorithm(_))));
    assert!(build(&leaf, &[ca()], &[root()]).is_empty());
}

fn constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let list = |tag, names: &[Vec<u8>]| match names.is_empty() {
        true => Vec::new(),
        false => tlv(tag, &names.iter().map(|n| seq(&[n])).collect::<Vec<_>>().concat()),
    };
    extension("2.5.29.30", true, &seq(&[&list(0xA0, permitted), &list(0xA1, excluded)]))
}

fn alternative(names: &[Vec<u8>]) -> Vec<u8> {
    extension("2.5.29.17", false, &tlv(0x30, &names.concat()))
}

fn dns(text: &str) -> Vec<u8> {
    tlv(0x82, text.as_bytes())
}

fn email(text: &str) -> Vec<u8> {
    tlv(0x81, text.as_bytes())
}

fn uri(text: &str) -> Vec<u8> {
    tlv(0x86, text.as_bytes())
}

#[test]
fn name_constraints_hold_for_every_form() {
    let directory = |attributes: &[(&str, Vec<u8>)]| tlv(0xA4, &name_of(attributes));
    let vn = directory(&[("2.5.4.6", tlv(0x13, b"vn"))]);
    let la = directory(&[("2.5.4.6", tlv(0x13, b"LA"))]);
    let ip = |bytes: &[u8]| tlv(0x87, bytes);
    let other_name = tlv(0xA0, &[oid("1.2.3"), tlv(0xA0, &utf8("x"))].concat());
    let subject_only: &[Vec<u8>] = &[];
    // (permitted, excluded, alternative names, allowed)
    type Row<'a> = (&'a [Vec<u8>], &'a [Vec<u8>], &'a [Vec<u8>], bool);
    let rows: &[Row<'_>] = &[
        (from_ref(&vn), &[], subject_only, true),
        (from_ref(&la), &[], subject_only, false),
        (&[], from_ref(&vn), subject_only, false),
        (&[], from_ref(&la), subject_only, true),
        (&[la.clone(), vn.clone()], &[], subject_only, true),
        (&[dns("gov.vn")], &[], &[dns("Dichvucong.GOV.vn")], true),
        (&[dns("gov.vn")], &[], &[dns("gov.vn"), dns("gov.vn.evil.com")], false),
        (&[dns("gov.vn")], &[], &[dns("evilgov.vn")], false),
        (&[dns("gov.vn")], &[], &[email("a@evil.com")], true),
        (&[], &[dns("gov.vn")], &[dns("a.gov.vn")], false),
        (&[email("gov.vn")], &[], &[email("a@GOV.vn")], true),
        (&[email("gov.vn")], &[], &[email("a@b.gov.vn")], false),
        (&[email(".gov.vn")], &[], &[email("a@b.gov.vn")], true),
        (&[email("a@gov.vn")], &[], &[email("b@gov.vn")], false),
        (&[email("gov.vn")], &[], &[email("nobody")], false),
        (&[uri("gov.vn")], &[], &[uri("https://u@gov.vn:8443/x")], true),
        (&[uri(".gov.vn")], &[], &[uri("https://gov.vn/")], false),
        (&[uri("gov.vn")], &[], &[uri("https://1.2.3.4/")], false),
        (&[uri("gov.vn")], &[], &[uri("urn:x")], false),
        (&[ip(&[10, 0, 0, 0, 255, 0, 0, 0])], &[], &[ip(&[10, 1, 2, 3])], true),
        (&[ip(&[10, 0, 0, 0, 255, 0, 0, 0])], &[], &[ip(&[11, 1, 2, 3])], false),
        (&[ip(&[10, 0, 0, 0, 255, 0, 0, 0])], &[], &[ip(&[0; 16])], false),
        (&[], &[ip(&[10, 0, 0])], &[ip(&[10, 1, 2, 3])], false),
        (from_ref(&other_name), &[], from_ref(&other_name), false),
        (&[], from_ref(&other_name), &[dns("a.vn")], true),
    ];
    for (permitted, excluded, names, allowed) in rows {
        let mut leaf = good_leaf();
        if !names.is_empty() {
            leaf = leaf.with(alternative(names));
        }
        let found = judge(leaf, good_ca().with(constraints(permitted, excluded)));
        match allowed {
            true => assert_eq!(found, [], "{permitted:02x?} {excluded:02x?} {names:02x?}"),
            false => assert!(
                matches!(&found[..], [(0, Kind::NameConstraints(_))]),
                "{permitted:02x?} {excluded:02x?} {names:02x?}: {found:?}"
            ),
        }
    }
}

#[test]
fn an_address_in_the_subject_is_constrained_too() {
    let mut leaf = good_leaf();
    leaf.subject =
        name_of(&[("1.2.840.113549.1.9.1", tlv(0x16, b"a@evil.com")), ("2.5.4.3", utf8("x"))]);
    let found = judge(leaf, good_ca().with(constraints(&[email("gov.vn")], &[])));
    assert!(matches!(&found[..], [(0, Kind::NameConstraints(_))]), "{found:?}");
}

#[test]
fn an_explicit_policy_that_nobody_states_is_refused() {
    let require = extension("2.5.29.36", true, &seq(&[&tlv(0x80, &[0])]));
    let policies = |list: &[&str]| {
        let infos: Vec<u8> = list.iter().flat_map(|p| seq(&[&oid(p)])).collect();
        extension("2.5.29.32", false, &tlv(0x30, &infos))
    };
    let found = judge(good_leaf(), good_ca().with(require.clone()));
    assert!(matches!(&found[..], [(0, Kind::Policy(_))]), "{found:?}");
    let ca = || good_ca().with(require.clone()).with(policies(&["1.2.3"]));
    assert_eq!(judge(good_leaf().with(policies(&["1.2.3"])), ca()), []);
    let found = judge(good_leaf().with(policies(&["1.2.4"])), ca());
    assert!(matches!(&found[..], [(0, Kind::Policy(_))]), "{found:?}");
    assert_eq!(judge(good_leaf().with(policies(&["1.2.4"])), good_ca()), [], "nobody asks");
}

#[test]
fn known_anchors_have_their_hierarchy() {
    let table = pki::known_anchors();
    assert!(table.len() >= 18);
    for row in &table {
        assert_eq!(row.sha256.len(), 64, "{}", row.name);
        let wanted = match row.name.starts_with("vgca") {
            true => Hierarchy::BanCoYeu,
            false => Hierarchy::Neac,
        };
        assert_eq!(row.hierarchy, wanted, "{}", row.name);
    }
    let mut store = trust(&[root(), root(), leaf()]);
    assert_eq!(store.anchors.len(), 2);
    assert!(store.contains(&root()) && !store.contains(&ca()));
    store.add(ca());
    assert!(store.anchors.iter().all(|a| a.hierarchy == Hierarchy::Other));
}
