//! Heads of the transparency log.

use std::fs;
use std::process::Command;

use signer::client::ClientError;
use tlog::{Checkpoint, Hash, VerifierKey, leaf_hash, node_hash};

use crate::world::{Setting, World, fault};

const ORIGIN: &str = "log.anlanh.invalid";

fn leaf(n: u8) -> Hash {
    leaf_hash(&[n])
}

/// Roots of trees of one to four leaves, by hand (RFC 6962, 2.1).
fn root(size: u64) -> Hash {
    let ab = node_hash(leaf(1), leaf(2));
    match size {
        1 => leaf(1),
        2 => ab,
        3 => node_hash(ab, leaf(3)),
        _ => node_hash(ab, node_hash(leaf(3), leaf(4))),
    }
}

fn body(size: u64, root: Hash) -> String {
    Checkpoint { origin: ORIGIN.to_owned(), size, root }.body()
}

fn ask(world: &World, body: String, proof: &[Hash]) -> Result<String, ClientError> {
    let proof = proof.iter().map(ToString::to_string).collect();
    world.runtime.block_on(world.client.checkpoint(body, proof))
}

fn grow_and_refuse(world: &mut World) {
    let keys = world.runtime.block_on(world.client.keys()).unwrap();
    let key: VerifierKey = keys.log.unwrap().parse().unwrap();
    assert_eq!(world.runtime.block_on(world.client.head()).unwrap(), None);

    let note = ask(world, body(2, root(2)), &[]).unwrap();
    assert_eq!(key.open(note.as_bytes()).unwrap().checkpoint().size, 2);
    // The same again is the same note: Ed25519 has no randomness.
    assert_eq!(ask(world, body(2, root(2)), &[]).unwrap(), note);
    // Four leaves begin with these two: the proof is the hash of the other half.
    let half = node_hash(leaf(3), leaf(4));
    let no = |answer| fault(answer).code;
    assert_eq!(no(ask(world, body(4, root(4)), &[])), "checkpoint_inconsistent");
    assert_eq!(no(ask(world, body(4, root(3)), &[half])), "checkpoint_inconsistent");
    let note = ask(world, body(4, root(4)), &[half]).unwrap();
    assert_eq!(key.open(note.as_bytes()).unwrap().checkpoint().root, root(4));

    let refuse_rollback = |world: &World| {
        assert_eq!(no(ask(world, body(2, root(2)), &[])), "checkpoint_smaller");
        assert_eq!(no(ask(world, body(4, root(3)), &[])), "checkpoint_inconsistent");
        let other = Checkpoint { origin: "other.invalid".into(), size: 5, root: root(3) }.body();
        assert_eq!(no(ask(world, other, &[])), "checkpoint_other_log");
        let head = world.runtime.block_on(world.client.head()).unwrap();
        assert_eq!(head, Some(body(4, root(4))));
    };
    refuse_rollback(world);
    world.kill();
    world.start().unwrap();
    refuse_rollback(world);
    // The file put back, or taken away: the signer's own log still knows.
    for old in [Some(body(2, root(2))), None] {
        world.stop();
        let path = world.dir.path().join("state/head");
        match old {
            Some(old) => fs::write(path, old).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        world.start().unwrap();
        refuse_rollback(world);
    }
}

#[test]
fn a_tree_only_grows_also_when_the_database_is_rolled_back() {
    grow_and_refuse(&mut World::new());
}

#[test]
fn the_key_may_be_on_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::create_dir(dir.join("tokens")).unwrap();
    let conf = dir.join("softhsm2.conf");
    let tokens = dir.join("tokens");
    fs::write(
        &conf,
        format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display()),
    )
    .unwrap();
    let pin = "48151623";
    let run = |program: &str, args: &[&str]| {
        let done = Command::new(program).args(args).env("SOFTHSM2_CONF", &conf).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let init = ["--init-token", "--free", "--label", "log", "--pin", pin, "--so-pin", pin];
    run("softhsm2-util", &init);
    let module = lab::softhsm_module().unwrap();
    let make = ["--module", module.to_str().unwrap(), "--token-label", "log", "--login", "--pin"];
    let make = [&make[..], &[pin, "--keypairgen", "--key-type", "EC:edwards25519"]].concat();
    run("pkcs11-tool", &[&make[..], &["--label", "log", "--id", "01"]].concat());
    let pin_file = dir.join("log.pin");
    fs::write(&pin_file, format!("{pin}\n")).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(&pin_file, fs::Permissions::from_mode(0o600)).unwrap();
    let keys = format!(
        "[[keys]]\nname = \"log\"\nkind = \"checkpoint\"\norigin = \"{ORIGIN}\"\ntoken = \"log\"\nkey = \"log\"\npin_file = {pin_file:?}\n"
    );
    let envs = vec![("SOFTHSM2_CONF".into(), conf.into_os_string())];
    grow_and_refuse(&mut World::with(Setting { keys: Some(keys), envs, ..Default::default() }));
}
