//! How much of the token's own rate comes out. Printed, not asserted: the machine is shared.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use signing::Level;
use token::{Digest, Scheme};

use crate::world::{World, items, uuid};

const COUNT: usize = 200;
const CLIENTS: usize = 8;

#[test]
fn two_hundred_signatures_beside_raw_ones() {
    let world = World::new();
    for (n, level) in [(1, Level::B), (2, Level::T)] {
        let (items, documents) =
            items(&world, "official", uuid(n), u32::try_from(COUNT).unwrap(), level);
        world.activate("official", &items).unwrap();
        let next = AtomicUsize::new(0);
        let began = Instant::now();
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let (Some(item), Some(pdf)) = (items.get(at), documents.get(at)) else {
                            return;
                        };
                        world.sign(item, pdf).unwrap();
                    }
                });
            }
        });
        let rate = COUNT as f64 / began.elapsed().as_secs_f64();
        let raw = raw(&world);
        println!(
            "{COUNT} signatures, level {level:?}, RSA-2048, {CLIENTS} connections: {rate:.0}/s; raw C_Sign, two threads: {raw:.0}/s; share {:.0} %",
            100.0 * rate / raw
        );
    }
    assert_eq!(world.events("signed").len(), 2 * COUNT);
}

/// The same key in this process, two sessions.
fn raw(world: &World) -> f64 {
    let session = world.lab.session("official").unwrap();
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            let session = session.sibling().unwrap();
            scope.spawn(move || {
                let key = session.key("official-rsa2048").unwrap();
                for _ in 0..COUNT / 2 {
                    session.sign(&key, Scheme::RsaPss(Digest::Sha256), b"bytes").unwrap();
                }
            });
        }
    });
    COUNT as f64 / began.elapsed().as_secs_f64()
}
