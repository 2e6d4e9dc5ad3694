//! Killed in the middle; a torn and a changed log.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::thread;

use signer::client::ClientError;
use signing::Level;

use crate::world::{World, fault, items, uuid};

#[test]
fn killed_in_the_middle_nothing_is_signed_twice_and_the_log_is_whole() {
    let mut world = World::new();
    let (items, documents) = items(&world, "official", uuid(1), 20, Level::T);
    world.activate("official", &items).unwrap();
    let client = world.client.clone();
    let child = world.runtime.handle().clone();
    let answered: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = items
            .iter()
            .zip(&documents)
            .map(|(item, document)| {
                let (client, runtime) = (client.clone(), child.clone());
                scope.spawn(move || runtime.block_on(client.sign(item.clone(), document)))
            })
            .collect();
        while world.events_so_far("signed") < 5 {
            thread::sleep(std::time::Duration::from_millis(2));
        }
        world.kill();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let got = answered.iter().filter(|a| a.is_ok()).count();
    assert!(answered.iter().any(|a| matches!(a, Err(ClientError::Unreachable { .. }))));
    for (answer, document) in answered.iter().zip(&documents) {
        if let Ok(signed) = answer {
            world.passes(signed, document);
        }
    }

    world.start().unwrap();
    for (item, document) in items.iter().zip(&documents) {
        assert_eq!(fault(world.sign(item, document)).code, "activation_unknown");
    }
    assert_eq!(fault(world.activate("official", &items)).code, "activation_used");
    let mut signings: HashMap<u64, u32> = HashMap::new();
    for line in world.events("signing") {
        *signings.entry(line["index"].as_u64().unwrap()).or_default() += 1;
    }
    assert!(signings.values().all(|times| *times == 1), "{signings:?}");
    let signed = world.events("signed").len();
    assert!(signed >= got && signed <= signings.len(), "{got} {signed} {}", signings.len());
    assert_eq!(world.events("started").len(), 2);
}

impl World {
    /// Of a log that is being written.
    fn events_so_far(&self, event: &str) -> usize {
        let text = fs::read_to_string(self.log_path()).unwrap_or_default();
        text.matches(&format!("\"event\":\"{event}\"")).count()
    }
}

#[test]
fn a_torn_last_line_is_cut_off_and_said() {
    let mut world = World::new();
    let (items, documents) = items(&world, "official", uuid(1), 1, Level::B);
    world.activate("official", &items).unwrap();
    world.sign(&items[0], &documents[0]).unwrap();
    world.kill();
    let whole = fs::read(world.log_path()).unwrap();
    let mut log = fs::OpenOptions::new().append(true).open(world.log_path()).unwrap();
    log.write_all(br#"{"line":5,"prev":"ab"#).unwrap();
    drop(log);
    world.start().unwrap();
    let after = fs::read(world.log_path()).unwrap();
    assert!(after.starts_with(&whole));
    assert_eq!(world.events("recovered")[0]["torn_bytes"], 20);
    // The chain goes on from there.
    world.stop();
    world.start().unwrap();
}

#[test]
fn a_changed_log_stops_the_signer() {
    let mut world = World::new();
    let (items, documents) = items(&world, "official", uuid(1), 1, Level::B);
    world.activate("official", &items).unwrap();
    world.sign(&items[0], &documents[0]).unwrap();
    world.stop();
    let log = fs::read_to_string(world.log_path()).unwrap();
    let changed = log.replacen("\"key\":\"official\"", "\"key\":\"seal\"", 1);
    assert_ne!(log, changed);
    fs::write(world.log_path(), &changed).unwrap();
    let why = world.start().unwrap_err();
    assert!(why.contains("the chain of hashes is broken"), "{why}");
    // It was looked at, not mended.
    assert_eq!(fs::read_to_string(world.log_path()).unwrap(), changed);
}
