//! From an order to a file that passed.

use signing::{
    Earlier, Item, Level, Order, Outcome, Refusal, Room, Signer, StatusRule, Terms, begin,
    file_hash,
};
use validation::Conclusion;

use crate::world::{Identity, PKCS1, Use, document, evidence, identity, now, policy, trusting};

fn order(base: &Vec<u8>, signer: &Identity) -> Order {
    Order {
        base: file_hash(base).unwrap(),
        field: None,
        appearance: None,
        certificate: signer.certificate.der().to_vec(),
        algorithm: PKCS1,
        level: Level::B,
        certify: None,
        reason: None,
        location: None,
        name: Some("Nguyễn Văn A".to_owned()),
    }
}

/// The whole ceremony; the bytes of the signed file.
fn signed(base: &Vec<u8>, signer: &Identity, trusted: &[&Identity], field: &str) -> Vec<u8> {
    let (trust, evidence, policy) = (trusting(trusted), evidence(&[]), policy());
    let terms =
        Terms { trust: &trust, evidence: &evidence, policy: &policy, status: StatusRule::Required };
    let ready = Signer::check(&signer.certificate, &[], PKCS1, &terms, now()).unwrap();
    let order = Order { field: Some(field.to_owned()), ..order(base, signer) };
    let state = begin(&order, &ready, base, order.base, Room::default(), now()).unwrap();
    let value = signer.sign(state.bytes());
    let candidate = state.with_value(&ready, value).unwrap().finish().unwrap().unwrap();
    let report = candidate.judge(&candidate.read(base), &terms, now());
    let text = report.to_text("");
    match candidate.settle(report, terms.status, Earlier::Passed) {
        Outcome::Proven { update, passed, .. } => {
            let mut file = base.clone();
            file.extend_from_slice(&update.tail);
            assert_eq!(file_hash(&file).unwrap(), passed.file());
            file
        }
        _ => panic!("not proven: {text}"),
    }
}

#[test]
fn one_signer_then_another_each_proven_and_the_base_a_prefix() {
    let first = identity("Người thứ nhất", None, Use::Signing, (-1, 10));
    let second = identity("Người thứ hai", None, Use::Signing, (-1, 10));
    let base = document();
    let once = signed(&base, &first, &[&first], "A");
    let twice = signed(&once, &second, &[&first, &second], "B");
    assert!(twice.starts_with(&once) && once.starts_with(&base));

    let facts = validation::read(&twice, &validation::Limits::default());
    assert_eq!(facts.pdf.signatures.len(), 2);
    let report =
        validation::judge(&facts, &evidence(&[]), &trusting(&[&first, &second]), &policy(), now());
    assert_eq!(report.conclusion, Conclusion::TotalPassed);
    // Without the second anchor the file is not proven, and further signing says so.
    let report = validation::judge(&facts, &evidence(&[]), &trusting(&[&first]), &policy(), now());
    assert_eq!(signing::earlier(&report), Ok(Earlier::Unproven));
}

#[test]
fn a_value_of_another_key_never_becomes_a_file() {
    let signer = identity("Đúng", None, Use::Signing, (-1, 10));
    let other = identity("Khác", None, Use::Signing, (-1, 10));
    let (trust, evidence, policy) = (trusting(&[&signer]), evidence(&[]), policy());
    let terms =
        Terms { trust: &trust, evidence: &evidence, policy: &policy, status: StatusRule::Required };
    let ready = Signer::check(&signer.certificate, &[], PKCS1, &terms, now()).unwrap();
    let base = document();
    let order = order(&base, &signer);
    let state = begin(&order, &ready, &base, order.base, Room::default(), now()).unwrap();
    // The state survives a trip outside.
    let state: signing::ToBeSigned =
        serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
    let wrong = other.sign(state.bytes());
    let refused = state.with_value(&ready, wrong).and_then(|v| v.finish().map(|_| ()));
    assert!(matches!(refused, Err(Refusal::KeyMismatch { .. })), "{refused:?}");
}

#[test]
fn an_order_is_for_one_document_and_one_signer() {
    let signer = identity("Đúng", None, Use::Signing, (-1, 10));
    let other = identity("Khác", None, Use::Signing, (-1, 10));
    let (trust, evidence, policy) = (trusting(&[&signer, &other]), evidence(&[]), policy());
    let terms =
        Terms { trust: &trust, evidence: &evidence, policy: &policy, status: StatusRule::Required };
    let ready = Signer::check(&signer.certificate, &[], PKCS1, &terms, now()).unwrap();
    let base = document();
    let order = order(&base, &signer);
    let same: Order = serde_json::from_str(&serde_json::to_string(&order).unwrap()).unwrap();
    assert_eq!(order.hash(), same.hash());

    let mut changed = base.clone();
    changed.push(b'\n');
    let hash = file_hash(&changed).unwrap();
    let refused = begin(&order, &ready, &changed, hash, Room::default(), now());
    assert_eq!(refused.map(|_| ()), Err(Refusal::BaseChanged));
    let foreign = Order { certificate: other.certificate.der().to_vec(), ..order.clone() };
    assert_ne!(order.hash(), foreign.hash());
    let refused = begin(&foreign, &ready, &base, order.base, Room::default(), now());
    assert!(matches!(refused, Err(Refusal::KeyMismatch { .. })));
}

#[test]
fn a_document_that_is_none_is_refused_before_anything_is_signed() {
    for bytes in [&b""[..], b"not a pdf", &[0u8; 4096]] {
        let bytes = bytes.to_vec();
        let refused = signing::read_earlier(&bytes).map(|_| ());
        let code = refused.expect_err("refused").code();
        assert!(code == "not_a_pdf" || code == "needs_repair", "{code}");
    }
}

#[test]
fn a_batch_gives_each_item_its_own_outcome() {
    let signer = identity("Ký lô", None, Use::Signing, (-1, 10));
    let (trust, evidence, policy) = (trusting(&[&signer]), evidence(&[]), policy());
    let terms =
        Terms { trust: &trust, evidence: &evidence, policy: &policy, status: StatusRule::Required };
    let ready = Signer::check(&signer.certificate, &[], PKCS1, &terms, now()).unwrap();
    let (good, bad) = (document(), b"nothing".to_vec());
    let orders = [order(&good, &signer), order(&bad, &signer), order(&good, &signer)];
    let bases = [&good, &bad, &good];
    let items: Vec<Item<'_>> = orders
        .iter()
        .zip(bases)
        .map(|(order, base)| Item { order, base, base_hash: order.base })
        .collect();
    let mut outcomes = vec![];
    signing::run_batch(
        &ready,
        &items,
        &terms,
        now(),
        |bytes| Ok::<_, ()>(signer.sign(bytes)),
        |index, outcome| outcomes.push((index, matches!(outcome, Ok(Outcome::Proven { .. })))),
    );
    assert_eq!(outcomes, [(0, true), (1, false), (2, true)]);
}
