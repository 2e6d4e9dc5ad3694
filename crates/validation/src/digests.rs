//! The hash of the whole file and the digests of all ranges in one pass: every range begins at byte 0, so their
//! common beginning is hashed once and the state is cloned where a gap begins.

use pades::{FileHash, Source, SourceError};
use pki::{DigestAlgorithm, Digester};

const BUFFER: usize = 256 << 10;

/// What is wanted: a ByteRange as the file has it, and an algorithm.
pub(crate) type Wanted<'a> = Option<(&'a [i64], DigestAlgorithm)>;

/// What one pass gives.
pub(crate) struct Digested {
    /// SHA-256 of the whole file.
    pub(crate) file: FileHash,
    /// One per wanted range, in order.
    pub(crate) ranges: Vec<Option<Vec<u8>>>,
}

/// The file's SHA-256 and, for each wanted range, its digest; None where the range is not `[0 a b c]` inside the file.
pub(crate) fn all(source: &dyn Source, wanted: &[Wanted<'_>]) -> Result<Digested, SourceError> {
    let mut digests: Vec<Option<Vec<u8>>> = vec![None; wanted.len()];
    let mut shared = Vec::new();
    for (place, one) in wanted.iter().enumerate() {
        let Some((byte_range, algorithm)) = one else { continue };
        match ends(byte_range, source.len()) {
            Some(range) if *algorithm == DigestAlgorithm::Sha256 => shared.push((range, place)),
            Some(_) => {
                let digest = pades::digest(source, byte_range, *algorithm).ok();
                if let Some(slot) = digests.get_mut(place) {
                    *slot = digest;
                }
            }
            None => {}
        }
    }
    shared.sort_unstable();
    let mut whole = Digester::new(DigestAlgorithm::Sha256);
    let mut buffer = Vec::new();
    let mut done = 0;
    for ((before, after, end), place) in shared {
        feed(source, done, before, &mut whole, &mut buffer)?;
        done = before;
        let mut one = whole.clone();
        feed(source, after, end, &mut one, &mut buffer)?;
        if let Some(slot) = digests.get_mut(place) {
            *slot = Some(one.finish());
        }
    }
    feed(source, done, source.len(), &mut whole, &mut buffer)?;
    let mut hash = FileHash([0; 32]);
    hash.0.copy_from_slice(whole.finish().get(..32).unwrap_or(&[0; 32]));
    Ok(Digested { file: hash, ranges: digests })
}

/// End of the beginning, start and end of the rest.
fn ends(byte_range: &[i64], len: u64) -> Option<(u64, u64, u64)> {
    let [0, before, after, length] = byte_range else { return None };
    let (before, after) = (u64::try_from(*before).ok()?, u64::try_from(*after).ok()?);
    let end = after.checked_add(u64::try_from(*length).ok()?)?;
    (before < after && end <= len).then_some((before, after, end))
}

fn feed(
    source: &dyn Source,
    from: u64,
    to: u64,
    digester: &mut Digester,
    buffer: &mut Vec<u8>,
) -> Result<(), SourceError> {
    if let Some(bytes) = source.as_slice() {
        let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        let part = range.and_then(|(from, to)| bytes.get(from..to));
        let missing = || SourceError {
            offset: from,
            wanted: to.saturating_sub(from),
            detail: "short".into(),
        };
        digester.update(part.ok_or_else(missing)?);
        return Ok(());
    }
    buffer.resize(BUFFER, 0);
    let mut at = from;
    while at < to {
        let wanted = usize::try_from(to - at).unwrap_or(BUFFER).min(BUFFER);
        let Some(room) = buffer.get_mut(..wanted) else { break };
        source.read_at(at, room)?;
        digester.update(room);
        at += wanted as u64;
    }
    Ok(())
}
