//! One installation: its own folder, database, tokens and ports; `antin signer`, `antin serve` and
//! `antin work` as processes of their own, and the lab's responders. All end with it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use e2e::antin;
use lab::Lab;
use lab::responder::{Faults, Running};

use super::http::Caller;

/// The two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Those that STORE names (`sqlite`, `postgres`); both where it is absent.
    pub(crate) fn wanted() -> Vec<Engine> {
        match std::env::var("STORE").as_deref() {
            Ok("sqlite") => vec![Engine::Sqlite],
            Ok("postgres") => vec![Engine::Postgres],
            _ => vec![Engine::Sqlite, Engine::Postgres],
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        }
    }
}

/// The processes, in the order of their start.
pub(crate) const PROCESSES: [&str; 3] = ["signer", "serve", "work"];

/// One installation at work.
pub(crate) struct House {
    pub(crate) lab: Lab,
    pub(crate) servers: Running,
    pub(crate) dir: PathBuf,
    pub(crate) engine: Engine,
    /// URL of the database.
    pub(crate) database: String,
    pub(crate) staff: SocketAddr,
    pub(crate) public: SocketAddr,
    children: Mutex<BTreeMap<&'static str, Child>>,
}

pub(crate) const ADMIN: &str = "quantri";
const ADMIN_PASSWORD: &str = "mật-khẩu-quản-trị-2026";

impl House {
    /// In a folder of this name, which the run before left behind for whoever wants to look.
    pub(crate) fn open(name: &str, engine: Engine) -> Result<House> {
        let lab = lab::testing::lab()?;
        let shared = lab::testing::lab_dir();
        let dir =
            shared.with_file_name("show").join("service").join(format!("{name}-{}", engine.name()));
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir_all(&dir)?;
        let servers = lab::responder::start(&lab, ([127, 0, 0, 1], 0).into(), Faults::default())?;
        let database = match engine {
            Engine::Sqlite => format!("sqlite:{}", dir.join("antin.db").display()),
            Engine::Postgres => lab::postgres::database()?,
        };
        let house = House {
            lab,
            servers,
            dir,
            engine,
            database,
            staff: free_port()?,
            public: free_port()?,
            children: Mutex::default(),
        };
        house.own_tokens()?;
        house.configure()?;
        house.once(&["migrate"], None)?;
        house.first_administrator()?;
        for process in PROCESSES {
            house.start(process)?;
        }
        Ok(house)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// SoftHSM2 writes a token's file anew at each login, so this signer gets copies of the lab's tokens
    /// (the keys and PINs are the lab's) and no other process looks at them.
    fn own_tokens(&self) -> Result<()> {
        let to = self.path("tokens");
        copy_all(&self.lab.dir().join("tokens"), &to)?;
        let conf = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            to.display()
        );
        fs::write(self.path("softhsm2.conf"), conf)?;
        Ok(())
    }

    fn configure(&self) -> Result<()> {
        let show = |path: &Path| format!("{:?}", path.display().to_string());
        let host = self.lab.host();
        let hosts = format!("[hosts]\n{host:?} = \"{}\"\n", self.servers.address);
        let root = &self.lab.certificate("root")?.pem_path;
        let issuing = &self.lab.certificate("issuing")?.pem_path;
        let key = |name: &str, kind: &str| {
            format!(
                "[[keys]]\nname = {name:?}\nkind = {kind:?}\ntoken = {name:?}\nkey = {name:?}\n"
            )
        };
        let signer = format!(
            "socket = \"signer.sock\"\nstate = \"signer\"\nmodule = {}\ntrust = [{}]\nchain = [{}]\n\
             [tsa]\nurl = {:?}\n{hosts}{}{}[[keys]]\nname = \"log\"\nkind = \"checkpoint\"\norigin = \
             \"antin.test/log\"\nfile = \"signer/log.key\"\n",
            show(&lab::softhsm_module()?),
            show(root),
            show(issuing),
            self.servers.tsa_url(),
            key("official", "official"),
            key("seal", "seal"),
        );
        fs::create_dir_all(self.path("signer"))?;
        fs::write(self.path("signer.toml"), signer)?;
        let main = format!(
            "trust = {}\n{hosts}[tsa]\nurl = {:?}\n\
             [service]\ndatabase = {:?}\nobjects = \"objects\"\nlog = \"log\"\nsigner = \"signer.sock\"\n\
             staff = \"{}\"\npublic = \"{}\"\npublic_url = \"https://tthc.anlanh.test\"\n\
             [service.limits]\nchecks_a_minute = 100000\nwrong_passwords = 100\n",
            show(&self.lab.trust_dir()),
            self.servers.tsa_url(),
            self.database,
            self.staff,
            self.public,
        );
        fs::write(self.path("antin.toml"), main)?;
        Ok(())
    }

