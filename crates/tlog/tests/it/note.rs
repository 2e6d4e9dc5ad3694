//! Checkpoints and proofs as text.

use ed25519_dalek::{Signer, SigningKey};
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};
use tlog::{
    Checkpoint, Edge, Error, MAX_SIZE, ProofText, VerifierKey, leaf_hash, prove_inclusion,
    read_unverified,
};

const ORIGIN: &str = "antin.example/log";

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn key() -> VerifierKey {
    VerifierKey::new(ORIGIN, signer(1).verifying_key().as_bytes()).unwrap()
}

fn signed(checkpoint: &Checkpoint) -> Vec<u8> {
    let signature = signer(1).sign(checkpoint.body().as_bytes()).to_bytes();
    key().note(checkpoint, &signature).unwrap()
}

fn head(entries: &[&str]) -> (Edge, Vec<tlog::File>, Checkpoint) {
    let (edge, files) = Edge::empty().append(entries).unwrap();
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: edge.size(), root: edge.root() };
    (edge, files, checkpoint)
}

#[test]
fn a_note_is_what_signed_note_writes_and_reads() {
    let (_, _, checkpoint) = head(&["a", "b", "c"]);
    let note = signed(&checkpoint);
    // By the crate alone, from the text of the keys.
    let vkey = key().to_string();
    let seed: String = base64(&[&[1u8][..], &[1; 32]].concat());
    let id = vkey.split('+').nth(1).unwrap().to_owned();
    let theirs = StandardSigner::new(&format!("PRIVATE+KEY+{ORIGIN}+{id}+{seed}")).unwrap();
    let mut by_them = Note::new(checkpoint.body().as_bytes(), &[]).unwrap();
    by_them.add_sigs(&[&theirs]).unwrap();
    assert_eq!(by_them.to_bytes(), note);
    let verifier = StandardVerifier::new(&vkey).unwrap();
    Note::from_bytes(&note).unwrap().verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    // The body is what tlog_tiles reads.
    let theirs = tlog_tiles::Checkpoint::from_bytes(checkpoint.body().as_bytes()).unwrap();
    assert_eq!(theirs.size(), 3);
    assert_eq!(theirs.hash().0, checkpoint.root.0);
    assert_eq!(key().open(&note).unwrap().checkpoint(), &checkpoint);
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn the_example_of_the_specification_is_read() {
    // tlog-checkpoint, introduction.
    let note = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    let checkpoint = read_unverified(note.as_bytes()).unwrap();
    assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(key().open(note.as_bytes()), Err(Error::Note("not signed by this key")));
}

#[test]
fn nothing_is_opened_that_the_key_did_not_sign() {
    let (_, _, checkpoint) = head(&["a", "b"]);
    let note = String::from_utf8(signed(&checkpoint)).unwrap();
    let larger = note.replacen("\n2\n", "\n3\n", 1);
    assert!(key().open(larger.as_bytes()).is_err());
    let other = VerifierKey::new(ORIGIN, signer(2).verifying_key().as_bytes()).unwrap();
    assert!(other.open(note.as_bytes()).is_err());
    // Our signature over another log's body.
    let foreign = Checkpoint { origin: "other.example/log".into(), ..checkpoint.clone() };
    let signature = signer(1).sign(foreign.body().as_bytes()).to_bytes();
    assert!(key().note(&foreign, &signature).is_err());
    // A wrong signature never becomes a note.
    let wrong = signer(2).sign(checkpoint.body().as_bytes()).to_bytes();
    assert!(key().note(&checkpoint, &wrong).is_err());
    assert!(key().note(&checkpoint, &[]).is_err());
    // A signature of somebody else beside ours is passed over.
    let witness = format!("{note}— witness.example {}\n", base64(&[9; 68]));
    assert_eq!(key().open(witness.as_bytes()).unwrap().checkpoint(), &checkpoint);
}

#[test]
fn odd_bodies_are_refused() {
    let hash = tlog::Hash::EMPTY;
    for body in [
        format!("o\n1\n{hash}"),
        format!("o\n01\n{hash}\n"),
        format!("o\n+1\n{hash}\n"),
        format!("o\n-1\n{hash}\n"),
        format!("\n1\n{hash}\n"),
        format!("o\n1\n{hash}\nextension\n"),
        "o\n1\nAAAA\n".to_owned(),
        "o\n1\n".to_owned(),
        String::new(),
    ] {
        assert!(Checkpoint::from_body(&body).is_err(), "{body:?}");
    }
    let huge = format!("o\n{}\n{hash}\n", MAX_SIZE + 1);
    assert_eq!(Checkpoint::from_body(&huge), Err(Error::Size(MAX_SIZE + 1)));
}

#[test]
fn a_proof_stands_alone() {
    let entries = ["một", "hai", "ba", "bốn", "năm"];
    let (_, files, checkpoint) = head(&entries);
    let read =
        |path: &str| files.iter().find(|file| file.path == path).map(|file| file.bytes.clone());
    let proof = ProofText {
        extra: Some(b"beside".to_vec()),
        index: 2,
        hashes: prove_inclusion(2, 5, checkpoint.root, &read).unwrap(),
        note: signed(&checkpoint),
    };
    let text = proof.to_bytes();
    assert!(text.starts_with(b"c2sp.org/tlog-proof@v1\nextra YmVzaWRl\nindex 2\n"));
    let back = ProofText::from_bytes(&text).unwrap();
    assert_eq!(back, proof);
    assert_eq!(back.verify(&key(), "ba".as_bytes()).unwrap().checkpoint(), &checkpoint);
    assert_eq!(back.verify(&key(), "bA".as_bytes()), Err(Error::Proof));
    let elsewhere = ProofText { index: 3, ..back };
    assert_eq!(elsewhere.verify(&key(), "ba".as_bytes()), Err(Error::Proof));
}

#[test]
fn a_log_of_one_leaf_has_an_empty_proof() {
    let (_, _, checkpoint) = head(&["only"]);
    let proof = ProofText { extra: None, index: 0, hashes: Vec::new(), note: signed(&checkpoint) };
    let text = String::from_utf8(proof.to_bytes()).unwrap();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n\nantin.example/log\n1\n"));
    let back = ProofText::from_bytes(text.as_bytes()).unwrap();
    back.verify(&key(), b"only").unwrap();
    assert_eq!(checkpoint.root, leaf_hash(b"only"));
    for bad in [
        text.replacen("index 0", "index 00", 1),
        text.replacen("@v1", "@v2", 1),
        text.replacen("index 0\n", "", 1),
        text.replacen("index 0\n", "index 0\nnot a hash\n", 1),
        text.replacen("index", "extra !\nindex", 1),
        format!("c2sp.org/tlog-proof@v1\nindex 0\n{}\n", "A\n".repeat(70)),
    ] {
        assert!(ProofText::from_bytes(bad.as_bytes()).is_err(), "{bad}");
    }
}
