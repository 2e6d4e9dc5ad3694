//! The process that opens tokens stays small: no web server and no database below it. And whoever
//! only talks to it is built without anything that could open a token.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Findings;

/// Built into the engine: none of these.
const NEVER_BELOW_ENGINE: &[&str] = &["askama", "axum", "axum-server", "object_store", "sqlx"];
/// Built into a client, or into a crate that has one: none of these.
const NEVER_BELOW_CLIENT: &[&str] = &["cryptoki", "cryptoki-sys", "token"];
/// Crates that talk to the signer.
const CLIENTS: &[&str] = &["signer", "office", "server"];

pub(super) fn check(root: &Path, findings: &mut Findings) -> Result<()> {
    let engine = built_into(root, "signer", &["--features", "engine"])?;
    if !engine.contains("token") {
        findings
            .error("signer: feature engine does not build the token crate: this check is blind");
    }
    for name in NEVER_BELOW_ENGINE.iter().filter(|n| engine.contains(**n)) {
        findings.error(format!("signer with feature engine has {name} built into it"));
    }
    for client in CLIENTS {
        let below = built_into(root, client, &[])?;
        for name in NEVER_BELOW_CLIENT.iter().filter(|n| below.contains(**n)) {
            findings
                .error(format!("{client} has {name} built into it: only the signer opens tokens"));
        }
    }
    Ok(())
}

/// Names in `cargo tree` of this package alone, with just these features.
fn built_into(root: &Path, package: &str, features: &[&str]) -> Result<BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--package", package])
        .args(features)
        .current_dir(root)
        .output()
        .context("cargo tree")?;
    if !output.status.success() {
        bail!("cargo tree -p {package}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}
