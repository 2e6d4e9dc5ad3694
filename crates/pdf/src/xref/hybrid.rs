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
    for (number, entry) in stream.entries(reader)? {
        let Some(shown @ Entry::Offset { .. }) = table.entry(reader, number)? else { continue };
        if entry != Entry::Free && entry != shown {
            let detail = format!("object {number} differs between the table and /XRefStm");
            return Ok(Some(Defect::new("hybrid_inconsistent", detail).at(stream.offset)));
        }
    }
    Ok(None)
}
