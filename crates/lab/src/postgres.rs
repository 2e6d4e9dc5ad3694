//! A PostgreSQL server of its own for a test binary, and a database of its own for each test.
//!
//! The server lives as long as the process: a shell in between reads from a pipe that only the
//! process holds open, and when that ends (the tests are over, or the process was killed) it stops
//! the server and removes its folder. It listens on a Unix socket in that folder alone. Debian's
//! package is `postgresql` (15 or newer); as root, the server runs as its user `postgres`, because it refuses to
//! run as root.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Each function becomes two tests, `NAME::sqlite` and `NAME::postgresql`: the caller's `World` has a
/// constructor of each name.
#[macro_export]
macro_rules! both {
    ($($(#[$attribute:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($world: World) $body

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(World::sqlite().await).await
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgresql() {
                run(World::postgresql().await).await
            }
        }
    )*};
}

/// The URL of a new, empty database on the server of this process, which is started when absent.
///
/// # Errors
/// PostgreSQL is not installed, or does not start: the message says what to do.
pub fn database() -> anyhow::Result<String> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let server = SERVER.get_or_init(|| Server::start().map_err(|error| format!("{error:#}")));
    let server = server.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::SeqCst));
    // Of a language, as those in offices are: what sorts otherwise there is noticed.
    server.psql(&format!(
        "CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'vi'"
    ))?;
    Ok(server.url(&name))
}

struct Server {
    programs: PathBuf,
    folder: PathBuf,
    user: Option<User>,
    // Dropping it would stop the server; the process keeps it to its end.
    _alive: std::process::Child,
}

#[derive(Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl Server {
    fn start() -> anyhow::Result<Self> {
        let programs = programs()?;
        let user = user()?;
        let folder = folder(user)?;
        let data = folder.join("data");
        let mut initdb = run_as(&programs.join("initdb"), user, &folder);
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale"]);
        initdb.arg("--no-sync").arg("-D").arg(&data);
        finish(initdb, "initdb")?;
        // Reads to the end of its input, which comes when this process ends.
        let script = r#""$1" -D "$2" -k "$3" -c listen_addresses= -c max_connections=200 \
              >"$3/log" 2>&1 &
            server=$!
            cat >/dev/null
            kill -INT $server
            wait $server
            rm -rf "$3""#;
        let mut shell = run_as(Path::new("/bin/sh"), user, &folder);
        shell.args(["-c", script, "sh"]).arg(programs.join("postgres")).arg(&data).arg(&folder);
        // A signal to the tests' process group (Ctrl-C) is not for the server: it ends in order.
        shell.process_group(0);
        let alive = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let alive = alive.spawn().context("starting PostgreSQL")?;
        let server = Self { programs, folder, user, _alive: alive };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        while let Err(error) = self.psql("SELECT 1") {
            if began.elapsed() > Duration::from_secs(60) {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL does not answer: {error:#}\n{log}");
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn psql(&self, sql: &str) -> anyhow::Result<()> {
        let mut psql = run_as(&self.programs.join("psql"), self.user, &self.folder);
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-c", sql, "postgres"]);
        psql.arg("-h").arg(&self.folder);
        finish(psql, "psql")
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }
}

/// The newest of Debian's, or whatever stands in PATH.
fn programs() -> anyhow::Result<PathBuf> {
    let debian = Path::new("/usr/lib/postgresql");
    let versions = fs::read_dir(debian).into_iter().flatten().flatten();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).filter(|p| number(p).is_some());
    if let Some(newest) = newest.max_by_key(number) {
        return Ok(newest.join("bin"));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file());
    found.context("PostgreSQL is not installed: run scripts/setup (Debian package postgresql)")
}

/// Root becomes `postgres`; anybody else stays.
fn user() -> anyhow::Result<Option<User>> {
    let id = |arguments: &[&str]| -> anyhow::Result<u32> {
        let output = Command::new("id").args(arguments).output().context("id")?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().with_context(|| format!("no user {}", arguments.join(" ")))
    };
    if id(&["-u"])? != 0 {
        return Ok(None);
    }
    Ok(Some(User { uid: id(&["-u", "postgres"])?, gid: id(&["-g", "postgres"])? }))
}

/// Short, because the path of a socket may have 107 bytes at most.
fn folder(user: Option<User>) -> anyhow::Result<PathBuf> {
    let made = Command::new("mktemp").args(["-d", "/tmp/antin-pg-XXXXXXXX"]).output()?;
    let folder = PathBuf::from(String::from_utf8_lossy(&made.stdout).trim());
    if !folder.is_dir() {
        bail!("mktemp: {}", String::from_utf8_lossy(&made.stderr));
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
    if let Some(user) = user {
        chown(&folder, Some(user.uid), Some(user.gid))?;
        // Tests that run as root reach the socket all the same.
    }
    Ok(folder)
}

fn run_as(program: &Path, user: Option<User>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some(User { uid, gid }) = user {
        command.uid(uid).gid(gid);
    }
    command.current_dir(folder).env("LC_ALL", "C.UTF-8").env_remove("PGDATA");
    command
}

fn finish(mut command: Command, name: &str) -> anyhow::Result<()> {
    let output = match command.stdin(Stdio::null()).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("{name} is not there: run scripts/setup (Debian package postgresql)")
        }
        output => output.with_context(|| name.to_owned())?,
    };
    if output.status.success() {
        return Ok(());
    }
    bail!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim())
}
