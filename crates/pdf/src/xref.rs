//! Cross-reference sections (ISO 32000-2, 7.5.4 and 7.5.8): where each object of one update lies.
//! Entries are read when they are asked for; opening costs what the section's head costs.

mod hybrid;
mod stream;
mod table;

pub(crate) use hybrid::check as check_hybrid;
pub(crate) use stream::stream_end;

use crate::{
    Defect, Dictionary, ObjectId,
    budget::Budget,
    lexer::{Fault, Lexer},
    source::Reader,
};

/// What a section says about one object number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Not in use.
    Free,
    /// `N G obj` begins at `offset`.
    Offset {
        /// From the start of the file.
        offset: u64,
        /// Generation.
        generation: u16,
    },
    /// Member `index` of the object stream `container`.
    InStream {
        /// Number of the object stream.
        container: u32,
        /// Its place in it, from 0.
        index: u32,
    },
}

/// One cross-reference section with its trailer.
pub(crate) struct Section {
    /// Where `xref` or the stream's `N G obj` begins.
    pub(crate) offset: u64,
    /// After the trailer dictionary or `endobj`.
    pub(crate) end: u64,
    pub(crate) trailer: Dictionary,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    Table(table::Table),
    Stream(stream::StreamTable),
}

impl Section {
    /// The section at `offset`. Defects that leave it usable go to `defects`.
    pub(crate) fn read(
        reader: &Reader<'_>,
        offset: u64,
        depth: u32,
        budget: &Budget,
        defects: &mut Vec<Defect>,
    ) -> Result<Section, Defect> {
        let damaged = |fault: Fault| damaged(fault, offset);
        let (at, is_table) = reader
            .window(offset, |bytes, complete| {
                let mut lexer = Lexer::new(bytes, complete, depth);
                lexer.skip_white()?;
                let at = lexer.at;
                Ok((offset + at as u64, lexer.take_word(b"xref")?))
            })
            .map_err(damaged)?;
        if is_table {
            return table::read(reader, at, depth, budget, defects);
        }
        stream::read(reader, at, depth, budget, defects)
    }

    /// What it says about `number`, if it lists it.
    pub(crate) fn entry(&self, reader: &Reader<'_>, number: u32) -> Result<Option<Entry>, Defect> {
        match &self.kind {
            Kind::Table(table) => table.entry(reader, number),
            Kind::Stream(stream) => Ok(stream.entry(number)),
        }
    }

    /// Calls `each` for all it lists, in order of their numbers.
    pub(crate) fn for_each(
        &self,
        reader: &Reader<'_>,
        mut each: impl FnMut(u32, Entry),
    ) -> Result<(), Defect> {
        for number in self.numbers().into_iter().flatten() {
            if let Some(entry) = self.entry(reader, number)? {
                each(number, entry);
            }
        }
        Ok(())
    }

    /// Ranges of numbers it lists, ascending.
    fn numbers(&self) -> Vec<std::ops::Range<u32>> {
        match &self.kind {
            Kind::Table(table) => table.numbers(),
            Kind::Stream(stream) => stream.numbers(),
        }
    }

    /// How many numbers it lists.
    pub(crate) fn count(&self) -> u64 {
        self.numbers().iter().map(|range| range.len() as u64).sum()
    }

    /// One more than the highest number listed.
    pub(crate) fn end_number(&self) -> u32 {
        self.numbers().iter().map(|range| range.end).max().unwrap_or(0)
    }

    /// The id of a cross-reference stream.
    pub(crate) fn own_id(&self) -> Option<ObjectId> {
        match &self.kind {
            Kind::Table(_) => None,
            Kind::Stream(stream) => Some(stream.id),
        }
    }

    /// Number in the trailer that is an offset.
    pub(crate) fn trailer_offset(&self, key: &str) -> Result<Option<u64>, Defect> {
        let Some(value) = self.trailer.get(key) else { return Ok(None) };
        let offset = value.as_integer().and_then(|value| u64::try_from(value).ok());
        let wrong = || Defect::new("prev_wrong", format!("/{key} is not an offset"));
        offset.map(Some).ok_or_else(|| wrong().at(self.offset))
    }
}

pub(crate) fn damaged(fault: Fault, offset: u64) -> Defect {
    let code = if fault.is_budget() { "budget" } else { "xref_damaged" };
    Defect::new(code, format!("cross-reference section: {}", fault.words())).at(offset)
}

/// Ranges of numbers, sorted; a number that stands in two of them is a defect.
fn note_overlaps(
    ranges: impl Iterator<Item = std::ops::Range<u32>>,
    offset: u64,
    defects: &mut Vec<Defect>,
) {
    let mut end = 0;
    for range in ranges.filter(|range| !range.is_empty()) {
        if range.start < end {
            let detail = format!("object {} is listed twice in one section", range.start);
            defects.push(Defect::new("duplicate_object", detail).at(offset));
            return;
        }
        end = range.end;
    }
}
