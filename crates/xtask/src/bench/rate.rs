//! Signing in process on a held session against the token's own C_Sign, by turns on the same session.

use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use jiff::Timestamp;
use serde::Serialize;
use signing::{BaseDigest, Earlier, Item, Outcome, Room, StatusRule};

use super::inputs::{Input, Inputs};
use super::ours;
use super::samples::median;
use super::world::{Hand, World};

/// Files a second, each the median over the rounds.
#[derive(Serialize)]
pub(super) struct Rate {
    pub(super) input: &'static str,
    pub(super) key: &'static str,
    /// C_Sign alone, one thread.
    pub(super) token: f64,
    /// The batch: prepared ahead and validated behind on other threads. Only TOTAL_PASSED counts.
    pub(super) batch: f64,
    /// One file after the other on one thread, validated.
    pub(super) one_by_one: f64,
    /// The same without the validation: what no caller of ours gets.
    pub(super) unvalidated: f64,
    /// Of the batch in the token's rate, each round by itself.
    pub(super) shares: Vec<f64>,
}

impl Rate {
    pub(super) fn share(&self) -> f64 {
        median(&self.shares).unwrap_or(0.0)
    }
}

/// Key, word for tables, files a round.
const KEYS: [(&str, &str, usize); 3] = [
    ("official-rsa2048", "RSA-2048", 400),
    ("official", "RSA-3072", 150),
    ("official-p256", "P-256", 800),
];

const ROUNDS: usize = 7;

pub(super) fn run(world: &World, inputs: &Inputs) -> Result<Vec<Rate>> {
    let mut rates = vec![];
    for (name, key, files) in KEYS {
        rates.push(rate(world, &inputs.small, name, key, files)?);
    }
    let [(name, key, files), ..] = KEYS;
    rates.push(rate(world, &inputs.result, name, key, files)?);
    Ok(rates)
}

fn rate(world: &World, input: &Input, name: &str, key: &'static str, files: usize) -> Result<Rate> {
    let base = &fs::read(&input.path)?;
    let hand = world.hand(name)?;
    let mut rounds: [Vec<f64>; 4] = Default::default();
    let mut shares = vec![];
    one_by_one(world, &hand, base, 5, true)?; // Caches and key handles are warm in every round then.
    for _ in 0..ROUNDS {
        let before = token(&hand, files)?;
        let batch = batch(world, &hand, base, files)?;
        let token_rate = (before + token(&hand, files)?) / 2.0;
        let validated = one_by_one(world, &hand, base, files, true)?;
        let unvalidated = one_by_one(world, &hand, base, files, false)?;
        shares.push(batch / token_rate);
        for (all, one) in rounds.iter_mut().zip([token_rate, batch, validated, unvalidated]) {
            all.push(one);
        }
    }
    let [token, batch, one_by_one, unvalidated] = rounds.map(|r| median(&r).unwrap_or(0.0));
    Ok(Rate { input: input.name, key, token, batch, one_by_one, unvalidated, shares })
}

/// C_Sign over as many bytes as signed attributes have.
fn token(hand: &Hand, signatures: usize) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..signatures {
        hand.sign(&[0x31; 220])?;
    }
    Ok(signatures as f64 / start.elapsed().as_secs_f64())
}

/// From documents in memory to updates that passed; the batch hashes every document.
fn batch(world: &World, hand: &Hand, base: &[u8], files: usize) -> Result<f64> {
    let order = ours::order(hand, signing::file_hash(&base)?);
    let terms = world.terms();
    let start = Instant::now();
    let items: Vec<Item<'_>> =
        (0..files).map(|_| Item { order: &order, base: &base, base_hash: order.base }).collect();
    let mut passed = 0;
    let mut other = None;
    signing::run_batch(
        &hand.signer,
        &items,
        &terms,
        Timestamp::now(),
        |bytes| hand.sign(bytes),
        |_, outcome| match outcome {
            Ok(Outcome::Proven { .. }) => passed += 1,
            Ok(outcome) => other = Some(format!("{outcome:?}")),
            Err(error) => other = Some(format!("{error:?}")),
        },
    );
    let rate = files as f64 / start.elapsed().as_secs_f64();
    ensure!(passed == files, "{passed} of {files} passed: {}", other.unwrap_or_default());
    Ok(rate)
}

fn one_by_one(
    world: &World,
    hand: &Hand,
    base: &[u8],
    files: usize,
    validated: bool,
) -> Result<f64> {
    let terms = world.terms();
    let order = ours::order(hand, signing::file_hash(&base)?);
    let start = Instant::now();
    for _ in 0..files {
        let digest = BaseDigest::of(&base)?;
        let now = Timestamp::now();
        let state = signing::begin(&order, &hand.signer, &base, digest, Room::default(), now)?;
        let value = hand.sign(state.bytes())?;
        let candidate = state.with_value(&hand.signer, value)?.finish()?.context("room")?;
        if !validated {
            continue;
        }
        let report = candidate.judge(&candidate.read(&base), &terms, now);
        match candidate.settle(report, StatusRule::Required, Earlier::None) {
            Outcome::Proven { .. } => {}
            outcome => return Err(anyhow!("not passed: {outcome:?}")),
        }
    }
    Ok(files as f64 / start.elapsed().as_secs_f64())
}

pub(super) fn print(rates: &[Rate], inputs: &Inputs) {
    println!(
        "signing in process, files per second, median of {ROUNDS} rounds ({}: {} bytes, {}: {} bytes)",
        inputs.small.name, inputs.small.bytes, inputs.result.name, inputs.result.bytes
    );
    println!(
        "{:22} {:>10} {:>22} {:>22} {:>22}",
        "", "C_Sign", "batch, validated", "one by one, validated", "one by one, unvalid."
    );
    for rate in rates {
        let cell = |files: f64| format!("{files:.0} ({:.0} %)", 100.0 * files / rate.token);
        println!(
            "{:22} {:>10.0} {:>22} {:>22} {:>22}",
            format!("{}, {}", rate.input, rate.key),
            rate.token,
            cell(rate.batch),
            cell(rate.one_by_one),
            cell(rate.unvalidated)
        );
    }
    println!(
        "The product always validates: the batch is held to the goal, one by one is what a single file gets.\n"
    );
}
