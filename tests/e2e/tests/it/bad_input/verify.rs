//! What `antin verify` says of bad files, bad flags and bad servers.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use e2e::Done;
use lab::responder::{CrlFault, Faults, OcspFault};
use serde_json::Value;

use super::Case;
use super::attempt::{Bench, text};
use super::documents::{encrypt, sparse_gigabyte};

pub(super) const CASES: &[Case] = &[
    ("verify: 1 GB of zeros", zeros),
    ("verify: no file", absent),
    ("verify: not a PDF, empty, truncated, unsigned", not_good),
    ("verify: encrypted", encrypted),
    ("verify: several files", several),
    ("verify: wrong files beside it", beside),
    ("verify: servers lie", lying_status),
];

fn zeros(bench: &mut Bench) -> Result<()> {
    let file = bench.desk.path("khong.pdf");
    sparse_gigabyte(&file)?;
    bench.antin("verify: 1 GB of zeros", ["verify"]).word(file).within(15).gives(1, failed)
}

/// A file that cannot be read is a report, not a failure of the program.
fn failed(done: &Done) -> Result<String> {
    let report = done.json()?;
    ensure!(report["schema"] == "antin.report/1", "{report}");
    ensure!(report["conclusion"] == "TOTAL_FAILED", "{report}");
    let warning = &report["warnings"][0];
    let (vi, en) = (text(warning, "text_vi")?, text(warning, "text_en")?);
    ensure!(!vi.is_ascii() && vi != en, "one language: {warning}");
    Ok("TOTAL_FAILED".to_owned())
}

fn absent(bench: &mut Bench) -> Result<()> {
    let attempt = bench.antin("verify: no file", ["verify", "khong-co.pdf"]);
    attempt.fails("file_missing", "khong-co.pdf", "khong-co.pdf")
}

fn not_good(bench: &mut Bench) -> Result<()> {
    let whole = fs::read(&bench.document)?;
    let text = "Kính gửi: Ủy ban nhân dân phường An Lành\n".repeat(50);
    for (name, bytes) in [
        ("verify: not a PDF", text.as_bytes()),
        ("verify: empty file", b"".as_slice()),
        ("verify: PDF cut at 5 %", &whole[..whole.len() / 20]),
    ] {
        let file = bench.desk.write("hong.pdf", bytes)?;
        bench.antin(name, ["verify"]).word(file).gives(1, failed)?;
    }
    let document = bench.document.clone();
    bench.antin("verify: unsigned", ["verify"]).word(document).gives(1, |done| {
        let report = done.json()?;
        ensure!(report["conclusion"] == "NO_SIGNATURE", "{report}");
        Ok("NO_SIGNATURE".to_owned())
    })
}

fn encrypted(bench: &mut Bench) -> Result<()> {
    let file = encrypt(bench, "mat.pdf", "mat-khau")?;
    let attempt = bench.antin("verify: encrypted, no password", ["verify"]).word(&file);
    attempt.fails("password_missing", "--password-file", "--password-file")?;
    let attempt = bench.antin("verify: password file absent", ["verify"]).word(&file);
    let attempt = attempt.option("--password-file", "khong-co.txt");
    attempt.fails("file_missing", "khong-co.txt", "khong-co.txt")
}

/// The highest number of all files, and one object for each.
fn several(bench: &mut Bench) -> Result<()> {
    let good = signed(bench)?;
    let bad = bench.document.clone();
    for (name, files, exit) in [
        ("verify: one good", vec![good.as_path()], 0),
        ("verify: good and unsigned", vec![&good, &bad], 1),
        ("verify: good, absent, unsigned", vec![&good, Path::new("khong-co.pdf"), &bad], 2),
    ] {
        let mut attempt = bench.antin(name, ["verify"]);
        for file in &files {
            attempt = attempt.word(*file);
        }
        attempt.gives(exit, |done| {
            ensure!(done.stdout.lines().count() == files.len(), "not one line a file");
            let line = |line| serde_json::from_str::<Value>(line).context("not JSON");
            let reports = done.stdout.lines().map(line).collect::<Result<Vec<_>>>()?;
            let word = |r: &Value| {
                r["conclusion"].as_str().or(r["code"].as_str()).unwrap_or_default().to_owned()
            };
            Ok(reports.iter().map(word).collect::<Vec<_>>().join(" "))
        })?;
    }
    Ok(())
}

fn signed(bench: &mut Bench) -> Result<std::path::PathBuf> {
    let file = bench.desk.path("tot.pdf");
    bench.desk.signed(&bench.document, &file, "official", &[])?;
    Ok(file)
}

fn beside(bench: &mut Bench) -> Result<()> {
    let file = signed(bench)?;
    let bad = bench.desk.write("sai.bin", b"khong phai")?;
    for flag in ["--crl", "--ocsp", "--cert", "--trust", "--evidence"] {
        let attempt = bench.antin(&format!("verify: {flag} unreadable"), ["verify"]).word(&file);
        attempt.option(flag, &bad).fails("file_unreadable", "sai.bin", "sai.bin")?;
    }
    let attempt = bench.antin("verify: policy unknown", ["verify"]).word(&file);
    attempt.option("--policy", "de-dai").fails("policy_unknown", "pades-baseline", "pades-baseline")
}

fn lying_status(bench: &mut Bench) -> Result<()> {
    let file = signed(bench)?;
    for (ocsp, crl) in [
        (OcspFault::WrongSigner, CrlFault::Missing),
        (OcspFault::BrokenSignature, CrlFault::BrokenSignature),
        (OcspFault::OldThisUpdate, CrlFault::Stale),
    ] {
        bench.servers(Faults { ocsp, crl, ..Faults::default() });
        let name = format!("verify: OCSP {ocsp:?}, CRL {crl:?}");
        bench.antin(&name, ["verify"]).word(&file).gives(1, |done| {
            let report = done.json()?;
            ensure!(report["conclusion"] == "INDETERMINATE", "{report}");
            ensure!(report["missing"].as_array().is_some_and(|m| !m.is_empty()), "{report}");
            let sub = text(&report["signatures"][0], "sub_indication")?;
            Ok(format!("INDETERMINATE {sub}"))
        })?;
    }
    Ok(())
}
