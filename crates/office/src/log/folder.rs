//! The published log: files under one folder, served as they are (C2SP tlog-tiles).
//!
//! A file appears whole or not at all: written beside its name, flushed, renamed, its folder
//! flushed. Only `checkpoint` is ever replaced; every other file keeps its bytes for good.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tlog::{CHECKPOINT_PATH, File, SignedCheckpoint, VerifierKey};

use super::LogError;

/// Begins the names of files that are being written.
const UNFINISHED: &str = ".new-";
const LOCK: &str = ".lock";
/// The largest file of a log: 256 entries of 64 KiB with their lengths.
const MAX_FILE_BYTES: u64 = 256 * (65_535 + 2);

/// A folder that a log is published in.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// The right to publish; given back when dropped, and by the system when the process dies.
#[derive(Debug)]
pub struct Publishing {
    _lock: fs::File,
}

impl Folder {
    /// A folder to read; it need not exist.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Makes the folder where it is missing and takes it for this process.
    ///
    /// # Errors
    /// [`LogError::Locked`], [`LogError::File`].
    pub fn publishing(&self) -> Result<Publishing, LogError> {
        make_folder(&self.root).map_err(|error| self.at_path(&self.root, error))?;
        let path = self.root.join(LOCK);
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| self.at_path(&path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Publishing { _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(LogError::Locked),
            Err(fs::TryLockError::Error(error)) => Err(self.at_path(&path, error)),
        }
    }

    /// A file of the log, or none.
    ///
    /// # Errors
    /// [`LogError::File`], also for a file larger than any of a log.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, LogError> {
        let place = self.place(path)?;
        let size = match fs::metadata(&place) {
            Ok(metadata) if metadata.is_file() => metadata.len(),
            Ok(_) => return Ok(None),
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(self.at_path(&place, error)),
        };
        if size > MAX_FILE_BYTES {
            return Err(self.at_path(&place, io::Error::from(io::ErrorKind::FileTooLarge)));
        }
        match fs::read(&place) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.at_path(&place, error)),
        }
    }

    /// The published head.
    ///
    /// # Errors
    /// [`LogError::Log`] when it is not signed by this key.
    pub fn head(&self, key: &VerifierKey) -> Result<Option<SignedCheckpoint>, LogError> {
        match self.read(CHECKPOINT_PATH)? {
            Some(note) => Ok(Some(key.open(&note)?)),
            None => Ok(None),
        }
    }

    /// Publishes a file that never changes. Dies here: the file is there whole, or not there; the
    /// next run writes the same bytes.
    ///
    /// # Errors
    /// [`LogError::Conflict`] when it is there with other bytes.
    pub fn put(&self, _right: &Publishing, file: &File) -> Result<(), LogError> {
        let place = self.place(&file.path)?;
        match self.read(&file.path)? {
            Some(bytes) if bytes == file.bytes => {
                // Seen by this process is not yet kept by the disk: whoever renamed it may have died
                // before flushing the folder.
                flush_folder(&place).map_err(|error| self.at_path(&place, error))
            }
            Some(_) => Err(LogError::Conflict(file.path.clone())),
            None => self.write(&place, &file.bytes),
        }
    }

    /// Replaces the checkpoint. Dies here: the old one or the new one is there, never a piece.
    ///
    /// # Errors
    /// [`LogError::File`].
    pub fn put_checkpoint(&self, _right: &Publishing, note: &[u8]) -> Result<(), LogError> {
        self.write(&self.root.join(CHECKPOINT_PATH), note)
    }

    /// Removes what a process that died was writing.
    ///
    /// # Errors
    /// [`LogError::File`].
    pub fn sweep(&self, _right: &Publishing) -> Result<(), LogError> {
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for item in fs::read_dir(&folder).map_err(|error| self.at_path(&folder, error))? {
                let item = item.map_err(|error| self.at_path(&folder, error))?;
                let kind = item.file_type().map_err(|error| self.at_path(&item.path(), error))?;
                if kind.is_dir() {
                    folders.push(item.path());
                } else if item.file_name().to_string_lossy().starts_with(UNFINISHED) {
                    fs::remove_file(item.path())
                        .map_err(|error| self.at_path(&item.path(), error))?;
                }
            }
        }
        Ok(())
    }

    /// Every published file with its path in the log, for copying.
    ///
    /// # Errors
    /// [`LogError::File`].
    pub fn files(&self) -> Result<BTreeSet<String>, LogError> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            let items = match fs::read_dir(&folder) {
                Ok(items) => items,
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(self.at_path(&folder, error)),
            };
            for item in items {
                let path = item.map_err(|error| self.at_path(&folder, error))?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let hidden =
                    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if let (false, Ok(inside)) = (hidden, path.strip_prefix(&self.root)) {
                    found.insert(inside.to_string_lossy().replace('\\', "/"));
                }
            }
        }
        Ok(found)
    }

    fn write(&self, place: &Path, bytes: &[u8]) -> Result<(), LogError> {
        write_whole(place, bytes).map_err(|error| self.at_path(place, error))
    }

    /// Paths come from `tlog`, but also from the address of a request: nothing climbs out.
    fn place(&self, path: &str) -> Result<PathBuf, LogError> {
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        };
        if !path.split('/').all(plain) {
            let error = io::Error::from(io::ErrorKind::InvalidFilename);
            return Err(LogError::File { path: path.into(), source: error });
        }
        Ok(self.root.join(path))
    }

    fn at_path(&self, path: &Path, source: io::Error) -> LogError {
        LogError::File { path: path.to_owned(), source }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Writes a file so that it is there whole, and still there after the power failed.
fn write_whole(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = folder.join(format!("{UNFINISHED}{name}"));
    let mut file = fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, place)?;
    flush_folder(place)
}

/// Makes folders from the top down, each flushed into the one above it.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
        make_folder(above)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    flush_folder(folder)
}

/// Flushes the folder that `path` lies in.
fn flush_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}
