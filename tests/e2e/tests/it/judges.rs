//! The outside judges look at every signed file once, and at the documents before they were signed.

use std::process::Command;

use serde_json::Value;

use crate::made::{Signed, made};
use crate::show;

#[test]
fn every_judge_accepts_every_signed_file() {
    let made = made();
    let folder = show::folder("judges").unwrap();
    let list = folder.join("files.tsv");
    let mut lines = String::new();
    for signed in &made.files {
        // All documents of the lab are PDF/A-2b before; so they must be after.
        lines.push_str(&format!("{}\tunsigned\t2b\n", signed.base().display()));
        lines.push_str(&format!("{}\t{}\t2b\n", signed.last().display(), levels(signed)));
    }
    std::fs::write(&list, lines).unwrap();
    let lab = &made.desk.lab;
    let certificate = |name: &str| lab.certificate(name).unwrap().pem_path.clone();
    let crl = |name: &str| lab.crl_dir().join(format!("{name}.crl"));
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let done = Command::new("tests/judges/run")
        .current_dir(root)
        .arg("--trust")
        .arg(certificate("root"))
        .arg("--cert")
        .arg(certificate("issuing"))
        .arg("--crl")
        .arg(crl("root"))
        .arg("--crl")
        .arg(crl("issuing"))
        .arg("--list")
        .arg(&list)
        .arg("--out")
        .arg(&folder)
        .output()
        .unwrap();
    let (table, words) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    println!("\n-- our files, by the outside judges\n{}", without_the_unsigned(&table));
    assert!(done.status.success(), "{}\n{table}{words}", done.status);
    all_were_asked(
        made.files.as_slice(),
        &std::fs::read_to_string(folder.join("results.json")).unwrap(),
    );
}

/// One for all where they agree; else one for each, as the judges' list wants it.
fn levels(signed: &Signed) -> String {
    let levels: Vec<&str> = signed.chain.signatures().iter().map(|s| s.level).collect();
    levels.join(",")
}

/// The exit number alone could hide a judge that was never asked.
fn all_were_asked(files: &[Signed], results: &str) {
    let results: Value = serde_json::from_str(results).unwrap();
    for signed in files {
        let of = |path: &std::path::Path| &results[path.display().to_string()];
        let answers = of(signed.last());
        for judge in ["dss", "verapdf", "pyhanko", "pdfsig", "qpdf", "openssl"] {
            assert_eq!(answers[judge]["verdict"], "accepted", "{}: {judge}", signed.chain.name);
        }
        let before = of(signed.base());
        for judge in ["verapdf", "qpdf"] {
            assert_eq!(
                before[judge]["verdict"], "accepted",
                "{} before: {judge}",
                signed.chain.name
            );
        }
    }
}

fn without_the_unsigned(table: &str) -> String {
    let shown = table.lines().filter(|line| !line.contains("-0.pdf "));
    shown.map(|line| format!("{line}\n")).collect()
}
