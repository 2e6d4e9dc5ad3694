//! BER as received (X.690 §8): elements that know their own bytes, and their DER form where a
//! digest needs it. Signed files of 2015 to 2020 use indefinite lengths and strings in pieces.
//!
//! Nothing is decoded before it is asked for. An element of definite length is stepped over in one
//! go; one of indefinite length is scanned once to find its end, never recursively, so that the
//! cost of reading is linear in the bytes for every level that a reader descends, and nesting is
//! bounded.

use crate::error::Error;
use std::cell::Cell;

/// Children of one element; CMS structures have a handful.
const MAX_CHILDREN: usize = 4096;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
const CONSTRUCTED: u8 = 0x20;
const CONSTRUCTED_OCTETS: u8 = OCTET_STRING | CONSTRUCTED;

/// What was seen on the way that DER does not allow.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) indefinite: Cell<bool>,
    pub(crate) long_length: Cell<bool>,
    pub(crate) pieces: Cell<bool>,
}

/// One element: where it stands, its tag octet, its content, and all of its bytes.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) raw: &'a [u8],
    offset: usize,
    depth: usize,
    context: &'a Context,
}

/// Shared by all elements of one reading.
pub(crate) struct Context {
    pub(crate) max_depth: usize,
    pub(crate) seen: Seen,
}

struct Header {
    tag: u8,
    bytes: usize,
    /// `None`: indefinite.
    length: Option<usize>,
    minimal: bool,
}

impl Context {
    pub(crate) fn new(max_depth: usize) -> Self {
        Self { max_depth, seen: Seen::default() }
    }

    /// The element at the start of `bytes`.
    pub(crate) fn first<'a>(&'a self, bytes: &'a [u8], what: &str) -> Result<Element<'a>, Error> {
        self.element(bytes, 0, 0, what)
    }

    fn element<'a>(
        &'a self,
        bytes: &'a [u8],
        offset: usize,
        depth: usize,
        what: &str,
    ) -> Result<Element<'a>, Error> {
        let cut_off = || Error::ber(what, offset, "cut off");
        let header = read_header(bytes).map_err(|detail| Error::ber(what, offset, detail))?;
        if header.tag == 0 {
            return Err(Error::ber(what, offset, "end-of-contents where an element should be"));
        }
        if !header.minimal {
            self.seen.long_length.set(true);
        }
        let (content, raw) = match header.length {
            Some(length) => {
                let end = header.bytes.checked_add(length).ok_or_else(cut_off)?;
                let raw = bytes.get(..end).ok_or_else(cut_off)?;
                (raw.get(header.bytes..).unwrap_or_default(), raw)
            }
            None => {
                self.seen.indefinite.set(true);
                let end = self.end_of_contents(bytes, header.bytes, offset, depth, what)?;
                let raw = bytes.get(..end).ok_or_else(cut_off)?;
                (raw.get(header.bytes..end - 2).unwrap_or_default(), raw)
            }
        };
        Ok(Element { tag: header.tag, content, raw, offset, depth, context: self })
    }

    /// Position after the end-of-contents octets that close what began before `at`.
    fn end_of_contents(
        &self,
        bytes: &[u8],
        mut at: usize,
        offset: usize,
        depth: usize,
        what: &str,
    ) -> Result<usize, Error> {
        let mut open = 1usize;
        loop {
            let here = || offset.saturating_add(at);
            let rest = bytes.get(at..).unwrap_or_default();
            let header = read_header(rest).map_err(|d| Error::ber(what, here(), d))?;
            let next = match (header.tag, header.length) {
                (0, Some(0)) => {
                    open -= 1;
                    at.checked_add(header.bytes)
                }
                (0, _) => return Err(Error::ber(what, here(), "odd end-of-contents")),
                (_, None) => {
                    open += 1;
                    if open + depth > self.max_depth {
                        return Err(Error::Limit(format!(
                            "nesting deeper than {}",
                            self.max_depth
                        )));
                    }
                    at.checked_add(header.bytes)
                }
                (_, Some(length)) => {
                    at.checked_add(header.bytes).and_then(|content| content.checked_add(length))
                }
            };
            at = match next {
                Some(next) if next <= bytes.len() => next,
                _ => return Err(Error::ber(what, here(), "cut off")),
            };
            if open == 0 {
                return Ok(at);
            }
        }
    }
}

