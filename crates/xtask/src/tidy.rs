//! The invariants of docs/ARCHITECTURE.md that a machine can hold, from `cargo metadata` and the
//! tracked files. All of them are looked at before it fails, so that one run tells everything.

mod advisories;
mod dependencies;
mod files;
mod licences;
mod metadata;
mod signer;

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Runs every check; the error counts the findings, which are printed one a line.
pub(crate) fn run(root: &Path) -> Result<()> {
    let rules = Rules::read(root)?;
    let metadata = metadata::Metadata::ask(root)?;
    let mut findings = Findings::default();

    dependencies::check(&metadata, &rules.bans, &mut findings);
    licences::check(&metadata, &rules.licenses, &mut findings);
    files::check(root, &metadata, &mut findings)?;
    signer::check(root, &mut findings)?;
    advisories::check(root, &mut findings);

    for warning in &findings.warnings {
        println!("tidy: note: {warning}");
    }
    for error in &findings.errors {
        println!("tidy: {error}");
    }
    if !findings.errors.is_empty() {
        bail!("{} findings", findings.errors.len());
    }
    println!("tidy: {} packages and every tracked file in order", metadata.packages.len());
    Ok(())
}

#[derive(Default)]
struct Findings {
    errors: Vec<String>,
    warnings: Vec<String>,
}

impl Findings {
    fn error(&mut self, text: impl Into<String>) {
        self.errors.push(text.into());
    }

    fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }
}

/// The part of deny.toml that this task reads, so that cargo-deny and tidy share one list.
#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    name: String,
    reason: String,
    /// The crates that may bring it all the same (cargo-deny has the same key).
    #[serde(default)]
    wrappers: Vec<String>,
}

impl Rules {
    fn read(root: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(root.join("deny.toml")).context("deny.toml")?;
        toml::from_str(&text).context("deny.toml")
    }
}
