//! The comparisons, by turns: in each round every tool signs the same documents, and every tool judges what we
//! signed. How often is a plan a tool, so that slow ones do not make the run long.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::inputs::{HUGE, Input, Inputs, LARGE, OBJECTS, RESULT, SMALL};
use super::peers::{Line, Task, Tools};
use super::process;
use super::samples::{Samples, Tool};
use super::world::{HOLDER, KEY, World};

const ROUNDS: usize = 2;

/// Names of tasks, as the tables print them.
pub(super) fn signing_in_memory(input: &str) -> String {
    format!("sign in memory, {input}")
}
pub(super) fn signing(input: &str) -> String {
    format!("sign file to file, {input}")
}
pub(super) fn verifying(input: &str, signatures: usize) -> String {
    format!("verify, {input}, {signatures} signature{}", if signatures == 1 { "" } else { "s" })
}

/// How often in a process, and how many of these first ones are warming up and not counted.
type Times = (usize, usize);

pub(super) fn run(world: &World, tools: &Tools, inputs: &Inputs) -> Result<Samples> {
    let mut rounds = Rounds { world, tools, inputs, samples: Samples::default() };
    fs::create_dir_all(rounds.out())?;
    for round in 1..=ROUNDS {
        for tool in PEERS {
            println!("round {round} of {ROUNDS}: {} signs", tool.name());
            rounds.sign(tool)?;
        }
        rounds.huge(round)?;
        let signed = rounds.signed()?;
        for tool in PEERS {
            println!("round {round} of {ROUNDS}: {} judges", tool.name());
            rounds.judge(tool, &signed)?;
        }
        println!("round {round} of {ROUNDS}: antin verify and pdfsig judge");
        rounds.judge_from_cold(&signed)?;
    }
    println!();
    Ok(rounds.samples)
}

const PEERS: [Tool; 3] = [Tool::Ours, Tool::PyHanko, Tool::Dss];

struct Rounds<'a> {
    world: &'a World,
    tools: &'a Tools,
    inputs: &'a Inputs,
    samples: Samples,
}

/// A file that we signed.
struct Signed {
    task: String,
    input: &'static str,
    signatures: usize,
    path: PathBuf,
}

/// A line of a list, how often, and what it is called.
struct Work {
    task: String,
    line: String,
    times: Times,
}

impl Rounds<'_> {
    fn out(&self) -> PathBuf {
        self.world.dir.join("out")
    }

    fn target(&self, tool: Tool, input: &Input) -> PathBuf {
        let name = input.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.out().join(format!("{}-{name}", tool.name().replace(' ', "-").to_lowercase()))
    }

    fn sign(&mut self, tool: Tool) -> Result<()> {
        let small = &self.inputs.small;
        let target = self.target(tool, small);
        let memory = Work {
            task: signing_in_memory(SMALL),
            line: pair(&small.path, &target),
            times: times_in_memory(tool),
        };
        self.perform(tool, Task::SignInMemory, &[memory])?;
        let files: Vec<Work> = self
            .inputs
            .all
            .iter()
            .map(|input| Work {
                task: signing(input.name),
                line: pair(&input.path, &self.target(tool, input)),
                times: times_to_sign(tool, input.name),
            })
            .collect();
        self.perform(tool, Task::Sign, &files)
    }

    /// 200 MB: the command, and the yardstick of hashing the file once.
    fn huge(&mut self, round: usize) -> Result<()> {
        let Some(input) = self.inputs.all.iter().find(|i| i.name == HUGE) else { return Ok(()) };
        let (task, world) = (signing(HUGE), self.world);
        let target = self.out().join("antin.pdf").display().to_string();
        let mut command = vec!["sign".to_owned(), input.path.display().to_string()];
        command.extend([
            "-o".to_owned(),
            target,
            "--offline".to_owned(),
            "--padding=pkcs1".to_owned(),
        ]);
        command.extend(["--module".to_owned(), world.module.display().to_string()]);
        command.extend([
            "--token".to_owned(),
            HOLDER.to_owned(),
            "--key".to_owned(),
            KEY.to_owned(),
        ]);
        command.extend(["--pin-file".to_owned(), world.lab.pin_file(HOLDER).display().to_string()]);
        for flag in world.flags()? {
            command.push(if flag == "--cert" { "--chain".to_owned() } else { flag });
        }
        let hash = ["dgst".to_owned(), "-sha256".to_owned(), input.path.display().to_string()];
        for _ in 0..2 {
            let ms = process::wall_ms(Path::new("openssl"), &hash)?;
            self.samples.add(&task, Tool::Openssl, &[ms], None);
            let ms = process::wall_ms(&self.tools.antin, &command)?;
            self.samples.add(&task, Tool::Antin, &[ms], None);
        }
        if round == 1 {
            let peak = process::peak_of(&self.tools.antin, &command)?;
            self.samples.add(&task, Tool::Antin, &[], Some(peak));
        }
        Ok(())
    }

    /// What we signed in this round, and signed a second time.
    fn signed(&self) -> Result<Vec<Signed>> {
        let mut signed = vec![];
        let mut again = String::new();
        for input in self.inputs.all.iter().filter(|i| [SMALL, LARGE, OBJECTS].contains(&i.name)) {
            let once = self.target(Tool::Ours, input);
            let twice = once.with_extension("twice.pdf");
            again.push_str(&format!("{}\n", pair(&once, &twice)));
            for (signatures, path) in [(1, once), (2, twice)] {
                let task = verifying(input.name, signatures);
                signed.push(Signed { task, input: input.name, signatures, path });
            }
        }
        self.tools.ours(Task::Sign, &self.list(&again)?)?;
        Ok(signed)
    }

    fn judge(&mut self, tool: Tool, signed: &[Signed]) -> Result<()> {
        let work: Vec<Work> = signed
            .iter()
            .map(|file| Work {
                task: file.task.clone(),
                line: file.path.display().to_string(),
                times: times_to_verify(tool, file.input, file.signatures),
            })
            .collect();
        self.perform(tool, Task::Verify, &work)
    }

    fn judge_from_cold(&mut self, signed: &[Signed]) -> Result<()> {
        let pdfsig_flags = self.tools.pdfsig(self.world)?;
        for file in signed {
            let path = file.path.display().to_string();
            let mut verify = vec!["verify".to_owned(), path.clone(), "--offline".to_owned()];
            verify.extend(self.world.flags()?);
            let mut pdfsig = pdfsig_flags.clone();
            pdfsig.push(path);
            let repeats = if file.input == SMALL { 15 } else { 4 };
            for _ in 0..repeats {
                let ms = process::wall_ms(&self.tools.antin, &verify)?;
                self.samples.add(&file.task, Tool::Antin, &[ms], None);
                let ms = process::wall_ms(Path::new("pdfsig"), &pdfsig)?;
                self.samples.add(&file.task, Tool::Pdfsig, &[ms], None);
            }
            let peak = process::peak_of(&self.tools.antin, &verify)?;
            self.samples.add(&file.task, Tool::Antin, &[], Some(peak));
            let peak = process::peak_of(Path::new("pdfsig"), &pdfsig)?;
            self.samples.add(&file.task, Tool::Pdfsig, &[], Some(peak));
            self.accepted_by_pdfsig(file, &pdfsig)?;
        }
        Ok(())
    }

    fn accepted_by_pdfsig(&self, file: &Signed, arguments: &[String]) -> Result<()> {
        let done = std::process::Command::new("pdfsig").args(arguments).output()?;
        let said = String::from_utf8_lossy(&done.stdout);
        let valid = said.matches("Signature Validation: Signature is Valid.").count();
        ensure!(valid == file.signatures, "pdfsig does not accept {}: {said}", file.path.display());
        Ok(())
    }

    fn perform(&mut self, tool: Tool, task: Task, work: &[Work]) -> Result<()> {
        let mut list = String::new();
        for one in work {
            list.push_str(&format!("{}\n", one.line).repeat(one.times.0));
        }
        let list = self.list(&list)?;
        let lines = match tool {
            Tool::PyHanko => self.tools.pyhanko(self.world, task, &list)?,
            Tool::Dss => self.tools.dss(self.world, task, &list)?,
            _ => self.tools.ours(task, &list)?,
        };
        let mut answers: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        for line in &lines {
            if task == Task::Verify {
                accepted(tool, line)?;
            }
            answers.entry(&line.file).or_default().push(line);
        }
        for one in work {
            let file = one.line.split('\t').next().unwrap_or_default();
            let of_file = answers.get(file).with_context(|| format!("no answer on {file}"))?;
            for line in of_file.iter().skip(one.times.1) {
                self.samples.add(&one.task, tool, &[line.ms], line.peak_kb);
            }
        }
        Ok(())
    }

    fn list(&self, text: &str) -> Result<PathBuf> {
        let path = self.world.dir.join("list.txt");
        fs::write(&path, text)?;
        Ok(path)
    }
}

