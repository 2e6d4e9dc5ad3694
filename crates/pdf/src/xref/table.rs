//! The classic table: `xref`, subsections of 20-byte entries, `trailer`.

use std::ops::Range;

use super::{Entry, Kind, Section, damaged, note_overlaps};
use crate::{
    Defect, Object,
    budget::Budget,
    lexer::{Fault, Lexer},
    source::Reader,
};

const ENTRY: u64 = 20;

/// Where the entries lie; they stay in the file until asked for.
pub(crate) struct Table {
    /// By first number.
    subsections: Vec<Subsection>,
}

struct Subsection {
    numbers: Range<u32>,
    entries: Entries,
}

enum Entries {
    /// The first entry's offset.
    At(u64),
    /// Entries that are not 20 bytes long, read one by one.
    Loose(Vec<Entry>),
}

impl Table {
    pub(super) fn numbers(&self) -> Vec<Range<u32>> {
        self.subsections.iter().map(|subsection| subsection.numbers.clone()).collect()
    }

    pub(super) fn entry(&self, reader: &Reader<'_>, number: u32) -> Result<Option<Entry>, Defect> {
        let after = self.subsections.partition_point(|part| part.numbers.start <= number);
        let Some(part) = after.checked_sub(1).and_then(|at| self.subsections.get(at)) else {
            return Ok(None);
        };
        if !part.numbers.contains(&number) {
            return Ok(None);
        }
        let index = number - part.numbers.start;
        match &part.entries {
            Entries::Loose(entries) => Ok(entries.get(index as usize).copied()),
            Entries::At(first) => {
                let at = first + u64::from(index) * ENTRY;
                let bytes = reader.small::<20>(at).map_err(|fault| damaged(fault, at))?;
                let wrong = || {
                    let detail = format!("the entry of object {number} is malformed");
                    Defect::new("xref_entry_format", detail).at(at)
                };
                parse(&bytes).map(Some).ok_or_else(wrong)
            }
        }
    }
}

/// `nnnnnnnnnn ggggg n` and a line end of two bytes.
fn parse(bytes: &[u8; 20]) -> Option<Entry> {
    let offset = digits(bytes.get(..10)?)?;
    let generation = digits(bytes.get(11..16)?)?;
    let apart = bytes[10] == b' ' && bytes[16] == b' ';
    let line_end = matches!(&bytes[18..], b" \n" | b" \r" | b"\r\n");
    if !apart || !line_end {
        return None;
    }
    entry(offset, generation, bytes[17])
}

fn entry(offset: u64, generation: u64, kind: u8) -> Option<Entry> {
    match kind {
        b'f' => Some(Entry::Free),
        b'n' => Some(Entry::Offset { offset, generation: u16::try_from(generation).ok()? }),
        _ => None,
    }
}

fn digits(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0u64, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))
    })
}

enum Head {
    Subsection { first: u64, count: u64, entries: u64 },
    Trailer(u64),
}

