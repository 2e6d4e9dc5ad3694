//! Revisions: what each save of the file appended, from the chain of cross-reference sections.

use std::collections::HashSet;

use crate::{
    Defect, Limits,
    budget::Budget,
    lexer::{Fault, Lexer},
    source::Reader,
    xref::{self, Section},
};

/// One save of the file. A linearised file's two sections are one revision (ISO 32000-2, annex F).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// 0 is the oldest.
    pub index: u32,
    /// Where its bytes begin: the end of the one before.
    pub start: u64,
    /// After its `%%EOF`; none where the section is not followed by a proper end.
    pub eof: Option<u64>,
    /// After the line end behind `%%EOF`, or as far as it could be read. The newest revision takes
    /// in empty lines that follow.
    pub end: u64,
    /// Its links, newest first, as indices into the chain.
    pub(crate) links: std::ops::Range<usize>,
}

impl Revision {
    /// Whether a signature whose range ends at `offset` covers exactly up to this revision:
    /// after `%%EOF`, or after the line end behind it.
    pub fn ends_at(&self, offset: u64) -> bool {
        self.eof.is_some_and(|eof| (eof..=self.end.min(eof + 2)).contains(&offset))
    }
}

/// One step of the /Prev chain: a section and, in a hybrid file, the stream beside it.
pub(crate) struct Link {
    pub(crate) main: Section,
    pub(crate) hybrid: Option<Section>,
}

/// The chain from `startxref` on, newest first. Only the newest section must be readable.
pub(crate) fn chain(
    reader: &Reader<'_>,
    startxref: u64,
    limits: &Limits,
    budget: &Budget,
    defects: &mut Vec<Defect>,
) -> Result<Vec<Link>, Defect> {
    let mut links: Vec<Link> = vec![];
    let mut seen = HashSet::new();
    let mut next = Some(startxref);
    while let Some(offset) = next {
        if !seen.insert(offset) {
            defects
                .push(Defect::new("xref_loop", "the /Prev chain comes back to itself").at(offset));
            break;
        }
        if links.len() as u64 > u64::from(limits.revisions) {
            return Err(Defect::new("budget", "too many revisions").at(offset));
        }
        let link = match link(reader, offset, limits, budget, defects) {
            Ok(link) => link,
            Err(defect) if links.is_empty() => return Err(defect),
            Err(defect) => {
                defects.push(defect);
                break;
            }
        };
        next = link.main.trailer_offset("Prev").unwrap_or_else(|defect| {
            defects.push(defect);
            None
        });
        links.push(link);
    }
    Ok(links)
}

fn link(
    reader: &Reader<'_>,
    offset: u64,
    limits: &Limits,
    budget: &Budget,
    defects: &mut Vec<Defect>,
) -> Result<Link, Defect> {
    let main = Section::read(reader, offset, limits.depth, budget, defects)?;
    if main.own_id().is_some() {
        return Ok(Link { main, hybrid: None });
    }
    let hybrid = match main.trailer_offset("XRefStm")? {
        None => None,
        Some(at) => {
            let stream = Section::read(reader, at, limits.depth, budget, defects)?;
            if stream.own_id().is_none() {
                return Err(Defect::new("hybrid_inconsistent", "/XRefStm is no stream").at(at));
            }
            if let Some(defect) = xref::check_hybrid(reader, &main, &stream)? {
                defects.push(defect);
            }
            Some(stream)
        }
    };
    Ok(Link { main, hybrid })
}

/// Groups the chain into revisions, oldest first, with their ends.
pub(crate) fn group(
    reader: &Reader<'_>,
    links: &[Link],
    startxref: u64,
    depth: u32,
    defects: &mut Vec<Defect>,
) -> Vec<Revision> {
    let mut revisions: Vec<Revision> = vec![];
    let mut start = 0;
    let mut after = links.len();
    while after > 0 {
        let oldest = after - 1;
        let mut first = oldest;
        while first > 0 && is_one_save(reader, links, first, depth) {
            first -= 1;
        }
        let group = links.get(first..after).unwrap_or_default();
        let primary = &links[first].main;
        let last = group.iter().map(|link| &link.main).max_by_key(|section| section.end);
        let last = last.unwrap_or(primary);
        if !revisions.is_empty() && last.offset < start {
            let detail = "a section lies inside an earlier revision";
            defects.push(Defect::new("xref_order", detail).at(last.offset));
        }
        let pointer = if first == 0 { startxref } else { primary.offset };
        let (eof, end) = match tail(reader, last.end, depth) {
            Ok(tail) => {
                let names_it = tail.startxref == pointer
                    || is_white(reader, tail.startxref, primary.offset, depth);
                if !names_it {
                    let detail = "startxref of a revision does not name its own section";
                    defects.push(Defect::new("startxref_mismatch", detail).at(last.end));
                }
                (Some(tail.eof), tail.end)
            }
            Err(fault) => {
                let detail = format!("after a cross-reference section: {}", fault.words());
                defects.push(Defect::new("startxref_missing", detail).at(last.end));
                (None, last.end)
            }
        };
        revisions.push(Revision {
            index: revisions.len() as u32,
            start,
            eof,
            end,
            links: first..after,
        });
        start = end;
        after = first;
    }
    revisions
}