fn pair(from: &Path, to: &Path) -> String {
    format!("{}\t{}", from.display(), to.display())
}

/// Ours has refused by itself what did not pass.
fn accepted(tool: Tool, line: &Line) -> Result<()> {
    let signatures = line.answer.get("signatures").and_then(Value::as_array);
    let good = |signature: &Value| match tool {
        Tool::PyHanko => signature.get("bottom_line") == Some(&Value::Bool(true)),
        Tool::Dss => signature.get("indication").and_then(Value::as_str) == Some("TOTAL_PASSED"),
        _ => true,
    };
    let accepted = match signatures {
        Some(signatures) => !signatures.is_empty() && signatures.iter().all(good),
        None => tool == Tool::Ours,
    };
    ensure!(accepted, "{} does not accept {}: {}", tool.name(), line.file, line.answer);
    Ok(())
}

/// A fresh JVM is several times slower than a warm one: its first files are not counted.
fn times_in_memory(tool: Tool) -> Times {
    match tool {
        Tool::PyHanko => (30, 3),
        Tool::Dss => (150, 100),
        _ => (200, 10),
    }
}

fn times_to_sign(tool: Tool, input: &str) -> Times {
    match (tool, input) {
        (Tool::PyHanko, SMALL | RESULT) => (12, 2),
        (Tool::PyHanko, OBJECTS) => (5, 1),
        (Tool::Dss, SMALL | RESULT) => (60, 45),
        (Tool::Dss, OBJECTS) => (8, 4),
        (Tool::PyHanko | Tool::Dss, HUGE) => (2, 1),
        (Tool::PyHanko | Tool::Dss, _) => (5, 2),
        (_, SMALL | RESULT) => (60, 5),
        (_, OBJECTS) => (20, 2),
        (_, HUGE) => (4, 1),
        _ => (8, 2),
    }
}

fn times_to_verify(tool: Tool, input: &str, signatures: usize) -> Times {
    match (tool, input, signatures) {
        (Tool::PyHanko, SMALL, _) => (15, 2),
        (Tool::PyHanko, OBJECTS, 2) => (1, 0),
        (Tool::PyHanko, ..) => (3, 1),
        (Tool::Dss, SMALL, 1) => (60, 40),
        (Tool::Dss, SMALL, _) => (15, 5),
        (Tool::Dss, OBJECTS, _) => (4, 2),
        (Tool::Dss, ..) => (3, 1),
        (_, SMALL, _) => (100, 5),
        (_, OBJECTS, _) => (15, 2),
        _ => (6, 1),
    }
}
