//! Tokens that fail: the shim between engine and SoftHSM2.

use p11_fault_shim::{CONTROL, Control, MODULE, module_path};
use signer::protocol::Then;
use signing::Level;

use crate::world::{Setting, World, fault, items, uuid};

fn with_shim() -> (World, Control, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let control = folder.path().join("faults");
    let envs = vec![
        (MODULE.into(), lab::softhsm_module().unwrap().into_os_string()),
        (CONTROL.into(), control.clone().into_os_string()),
    ];
    let module = Some(module_path().unwrap());
    let world = World::with(Setting { module, envs, ..Default::default() });
    (world, Control::at(control), folder)
}

#[test]
fn a_token_that_is_pulled_out_ends_the_activation_and_no_more() {
    let (world, control, _folder) = with_shim();
    let (items, documents) = items(&world, "official", uuid(1), 3, Level::T);
    world.activate("official", &items).unwrap();
    let first = world.sign(&items[0], &documents[0]).unwrap();
    world.passes(&first, &documents[0]);
    control.set("sign=device_removed").unwrap();
    let gone = fault(world.sign(&items[1], &documents[1]));
    assert_eq!((gone.code.as_str(), gone.then), ("token_removed", Then::NewActivation));
    assert_eq!(fault(world.sign(&items[2], &documents[2])).code, "activation_unknown");
    assert_eq!(world.events("ended")[0]["why"], "token_removed");
    control.set("").unwrap();
    let (again, documents) = self::items(&world, "official", uuid(2), 1, Level::T);
    world.activate("official", &again).unwrap();
    world.passes(&world.sign(&again[0], &documents[0]).unwrap(), &documents[0]);
}

#[test]
fn a_wrong_pin_is_sent_to_the_token_exactly_once() {
    let (world, control, _folder) = with_shim();
    let (items, _) = items(&world, "official", uuid(1), 1, Level::B);
    control.set("login=pin_incorrect\nflags=final_try").unwrap();
    let no = fault(world.activate("official", &items));
    assert_eq!(no.code, "pin_incorrect");
    assert!(no.text_vi.contains("MỘT lần thử"), "{}", no.text_vi);
    assert_eq!(fault(world.activate("official", &items)).code, "activation_used");
    assert_eq!(control.logins(), 1);
    control.set("flags=locked").unwrap();
    let (second, _) = self::items(&world, "official", uuid(2), 1, Level::B);
    assert_eq!(fault(world.activate("official", &second)).code, "pin_locked");
    assert_eq!(control.logins(), 1);
}

#[test]
fn a_token_that_lies_gets_nothing_out() {
    let (world, control, _folder) = with_shim();
    let (items, documents) = items(&world, "official", uuid(1), 1, Level::T);
    world.activate("official", &items).unwrap();
    control.set("sign=wrong_value").unwrap();
    let no = fault(world.sign(&items[0], &documents[0]));
    assert_eq!((no.code.as_str(), no.then), ("key_mismatch", Then::Over));
    control.set("").unwrap();
    // Over is over: the token is not asked again.
    assert_eq!(fault(world.sign(&items[0], &documents[0])).code, "key_mismatch");
    assert_eq!(control.signatures(), 1);
}

#[test]
fn a_held_session_looks_up_nothing_and_logs_in_once() {
    let (world, control, _folder) = with_shim();
    let (items, documents) = items(&world, "official", uuid(1), 6, Level::B);
    world.activate("official", &items).unwrap();
    let before = control.searches();
    for (item, document) in items.iter().zip(&documents) {
        world.sign(item, document).unwrap();
    }
    assert_eq!((control.searches(), control.logins(), control.signatures()), (before, 1, 6));
}
