//! Files that EU DSS and pyHanko signed, with the lab's tokens and timestamps: levels B and T, once
//! and twice, xref table and xref stream. All are accepted; with one byte changed none is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use e2e::Desk;
use lab::documents;
use serde_json::Value;

use crate::show;

#[path = "foreign/flips.rs"]
mod flips;

/// One file of another producer.
struct Foreign {
    name: String,
    path: PathBuf,
    level: &'static str,
    signatures: usize,
    /// The certificate that signed.
    leaf: Vec<u8>,
}

struct World {
    desk: Desk,
    files: Vec<Foreign>,
}

#[test]
fn files_of_other_producers_are_accepted() {
    let world = world();
    let mut rows = vec![show::row(["file", "signatures", "level", "conclusion", "later changes"])];
    let mut wrong = vec![];
    for file in &world.files {
        let (report, exit) = world.desk.verified(&file.path, &[]).unwrap();
        let signatures = report["signatures"].as_array().cloned().unwrap_or_default();
        let level = format!("PAdES-BASELINE-{}", file.level);
        let all = signatures.len() == file.signatures
            && signatures
                .iter()
                .all(|s| s["level"] == level.as_str() && s["integrity"] == "intact");
        if exit != 0 || report["conclusion"] != "TOTAL_PASSED" || !all {
            wrong.push(format!("{}: exit {exit}\n{}", file.name, world.desk.told(&file.path)));
        }
        let word = |key: &str| report[key].as_str().unwrap_or("?").to_owned();
        let count = signatures.len().to_string();
        let levels: Vec<&str> = signatures.iter().filter_map(|s| s["level"].as_str()).collect();
        rows.push(show::row([
            &file.name,
            &count,
            levels.first().unwrap_or(&"?"),
            &word("conclusion"),
            &word("later_changes"),
        ]));
    }
    show::table("files of EU DSS and pyHanko, by antin verify", &rows);
    assert_eq!(world.files.len(), 16);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_byte_changed_is_refused() {
    let world = world();
    let mut rows = vec![show::row(["file", "changed", "refused", "TOTAL_FAILED", "other"])];
    let mut wrong = vec![];
    for file in &world.files {
        let folder = tempfile::tempdir().unwrap();
        let flips = flips::of(&std::fs::read(&file.path).unwrap(), &file.leaf);
        let original = std::fs::read(&file.path).unwrap();
        let mut paths = vec![];
        for flip in &flips {
            let mut bytes = original.clone();
            bytes[flip.at] ^= flip.mask;
            let path = folder.path().join(format!("{}.pdf", flip.at));
            std::fs::write(&path, bytes).unwrap();
            paths.push(path);
        }
        let (reports, exit) = world.verify_all(&paths).unwrap();
        assert_eq!(reports.len(), flips.len(), "{}: an answer for each", file.name);
        let mut others = std::collections::BTreeMap::<String, usize>::new();
        for (flip, report) in flips.iter().zip(&reports) {
            let conclusion = report["conclusion"].as_str().unwrap_or("no report");
            *others.entry(conclusion.to_owned()).or_default() += 1;
            if conclusion == "TOTAL_PASSED" || conclusion == "no report" {
                wrong.push(format!("{}: {} at {}: {report}", file.name, flip.place, flip.at));
            }
        }
        if exit != 1 {
            wrong.push(format!("{}: exit {exit}, not 1", file.name));
        }
        let passed = others.remove("TOTAL_PASSED").unwrap_or(0);
        let failed = others.remove("TOTAL_FAILED").unwrap_or(0);
        rows.push(show::row([
            &file.name,
            &flips.len().to_string(),
            &(flips.len() - passed).to_string(),
            &failed.to_string(),
            &others.iter().map(|(word, n)| format!("{word} {n}")).collect::<Vec<_>>().join(", "),
        ]));
    }
    show::table("the same with one byte changed, by antin verify", &rows);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl World {
    /// One process for all: a report a file, and the exit number.
    fn verify_all(&self, files: &[PathBuf]) -> Result<(Vec<Value>, i32)> {
        let lab = &self.desk.lab;
        let done = self
            .desk
            .command()?
            .args(["verify", "--json", "--offline", "--crl"])
            .arg(lab.crl_dir())
            .arg("--cert")
            .arg(&lab.certificate("issuing")?.pem_path)
            .args(files)
            .output()?;
        let said = String::from_utf8_lossy(&done.stdout);
        let reports = said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok((reports, done.status.code().unwrap_or(-1)))
    }
}

/// The report as people read it, for a test that fails.
trait Told {
    fn told(&self, file: &Path) -> String;
}

impl Told for Desk {
    fn told(&self, file: &Path) -> String {
        let done = self.run([Path::new("verify"), file]);
        done.map_or_else(|e| format!("{e:#}"), |done| format!("{}{}", done.stdout, done.stderr))
    }
}

fn world() -> &'static World {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    let world = WORLD.get_or_init(|| produce().map_err(|e| format!("{e:#}")));
    world.as_ref().unwrap_or_else(|e| panic!("{e}"))
}

fn produce() -> Result<World> {
    let folder = show::folder("foreign")?;
    let desk = Desk::within(&folder)?;
    let made = documents::household_business("2026-01-05T02:30:00Z".parse()?)?;
    let rewritten = documents::rewritten()?;
    let rewritten = rewritten.iter().find(|d| d.name == "ho-kinh-doanh-xref-stream");
    let stream = rewritten.context("no document with an xref stream")?;
    let bases = [
        ("table", desk.write("table.pdf", &made.pdf)?),
        ("stream", desk.write("stream.pdf", &stream.pdf)?),
    ];
    let mut files = vec![];
    for (level, holder) in [("B", "official2"), ("T", "seal")] {
        for producer in [Producer::PyHanko, Producer::Dss] {
            let mut list = String::new();
            for (form, base) in &bases {
                let once = folder.join(format!("{}-{form}-{level}.pdf", producer.name()));
                let twice = folder.join(format!("{}-{form}-{level}{level}.pdf", producer.name()));
                let [first, second] = producer.boxes();
                list += &format!("{}\t{}\t{first}\n", base.display(), once.display());
                list += &format!("{}\t{}\t{second}\n", once.display(), twice.display());
                for (path, signatures) in [(once, 1), (twice, 2)] {
                    let name = path.file_stem().context("no name")?.to_string_lossy().into_owned();
                    let leaf = desk.lab.certificate(holder)?.der.clone();
                    files.push(Foreign { name, path, level, signatures, leaf });
                }
            }
            let list = desk.write(&format!("{}-{level}.tsv", producer.name()), list.as_bytes())?;
            producer.sign(&desk, &list, level, holder)?;
        }
    }
    Ok(World { desk, files })
}

#[derive(Clone, Copy)]
enum Producer {
    PyHanko,
    Dss,
}

impl Producer {
    fn name(self) -> &'static str {
        match self {
            Producer::PyHanko => "pyhanko",
            Producer::Dss => "dss",
        }
    }

    /// Two places below the text, as each producer takes them: corners from the lower left, or
    /// corner and size from the upper left, in points.
    fn boxes(self) -> [&'static str; 2] {
        match self {
            Producer::PyHanko => ["60,60,260,120", "300,60,500,120"],
            Producer::Dss => ["60,722,200,60", "300,722,200,60"],
        }
    }

    fn sign(self, desk: &Desk, list: &Path, level: &str, holder: &str) -> Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut command = match self {
            Producer::PyHanko => {
                let mut command = Command::new(root.join("var/venv/bin/python"));
                command.arg(root.join("tests/judges/py/sign.py"));
                command.args(["--token", holder, "--cert-label", holder, "--key-label", holder]);
                command
            }
            Producer::Dss => {
                let judges = root.join("var/judges/dss");
                let judges = judges.display();
                let mut command = Command::new("java");
                command.args(["-Xmx1g", "-Djava.awt.headless=true", "-cp"]);
                command.arg(format!("{judges}/classes:{judges}/lib/*")).arg("Sign");
                command.args(["--slot", &slot(desk, holder)?]);
                command
            }
        };
        command.arg("--module").arg(lab::softhsm_module()?);
        command.arg("--pin-file").arg(desk.lab.pin_file(holder));
        command.arg("--chain").arg(&desk.lab.certificate("issuing")?.pem_path);
        command.args(["--visible", "--level", level, "--list"]).arg(list);
        if level == "T" {
            command.args(["--tsa", &desk.servers.tsa_url()]);
        }
        let _turn = e2e::turn();
        let done = command.envs(lab::env(desk.lab.dir())).output();
        let done = done.with_context(|| format!("{}: run make setup", self.name()))?;
        ensure!(
            done.status.success(),
            "{} did not sign:\n{}{}",
            self.name(),
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(())
    }
}

/// The number of the holder's slot, as SunPKCS11 wants it.
fn slot(desk: &Desk, holder: &str) -> Result<String> {
    let module = lab::softhsm_module()?.display().to_string();
    let listed = desk.run(["token", "list", "--module", &module, "--json"])?.json()?;
    let tokens = listed["tokens"].as_array().context("no tokens")?;
    let token = tokens.iter().find(|t| t["label"] == holder).context("the token is not listed")?;
    Ok(token["slot"].to_string())
}
