//! `cargo xtask bench` (`make bench`): signing and verifying beside the token's own rate, pyHanko, EU DSS and
//! pdfsig, all in one run and by turns, because only ratios of one run say anything on a shared machine.
//!
//! ```text
//!  inputs ─► rate     in process, on a held session: the ceremony against the token's own C_Sign
//!         ─► rounds   N times: ours, pyHanko, EU DSS, ours again … sign, then judge what we signed
//!         ─► table    what | ours | peer | ratio | goal | met or missed;  var/bench/latest.json
//! ```
//!
//! A goal that is missed is printed and decides nothing; what cannot run, or a file of ours that a judge does not
//! accept, ends the run. What is measured how: docs/operations/benchmarks.md.

mod inputs;
mod ours;
mod peers;
mod process;
mod rate;
mod rounds;
mod samples;
mod table;
mod world;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};

pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let dir = root.join("var/bench");
    std::fs::create_dir_all(&dir)?;
    lab::enter(&dir.join("lab"))?;
    if let [child, task, list] = arguments
        && child == "child"
    {
        // Ours in a process of its own, as the peers are, so that peaks of memory compare.
        return ours::run(&world::World::set_up(root)?, task, Path::new(list));
    }
    let start = Instant::now();
    let tools = peers::Tools::find(root)?;
    process::build_antin(root).context("building antin for the cold processes")?;
    let world = world::World::set_up(root)?;
    let inputs = inputs::make(&dir.join("in"))?;
    println!("{}\n", about());

    let begun = Instant::now();
    let rates = rate::run(&world, &inputs)?;
    rate::print(&rates, &inputs);
    let samples = rounds::run(&world, &tools, &inputs)?;
    let rows = table::rows(&rates, &samples);
    table::print(&samples, &rows);
    let latest = dir.join("latest.json");
    std::fs::write(&latest, table::json(&rates, &samples, &rows)?)?;
    println!(
        "\n{} s of measuring, {} s in all; every sample: {}",
        begun.elapsed().as_secs(),
        start.elapsed().as_secs(),
        latest.strip_prefix(root).unwrap_or(&latest).display()
    );
    Ok(())
}

/// Whose numbers these are.
fn about() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|l| l.strip_prefix("model name"));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{} cores,{} load before {}; {} build of ours",
        std::thread::available_parallelism().map_or(0, usize::from),
        model.map(|m| m.replace("\t: ", " ")).unwrap_or_default(),
        load.split(' ').next().unwrap_or("?"),
        if cfg!(debug_assertions) {
            "DEBUG (numbers mean nothing: use --release)"
        } else {
            "release"
        },
    )
}
