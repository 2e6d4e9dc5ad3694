//! Items of an activation, one by one.

use std::collections::HashSet;
use std::thread;

use signer::protocol::{SignItem, Then};
use signing::{Level, Look};
use zeroize::Zeroizing;

use crate::world::{World, document, fault, items, listed, order, picture, uuid};

#[test]
fn twenty_are_signed_beside_each_other_and_a_changed_one_is_refused_alone() {
    let world = World::new();
    let (items, mut documents) = items(&world, "official", uuid(1), 20, Level::T);
    world.activate("official", &items).unwrap();
    documents[7].push(b'\n');

    let answers: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = items
            .iter()
            .zip(&documents)
            .map(|(item, document)| scope.spawn(|| world.sign(item, document)))
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut files = HashSet::new();
    for (at, (answer, document)) in answers.into_iter().zip(&documents).enumerate() {
        if at == 7 {
            let fault = fault(answer);
            assert_eq!((fault.code.as_str(), fault.then), ("document_changed", Then::Over));
            continue;
        }
        let signed = answer.unwrap();
        files.insert(world.passes(&signed, document));
        let step = &signed.steps[0].info;
        assert_eq!((step.level, step.policy.as_str()), (Level::T, "pades-baseline@1"));
        assert!(step.best_time <= step.at);
    }
    assert_eq!(files.len(), 19);
    assert_eq!((world.events("signing").len(), world.events("signed").len()), (19, 19));
    assert_eq!(world.events("refused")[0]["index"], 7);
    // Answers about status were asked for once or twice, not once a signature.
    let asked = world.servers.requests();
    let status =
        asked.iter().filter(|line| line.contains("/ocsp") || line.contains("/crl")).count();
    assert!(status <= 12, "{status} questions about status: {asked:?}");
    assert_eq!(asked.iter().filter(|line| line.contains("/tsa")).count(), 19);
    // The last answer logged the token out: the same key is free at once.
    let (more, documents) = self::items(&world, "official", uuid(2), 1, Level::B);
    world.activate("official", &more).unwrap();
    world.passes(&world.sign(&more[0], &documents[0]).unwrap(), &documents[0]);
}

#[test]
fn a_repeated_item_is_answered_the_same_and_never_signed_twice() {
    let world = World::new();
    let (items, documents) = items(&world, "official", uuid(1), 2, Level::T);
    world.activate("official", &items).unwrap();
    let first = world.sign(&items[0], &documents[0]).unwrap();
    let again: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> =
            (0..8).map(|_| scope.spawn(|| world.sign(&items[0], &documents[0]))).collect();
        asked.into_iter().map(|one| one.join().unwrap().unwrap()).collect()
    });
    assert!(again.iter().all(|answer| *answer == first));
    assert_eq!(world.events("signing").len(), 1);

    // Asked eight times at once before there is any answer: one signature all the same.
    let raced: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> =
            (0..8).map(|_| scope.spawn(|| world.sign(&items[1], &documents[1]))).collect();
        asked.into_iter().map(|one| one.join().unwrap().unwrap()).collect()
    });
    assert!(raced.iter().all(|answer| *answer == raced[0]));
    assert_eq!(world.events("signing").len(), 2);
}

#[test]
fn what_is_not_in_the_list_is_not_signed() {
    let world = World::new();
    let (items, documents) = items(&world, "official", uuid(1), 2, Level::B);
    world.activate("official", &items[..1]).unwrap();
    let no = |item: &SignItem| fault(world.sign(item, &documents[0])).code;

    assert_eq!(no(&items[1]), "item_unknown");
    assert_eq!(no(&SignItem { revision: 2, ..items[0].clone() }), "item_changed");
    assert_eq!(no(&SignItem { result: uuid(9), ..items[0].clone() }), "item_changed");
    let mut other = items[0].clone();
    other.orders[0].reason = Some("Điều khác".to_owned());
    assert_eq!(no(&other), "item_changed");
    let mut twice = items[0].clone();
    twice.orders.push(twice.orders[0].clone());
    assert_eq!(no(&twice), "item_changed");
    assert_eq!(no(&SignItem { activation: uuid(77), ..items[0].clone() }), "activation_unknown");
    assert_eq!(world.events("signing").len(), 0);
    // None of these touched the item itself.
    world.passes(&world.sign(&items[0], &documents[0]).unwrap(), &documents[0]);
}

