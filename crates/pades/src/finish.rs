//! From an update with a hole to a signed one.

use std::ops::Range;

use pdf::{Source, SourceError, Update};
use serde::{Deserialize, Serialize};

/// An update with a hole: everything is fixed but /Contents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prepared {
    /// The tail, with zeros where the signature will stand.
    pub update: Update,
    /// The field that is signed.
    pub field: String,
    /// /ByteRange.
    pub byte_range: [u64; 4],
    /// Room for the DER.
    pub contents_bytes: usize,
}

/// The DER does not fit.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("/Contents has room for {room} bytes, {wanted} are needed")]
pub struct TooSmall {
    /// Bytes there are.
    pub room: usize,
    /// Bytes needed.
    pub wanted: usize,
}

impl Prepared {
    /// Writes /ByteRange into a tail. `byte_range` is its room, `hole_at` the `<` of /Contents.
    pub(crate) fn with_hole(
        mut update: Update,
        field: String,
        byte_range: Range<usize>,
        hole_at: usize,
        contents_bytes: usize,
    ) -> Self {
        let before = update.base_len + hole_at as u64;
        let after = before + 2 * contents_bytes as u64 + 2;
        let end = update.base_len + update.tail.len() as u64;
        let ranges = [0, before, after, end - after];
        let text = format!("[0 {before} {after} {}]", end - after);
        if let Some(room) = update.tail.get_mut(byte_range) {
            room.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
        }
        Self { update, field, byte_range: ranges, contents_bytes }
    }

    /// The hole with its angle brackets, in the tail.
    fn hole(&self) -> Range<usize> {
        let [_, before, after, _] = self.byte_range;
        let in_tail = |offset: u64| {
            usize::try_from(offset.saturating_sub(self.update.base_len)).unwrap_or(usize::MAX)
        };
        // A value that came back changed from somewhere must not make anything panic.
        let len = self.update.tail.len();
        let from = in_tail(before).min(len);
        from..in_tail(after).clamp(from, len)
    }

    /// Digest of what the signature covers: base bytes through `base`, then the tail without the
    /// hole. To hash the base only once, see [`Prepared::digest_after`].
    pub fn digest(
        &self,
        base: &dyn Source,
        algorithm: pki::DigestAlgorithm,
    ) -> Result<Vec<u8>, SourceError> {
        let mut digester = pki::Digester::new(algorithm);
        let end = self.update.base_len;
        pdf::for_each_chunk(base, 0, end, |piece| digester.update(piece))?;
        Ok(self.digest_after(digester))
    }

    /// The same with a digester that has absorbed the base already: clone it for a second try with
    /// more room, or for several signatures over one base.
    pub fn digest_after(&self, mut base: pki::Digester) -> Vec<u8> {
        let hole = self.hole();
        base.update(self.update.tail.get(..hole.start).unwrap_or_default());
        base.update(self.update.tail.get(hole.end..).unwrap_or_default());
        base.finish()
    }

    /// Writes the DER into the hole. TooSmall says how many bytes are wanted: prepare again with
    /// more room.
    pub fn finish(mut self, der: &[u8]) -> Result<Update, TooSmall> {
        let hole = self.hole();
        let room = (hole.len().saturating_sub(2) / 2).min(self.contents_bytes);
        if der.len() > room {
            return Err(TooSmall { room, wanted: der.len() });
        }
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let places = self.update.tail.get_mut(hole.start + 1..).unwrap_or_default();
        for (pair, byte) in places.chunks_exact_mut(2).zip(der) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Ok(self.update)
    }
}
