//! Files in and out: inputs are never changed, outputs appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use pades::{FileHash, Source, Update};
use pki::{DigestAlgorithm, Digester};
use tempfile::NamedTempFile;

use crate::stop::{Stop, io as io_stop, unfit};

/// A document to read: small ones in memory, large ones by positioned reads.
pub(crate) enum Document {
    Memory(Vec<u8>),
    Disk(File),
}

/// Up to this size a document is read at once.
const IN_MEMORY_BYTES: u64 = 4 << 20;

impl Document {
    pub(crate) fn open(path: &Path) -> Result<Document, Stop> {
        let fail = |e: io::Error| io_stop("file_missing", path, &e);
        let metadata = fs::metadata(path).map_err(fail)?;
        if !metadata.is_file() {
            return Err(unfit("file_missing", path, &"không phải tệp thường · not a regular file"));
        }
        let file = File::open(path).map_err(fail)?;
        if metadata.len() > IN_MEMORY_BYTES {
            return Ok(Document::Disk(file));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        (&file).take(IN_MEMORY_BYTES + 1).read_to_end(&mut bytes).map_err(fail)?;
        if bytes.len() as u64 > IN_MEMORY_BYTES {
            return Ok(Document::Disk(file));
        }
        Ok(Document::Memory(bytes))
    }

    pub(crate) fn source(&self) -> &dyn Source {
        match self {
            Document::Memory(bytes) => bytes,
            Document::Disk(file) => file,
        }
    }

    /// All bytes, for what must see the whole (drawing pages).
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Stop> {
        let source = self.source();
        if let Some(all) = source.as_slice() {
            return Ok(all.to_vec());
        }
        let length = usize::try_from(source.len()).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length];
        source.read_at(0, &mut bytes)?;
        Ok(bytes)
    }
}

/// Bytes of a small file that the user named.
pub(crate) fn read(path: &Path, cap_bytes: u64) -> Result<Vec<u8>, Stop> {
    let fail = |e: io::Error| io_stop("file_missing", path, &e);
    let file = File::open(path).map_err(fail)?;
    let mut bytes = vec![];
    file.take(cap_bytes + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > cap_bytes {
        let why = format!("lớn hơn {cap_bytes} byte · more than {cap_bytes} bytes");
        return Err(unfit("file_unreadable", path, &why));
    }
    Ok(bytes)
}

/// Files with one of these endings in a folder, by name; a path that is a file is itself.
pub(crate) fn list(path: &Path, endings: &[&str]) -> Result<(Vec<PathBuf>, bool), Stop> {
    let fail = |e: io::Error| io_stop("file_missing", path, &e);
    if !fs::metadata(path).map_err(fail)?.is_dir() {
        return Ok((vec![path.to_owned()], false));
    }
    let mut found = vec![];
    for entry in fs::read_dir(path).map_err(fail)? {
        let file = entry.map_err(fail)?.path();
        let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if endings.contains(&ending.to_ascii_lowercase().as_str()) && file.is_file() {
            found.push(file);
        }
    }
    found.sort();
    Ok((found, true))
}

/// A file that is to appear at `target`. That its folder can be written is tried before any work is
/// done, so that it is noticed before the token is asked.
pub(crate) struct Output {
    target: PathBuf,
}

impl Output {
    pub(crate) fn begin(target: &Path) -> Result<Output, Stop> {
        if target.is_dir() {
            let why = "đó là thư mục · it is a folder";
            return Err(unfit("output_failed", target, &why));
        }
        // Made and removed: somebody may break off while the PIN is asked.
        drop(temporary(target)?);
        Ok(Output { target: target.to_owned() })
    }

    /// Base, then tail; the base must still be what was signed. If we die before the last line, a
    /// hidden temporary file is left at most, never a half-written target.
    pub(crate) fn append(self, base: &Path, update: &Update) -> Result<FileHash, Stop> {
        let target = self.target.clone();
        let fail = |e: io::Error| io_stop("output_failed", &target, &e);
        let mut from = File::open(base).map_err(|e| io_stop("file_missing", base, &e))?;
        let temporary = temporary(&self.target)?;
        let mut to = temporary.as_file();
        // Hashed while it is copied: what is written is what was signed, or nothing is kept.
        let mut digester = Digester::new(DigestAlgorithm::Sha256);
        let mut chunk = vec![0; COPY_BYTES];
        loop {
            let length = from.read(&mut chunk).map_err(|e| io_stop("file_unreadable", base, &e))?;
            let part = chunk.get(..length).unwrap_or_default();
            if part.is_empty() {
                break;
            }
            digester.update(part);
            to.write_all(part).map_err(fail)?;
        }
        if finished(digester.clone()) != update.base {
            return Err(signing::Refusal::BaseChanged.into());
        }
        to.write_all(&update.tail).map_err(fail)?;
        digester.update(&update.tail);
        persist(temporary, &self.target)?;
        Ok(finished(digester))
    }

    pub(crate) fn write(self, bytes: &[u8]) -> Result<(), Stop> {
        let temporary = temporary(&self.target)?;
        let written = temporary.as_file().write_all(bytes);
        written.map_err(|e| io_stop("output_failed", &self.target, &e))?;
        persist(temporary, &self.target)
    }
}

/// A file of ours beside `target`, on the same file system; gone when dropped.
fn temporary(target: &Path) -> Result<NamedTempFile, Stop> {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let made = tempfile::Builder::new().prefix(".antin-").suffix(".tmp").tempfile_in(folder);
    made.map_err(|e| io_stop("output_failed", target, &e))
}

fn persist(temporary: NamedTempFile, target: &Path) -> Result<(), Stop> {
    let fail = |e: io::Error| io_stop("output_failed", target, &e);
    permit_as_usual(temporary.as_file(), target).map_err(fail)?;
    temporary.as_file().sync_all().map_err(fail)?;
    temporary.persist(target).map_err(|e| fail(e.error))?;
    // The name itself is durable only with its folder.
    if let Some(folder) = target.parent().filter(|f| !f.as_os_str().is_empty())
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

const COPY_BYTES: usize = 256 << 10;

fn finished(digester: Digester) -> FileHash {
    FileHash(digester.finish().try_into().unwrap_or_default())
}

/// A temporary file is private; the result has the mode of the file it replaces, or the usual one.
fn permit_as_usual(file: &File, target: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = match fs::metadata(target) {
        Ok(old) => old.permissions().mode() & 0o777,
        Err(_) => 0o666 & !umask(),
    };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// The process's umask, read without changing it.
fn umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("Umask:"));
    line.and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok()).unwrap_or(0o022)
}

/// Whether both names are the same file.
pub(crate) fn same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Writes a small file as a whole.
pub(crate) fn write_whole(target: &Path, bytes: &[u8]) -> Result<(), Stop> {
    Output::begin(target)?.write(bytes)
}
