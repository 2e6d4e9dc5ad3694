//! One command with something wrong, run twice (for people and `--json`), held against what must come of it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{Desk, Done};
use lab::responder::Faults;
use p11_fault_shim::{CONTROL, Control, MODULE, module_path};
use serde_json::Value;
use tempfile::TempDir;

/// A line of the table.
pub(super) struct Row {
    pub case: String,
    pub exit: i32,
    pub code: String,
    pub sentence: String,
    /// What it took, both runs.
    pub seconds: f64,
}

/// A desk whose token is behind the fault shim, and what was found out there.
pub(super) struct Bench {
    pub desk: Desk,
    pub control: Control,
    pub rows: Vec<Row>,
    /// The unsigned document.
    pub document: PathBuf,
    /// Where the result would appear.
    pub output: PathBuf,
    tokens: TempDir,
    since: Instant,
}

impl Bench {
    pub(super) fn new() -> Result<Bench> {
        let desk = Desk::new()?;
        let document = desk.write("ban-trinh.pdf", document()?)?;
        fs::create_dir(desk.path("ra"))?;
        let output = desk.path("ra/da-ky.pdf");
        let control = Control::at(desk.path("faults"));
        control.set("")?;
        let tokens = tokens()?;
        Ok(Bench { desk, control, rows: vec![], document, output, tokens, since: Instant::now() })
    }

    /// The servers misbehave so from now on.
    pub(super) fn servers(&self, faults: Faults) {
        self.desk.servers.set_faults(faults);
    }

    /// `antin sign` by the official, whom nothing hinders.
    pub(super) fn sign(&mut self, case: &str) -> Attempt<'_> {
        let (document, output) = (self.document.clone(), self.output.clone());
        self.sign_file(case, &document, &output)
    }

    pub(super) fn sign_file(&mut self, case: &str, input: &Path, output: &Path) -> Attempt<'_> {
        let mut attempt = self.antin(case, ["sign"]).word(input).option("-o", output);
        attempt.pin_of = Some("official".to_owned());
        attempt.by("official")
    }

    pub(super) fn antin<W: Into<OsString>>(
        &mut self,
        case: &str,
        words: impl IntoIterator<Item = W>,
    ) -> Attempt<'_> {
        Attempt {
            case: case.to_owned(),
            words: words.into_iter().map(Into::into).collect(),
            options: vec![],
            faults: String::new(),
            pin_of: None,
            within: Duration::from_secs(20),
            logins: None,
            signatures: 0,
            bench: self,
        }
    }

    /// The command in its surroundings, its memory bounded.
    pub(super) fn command(&self, words: &[OsString]) -> Result<Command> {
        let plain = self.desk.command()?;
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -v \"$1\"; shift; exec \"$@\"", "sh", MEMORY_KB])
            .arg(plain.get_program())
            .args(words)
            .env(MODULE, lab::softhsm_module()?)
            .env(CONTROL, self.desk.path("faults"))
            .current_dir(self.desk.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("SOFTHSM2_CONF", self.tokens.path().join(CONF));
        Ok(command)
    }

    /// A configuration that waits for servers less long.
    pub(super) fn quick_config(&self) -> Result<PathBuf> {
        let text = format!(
            "trust = {:?}\n[hosts]\n{:?} = \"{}\"\n[tsa]\nurl = \"{}\"\n[limits]\nrequest_seconds = 1\n",
            self.desk.lab.trust_dir(),
            self.desk.lab.host(),
            self.desk.servers.address,
            self.desk.servers.tsa_url()
        );
        self.desk.write("nhanh.toml", text.as_bytes())
    }

    /// What lies at the desk: names, sizes, times of change.
    pub(super) fn world(&self) -> Result<World> {
        let mut world = World::new();
        look_at(self.desk.dir.path(), &mut world)?;
        world.retain(|path, _| !path.file_name().is_some_and(is_the_shims));
        Ok(world)
    }

    pub(super) fn row(&mut self, case: &str, done: &Done, code: &str, sentence: &str) {
        self.rows.push(Row {
            case: case.to_owned(),
            exit: done.exit,
            code: code.to_owned(),
            sentence: sentence.to_owned(),
            seconds: self.since.elapsed().as_secs_f64(),
        });
        self.since = Instant::now();
    }
}

/// Address space of the program, libraries and stacks included: far less than the file of 1 GB.
const MEMORY_KB: &str = "786432";

pub(super) type World = BTreeMap<PathBuf, (u64, SystemTime)>;

fn look_at(folder: &Path, world: &mut World) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let about = fs::symlink_metadata(&path)?;
        if about.is_dir() {
            look_at(&path, world)?;
        } else {
            world.insert(path, (about.len(), about.modified()?));
        }
    }
    Ok(())
}