fn read_header(bytes: &[u8]) -> Result<Header, &'static str> {
    let (&tag, rest) = bytes.split_first().ok_or("cut off")?;
    if tag & 0x1F == 0x1F {
        return Err("tag number above 30");
    }
    let (&first, digits) = rest.split_first().ok_or("cut off")?;
    match first {
        0x80 if tag & CONSTRUCTED == 0 => Err("indefinite length of a primitive"),
        0x80 => Ok(Header { tag, bytes: 2, length: None, minimal: false }),
        0..0x80 => Ok(Header { tag, bytes: 2, length: Some(first.into()), minimal: true }),
        _ => {
            let count = usize::from(first & 0x7F);
            if count > 8 {
                return Err("length of more than eight bytes");
            }
            let digits = digits.get(..count).ok_or("cut off")?;
            let length = digits.iter().fold(0u64, |n, d| (n << 8) | u64::from(*d));
            let minimal = length >= 0x80 && digits.first() != Some(&0);
            let length = usize::try_from(length).map_err(|_| "length too large")?;
            Ok(Header { tag, bytes: 2 + count, length: Some(length), minimal })
        }
    }
}

impl<'a> Element<'a> {
    /// What it should be; `Err` names the place when it is something else.
    pub(crate) fn expect(self, tag: u8, what: &str) -> Result<Self, Error> {
        match self.tag == tag {
            true => Ok(self),
            false => {
                let detail = format!("tag {:02X} where {tag:02X} should be", self.tag);
                Err(Error::ber(what, self.offset, detail))
            }
        }
    }

