//! PINs: one try, used once, and nowhere to be found.

use signer::protocol::Then;
use signing::Level;
use zeroize::Zeroizing;

use crate::world::{World, fault, items, listed, uuid};

#[test]
fn a_wrong_pin_ends_the_activation() {
    let world = World::new();
    let (items, documents) = items(&world, "seal", uuid(1), 1, Level::B);
    let wrong = Zeroizing::new("1234567890123".to_owned());
    let asked = || listed(uuid(1), "seal", vec![items[0].hash()], 60);
    let no = fault(world.runtime.block_on(world.client.activate(asked(), &wrong)));
    assert_eq!(
        (no.code.as_str(), no.refused, no.then),
        ("pin_incorrect", true, Then::NewActivation)
    );
    assert!(no.text_vi.contains("Mã PIN không đúng"), "{}", no.text_vi);
    assert_eq!(world.events("not_activated")[0]["code"], "pin_incorrect");
    assert_eq!(fault(world.sign(&items[0], &documents[0])).code, "activation_unknown");
    // Used is used, also with the right PIN.
    let right = world.pin("seal");
    let no = fault(world.runtime.block_on(world.client.activate(asked(), &right)));
    assert_eq!(no.code, "activation_used");
    assert_eq!(world.events("activating").len(), 1);
}

#[test]
fn a_replayed_activation_is_refused_before_and_after_a_restart() {
    let mut world = World::new();
    let (items, _) = items(&world, "official", uuid(1), 1, Level::B);
    world.activate("official", &items).unwrap();
    assert_eq!(fault(world.activate("official", &items)).code, "activation_used");
    world.runtime.block_on(world.client.close(uuid(1))).unwrap();
    assert_eq!(fault(world.activate("official", &items)).code, "activation_used");
    world.stop();
    world.start().unwrap();
    assert_eq!(fault(world.activate("official", &items)).code, "activation_used");
    assert_eq!(world.events("activating").len(), 1);
}

#[test]
fn two_activations_of_one_token_wait_for_each_other() {
    let world = World::with(crate::world::Setting {
        more: "[limits]\nbusy_seconds = 1\n".to_owned(),
        ..Default::default()
    });
    let (first, documents) = items(&world, "official", uuid(1), 1, Level::B);
    let (second, _) = items(&world, "official", uuid(2), 1, Level::B);
    world.activate("official", &first).unwrap();
    let busy = fault(world.activate("official", &second));
    assert_eq!((busy.code.as_str(), busy.then), ("token_busy", Then::Again));
    // Another token is free meanwhile.
    let (seal, _) = items(&world, "seal", uuid(3), 1, Level::B);
    world.activate("seal", &seal).unwrap();
    // All answered: logged out, and the same request goes through.
    world.sign(&first[0], &documents[0]).unwrap();
    world.activate("official", &second).unwrap();
}

#[test]
fn no_pin_in_the_state_and_modes_are_narrow() {
    let world = World::new();
    let (items, documents) = items(&world, "official", uuid(1), 1, Level::B);
    world.activate("official", &items).unwrap();
    world.sign(&items[0], &documents[0]).unwrap();
    let pin = world.pin("official");
    for entry in std::fs::read_dir(world.dir.path().join("state")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(pin.len()).any(|w| w == pin.as_bytes()));
    }
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |name: &str| {
        let path = world.dir.path().join(name);
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("signer.sock"), 0o660);
    assert_eq!((mode("state"), mode("state/log.jsonl"), mode("log.key")), (0o700, 0o600, 0o600));
}