fn is_the_shims(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with("faults")
}

const CONF: &str = "softhsm2.conf";

/// The lab's tokens once more, for one bench alone: SoftHSM2 writes a token's file at every login, and another process
/// that reads it at that moment sees no token.
fn tokens() -> Result<TempDir> {
    static FILES: Mutex<Vec<(PathBuf, Vec<u8>)>> = Mutex::new(vec![]);
    let mut files = FILES.lock().unwrap();
    if files.is_empty() {
        *files = at_rest(&lab::testing::lab_dir().join("tokens"))?;
    }
    let dir = tempfile::tempdir()?;
    for (path, bytes) in files.iter() {
        let copy = dir.path().join(path);
        fs::create_dir_all(copy.parent().context("a folder")?)?;
        fs::write(copy, bytes)?;
    }
    let conf = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
        dir.path().display()
    );
    fs::write(dir.path().join(CONF), conf)?;
    Ok(dir)
}

/// All files below, as they were for a moment in which nobody wrote.
fn at_rest(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let read = || -> Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut world = World::new();
        look_at(folder, &mut world)?;
        let file = |path: PathBuf| Ok((path.strip_prefix(folder)?.to_owned(), fs::read(&path)?));
        world.into_keys().map(file).collect()
    };
    for _ in 0..20 {
        let first = read()?;
        sleep(Duration::from_millis(20));
        if first == read()? {
            return Ok(first);
        }
    }
    bail!("somebody keeps writing to {}", folder.display())
}

/// The document, generated once.
fn document() -> Result<&'static [u8]> {
    static PDF: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(pdf) = PDF.get() {
        return Ok(pdf);
    }
    let made = lab::documents::household_business("2026-01-05T02:30:00Z".parse()?)?;
    Ok(PDF.get_or_init(|| made.pdf))
}

/// A command that is about to run, and what it may ask of the token.
pub(super) struct Attempt<'a> {
    pub bench: &'a mut Bench,
    case: String,
    words: Vec<OsString>,
    options: Vec<(String, OsString)>,
    faults: String,
    pin_of: Option<String>,
    within: Duration,
    logins: Option<usize>,
    signatures: usize,
}

impl<'a> Attempt<'a> {
    pub(super) fn word(mut self, word: impl Into<OsString>) -> Self {
        self.words.push(word.into());
        self
    }

    /// Sets an option, or sets it anew.
    pub(super) fn option(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.options.retain(|(old, _)| old != name);
        self.options.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.options.retain(|(old, _)| old != name);
        self
    }

    /// The holder's token, key and PIN, through the shim.
    pub(super) fn by(self, holder: &str) -> Self {
        let pin_file = self.bench.desk.lab.pin_file(holder);
        let mut this = self
            .option("--module", module_path().unwrap_or_default())
            .option("--token", holder)
            .option("--key", holder)
            .option("--pin-file", pin_file);
        this.pin_of = Some(holder.to_owned());
        this
    }

    /// Lines of the shim's control file.
    pub(super) fn token(mut self, faults: &str) -> Self {
        faults.clone_into(&mut self.faults);
        self
    }

    pub(super) fn within(mut self, seconds: u64) -> Self {
        self.within = Duration::from_secs(seconds);
        self
    }

    /// How often `C_Login` and `C_Sign` are called; without it no signature may be asked for.
    pub(super) fn asks(mut self, logins: usize, signatures: usize) -> Self {
        (self.logins, self.signatures) = (Some(logins), signatures);
        self
    }

    /// Exit 1: somebody says no.
    pub(super) fn refused(self, code: &str, vi: &str, en: &str) -> Result<()> {
        self.stops(1, "refused", code, vi, en)
    }

    /// Exit 2: it could not be done.
    pub(super) fn fails(self, code: &str, vi: &str, en: &str) -> Result<()> {
        self.stops(2, "failed", code, vi, en)
    }

    fn stops(self, exit: i32, outcome: &str, code: &str, vi: &str, en: &str) -> Result<()> {
        let before = self.bench.world()?;
        let people = self.once(false)?;
        let machine = self.once(true)?;
        ensure!(self.bench.world()? == before, "files came, went or changed: {before:#?}");

        let said = format!("{}\n{}{}", machine.stdout, people.stdout, people.stderr);
        ensure!(people.exit == exit && machine.exit == exit, "exit {}: {said}", people.exit);
        let json = machine.json()?;
        ensure!(json["outcome"] == outcome && json["code"] == code, "{said}");
        let (text_vi, text_en) = (text(&json, "text_vi")?, text(&json, "text_en")?);
        ensure!(text_vi.contains(vi) && text_en.contains(en), "wanted {vi:?}, {en:?}: {said}");
        ensure!(!text_vi.is_ascii() && text_vi != text_en, "one language: {said}");
        ensure!(people.stdout.is_empty(), "a result on stdout: {said}");
        for words in [vi, en, &format!("[{code}]")] {
            ensure!(people.stderr.contains(words), "not told to people: {words}: {said}");
        }
        self.bench.row(&self.case, &machine, code, text_vi);
        Ok(())
    }