    /// The elements directly inside.
    pub(crate) fn children(self, what: &str) -> Result<Vec<Element<'a>>, Error> {
        let depth = self.depth + 1;
        if self.tag & CONSTRUCTED == 0 {
            return Err(Error::ber(what, self.offset, "primitive"));
        }
        if depth > self.context.max_depth {
            return Err(Error::Limit(format!("nesting deeper than {}", self.context.max_depth)));
        }
        let header = self.content.as_ptr() as usize - self.raw.as_ptr() as usize;
        let mut offset = self.offset + header;
        let mut rest = self.content;
        let mut out = Vec::new();
        while !rest.is_empty() {
            if out.len() == MAX_CHILDREN {
                return Err(Error::Limit(format!("{what} with more than {MAX_CHILDREN} elements")));
            }
            let child = self.context.element(rest, offset, depth, what)?;
            rest = rest.get(child.raw.len()..).unwrap_or_default();
            offset += child.raw.len();
            out.push(child);
        }
        Ok(out)
    }

    /// As [`children`](Self::children), in order and by hand.
    pub(crate) fn fields(self, what: &'static str) -> Result<Fields<'a>, Error> {
        let end = self.offset + self.raw.len();
        Ok(Fields { list: self.children(what)?.into_iter().peekable(), what, end })
    }

    /// Content of an OCTET STRING, in one piece or many.
    pub(crate) fn octets(self, what: &str) -> Result<Vec<u8>, Error> {
        match self.tag {
            OCTET_STRING => Ok(self.content.to_vec()),
            CONSTRUCTED_OCTETS => {
                self.context.seen.pieces.set(true);
                let mut out = Vec::new();
                let mut open = vec![self.content_reader()];
                // By hand, since pieces may be in pieces again.
                while let Some((rest, offset, depth)) = open.pop() {
                    if rest.is_empty() {
                        continue;
                    }
                    if depth > self.context.max_depth {
                        let max = self.context.max_depth;
                        return Err(Error::Limit(format!("nesting deeper than {max}")));
                    }
                    let piece = self.context.element(rest, offset, depth, what)?;
                    let len = piece.raw.len();
                    open.push((rest.get(len..).unwrap_or_default(), offset + len, depth));
                    match piece.tag {
                        OCTET_STRING => out.extend_from_slice(piece.content),
                        CONSTRUCTED_OCTETS => open.push(piece.content_reader()),
                        _ => return Err(Error::ber(what, offset, "a piece that is no octets")),
                    }
                }
                Ok(out)
            }
            _ => Err(Error::ber(what, self.offset, "not an OCTET STRING")),
        }
    }

    fn content_reader(self) -> (&'a [u8], usize, usize) {
        (self.content, self.offset + (self.raw.len() - self.content.len()), self.depth + 1)
    }

    /// Dotted OBJECT IDENTIFIER.
    pub(crate) fn oid(self, what: &str) -> Result<String, Error> {
        let element = self.expect(OID, what)?;
        let oid = der::asn1::ObjectIdentifier::from_bytes(element.content);
        oid.map(|o| o.to_string()).map_err(|e| Error::ber(what, element.offset, e))
    }

    /// A small non-negative INTEGER.
    pub(crate) fn small_integer(self, what: &str) -> Result<u32, Error> {
        let element = self.expect(INTEGER, what)?;
        match element.content {
            [] => Err(Error::ber(what, element.offset, "empty INTEGER")),
            [first, ..] if first & 0x80 != 0 => Err(Error::ber(what, element.offset, "negative")),
            content if content.len() > 4 => Err(Error::ber(what, element.offset, "too large")),
            content => Ok(content.iter().fold(0, |n, d| (n << 8) | u32::from(*d))),
        }
    }

    /// The DER encoding of this element (X.690 §10, §11): definite minimal lengths, strings in one
    /// piece, TRUE as FF, universal SETs in ascending order.
    pub(crate) fn to_der(self) -> Result<Vec<u8>, Error> {
        let what = "element";
        if self.tag == CONSTRUCTED_OCTETS {
            return Ok(encode(OCTET_STRING, &self.octets(what)?));
        }
        if self.tag & CONSTRUCTED == 0 {
            let boolean = self.tag == 0x01 && self.content.len() == 1 && self.content != [0];
            return Ok(encode(self.tag, if boolean { &[0xFF] } else { self.content }));
        }
        let mut parts = Vec::new();
        for child in self.children(what)? {
            parts.push(child.to_der()?);
        }
        if self.tag == SET {
            parts.sort();
        }
        Ok(encode(self.tag, &parts.concat()))
    }

    pub(crate) fn offset(self) -> usize {
        self.offset
    }
}

/// Fields of a SEQUENCE, taken from the front.
pub(crate) struct Fields<'a> {
    list: std::iter::Peekable<std::vec::IntoIter<Element<'a>>>,
    what: &'static str,
    end: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn next(&mut self) -> Result<Element<'a>, Error> {
        self.list.next().ok_or_else(|| Error::ber(self.what, self.end, "a field is missing"))
    }

    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, Error> {
        self.next()?.expect(tag, self.what)
    }

    pub(crate) fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        self.list.next_if(|e| e.tag == tag)
    }

    /// Nothing is left.
    pub(crate) fn done(mut self) -> Result<(), Error> {
        match self.list.next() {
            None => Ok(()),
            Some(extra) => Err(Error::ber(self.what, extra.offset, "a field too many")),
        }
    }
}

/// Tag, minimal length, content.
pub(crate) fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let digits = content.len().to_be_bytes();
            let skip = digits.iter().take_while(|d| **d == 0).count();
            out.push(0x80 | (digits.len() - skip) as u8);
            out.extend(digits.iter().skip(skip));
        }
    }
    out.extend_from_slice(content);
    out
}
