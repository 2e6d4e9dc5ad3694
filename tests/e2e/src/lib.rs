//! End-to-end tests: the real `antin` process, SoftHSM2, and the lab's servers. See `tests/`.
//!
//! [`Desk`] is one place to work at: the shared lab, servers of its own, a configuration and a folder.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use lab::Lab;
use lab::responder::{Faults, Running};
use serde_json::Value;
use tempfile::TempDir;

/// The program under test, built once by cargo in the profile of the tests.
///
/// # Errors
/// It does not compile.
pub fn antin() -> Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|e| format!("{e:#}")));
    built.as_deref().map_err(|e| anyhow::anyhow!("{e}"))
}

fn build() -> Result<PathBuf> {
    // A program built before: another profile, or while somebody else builds.
    if let Some(program) = std::env::var_os("ANTIN_PROGRAM") {
        return Ok(program.into());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(cargo)
        .args(["build", "--quiet", "--package", "antin"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .context("cargo build")?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    // target/PROFILE/deps/THIS-TEST
    let this = std::env::current_exe()?;
    let profile = this.ancestors().nth(2).context("target folder")?;
    let program = profile.join("antin");
    ensure!(program.is_file(), "no {}", program.display());
    Ok(program)
}

/// One process at a time works with the tokens: SoftHSM2 writes a token's file anew at each login, and
/// another process that looks at that moment does not see the token. Real tokens know nothing of this.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place to work at.
pub struct Desk {
    /// The lab that all tests share.
    pub lab: Lab,
    /// Servers of this desk alone, so that its faults disturb nobody.
    pub servers: Running,
    /// Files of this desk; gone afterwards.
    pub dir: TempDir,
    config: PathBuf,
}

/// What a command did.
pub struct Done {
    /// The exit number; -1 where a signal ended it.
    pub exit: i32,
    /// What it wrote.
    pub stdout: String,
    /// What it remarked.
    pub stderr: String,
}

impl Done {
    /// Standard output as one JSON object.
    ///
    /// # Errors
    /// It is not one.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(self.stdout.trim())
            .with_context(|| format!("not JSON: {}\n{}", self.stdout, self.stderr))
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        Done {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Desk {
    /// With honest servers.
    ///
    /// # Errors
    /// The lab cannot be set up.
    pub fn new() -> Result<Desk> {
        Desk::within(&std::env::temp_dir())
    }

    /// The same with its folder inside `parent`: for a desk that lives as long as the process.
    ///
    /// # Errors
    /// As [`Desk::new`].
    pub fn within(parent: &Path) -> Result<Desk> {
        let lab = lab::testing::lab()?;
        let servers = lab::responder::start(&lab, ([127, 0, 0, 1], 0).into(), Faults::default())?;
        let dir = tempfile::tempdir_in(parent)?;
        let config = dir.path().join("antin.toml");
        let text = format!(
            "trust = {:?}\n[hosts]\n{:?} = \"{}\"\n[tsa]\nurl = \"{}\"\n[limits]\nconnect_seconds = 2\nrequest_seconds = 5\n",
            lab.trust_dir(),
            lab.host(),
            servers.address,
            servers.tsa_url()
        );
        std::fs::write(&config, text)?;
        Ok(Desk { lab, servers, dir, config })
    }

    /// A file of this desk.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file of this desk.
    ///
    /// # Errors
    /// The disk.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.path(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// The business-household certificate of the lab, unsigned.
    ///
    /// # Errors
    /// A defect of the generator.
    pub fn document(&self, name: &str) -> Result<PathBuf> {
        let made = lab::documents::household_business("2026-01-05T02:30:00Z".parse()?)?;
        self.write(name, &made.pdf)
    }

    /// `antin` with these words, this desk's configuration and the lab's tokens, in its [`turn`].
    ///
    /// # Errors
    /// It does not start.
    pub fn run<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Result<Done> {
        let mut command = self.command()?;
        command.args(words);
        let opens_tokens =
            command.get_args().next().is_some_and(|word| word == "sign" || word == "token");
        let _turn = opens_tokens.then(turn);
        Ok(command.output()?.into())
    }

    /// The command, for tests that change its surroundings.
    ///
    /// # Errors
    /// The program does not compile.
    pub fn command(&self) -> Result<Command> {
        let mut command = Command::new(antin()?);
        command
            .env("ANTIN_CONFIG", &self.config)
            .env_remove("ANTIN_TRUST")
            .envs(lab::env(self.lab.dir()))
            .current_dir(self.dir.path())
            .stdin(std::process::Stdio::null());
        Ok(command)
    }

    /// The words of `antin sign` by a holder, without the appearance; `--json` at the end.
    ///
    /// # Errors
    /// SoftHSM2 is not installed.
    pub fn sign_words(&self, input: &Path, output: &Path, holder: &str) -> Result<Vec<String>> {
        let text = |path: &Path| path.display().to_string();
        Ok([
            "sign".to_owned(),
            text(input),
            "-o".to_owned(),
            text(output),
            "--module".to_owned(),
            text(&lab::softhsm_module()?),
            "--token".to_owned(),
            holder.to_owned(),
            "--key".to_owned(),
            holder.to_owned(),
            "--pin-file".to_owned(),
            text(&self.lab.pin_file(holder)),
            "--json".to_owned(),
        ]
        .into())
    }

    /// Signs, and wants it to work; gives the JSON.
    ///
    /// # Errors
    /// Anything but exit 0.
    pub fn signed(
        &self,
        input: &Path,
        output: &Path,
        holder: &str,
        more: &[&str],
    ) -> Result<Value> {
        let mut words = self.sign_words(input, output, holder)?;
        words.extend(more.iter().map(|word| (*word).to_owned()));
        let done = self.run(words)?;
        if done.exit != 0 {
            bail!("exit {}: {}{}", done.exit, done.stdout, done.stderr);
        }
        done.json()
    }

    /// Verifies one file; gives the JSON and the exit number.
    ///
    /// # Errors
    /// It does not answer in JSON.
    pub fn verified(&self, file: &Path, more: &[&str]) -> Result<(Value, i32)> {
        let mut command = self.command()?;
        let done: Done = command.arg("verify").arg(file).args(more).arg("--json").output()?.into();
        Ok((done.json()?, done.exit))
    }

    /// The names of all files of this desk, sorted: what a command left behind.
    ///
    /// # Errors
    /// The disk.
    pub fn files(&self) -> Result<Vec<String>> {
        let mut names = vec![];
        for entry in std::fs::read_dir(self.dir.path())? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }
}
