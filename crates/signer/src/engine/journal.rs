//! The signer's own log: one JSON object a line, each with the hash of the line before, on disk
//! before what it says is done.
//!
//! A thread of its own writes: whatever waits is written together and costs one `fdatasync`. If we
//! die in the middle of a write, the last line is torn: nobody was told that it is there, so it is
//! cut off at the next start. A line that is wrong anywhere else was changed by somebody, and the
//! signer does not start.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::protocol::{ItemHash, LogPlace, hex};

/// What is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub(crate) enum Event {
    /// The process began.
    Started { version: String },
    /// The end of the log was torn and cut off.
    Recovered { torn_bytes: u64 },
    /// About to try the PIN. From now on this activation is used.
    Activating {
        activation: Uuid,
        key: String,
        items: u32,
        /// SHA-256 over all item hashes.
        list: String,
        until: Timestamp,
        uid: u32,
    },
    /// The token said yes.
    Activated { activation: Uuid },
    /// It said no, or was not there.
    NotActivated { activation: Uuid, code: String },
    /// About to ask the token for a signature over bytes with this SHA-256.
    Signing { activation: Uuid, index: u32, item: ItemHash, step: u32, base: String, over: String },
    /// All steps of an item passed; the files after each.
    Signed { activation: Uuid, index: u32, files: Vec<String> },
    /// An item is over without a result.
    Refused { activation: Uuid, index: u32, code: String },
    /// An activation ended.
    Ended { activation: Uuid, why: String, signed: u32 },
    /// About to sign this head of the transparency log.
    Checkpoint { body: String },
}

#[derive(Serialize, Deserialize)]
struct Line {
    line: u64,
    prev: String,
    at: Timestamp,
    #[serde(flatten)]
    event: Event,
}

/// Why the log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system says no.
    #[error("{path}: {why}", path = .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// As the system says.
        why: io::Error,
    },
    /// A line that is not the last does not follow from the one before: somebody changed the file.
    #[error("{path}, line {line}: the chain of hashes is broken", path = .path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// From 0.
        line: u64,
    },
    /// An earlier write failed; what is on disk is not known, so nothing more is written.
    #[error("the log could not be written: {0}")]
    Stopped(String),
}

/// The log, open for appending. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Journal {
    path: PathBuf,
    writer: Sender<(Event, Sender<Result<LogPlace, String>>)>,
}

/// What the log says of the time before.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Activations whose PIN was tried.
    pub(crate) activations: HashSet<Uuid>,
    /// The last head that was signed.
    pub(crate) checkpoint: Option<String>,
    lines: u64,
    last: String,
    torn_bytes: u64,
    good_bytes: u64,
}

impl Journal {
    /// Opens or makes `path`, checks the whole chain and cuts off a torn end.
    pub(crate) fn open(path: &Path) -> Result<(Journal, Past), JournalError> {
        let fail = |why| JournalError::Io { path: path.to_owned(), why };
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(fail)?;
        let past = read(path, &file)?;
        if past.torn_bytes > 0 {
            file.set_len(past.good_bytes).map_err(fail)?;
        }
        file.seek(io::SeekFrom::End(0)).map_err(fail)?;
        file.sync_all().map_err(fail)?;
        sync_folder(path).map_err(fail)?;
        let (writer, waiting) = mpsc::channel();
        let tail = Tail { file, lines: past.lines, last: past.last.clone() };
        let run = move || tail.run(&waiting);
        thread::Builder::new().name("journal".to_owned()).spawn(run).map_err(fail)?;
        let journal = Journal { path: path.to_owned(), writer };
        if past.torn_bytes > 0 {
            journal.append(Event::Recovered { torn_bytes: past.torn_bytes })?;
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        journal.append(Event::Started { version })?;
        Ok((journal, past))
    }

    /// Returns when the line is on disk.
    pub(crate) fn append(&self, event: Event) -> Result<LogPlace, JournalError> {
        let (answer, answered) = mpsc::channel();
        let gone = || JournalError::Stopped(self.path.display().to_string());
        self.writer.send((event, answer)).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?.map_err(JournalError::Stopped)
    }
}

fn read(path: &Path, file: &File) -> Result<Past, JournalError> {
    let fail = |why| JournalError::Io { path: path.to_owned(), why };
    let mut past = Past::default();
    let mut from = BufReader::new(file);
    let mut bytes = vec![];
    loop {
        bytes.clear();
        let length = from.read_until(b'\n', &mut bytes).map_err(fail)? as u64;
        if length == 0 {
            return Ok(past);
        }
        let text = bytes.strip_suffix(b"\n");
        let line = text.and_then(|text| serde_json::from_slice::<Line>(text).ok());
        let (Some(text), Some(line)) = (text, line) else {
            // Only the very end can be torn.
            if from.fill_buf().map_err(fail)?.is_empty() {
                past.torn_bytes = length;
                return Ok(past);
            }
            return Err(JournalError::Broken { path: path.to_owned(), line: past.lines });
        };
        if line.line != past.lines || line.prev != past.last {
            return Err(JournalError::Broken { path: path.to_owned(), line: past.lines });
        }
        match line.event {
            Event::Activating { activation, .. } => {
                past.activations.insert(activation);
            }
            Event::Checkpoint { body } => past.checkpoint = Some(body),
            _ => {}
        }
        past.lines += 1;
        past.last = hex(&Sha256::digest(text));
        past.good_bytes += length;
    }
}

struct Tail {
    file: File,
    lines: u64,
    last: String,
}

/// Lines written together at most.
const GROUP: usize = 256;

impl Tail {
    fn run(mut self, waiting: &Receiver<(Event, Sender<Result<LogPlace, String>>)>) {
        let mut stopped: Option<String> = None;
        while let Ok(first) = waiting.recv() {
            let more = waiting.try_iter().take(GROUP - 1);
            let group: Vec<_> = std::iter::once(first).chain(more).collect();
            if let Some(why) = &stopped {
                group.into_iter().for_each(|(_, answer)| drop(answer.send(Err(why.clone()))));
                continue;
            }
            let mut bytes = vec![];
            let mut places = vec![];
            for (event, answer) in group {
                let (line, prev) = (self.lines, std::mem::take(&mut self.last));
                let line = Line { line, prev, at: Timestamp::now(), event };
                // Plain data; writing it to memory does not fail.
                let text = serde_json::to_vec(&line).unwrap_or_default();
                self.lines += 1;
                self.last = hex(&Sha256::digest(&text));
                bytes.extend_from_slice(&text);
                bytes.push(b'\n');
                places.push((answer, LogPlace { line: line.line, hash: self.last.clone() }));
            }
            // If we die here, at most the end of the file is torn, and none of these was acted upon.
            let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
            stopped = written.err().map(|e| e.to_string());
            for (answer, place) in places {
                // Whoever asked may have given up.
                let _ = answer.send(stopped.clone().map_or(Ok(place), Err));
            }
        }
    }
}

/// A name is durable only with its folder.
pub(crate) fn sync_folder(of: &Path) -> io::Result<()> {
    match of.parent().filter(|p| !p.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Writes a small file whole: the old one or the new one is there, whenever we die.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file =
        OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}