    /// Exit 0, run once for JSON: the result is there, whole, and nothing beside it.
    pub(super) fn writes(self, code: &str, vi: &str, en: &str) -> Result<()> {
        let before = self.bench.world()?;
        let machine = self.once(true)?;
        let said = format!("{}{}", machine.stdout, machine.stderr);
        ensure!(machine.exit == 0, "exit {}: {said}", machine.exit);
        let json = machine.json()?;
        ensure!(json["outcome"] == "signed" && json["code"] == code, "{said}");
        let (text_vi, text_en) = (text(&json, "text_vi")?, text(&json, "text_en")?);
        ensure!(text_vi.contains(vi) && text_en.contains(en), "wanted {vi:?}, {en:?}: {said}");
        let mut after = self.bench.world()?;
        let file = Path::new(text(&json, "file")?);
        let mut before = before;
        before.remove(file);
        ensure!(after.remove(file).is_some(), "no file: {said}");
        ensure!(after == before, "more than the result was written: {after:#?}");
        self.bench.row(&self.case, &machine, code, text_vi);
        Ok(())
    }

    /// Runs; `check` sees what was said with `--json` and gives a code; people read a verdict in two languages.
    pub(super) fn gives(
        self,
        exit: i32,
        check: impl FnOnce(&Done) -> Result<String>,
    ) -> Result<()> {
        let before = self.bench.world()?;
        let people = self.once(false)?;
        let machine = self.once(true)?;
        ensure!(self.bench.world()? == before, "files came, went or changed");
        let said = format!("{}\n{}{}", machine.stdout, people.stdout, people.stderr);
        ensure!(people.exit == exit && machine.exit == exit, "exit {}: {said}", people.exit);
        let code = check(&machine).with_context(|| said.clone())?;
        let told = [people.stdout, people.stderr].concat();
        // The verdict of each file, and the first reason.
        let marked =
            told.lines().filter(|line| line.trim_start().starts_with(['✗', '✓', '–', '?', '!']));
        let lines: Vec<&str> = marked.take(2).map(str::trim).collect();
        let sentence = if lines.is_empty() {
            told.lines().last().unwrap_or_default().to_owned()
        } else {
            lines.join(" ")
        };
        ensure!(sentence.contains(" / ") || sentence.contains(" · "), "one language: {told}");
        self.bench.row(&self.case, &machine, &code, &sentence);
        Ok(())
    }

    /// The command line.
    pub(super) fn all_words(&self) -> Vec<OsString> {
        let mut words = self.words.clone();
        for (name, value) in &self.options {
            words.extend([name.into(), value.clone()]);
        }
        words
    }

    fn once(&self, json: bool) -> Result<Done> {
        let mut words = self.all_words();
        if json {
            words.push("--json".into());
        }
        self.bench.control.set(&self.faults)?;
        let asked = (self.bench.control.logins(), self.bench.control.signatures());
        let child = self.bench.command(&words)?.spawn()?;
        let done = finish(child, self.within)?;

        let logins = self.bench.control.logins() - asked.0;
        let signatures = self.bench.control.signatures() - asked.1;
        let said = || format!("{}{}", done.stdout, done.stderr);
        ensure!(self.logins.is_none_or(|n| n == logins), "{logins} logins: {}", said());
        ensure!(signatures == self.signatures, "{signatures} signatures: {}", said());
        if let Some(holder) = &self.pin_of {
            let pin = fs::read_to_string(self.bench.desk.lab.pin_file(holder))?;
            ensure!(!said().contains(pin.trim()), "the PIN was shown");
        }
        Ok(done)
    }
}

/// Waits so long and no longer.
pub(super) fn finish(mut child: Child, within: Duration) -> Result<Done> {
    let end = Instant::now() + within;
    while child.try_wait()?.is_none() {
        if Instant::now() > end {
            child.kill()?;
            let done: Done = child.wait_with_output()?.into();
            bail!("still running after {within:?}: {}{}", done.stdout, done.stderr);
        }
        sleep(Duration::from_millis(5));
    }
    Ok(child.wait_with_output()?.into())
}

pub(super) fn text<'v>(json: &'v Value, key: &str) -> Result<&'v str> {
    json[key].as_str().with_context(|| format!("no {key} in {json}"))
}
