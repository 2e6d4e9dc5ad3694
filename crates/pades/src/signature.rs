//! Signature dictionaries.

use pdf::{Defect, Source};

/// Digest over the ranges of `byte_range` (checked to be `[0 a b c]` inside the file). Streams;
/// constant memory.
pub fn digest(
    source: &dyn Source,
    byte_range: &[i64],
    algorithm: pki::DigestAlgorithm,
) -> Result<Vec<u8>, Defect> {
    let malformed = || Defect::new("byte_range_malformed", format!("{byte_range:?}"));
    let numbers: Vec<u64> = byte_range
        .iter()
        .map(|n| u64::try_from(*n).ok())
        .collect::<Option<_>>()
        .ok_or_else(malformed)?;
    let [0, before, after, length] = numbers[..] else { return Err(malformed()) };
    let end = after.checked_add(length).ok_or_else(malformed)?;
    if before >= after || end > source.len() {
        return Err(malformed());
    }
    let mut digester = pki::Digester::new(algorithm);
    for (from, to) in [(0, before), (after, end)] {
        pdf::for_each_chunk(source, from, to, |piece| digester.update(piece))
            .map_err(|error| Defect::new("source", error.to_string()))?;
    }
    Ok(digester.finish())
}
