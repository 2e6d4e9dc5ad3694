//! Our crates in a process of their own, with the list of work and the JSON lines of the peers: a line a file,
//! each line once. A document is opened, signed, validated and written as `antin sign` does it, without what only a
//! command needs (a temporary name, fsync), which the peers do not do either.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::Timestamp;
use pades::Source;
use pki::{DigestAlgorithm, Digester};
use serde_json::json;
use signing::{BaseDigest, Earlier, Level, Order, Outcome, Room, StatusRule};
use validation::{Conclusion, Facts, Limits};

use super::world::{Hand, KEY, World};

/// `sign`, `sign-in-memory` or `verify` over the lines of `list`.
pub(super) fn run(world: &World, task: &str, list: &Path) -> Result<()> {
    let list = fs::read_to_string(list)?;
    let hand = if task == "verify" { None } else { Some(world.hand(KEY)?) };
    for line in list.lines() {
        forget_peak();
        let (from, to) = line.split_once('\t').unwrap_or((line, ""));
        let ms = match (task, &hand) {
            ("verify", None) => timed(|| verify(world, from))?,
            ("sign", Some(hand)) => {
                timed(|| sign_file(world, hand, Path::new(from), Path::new(to)))?
            }
            ("sign-in-memory", Some(hand)) => {
                let base = fs::read(from)?;
                let mut signed = vec![];
                let ms = timed(|| {
                    let update = sign(world, hand, &base)?;
                    signed = Vec::with_capacity(base.len() + update.tail.len());
                    signed.extend_from_slice(&base);
                    signed.extend_from_slice(&update.tail);
                    Ok(())
                })?;
                fs::write(to, signed)?;
                ms
            }
            _ => bail!("there is no task {task}"),
        };
        let key = if task == "verify" { "file" } else { "in" };
        println!("{}", json!({key: from, "error": null, "median_ms": ms, "peak_kb": peak_kb()}));
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}

fn sign_file(world: &World, hand: &Hand, from: &Path, to: &Path) -> Result<()> {
    let base = open(from)?;
    let update = sign(world, hand, base.as_ref())?;
    let mut digester = Digester::new(DigestAlgorithm::Sha256);
    let mut out = File::create(to)?;
    let mut chunk = vec![0; 256 << 10];
    let mut input = File::open(from)?;
    loop {
        let length = input.read(&mut chunk)?;
        let part = chunk.get(..length).unwrap_or_default();
        if part.is_empty() {
            break;
        }
        digester.update(part);
        out.write_all(part)?;
    }
    out.write_all(&update.tail)?;
    if digester.finish() != update.base.0 {
        bail!("{} changed while it was signed", from.display());
    }
    Ok(())
}

/// Every step of the ceremony, earlier signatures and the validation afterwards included.
fn sign(world: &World, hand: &Hand, base: &dyn Source) -> Result<pades::Update> {
    let terms = world.terms();
    let digest = BaseDigest::of(base)?;
    let earlier = match signing::read_earlier(base)? {
        None => Earlier::None,
        Some(facts) => {
            let now = Timestamp::now();
            let report = validation::judge(&facts, terms.evidence, terms.trust, terms.policy, now);
            signing::earlier(&report)?
        }
    };
    let order = order(hand, digest.hash());
    let now = Timestamp::now();
    let state = signing::begin(&order, &hand.signer, base, digest, Room::default(), now)?;
    let value = hand.sign(state.bytes())?;
    let candidate = state.with_value(&hand.signer, value)?.finish()??;
    let report = candidate.judge(&candidate.read(base), &terms, now);
    match candidate.settle(report, StatusRule::Required, earlier) {
        Outcome::Proven { update, .. } => Ok(update),
        Outcome::Unproven(unproven) => Err(anyhow!("not proven: {}", unproven.report.to_text(""))),
        Outcome::Rejected(report) => Err(anyhow!("rejected: {}", report.to_text(""))),
    }
}

/// An invisible approval signature of level B in a new field.
pub(super) fn order(hand: &Hand, base: pades::FileHash) -> Order {
    Order {
        base,
        field: None,
        appearance: None,
        certificate: hand.signer.certificate().der().to_vec(),
        algorithm: hand.signer.algorithm(),
        level: Level::B,
        certify: None,
        reason: None,
        location: None,
        name: Some(hand.signer.name()),
    }
}

/// Opened, read, judged, and the report written as JSON.
fn verify(world: &World, path: &str) -> Result<()> {
    let document = open(Path::new(path))?;
    let facts: Facts = validation::read(document.as_ref(), &Limits::default());
    let terms = world.terms();
    let now = Timestamp::now();
    let report = validation::judge(&facts, terms.evidence, terms.trust, terms.policy, now);
    let text = report.to_json(path);
    if report.conclusion != Conclusion::TotalPassed {
        bail!("{path} is not TOTAL_PASSED: {text}");
    }
    Ok(())
}

/// Small documents in memory, large ones by positioned reads, as the command does.
fn open(path: &Path) -> Result<Box<dyn Source>> {
    let fail = || path.display().to_string();
    if fs::metadata(path).with_context(fail)?.len() <= 4 << 20 {
        return Ok(Box::new(fs::read(path).with_context(fail)?));
    }
    Ok(Box::new(File::open(path).with_context(fail)?))
}

/// The peak counts from here (Linux: proc(5), clear_refs).
fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn peak_kb() -> Option<u64> {
    super::process::peak_kb(&fs::read_to_string("/proc/self/status").ok()?)
}