/// Whether link `older` and the one after it were written by one save: the two sections of a
/// linearised file, or a section that the next one follows at once (office tools write a table and
/// then an empty one that names the stream for new readers).
fn is_one_save(reader: &Reader<'_>, links: &[Link], older: usize, depth: u32) -> bool {
    let (newer, old) = (&links[older - 1].main, &links[older].main);
    // The first-page section of a linearised file lies before the one it names as /Prev.
    let linearised = older + 1 == links.len() && newer.offset < old.offset;
    linearised || is_white(reader, old.end, newer.offset, depth)
}

/// White space alone, and not much of it, from one offset to another.
fn is_white(reader: &Reader<'_>, from: u64, to: u64, depth: u32) -> bool {
    let Some(length) = to.checked_sub(from).filter(|length| *length <= 64) else { return false };
    let bytes = reader.read(from, length as usize).unwrap_or_default();
    let mut lexer = Lexer::new(&bytes, true, depth);
    bytes.len() as u64 == length && lexer.skip_white().is_ok() && lexer.at == bytes.len()
}

struct Tail {
    startxref: u64,
    eof: u64,
    end: u64,
}

fn tail(reader: &Reader<'_>, at: u64, depth: u32) -> Result<Tail, Fault> {
    reader.window(at, |bytes, complete| {
        let mut lexer = Lexer::new(bytes, complete, depth);
        lexer.skip_space()?;
        if !lexer.take_word(b"startxref")? {
            return Err(Fault::Syntax("startxref is missing"));
        }
        lexer.skip_white()?;
        let startxref = lexer.unsigned()?;
        lexer.skip_white()?;
        if !lexer.take(b"%%EOF")? {
            return Err(Fault::Syntax("%%EOF is missing"));
        }
        let eof = at + lexer.at as u64;
        let _ = lexer.take(b"\r\n")? || lexer.take(b"\n")? || lexer.take(b"\r")?;
        Ok(Tail { startxref, eof, end: at + lexer.at as u64 })
    })
}

/// The offset that the last `startxref` names.
pub(crate) fn last_startxref(reader: &Reader<'_>, depth: u32) -> Result<u64, Defect> {
    const TAIL: u64 = 2048;
    let from = reader.len().saturating_sub(TAIL);
    let missing = |what: &str| Defect::new("startxref_missing", what).at(from);
    let bytes = reader
        .read(from, (reader.len() - from) as usize)
        .map_err(|fault| missing(fault.words()))?;
    let word = b"startxref";
    let at = bytes.windows(word.len()).rposition(|window| window == word);
    let at = at.ok_or_else(|| missing("no startxref near the end of the file"))?;
    let mut lexer = Lexer::new(bytes.get(at + word.len()..).unwrap_or_default(), true, depth);
    let parsed = lexer.skip_white().and_then(|()| lexer.unsigned());
    parsed.map_err(|fault| missing(fault.words()))
}

/// The end of the file with the empty lines behind the newest revision: some producers write two.
pub(crate) fn skip_empty_lines(reader: &Reader<'_>, end: u64) -> u64 {
    const MOST: u64 = 16;
    let left = reader.len().saturating_sub(end).min(MOST + 1);
    let bytes = reader.read(end, left as usize).unwrap_or_default();
    let empty = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ')).count();
    if empty == bytes.len() && left <= MOST { end + left } else { end }
}

/// What follows the newest revision, if anything does: bytes that no parser reads.
pub(crate) fn check_tail(reader: &Reader<'_>, end: u64) -> Option<Defect> {
    /// More than any producer pads with.
    const MOST: u64 = 64 << 10;
    let left = reader.len().saturating_sub(end);
    if left == 0 {
        return None;
    }
    let not_parsed = Defect::new("tail_not_parsed", format!("{left} bytes after the last %%EOF"));
    if left > MOST {
        return Some(not_parsed.at(end));
    }
    let bytes = reader.read(end, left as usize).unwrap_or_default();
    let mut lexer = Lexer::new(&bytes, true, 1);
    let harmless = lexer.skip_space().is_ok() && lexer.at == bytes.len();
    if !harmless {
        return Some(not_parsed.at(end));
    }
    let detail = format!("{left} bytes of white space or comment after the last %%EOF");
    Some(Defect::new("tail_bytes", detail).at(end))
}