pub(super) fn read(
    reader: &Reader<'_>,
    offset: u64,
    depth: u32,
    budget: &Budget,
    defects: &mut Vec<Defect>,
) -> Result<Section, Defect> {
    let mut at = offset + 4;
    let mut subsections = vec![];
    let trailer_at = loop {
        let found = head(reader, at, depth).map_err(|fault| damaged(fault, at))?;
        let (first, count, entries) = match found {
            Head::Trailer(after) => break after,
            Head::Subsection { first, count, entries } => (first, count, entries),
        };
        budget.spend_entries(count.saturating_add(1))?;
        let head_at = at;
        let too_large = || damaged(Fault::Syntax("object numbers are too large"), head_at);
        let end = first.checked_add(count).and_then(|end| u32::try_from(end).ok());
        let numbers = u32::try_from(first).map_err(|_| too_large())?..end.ok_or_else(too_large)?;
        at = entries;
        if count == 0 {
            continue;
        }
        let after = count.checked_mul(ENTRY).and_then(|len| entries.checked_add(len));
        let after = after.ok_or_else(too_large)?;
        let regular = is_regular(reader, entries, count) && head(reader, after, depth).is_ok();
        let entries = if regular {
            at = after;
            Entries::At(entries)
        } else {
            let detail = "cross-reference entries are not 20 bytes long";
            defects.push(Defect::new("xref_entry_format", detail).at(entries));
            let (loose, after) = loose(reader, entries, count, depth)?;
            at = after;
            Entries::Loose(loose)
        };
        subsections.push(Subsection { numbers, entries });
    };
    let (trailer, end, duplicate) = reader
        .window(trailer_at, |bytes, complete| {
            let mut lexer = Lexer::new(bytes, complete, depth);
            match lexer.object()? {
                Object::Dictionary(trailer) => Ok((trailer, lexer.at, lexer.duplicate_key)),
                _ => Err(Fault::Syntax("the trailer is no dictionary")),
            }
        })
        .map_err(|fault| damaged(fault, trailer_at))?;
    if duplicate {
        let detail = "the trailer has a key twice";
        defects.push(Defect::new("duplicate_key", detail).at(trailer_at));
    }
    subsections.sort_by_key(|part| part.numbers.start);
    note_overlaps(subsections.iter().map(|part| part.numbers.clone()), offset, defects);
    let kind = Kind::Table(Table { subsections });
    Ok(Section { offset, end: trailer_at + end as u64, trailer, kind })
}

/// The head of a subsection, or `trailer`.
fn head(reader: &Reader<'_>, at: u64, depth: u32) -> Result<Head, Fault> {
    reader.window(at, |bytes, complete| {
        let mut lexer = Lexer::new(bytes, complete, depth);
        lexer.skip_space()?;
        if lexer.take(b"trailer")? {
            return Ok(Head::Trailer(at + lexer.at as u64));
        }
        let first = lexer.unsigned()?;
        lexer.skip_white()?;
        let count = lexer.unsigned()?;
        lexer.skip_white()?;
        Ok(Head::Subsection { first, count, entries: at + lexer.at as u64 })
    })
}

/// First and last entry have the layout that random access needs.
fn is_regular(reader: &Reader<'_>, entries: u64, count: u64) -> bool {
    let well_formed = |index: u64| {
        let at = index.checked_mul(ENTRY).and_then(|distance| entries.checked_add(distance));
        at.and_then(|at| reader.small::<20>(at).ok()).is_some_and(|bytes| parse(&bytes).is_some())
    };
    well_formed(0) && well_formed(count - 1)
}

fn loose(
    reader: &Reader<'_>,
    from: u64,
    count: u64,
    depth: u32,
) -> Result<(Vec<Entry>, u64), Defect> {
    // 17 bytes are the least an entry takes; what the file cannot hold is not read.
    if count.saturating_mul(17) > reader.len().saturating_sub(from) {
        return Err(damaged(Fault::Syntax("fewer entries than announced"), from));
    }
    reader
        .window(from, |bytes, complete| {
            let mut lexer = Lexer::new(bytes, complete, depth);
            let mut entries = vec![];
            for _ in 0..count {
                lexer.skip_white()?;
                let offset = lexer.unsigned()?;
                lexer.skip_white()?;
                let generation = lexer.unsigned()?;
                lexer.skip_white()?;
                let kind = if lexer.take(b"n")? {
                    b'n'
                } else if lexer.take(b"f")? {
                    b'f'
                } else {
                    return Err(Fault::Syntax("an entry is neither n nor f"));
                };
                let malformed = Fault::Syntax("an entry is malformed");
                entries.push(entry(offset, generation, kind).ok_or(malformed)?);
            }
            Ok((entries, from + lexer.at as u64))
        })
        .map_err(|fault| damaged(fault, from))
}
