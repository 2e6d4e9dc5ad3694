//! Programs as a user starts them: wall time from start to end, and the peak of their memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// The command line in the build that users get.
pub(super) fn build_antin(root: &Path) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--package", "antin"])
        .current_dir(root)
        .status()?;
    ensure!(status.success(), "cargo build --release --package antin failed");
    Ok(())
}

pub(super) fn antin(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    target.join("release/antin")
}

/// Milliseconds from start to end. What it says is not of interest; that it succeeds is.
pub(super) fn wall_ms(program: &Path, arguments: &[String]) -> Result<f64> {
    let start = Instant::now();
    let status = quiet(program, arguments).status().with_context(|| named(program))?;
    let ms = start.elapsed().as_secs_f64() * 1000.0;
    succeeded(program, arguments, status)?;
    Ok(ms)
}

/// The peak of its memory, looked up each half millisecond while it runs: not for runs that are timed.
pub(super) fn peak_of(program: &Path, arguments: &[String]) -> Result<u64> {
    let mut child = quiet(program, arguments).spawn().with_context(|| named(program))?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let status = loop {
        if let Some(now) = fs::read_to_string(&status_file).ok().and_then(|s| peak_kb(&s)) {
            peak = peak.max(now);
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_micros(500));
    };
    succeeded(program, arguments, status)?;
    Ok(peak)
}

/// `VmHWM` of a /proc/…/status.
pub(super) fn peak_kb(status: &str) -> Option<u64> {
    let line = status.lines().find(|l| l.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn quiet(program: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn succeeded(program: &Path, arguments: &[String], status: ExitStatus) -> Result<()> {
    ensure!(status.success(), "{} {}: {status}", program.display(), arguments.join(" "));
    Ok(())
}

fn named(program: &Path) -> String {
    format!("starting {}", program.display())
}
