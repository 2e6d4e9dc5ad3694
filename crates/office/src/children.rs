//! Hostile bytes are read in a process of its own, which has little memory, little time and no reason
//! to open anything. Its death is a fact about the file, not an error of the service.
//!
//! ```text
//!  parent: bytes ─► stdin ─►  child: limits first, validation::read  ─► Facts as JSON ─► stdout ─► parent judges
//!          killed when the time is over ─────────────────────────────┘
//! ```

mod prepare;

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use pades::FileHash;
use pdf::Defect;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use validation::{Facts, Limits};

pub use prepare::{PrepareJob, prepare_as_child};

/// What a child may use. CPU seconds and bytes are enforced by the kernel, the rest by the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ChildLimits {
    pub cpu_seconds: u64,
    pub memory_bytes: u64,
    pub wall_seconds: u64,
    /// Of the answer.
    pub facts_bytes: u64,
    /// Of the document.
    pub document_bytes: u64,
}

impl Default for ChildLimits {
    fn default() -> Self {
        Self {
            cpu_seconds: 20,
            memory_bytes: 2 << 30,
            wall_seconds: 30,
            facts_bytes: 128 << 20,
            document_bytes: 64 << 20,
        }
    }
}

/// No child could be started: says nothing about the file.
#[derive(Debug, thiserror::Error)]
#[error("the reading process cannot be started: {0}")]
pub struct ChildError(#[from] io::Error);

/// Starts reading processes, only so many at a time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reader {
    program: PathBuf,
    limits: ChildLimits,
    places: Arc<Semaphore>,
}

impl Reader {
    /// `program` is the `antin` executable; at most `processes` children live at a time.
    pub fn new(program: PathBuf, limits: ChildLimits, processes: usize) -> Reader {
        Reader { program, limits, places: Arc::new(Semaphore::new(processes.max(1))) }
    }

    /// What a child may use.
    pub fn limits(&self) -> &ChildLimits {
        &self.limits
    }

    /// What the file says. A child that died, took too long or spoke nonsense gives facts of a file that
    /// cannot be read.
    ///
    /// # Errors
    /// Only when no child could be started.
    pub async fn read(&self, document: &[u8]) -> Result<Facts, ChildError> {
        let hash = FileHash(Sha256::digest(document).into());
        let len = u64::try_from(document.len()).unwrap_or(u64::MAX);
        let unreadable = |why: &str| Facts::unreadable(hash, len, Defect::new("budget", why));
        // A closed semaphore cannot happen; were it closed, the limit is the least of our troubles.
        let _place = self.places.acquire().await;
        let mut child = self.start("read")?;
        let patience = Duration::from_secs(self.limits.wall_seconds);
        let exchange = exchange(&mut child, document, self.limits.facts_bytes);
        let answer = match tokio::time::timeout(patience, exchange).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(why)) => return Ok(unreadable(&why)),
            // Dropping the child kills it.
            Err(_) => return Ok(unreadable("reading took too long and was stopped")),
        };
        match serde_json::from_slice::<Facts>(&answer) {
            // The hash is ours: a child that a document took over cannot speak of another file.
            Ok(facts) if facts.file == hash => Ok(facts),
            Ok(_) => Ok(unreadable("the reading process spoke of another file")),
            Err(_) => Ok(unreadable("the reading process gave no readable answer")),
        }
    }

    fn start(&self, what: &str) -> Result<Child, ChildError> {
        let ChildLimits { cpu_seconds, memory_bytes, document_bytes, .. } = self.limits;
        let child = Command::new(&self.program)
            .args(["child", what])
            .args(["--cpu-seconds", &cpu_seconds.to_string()])
            .args(["--memory-bytes", &memory_bytes.to_string()])
            .args(["--document-bytes", &document_bytes.to_string()])
            // It inherits no secret of ours.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        Ok(child)
    }
}

/// Writes and reads at the same time: either side may be faster.
async fn exchange(child: &mut Child, document: &[u8], cap: u64) -> Result<Vec<u8>, String> {
    let broken = || "the reading process has no pipes".to_owned();
    let mut to = child.stdin.take().ok_or_else(broken)?;
    let from = child.stdout.take().ok_or_else(broken)?;
    let write = async move {
        // A child that died early closes the pipe: its exit says why.
        let _ = to.write_all(document).await;
        drop(to);
    };
    let read = async {
        let mut answer = Vec::new();
        let read = from.take(cap.saturating_add(1)).read_to_end(&mut answer).await;
        read.map(|_| answer).map_err(|error| error.to_string())
    };
    let ((), answer) = tokio::join!(write, read);
    let answer = answer?;
    if u64::try_from(answer.len()).unwrap_or(u64::MAX) > cap {
        return Err("reading gave more facts than permitted".to_owned());
    }
    let status = child.wait().await.map_err(|error| error.to_string())?;
    match status.success() {
        true => Ok(answer),
        false => Err(format!("the reading process ended early ({status}): memory or time used up")),
    }
}

/// The child's side (`antin child read`): limits first, then the document from stdin, then the facts
/// to stdout.
///
/// # Errors
/// The limits cannot be set, or the pipes broke.
pub fn read_as_child(limits: &ChildLimits) -> io::Result<()> {
    limit(limits)?;
    let mut document = Vec::new();
    io::stdin().lock().take(limits.document_bytes).read_to_end(&mut document)?;
    let facts = validation::read(&document, &Limits::default());
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, &facts)?;
    out.flush()
}

/// What the kernel enforces from here on.
fn limit(limits: &ChildLimits) -> io::Result<()> {
    use rlimit::Resource;
    for (resource, most) in [
        (Resource::CPU, limits.cpu_seconds),
        (Resource::AS, limits.memory_bytes),
        (Resource::CORE, 0),
        // Nothing is written to any file.
        (Resource::FSIZE, 0),
    ] {
        resource.set(most, most)?;
    }
    Ok(())
}
