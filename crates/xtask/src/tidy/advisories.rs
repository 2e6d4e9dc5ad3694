//! `cargo deny check advisories`, where cargo-deny is installed and its database can be had.

use std::path::Path;
use std::process::Command;

use super::Findings;

pub(super) fn check(root: &Path, findings: &mut Findings) {
    let deny = |arguments: &[&str]| {
        Command::new("cargo").arg("deny").args(arguments).current_dir(root).output()
    };
    if !deny(&["--version"]).is_ok_and(|o| o.status.success()) {
        findings.warn("advisories not asked: `cargo install cargo-deny` brings the tool");
        return;
    }
    if !deny(&["fetch", "db"]).is_ok_and(|o| o.status.success()) {
        findings.warn("advisories not asked: the advisory database cannot be fetched here");
        return;
    }
    match deny(&["check", "--disable-fetch", "advisories"]) {
        Ok(output) if output.status.success() => {}
        Ok(output) => findings.error(format!(
            "cargo deny check advisories:\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        )),
        Err(error) => findings.error(format!("cargo deny: {error}")),
    }
}
