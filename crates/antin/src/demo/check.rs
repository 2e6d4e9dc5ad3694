//! Nothing is believed: every result is looked at again from its file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::Stage;
use super::command::Said;

/// Each file of the chain begins with the one before; the last passes with as many signatures as
/// were made, all with timestamps.
pub(crate) fn verified(
    stage: &Stage,
    chain: &[PathBuf],
    signatures: usize,
    said: &mut Said,
) -> Result<Value> {
    for pair in chain.windows(2) {
        let [base, signed] = pair else { continue };
        let (before, after) = (fs::read(base)?, fs::read(signed)?);
        ensure!(
            after.len() > before.len() && after.starts_with(&before),
            "{} does not begin with {}",
            signed.display(),
            base.display()
        );
    }
    let file = chain.last().context("no file")?;
    let (report, code) = stage.verify(file, said)?;
    let name = file.display();
    ensure!(code == Some(0), "antin verify {name}: exit {code:?}\n{report:#}");
    ensure!(report["conclusion"] == "TOTAL_PASSED", "{name}: {}", report["conclusion"]);
    ensure!(report["later_changes"] != "not_permitted", "{name}: later changes");
    let made = report["signatures"].as_array().context("no signatures in the report")?;
    ensure!(made.len() == signatures, "{name}: {} signatures, not {signatures}", made.len());
    for signature in made {
        let field = &signature["field"];
        ensure!(signature["indication"] == "TOTAL_PASSED", "{name}: {field}");
        ensure!(
            signature["level"] == "PAdES-BASELINE-T",
            "{name}: {field}: {}",
            signature["level"]
        );
    }
    let sha256 = hex(&pki::DigestAlgorithm::Sha256.digest(&fs::read(file)?));
    ensure!(report["sha256"] == sha256.as_str(), "{name}: the report is about another file");
    Ok(report)
}

/// Pictures of all pages, drawn by poppler: a renderer that is not ours.
pub(crate) fn drawn(file: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let stem = file.file_stem().context("no name")?.to_string_lossy().into_owned();
    let done = Command::new("pdftoppm")
        .args(["-png", "-r", "100"])
        .arg(file)
        .arg(folder.join(&stem))
        .output()
        .context("pdftoppm (apt-get install poppler-utils)")?;
    if !done.status.success() {
        bail!("pdftoppm {}: {}", file.display(), String::from_utf8_lossy(&done.stderr));
    }
    let mut pages = vec![];
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let number = name.strip_prefix(&stem).and_then(|rest| rest.strip_prefix('-'));
        if number.is_some_and(|n| n.chars().all(|c| c.is_ascii_digit())) {
            pages.push(path);
        }
    }
    pages.sort();
    ensure!(!pages.is_empty(), "pdftoppm drew no page of {}", file.display());
    Ok(pages)
}

/// No holder's PIN is in what was said, written or configured.
pub(crate) fn no_pin_anywhere(stage: &Stage, said: &Said) -> Result<()> {
    let mut places: Vec<(PathBuf, Vec<u8>)> =
        vec![(PathBuf::from("output"), said.0.clone().into_bytes())];
    places.push((stage.config.clone(), fs::read(&stage.config)?));
    for folder in ["documents", "steps", "signed", "lab/certs", "lab/crl"] {
        for entry in fs::read_dir(stage.dir.join(folder))? {
            let path = entry?.path();
            let bytes = fs::read(&path)?;
            places.push((path, bytes));
        }
    }
    for holder in stage.lab.holders() {
        let pin = fs::read(stage.lab.pin_file(holder))?;
        let pin = pin.trim_ascii();
        ensure!(pin.len() >= 6, "the PIN of {holder} is too short to be looked for");
        for (place, bytes) in &places {
            let found = bytes.windows(pin.len()).any(|window| window == pin);
            ensure!(!found, "the PIN of {holder} is in {}", place.display());
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
