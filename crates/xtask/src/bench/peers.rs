//! The peers as programs: lists in, JSON lines out (tests/judges/README.md).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::process;
use super::world::{AUTHORITIES, HOLDER, KEY, World, crl};

pub(super) struct Tools {
    root: PathBuf,
    pub(super) antin: PathBuf,
    python: PathBuf,
    class_path: String,
}

/// One line of an answer.
pub(super) struct Line {
    pub(super) file: String,
    pub(super) ms: f64,
    pub(super) peak_kb: Option<u64>,
    pub(super) answer: Value,
}

/// What is done with the lines of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Sign,
    SignInMemory,
    Verify,
}

impl Tools {
    pub(super) fn find(root: &Path) -> Result<Tools> {
        let python = root.join("var/venv/bin/python");
        let dss = root.join("var/judges/dss");
        for needed in [python.clone(), dss.join("classes/Sign.class"), dss.join("lib")] {
            ensure!(needed.exists(), "{} is missing: run make setup", needed.display());
        }
        let class_path = format!("{0}/classes:{0}/lib/*", dss.display());
        Ok(Tools { root: root.to_owned(), antin: process::antin(root), python, class_path })
    }

    /// This program as a peer among peers.
    pub(super) fn ours(&self, task: Task, list: &Path) -> Result<Vec<Line>> {
        let task = match task {
            Task::Sign => "sign",
            Task::SignInMemory => "sign-in-memory",
            Task::Verify => "verify",
        };
        let mut command = Command::new(std::env::current_exe()?);
        lines(command.args(["bench", "child", task]).arg(list))
    }

    pub(super) fn pyhanko(&self, world: &World, task: Task, list: &Path) -> Result<Vec<Line>> {
        let scripts = self.root.join("tests/judges/py");
        let mut command = Command::new(&self.python);
        if task == Task::Verify {
            command.arg(scripts.join("judge.py")).args(world.flags()?);
        } else {
            command.arg(scripts.join("sign.py")).arg("--module").arg(&world.module);
            command.args(["--token", HOLDER, "--cert-label", KEY, "--key-label", KEY]);
            command.arg("--pin-file").arg(world.lab.pin_file(HOLDER));
            command.arg("--chain").arg(&world.lab.certificate("issuing")?.pem_path);
        }
        if task == Task::SignInMemory {
            command.arg("--in-memory");
        }
        lines(command.arg("--list").arg(list))
    }

    pub(super) fn dss(&self, world: &World, task: Task, list: &Path) -> Result<Vec<Line>> {
        let mut command = Command::new("java");
        command.args(["-Xmx4g", "-Djava.awt.headless=true", "-cp", &self.class_path]);
        if task == Task::Verify {
            command.arg("Judge").args(world.flags()?);
        } else {
            let slot = world.lab.session(HOLDER)?.token().slot_id.to_string();
            command.arg("Sign").arg("--module").arg(&world.module);
            command.args(["--slot", &slot, "--key", KEY]);
            command.arg("--pin-file").arg(world.lab.pin_file(HOLDER));
            command.arg("--chain").arg(&world.lab.certificate("issuing")?.pem_path);
        }
        if task == Task::SignInMemory {
            command.arg("--in-memory");
        }
        lines(command.arg("--list").arg(list))
    }

    /// A trust store for pdfsig, and its arguments. The CRLs go in too: see tests/judges/README.md.
    pub(super) fn pdfsig(&self, world: &World) -> Result<Vec<String>> {
        let nss = world.dir.join("nss");
        let _ = fs::remove_dir_all(&nss);
        fs::create_dir_all(&nss)?;
        let store = format!("sql:{}", nss.display());
        succeed(Command::new("certutil").args(["-N", "-d", &store, "--empty-password"]))?;
        for (name, trust) in [("root", "C,C,C"), ("issuing", ",,")] {
            let mut add = Command::new("certutil");
            add.args(["-A", "-d", &store, "-n", name, "-t", trust, "-i"]);
            succeed(add.arg(&world.lab.certificate(name)?.pem_path))?;
        }
        for authority in AUTHORITIES {
            let mut import = Command::new("crlutil");
            succeed(import.args(["-I", "-d", &store, "-i"]).arg(crl(&world.lab, authority)))?;
        }
        Ok(vec!["-nssdir".to_owned(), store, "-no-ocsp".to_owned()])
    }
}

fn lines(command: &mut Command) -> Result<Vec<Line>> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().with_context(|| program.clone())?;
    let text = String::from_utf8_lossy(&done.stdout);
    let mut lines = vec![];
    for line in text.lines().filter(|l| l.starts_with('{')) {
        let answer: Value = serde_json::from_str(line).with_context(|| program.clone())?;
        if let Some(error) = answer.get("error").and_then(Value::as_str) {
            bail!("{program}: {line}: {error}");
        }
        let file = answer.get("file").or(answer.get("in")).and_then(Value::as_str);
        lines.push(Line {
            file: file.unwrap_or_default().to_owned(),
            ms: answer.get("median_ms").and_then(Value::as_f64).context("no time")?,
            peak_kb: answer.get("peak_kb").and_then(Value::as_u64),
            answer,
        });
    }
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{program}: {}: {said}", done.status);
    Ok(lines)
}

fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().with_context(|| program.clone())?;
    ensure!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}
