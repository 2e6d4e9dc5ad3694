//! Web, signer and worker are killed with -9 at random while results flow: nothing is lost, nothing
//! signed or numbered twice, the audit chain and the log stay whole, and every gap in the numbers is
//! explained. Short here; `ANTIN_KILL_SECONDS=300 ANTIN_KILL_RESULTS=500` for the long run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::flow;
use super::house::{Engine, House, PROCESSES};
use super::http::Caller;
use super::town::{self, Town};
use crate::show;

#[test]
fn killed_at_random_while_results_flow() {
    for engine in Engine::wanted() {
        if let Err(error) = run(engine) {
            panic!("{}: {error:?}", engine.name());
        }
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn run(engine: Engine) -> Result<()> {
    let seconds = setting("ANTIN_KILL_SECONDS", 20);
    let wanted = usize::try_from(setting("ANTIN_KILL_RESULTS", 12))?;
    let house = House::open("kills", engine)?;
    let town = Town::build(&house, "anlanh", None)?;
    let pdf = town::document()?.pdf;
    let (over, killed) = (AtomicBool::new(false), AtomicUsize::new(0));
    let began = Instant::now();
    let ids = std::thread::scope(|scope| -> Result<Vec<String>> {
        let killer = scope.spawn(|| kill(&house, seconds, &over, &killed));
        let flowed = flow_all(&house, &town, &pdf, wanted, began, Duration::from_secs(seconds));
        over.store(true, Ordering::SeqCst);
        killer.join().map_err(|_| anyhow::anyhow!("the killer fell over"))??;
        flowed
    })?;
    // All are up again: what was on its way arrives.
    finish(&house, &town, &ids)?;
    whole(&house, &town, &ids)?;
    let rows = vec![
        show::row(["killed", "results issued", "seconds"]),
        show::row([
            &killed.load(Ordering::SeqCst).to_string(),
            &ids.len().to_string(),
            &began.elapsed().as_secs().to_string(),
        ]),
    ];
    show::table(&format!("killed with -9 at random, {}", engine.name()), &rows);
    Ok(())
}

/// One of the three, again and again, and up again at once.
fn kill(house: &House, seconds: u64, over: &AtomicBool, killed: &AtomicUsize) -> Result<()> {
    let mut random = u64::from(std::process::id()) << 20 | 0x9e37;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) && !over.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(300 + next() % 2200));
        let process = PROCESSES[usize::try_from(next() % 3)?];
        house.kill(process)?;
        killed.fetch_add(1, Ordering::SeqCst);
        house.start(process)?;
    }
    Ok(())
}

/// Submits and pushes each a step on, as long as the killing goes on and until all were sent.
fn flow_all(
    house: &House,
    town: &Town,
    pdf: &[u8],
    wanted: usize,
    began: Instant,
    time: Duration,
) -> Result<Vec<String>> {
    let mut ids: Vec<String> = vec![];
    while ids.len() < wanted || began.elapsed() < time {
        if ids.len() < wanted {
            let data = town.submission(&format!("Kết quả thứ {}", ids.len() + 1));
            // The sample client repeats with the same key until it is answered.
            if let Ok(id) = flow::submit(house, town, &data, pdf) {
                assert!(!ids.contains(&id), "{id} came twice");
                ids.push(id);
            }
        }
        for id in &ids {
            // Whatever fails here is tried again later: that is the point.
            let _ = push(house, town, id);
        }
        if ids.len() >= wanted {
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    Ok(ids)
}

/// The next step of one result.
fn push(house: &House, town: &Town, id: &str) -> Result<String> {
    let result = flow::result(&town.client, id)?;
    if !result["in_hand_until"].is_null() {
        return Ok("in hand".into());
    }
    let state = result["state"].as_str().context("state")?.to_owned();
    let item = [flow::item(&result)];
    match state.as_str() {
        "submitted" => drop(flow::approve(town, id)?),
        "approved" => {
            let official = town.person("chutich");
            flow::activate(official, &town.official_key, &item, &house.pin("official")?)?.good()?;
        }
        "signed" | "numbered" => {
            let clerk = town.person("vanthu");
            flow::activate(clerk, &town.seal_key, &item, &house.pin("seal")?)?.good()?;
        }
        "sealed" => drop(flow::issue(town, id)?),
        _ => {}
    }
    Ok(state)
}

fn finish(house: &House, town: &Town, ids: &[String]) -> Result<()> {
    // An activation whose signer died ends with its time: five minutes and the grace.
    let began = Instant::now();
    loop {
        let mut states: BTreeMap<String, usize> = BTreeMap::new();
        for id in ids {
            *states
                .entry(push(house, town, id).unwrap_or_else(|e| format!("{e:#}")))
                .or_default() += 1;
        }
        if states.get("issued") == Some(&ids.len()) {
            return Ok(());
        }
        if began.elapsed() > Duration::from_secs(480) {
            bail!("after eight minutes: {states:?}");
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn whole(house: &House, town: &Town, ids: &[String]) -> Result<()> {
    let clerk = town.person("vanthu");
    let mut numbers = BTreeMap::new();
    for id in ids {
        let result = flow::result(clerk, id)?;
        let number = result["number"].as_str().context("number")?.to_owned();
        if let Some(other) = numbers.insert(number.clone(), id) {
            bail!("{number} twice: {other} {id}");
        }
        let file = clerk.get(&format!("/api/v1/results/{id}/file"))?;
        let path = house.path(&format!("{id}.pdf"));
        std::fs::write(&path, &file.body)?;
        let done = house.command()?.arg("verify").arg(&path).arg("--json").output()?;
        let report: Value = serde_json::from_slice(&done.stdout)?;
        assert_eq!(report["conclusion"], "TOTAL_PASSED", "{report}");
        assert_eq!(report["signatures"].as_array().map(Vec::len), Some(3), "{id} was signed twice");
        let code = result["code"].as_str().context("code")?;
        flow::wait_for_verdict(house, code, "valid")?;
        std::fs::remove_file(path)?;
    }
    let register = clerk.get(&format!("/api/v1/registers/{}", town.register))?.good()?;
    assert_eq!(register["unexplained"], json!([]), "{register}");
    // One leaf for each issue, and a chain without gaps.
    let issued = house.count("SELECT count(*) FROM leaves WHERE kind = 'issue'")?;
    assert_eq!(issued, ids.len() as u64);
    let gaps = house.count(
        "SELECT count(*) FROM audit a WHERE a.chain_index > 0 AND NOT EXISTS \
         (SELECT 1 FROM audit b WHERE b.chain_index = a.chain_index - 1)",
    )?;
    assert_eq!(gaps, 0, "the audit chain has gaps");
    house.log_verified()?;
    let health = Caller::nobody(house.staff).get("/health")?;
    assert_eq!(health.status, 200, "{}", String::from_utf8_lossy(&health.body));
    Ok(())
}
