//! Random access to bytes with 64-bit offsets, and windows over it.

use std::cell::RefCell;

use crate::lexer::Fault;

/// Random access to bytes; implemented for slices, `Vec` and `std::fs::File` (positioned reads).
pub trait Source: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;
    /// Whether there is nothing at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Fills `buf` from `offset` or fails; never short.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError>;
    /// The whole as one slice where it is in memory anyway (fast path).
    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

/// Bytes could not be read: the disk, or a file that became shorter.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot read {wanted} bytes at {offset}: {detail}")]
pub struct SourceError {
    /// First byte wanted.
    pub offset: u64,
    /// How many.
    pub wanted: u64,
    /// What the source said.
    pub detail: String,
}

impl SourceError {
    fn short(offset: u64, wanted: usize) -> Self {
        Self { offset, wanted: wanted as u64, detail: "past the end".into() }
    }
}

fn copy_from(bytes: &[u8], offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
    let short = || SourceError::short(offset, buf.len());
    let from = usize::try_from(offset).map_err(|_| short())?;
    let to = from.checked_add(buf.len()).ok_or_else(short)?;
    let found = bytes.get(from..to).ok_or_else(short)?;
    buf.copy_from_slice(found);
    Ok(())
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        copy_from(self, offset, buf)
    }
    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        Vec::len(self) as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        copy_from(self, offset, buf)
    }
    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

#[cfg(unix)]
impl Source for std::fs::File {
    fn len(&self) -> u64 {
        self.metadata().map(|about| about.len()).unwrap_or(0)
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        std::os::unix::fs::FileExt::read_exact_at(self, buf, offset).map_err(|error| SourceError {
            offset,
            wanted: buf.len() as u64,
            detail: error.to_string(),
        })
    }
}

/// `base` followed by `tail`, as a Source: a signed file is validated without being copied.
pub struct Chained<'a> {
    /// The bytes before.
    pub base: &'a dyn Source,
    /// The appended bytes.
    pub tail: &'a [u8],
}

impl Source for Chained<'_> {
    fn len(&self) -> u64 {
        self.base.len().saturating_add(self.tail.len() as u64)
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        let base_len = self.base.len();
        if offset >= base_len {
            return copy_from(self.tail, offset - base_len, buf);
        }
        let in_base = usize::try_from(base_len - offset).unwrap_or(usize::MAX).min(buf.len());
        let (first, second) = buf.split_at_mut(in_base);
        self.base.read_at(offset, first)?;
        copy_from(self.tail, 0, second)
    }
}

/// Calls `each` with the bytes of `from..to` in order, in pieces of at most 256 KiB.
pub fn for_each_chunk(
    source: &dyn Source,
    from: u64,
    to: u64,
    mut each: impl FnMut(&[u8]),
) -> Result<(), SourceError> {
    if let Some(bytes) = source.as_slice() {
        let short = || SourceError { offset: from, wanted: to, detail: "past the end".into() };
        let from = usize::try_from(from).map_err(|_| short())?;
        let to = usize::try_from(to).map_err(|_| short())?;
        each(bytes.get(from..to).ok_or_else(short)?);
        return Ok(());
    }
    const CHUNK: u64 = 256 << 10;
    let mut buf = vec![0; to.saturating_sub(from).min(CHUNK) as usize];
    let mut at = from;
    while at < to {
        let len = (to - at).min(CHUNK) as usize;
        let (piece, _) = buf.split_at_mut(len);
        source.read_at(at, piece)?;
        each(piece);
        at += len as u64;
    }
    Ok(())
}

/// First window that is read for one object, and the largest: what needs more is refused.
const FIRST_WINDOW: usize = 4 << 10;
const LAST_WINDOW: usize = 64 << 20;
/// Small reads (cross-reference entries) share one block.
const BLOCK: u64 = 16 << 10;

/// Windows over a source, so that parsers see slices and memory does not follow the file's size.
pub(crate) struct Reader<'a> {
    source: &'a dyn Source,
    len: u64,
    block: RefCell<(u64, Vec<u8>)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(source: &'a dyn Source) -> Self {
        Self { source, len: source.len(), block: RefCell::default() }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn source(&self) -> &'a dyn Source {
        self.source
    }

    /// Runs `parse` over the bytes from `offset` on, with a larger window as long as it asks for
    /// more. The flag says whether the window reaches the end of the file.
    pub(crate) fn window<T>(
        &self,
        offset: u64,
        mut parse: impl FnMut(&[u8], bool) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let left = self.len.checked_sub(offset).ok_or(Fault::Syntax("past the end of the file"))?;
        if let Some(all) = self.source.as_slice() {
            let rest = usize::try_from(offset).ok().and_then(|from| all.get(from..));
            return parse(rest.ok_or(Fault::Syntax("past the end of the file"))?, true);
        }
        let mut size = FIRST_WINDOW;
        loop {
            let complete = left <= size as u64;
            let bytes = self.read(offset, left.min(size as u64) as usize)?;
            match parse(&bytes, complete) {
                Err(Fault::More) if complete => return Err(Fault::Syntax("ends too early")),
                Err(Fault::More) if size >= LAST_WINDOW => return Err(Fault::TooLong),
                Err(Fault::More) => size *= 8,
                done => return done,
            }
        }
    }

    /// Exactly `len` bytes.
    pub(crate) fn read(&self, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        let end = offset.checked_add(len as u64).filter(|end| *end <= self.len);
        end.ok_or(Fault::Syntax("past the end of the file"))?;
        let mut bytes = vec![0; len];
        self.source
            .read_at(offset, &mut bytes)
            .map_err(|_| Fault::Syntax("the source cannot be read"))?;
        Ok(bytes)
    }

    /// Exactly `N` bytes, through a shared block: for many small reads near each other.
    pub(crate) fn small<const N: usize>(&self, offset: u64) -> Result<[u8; N], Fault> {
        let past = Fault::Syntax("past the end of the file");
        let end = offset.checked_add(N as u64).filter(|end| *end <= self.len).ok_or(past)?;
        let mut out = [0; N];
        if let Some(all) = self.source.as_slice() {
            copy_from(all, offset, &mut out).map_err(|_| past)?;
            return Ok(out);
        }
        let mut block = self.block.borrow_mut();
        if offset < block.0 || end > block.0 + block.1.len() as u64 {
            let from = offset.saturating_sub(BLOCK / 4);
            let len = (self.len - from).min(BLOCK) as usize;
            *block = (from, self.read(from, len)?);
        }
        copy_from(&block.1, offset - block.0, &mut out).map_err(|_| past)?;
        Ok(out)
    }
}