    fn first_administrator(&self) -> Result<()> {
        let words = [
            "user",
            "add",
            ADMIN,
            "--name",
            "Quản trị viên",
            "--agency",
            "Tỉnh Sông Mẫu",
            "--password-stdin",
        ];
        self.once(&words, Some(ADMIN_PASSWORD))
    }

    /// The administrator, logged in.
    pub(crate) fn admin(&self) -> Result<Caller> {
        Caller::person(self.staff, ADMIN, ADMIN_PASSWORD)
    }

    /// `antin` with this installation's configuration.
    pub(crate) fn command(&self) -> Result<Command> {
        let mut command = Command::new(antin()?);
        command
            .env("ANTIN_CONFIG", self.path("antin.toml"))
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .env_remove("ANTIN_TRUST")
            .current_dir(&self.dir)
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Runs to its end, and wants it to work.
    pub(crate) fn once(&self, words: &[&str], input: Option<&str>) -> Result<()> {
        let mut command = self.command()?;
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            writeln!(stdin, "{input}")?;
        }
        let done = child.wait_with_output()?;
        ensure!(
            done.status.success(),
            "antin {words:?}: {}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(())
    }

    /// Starts one process and waits until it answers.
    pub(crate) fn start(&self, process: &'static str) -> Result<()> {
        let log =
            File::options().create(true).append(true).open(self.path(&format!("{process}.log")))?;
        let mut command = self.command()?;
        command.arg(process);
        if process == "signer" {
            command.args(["--config", "signer.toml"]);
        }
        command.stdout(log.try_clone()?).stderr(log);
        let child = command.spawn()?;
        self.children().insert(process, child);
        let began = Instant::now();
        while !self.answers(process) {
            let ended = self.children().get_mut(process).and_then(|c| c.try_wait().ok().flatten());
            if let Some(ended) = ended {
                bail!("{process} ended with {ended}:\n{}", self.said(process));
            }
            ensure!(
                began.elapsed() < Duration::from_secs(60),
                "{process} does not answer:\n{}",
                self.said(process)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn answers(&self, process: &str) -> bool {
        match process {
            "signer" => std::os::unix::net::UnixStream::connect(self.path("signer.sock")).is_ok(),
            "serve" => [self.staff, self.public].iter().all(|address| {
                Caller::nobody(*address).get("/health").is_ok_and(|answer| answer.status < 600)
            }),
            _ => true,
        }
    }

    /// The end of what a process wrote.
    pub(crate) fn said(&self, process: &str) -> String {
        let text = fs::read_to_string(self.path(&format!("{process}.log"))).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// kill -9.
    pub(crate) fn kill(&self, process: &str) -> Result<()> {
        let child = self.children().remove(process);
        let mut child = child.with_context(|| format!("{process} does not run"))?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    fn children(&self) -> MutexGuard<'_, BTreeMap<&'static str, Child>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The public key of the log, as whoever verifies it has learnt it beforehand.
    pub(crate) fn log_key(&self) -> Result<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let keys =
            runtime.block_on(signer::client::Client::new(self.path("signer.sock")).keys())?;
        keys.log.context("the signer has no key of the log")
    }

    /// The published log, from its files and its public key alone: the JSON that `antin` says.
    pub(crate) fn log_verified(&self) -> Result<serde_json::Value> {
        let key = self.log_key()?;
        let done =
            self.command()?.args(["log", "verify", "log", "--json", "--key", &key]).output()?;
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        ensure!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
        Ok(serde_json::from_str(&said)?)
    }

    /// A holder's PIN.
    pub(crate) fn pin(&self, holder: &str) -> Result<String> {
        Ok(fs::read_to_string(self.lab.pin_file(holder))?.trim().to_owned())
    }

    /// Asks the database itself, by its own client: rows of cells.
    pub(crate) fn query(&self, sql: &str) -> Result<Vec<Vec<String>>> {
        let done = match self.engine {
            Engine::Sqlite => Command::new("python3")
                .args(["-c", SQLITE, &self.path("antin.db").display().to_string(), sql])
                .output()?,
            Engine::Postgres => Command::new("psql")
                .args(["-X", "-q", "-A", "-t", "-F", "\t", "-d", &self.database, "-c", sql])
                .output()
                .context("Debian package postgresql")?,
        };
        ensure!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        Ok(text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
    }

    /// One number of the database.
    pub(crate) fn count(&self, sql: &str) -> Result<u64> {
        let rows = self.query(sql)?;
        Ok(rows.first().and_then(|row| row.first()).context("no row")?.parse()?)
    }
}

const SQLITE: &str = "import sqlite3, sys
for row in sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True).execute(sys.argv[2]):
    print(*('' if cell is None else cell for cell in row), sep='\\t')";

impl Drop for House {
    fn drop(&mut self) {
        let mut children = self.children();
        for process in PROCESSES.iter().rev() {
            if let Some(mut child) = children.remove(process) {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_all(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}
