//! For tests of any crate: one lab for all of them under the target folder, and tests in a process of their own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;

use crate::{Lab, enter, env};

/// The lab that all tests share, made on first use. If the test process lacks the environment it starts itself again
/// (see [`enter`]): the harness then prints its first line twice, nothing else.
pub fn lab() -> Result<Lab> {
    static LAB: OnceLock<Lab> = OnceLock::new();
    let dir = lab_dir();
    enter(&dir)?;
    if let Some(lab) = LAB.get() {
        return Ok(lab.clone());
    }
    let lab = Lab::set_up(&dir, Timestamp::now())?;
    Ok(LAB.get_or_init(|| lab).clone())
}

/// Where [`lab`] is.
pub fn lab_dir() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target =
        target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    let dir = std::path::absolute(&target).unwrap_or(target);
    // `..` resolved, so that the path in the environment is the same from every crate.
    dir.canonicalize().unwrap_or(dir).join("test-lab")
}

/// Runs `body` in a process of its own with `envs`: for what a process can do once only (a PKCS#11 login with a
/// wrong PIN, a module with faults). `test` is the full name of the calling test, as `cargo test -- --list` prints.
pub fn isolated<K: AsRef<OsStr>, V: AsRef<OsStr>>(
    test: &str,
    envs: impl IntoIterator<Item = (K, V)>,
    body: impl FnOnce() -> Result<()>,
) -> Result<()> {
    const INSIDE: &str = "ANTIN_TEST_ISOLATED";
    if std::env::var_os(INSIDE).is_some_and(|name| name == test) {
        return body();
    }
    // Made before, so that the child does not start itself again.
    let lab = lab()?;
    let output = Command::new(std::env::current_exe()?)
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .envs(env(lab.dir()))
        .envs(envs)
        .env(INSIDE, test)
        .output()
        .context("starting the test in a process of its own")?;
    let said =
        [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    ensure!(output.status.success(), "{test} failed in its own process:\n{said}");
    ensure!(said.contains("1 passed"), "no test is named {test}:\n{said}");
    Ok(())
}