#[test]
fn number_and_date_then_the_seal_are_one_item() {
    let world = World::new();
    let lab = document(0);
    let official = world.ready("official");
    let mut first = order(&official, Some(&lab.pdf), Level::T);
    first.appearance =
        picture(lab.layout.signature, lab::documents::pictures::signature_official().unwrap());
    first.certify = Some(2);
    // Fields come before a certification: as at submission.
    let activation = uuid(1);
    let page = page::Document::open(&lab.pdf).unwrap();
    let words = signing::HeaderWords {
        number: Some("05".to_owned()),
        day: Some("24".to_owned()),
        month: Some("11".to_owned()),
    };
    let number_date = signing::header(&page, &words, 13.0).unwrap();
    let seal = picture(lab.layout.seal, lab::documents::pictures::seal().unwrap()).unwrap();
    let boxes = [("So-ngay", &number_date), ("Con-dau", &seal)];
    let fields: Vec<(&str, Option<pades::Placed>)> =
        boxes.iter().map(|(name, look)| (*name, Some(look.place.empty()))).collect();
    let hash = signing::file_hash(&lab.pdf).unwrap();
    let made = pades::add_fields(&lab.pdf, hash, &fields, &pades::Limits::default()).unwrap();
    let pdf = [lab.pdf.as_slice(), &made.tail].concat();
    first.base = signing::file_hash(&pdf).unwrap();
    let item = SignItem { activation, index: 0, result: uuid(5), revision: 1, orders: vec![first] };
    world.activate("official", std::slice::from_ref(&item)).unwrap();
    let signed = world.sign(&item, &pdf).unwrap();
    world.passes(&signed, &pdf);
    let pdf = signed.apply(&pdf);

    let key = world.ready("seal");
    let mut number = order(&key, Some(&pdf), Level::T);
    number.field = Some("So-ngay".to_owned());
    number.appearance = Some(number_date);
    let mut sealing = order(&key, None, Level::T);
    sealing.field = Some("Con-dau".to_owned());
    sealing.appearance = Some(seal);
    let orders = vec![number, sealing];
    let activation = uuid(2);
    let item = SignItem { activation, index: 0, result: uuid(5), revision: 1, orders };
    world.activate("seal", std::slice::from_ref(&item)).unwrap();
    let signed = world.sign(&item, &pdf).unwrap();
    assert_eq!(signed.steps.len(), 2);
    assert_eq!(signed.steps[0].info.field, "So-ngay");
    assert_eq!(signed.steps[1].info.field, "Con-dau");
    assert_ne!(signed.steps[0].info.file, signed.steps[1].info.file);
    world.passes(&signed, &pdf);
    let steps: Vec<_> = world.events("signing").iter().map(|e| e["step"].clone()).collect();
    assert_eq!(steps, [0, 0, 1]);
    assert!(matches!(item.orders[0].appearance.as_ref().unwrap().look, Look::Blanks { .. }));
}

#[test]
fn an_expired_activation_signs_nothing_and_frees_the_token() {
    let world = World::new();
    let (items, documents) = items(&world, "official", uuid(1), 1, Level::B);
    let hashes = vec![items[0].hash()];
    let short = listed(uuid(1), "official", hashes.clone(), 2);
    let pin = world.pin("official");
    world.runtime.block_on(world.client.activate(short, &pin)).unwrap();
    thread::sleep(std::time::Duration::from_millis(3500));
    let fault = fault(world.sign(&items[0], &documents[0]));
    assert_eq!((fault.code.as_str(), fault.then), ("activation_unknown", Then::NewActivation));
    assert_eq!(world.events("signing").len(), 0);
    assert_eq!(world.events("ended")[0]["why"], "expired");
    // Lists that ended before they began, or would last too long, cost no PIN.
    for (seconds, code) in [(-1, "activation_expired"), (400, "activation_too_long")] {
        let asked = listed(uuid(2), "official", hashes.clone(), seconds);
        let no = world.runtime.block_on(world.client.activate(asked, &pin));
        assert_eq!(self::fault(no).code, code);
    }
    let asked = listed(uuid(2), "official", hashes, 60);
    world.runtime.block_on(world.client.activate(asked, &pin)).unwrap();
}

#[test]
fn a_revoked_certificate_is_refused_before_the_pin() {
    let world = World::new();
    let (items, _) = items(&world, "revoked", uuid(1), 1, Level::B);
    let hashes = vec![items[0].hash()];
    let wrong = Zeroizing::new("00000000".to_owned());
    let asked = listed(uuid(1), "revoked", hashes, 60);
    let no = world.runtime.block_on(world.client.activate(asked, &wrong));
    // A wrong PIN would have been said, had it been tried.
    assert_eq!(fault(no).code, "revoked");
    assert_eq!(world.events("activating").len(), 0);
}

#[test]
fn a_timestamp_authority_that_is_away_costs_no_second_signature() {
    let world = World::new();
    let (items, documents) = items(&world, "official", uuid(1), 1, Level::T);
    world.activate("official", &items).unwrap();
    world.servers.set_faults(lab::responder::Faults {
        tsa_transport: lab::responder::Transport::ServerError,
        ..Default::default()
    });
    let fault = fault(world.sign(&items[0], &documents[0]));
    assert_eq!((fault.code.as_str(), fault.then), ("tsa_down", Then::Again));
    world.servers.set_faults(lab::responder::Faults::default());
    world.passes(&world.sign(&items[0], &documents[0]).unwrap(), &documents[0]);
    assert_eq!(world.events("signing").len(), 1);
}
