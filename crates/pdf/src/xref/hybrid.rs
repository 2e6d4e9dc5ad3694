//! Hybrid-reference files (7.5.8.4): a table, and a stream beside it for readers that know streams.
//! Old readers see the table alone; a file that shows the two kinds different objects is refused.

use super::{Entry, Section};
use crate::{Defect, source::Reader};

/// Compares the stream's entries with the table's: what the table has in use must be the same.
pub(crate) fn check(
    reader: &Reader<'_>,
    table: &Section,
    stream: &Section,
) -> Result<Option<Defect>, Defect> {
    let (mut differs, mut damaged) = (None, None);
    stream.for_each(reader, |number, entry| match table.entry(reader, number) {
        Ok(Some(shown @ Entry::Offset { .. })) if entry != Entry::Free && entry != shown => {
            differs = differs.or(Some(number));
        }
        Ok(_) => {}
        Err(defect) => damaged = Some(defect),
    })?;
    if let Some(defect) = damaged {
        return Err(defect);
    }
    Ok(differs.map(|number| {
        let detail = format!("object {number} differs between the table and /XRefStm");
        Defect::new("hybrid_inconsistent", detail).at(stream.offset)
    }))
}
