//! Cross-reference streams: /W, /Index, rows of big-endian fields.

use std::ops::Range;

use super::{Entry, Kind, Section, damaged, note_overlaps};
use crate::{
    Defect, Dictionary, Object, ObjectId,
    budget::Budget,
    filter::{self, FilterFault},
    lexer::{Fault, Lexer},
    source::Reader,
};

/// Bytes that a stream may yield beyond its rows.
const SLACK: u64 = 64 << 10;

/// Decoded rows and the numbers they stand for.
pub(crate) struct StreamTable {
    pub(super) id: ObjectId,
    widths: [usize; 3],
    /// Numbers and the first row of each run, by first number.
    runs: Vec<(Range<u32>, usize)>,
    rows: Vec<u8>,
}

impl StreamTable {
    pub(super) fn numbers(&self) -> Vec<Range<u32>> {
        self.runs.iter().map(|(numbers, _)| numbers.clone()).collect()
    }

    pub(super) fn entry(&self, number: u32) -> Option<Entry> {
        let after = self.runs.partition_point(|(numbers, _)| numbers.start <= number);
        let (numbers, first_row) = after.checked_sub(1).and_then(|at| self.runs.get(at))?;
        if !numbers.contains(&number) {
            return None;
        }
        let row = first_row + (number - numbers.start) as usize;
        let len: usize = self.widths.iter().sum();
        let bytes = self.rows.get(row * len..(row + 1) * len)?;
        let (kind, rest) = bytes.split_at_checked(self.widths[0])?;
        let (second, third) = rest.split_at_checked(self.widths[1])?;
        let (second, third) = (big_endian(second), big_endian(third));
        match if self.widths[0] == 0 { 1 } else { big_endian(kind) } {
            0 => Some(Entry::Free),
            1 => Some(Entry::Offset { offset: second, generation: u16::try_from(third).ok()? }),
            2 => Some(Entry::InStream {
                container: u32::try_from(second).ok()?,
                index: u32::try_from(third).ok()?,
            }),
            // Later kinds count as references to null (7.5.8.3).
            _ => Some(Entry::Free),
        }
    }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

pub(super) fn read(
    reader: &Reader<'_>,
    offset: u64,
    depth: u32,
    budget: &Budget,
    defects: &mut Vec<Defect>,
) -> Result<Section, Defect> {
    let wrong = |what: &'static str| damaged(Fault::Syntax(what), offset);
    let parsed = reader
        .window(offset, |bytes, complete| Lexer::new(bytes, complete, depth).indirect())
        .map_err(|fault| damaged(fault, offset))?;
    let (Object::Dictionary(trailer), Some(data_at)) = (parsed.value, parsed.data_at) else {
        return Err(wrong("neither a table nor a stream"));
    };
    if !trailer.is_name("Type", "XRef") {
        return Err(wrong("the stream is not of /Type /XRef"));
    }
    if parsed.duplicate_key {
        let detail = "the cross-reference stream has a key twice";
        defects.push(Defect::new("duplicate_key", detail).at(offset).object(parsed.id));
    }
    let data_at = offset + data_at as u64;
    let length = trailer.get("Length").and_then(Object::as_integer);
    let length = length.and_then(|length| u64::try_from(length).ok());
    // An indirect /Length could only be found through the section that is being read.
    let length = length.ok_or_else(|| wrong("the stream has no direct /Length"))?;
    let end = stream_end(reader, data_at, length, depth).map_err(|fault| damaged(fault, offset))?;
    let widths = widths(&trailer).ok_or_else(|| wrong("/W is malformed"))?;
    let row: usize = widths.iter().sum();
    let mut runs = vec![];
    let mut next_row = 0;
    for numbers in index(&trailer).ok_or_else(|| wrong("/Index or /Size is malformed"))? {
        budget.spend_entries(numbers.len() as u64 + 1)?;
        let len = numbers.len();
        runs.push((numbers, next_row));
        next_row += len;
    }
    let wanted = next_row.saturating_mul(row);
    let mut rows = decode(reader, data_at, length, &trailer, wanted, budget)
        .map_err(|what| Defect::new("xref_damaged", what).at(offset))?;
    if rows.len() < wanted {
        return Err(wrong("the stream has fewer rows than /Index says"));
    }
    rows.truncate(wanted);
    runs.sort_by_key(|(numbers, _)| numbers.start);
    note_overlaps(runs.iter().map(|(numbers, _)| numbers.clone()), offset, defects);
    let kind = Kind::Stream(StreamTable { id: parsed.id, widths, runs, rows });
    Ok(Section { offset, end, trailer, kind })
}

/// The end after `endstream` and `endobj`.
pub(crate) fn stream_end(
    reader: &Reader<'_>,
    data_at: u64,
    length: u64,
    depth: u32,
) -> Result<u64, Fault> {
    let after = data_at.checked_add(length).ok_or(Fault::Syntax("/Length is too large"))?;
    reader.window(after, |bytes, complete| {
        let mut lexer = Lexer::new(bytes, complete, depth);
        lexer.skip_white()?;
        if lexer.at > 4 || !lexer.take(b"endstream")? {
            return Err(Fault::Syntax("/Length does not lead to `endstream`"));
        }
        let end = lexer.at;
        lexer.skip_space()?;
        if !lexer.take_word(b"endobj")? {
            return Ok(after + end as u64);
        }
        Ok(after + lexer.at as u64)
    })
}

fn decode(
    reader: &Reader<'_>,
    data_at: u64,
    length: u64,
    trailer: &Dictionary,
    wanted: usize,
    budget: &Budget,
) -> Result<Vec<u8>, String> {
    // Rows that no number belongs to are no use: what yields many of them is a bomb. Predictors
    // need one more byte a row until they are undone.
    let limit = budget.next_stream().min((wanted as u64).saturating_mul(2).saturating_add(SLACK));
    if length > limit {
        return Err("the stream is too long".into());
    }
    let value = |key| trailer.get(key).unwrap_or(&Object::Null);
    let words = |fault| match fault {
        FilterFault::Damaged(what) => what.to_owned(),
        FilterFault::Unsupported(name) => format!("filter {name} in a cross-reference stream"),
        FilterFault::TooLarge => "the stream decodes to too many bytes".into(),
    };
    let filters = filter::chain(value("Filter"), value("DecodeParms")).map_err(words)?;
    let encoded = reader.read(data_at, length as usize).map_err(|fault| fault.words())?;
    let rows = filter::decode(&encoded, &filters, limit).map_err(words)?;
    budget.spend_decoded(rows.len() as u64);
    Ok(rows)
}

fn widths(trailer: &Dictionary) -> Option<[usize; 3]> {
    let items = trailer.get("W")?.as_array()?;
    let mut widths = [0; 3];
    if items.len() != 3 {
        return None;
    }
    for (width, item) in widths.iter_mut().zip(items) {
        *width = item.as_integer().filter(|width| (0..=8).contains(width))? as usize;
    }
    (widths[1] > 0).then_some(widths)
}

fn index(trailer: &Dictionary) -> Option<Vec<Range<u32>>> {
    let size = u32::try_from(trailer.get("Size")?.as_integer()?).ok()?;
    let whole = Object::Array(vec![Object::Integer(0), Object::Integer(i64::from(size))]);
    let index = trailer.get("Index").unwrap_or(&whole);
    let numbers = index.as_array()?.iter().map(|item| u32::try_from(item.as_integer()?).ok());
    let numbers: Vec<u32> = numbers.collect::<Option<_>>()?;
    let (pairs, rest) = numbers.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[first, count]| Some(*first..first.checked_add(*count)?)).collect()
}
