//! From bytes to objects (ISO 32000-2, 7.2 and 7.3), strictly: what the standard does not define is
//! a fault, never a guess. Works on windows: a window that ends too early asks for more.

use std::ops::Range;

use crate::{Dictionary, Object, ObjectId, object::Real};

/// Why parsing stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The window ends inside a token; a larger one may do.
    More,
    /// Not PDF syntax.
    Syntax(&'static str),
    /// Nested too deep.
    Depth,
    /// Too many values in one object.
    Values,
    /// One object is longer than the largest window.
    TooLong,
}

impl Fault {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Fault::More => "ends too early",
            Fault::Syntax(what) => what,
            Fault::Depth => "nested too deep",
            Fault::Values => "too many values in one object",
            Fault::TooLong => "one object is too long",
        }
    }

    pub(crate) fn is_budget(self) -> bool {
        matches!(self, Fault::Depth | Fault::Values | Fault::TooLong)
    }
}

type Parsed<T> = Result<T, Fault>;

/// Values in one object: about 40 MB of memory at most.
const MAX_VALUES: u32 = 1 << 20;

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

/// A cursor over one window.
pub(crate) struct Lexer<'b> {
    bytes: &'b [u8],
    /// Where the next token begins, from the start of the window.
    pub(crate) at: usize,
    complete: bool,
    depth_left: u32,
    values_left: u32,
    /// A dictionary had one key twice.
    pub(crate) duplicate_key: bool,
}

/// An indirect object as parsed: what follows `N G obj`.
pub(crate) struct Indirect {
    pub(crate) id: ObjectId,
    pub(crate) value: Object,
    /// Start of stream data, from the start of the window.
    pub(crate) data_at: Option<usize>,
    /// End after `endobj`, or after the value where that word is missing (not for streams).
    pub(crate) end: usize,
    pub(crate) endobj: bool,
    pub(crate) duplicate_key: bool,
}

impl<'b> Lexer<'b> {
    /// `complete`: nothing follows the window.
    pub(crate) fn new(bytes: &'b [u8], complete: bool, depth: u32) -> Self {
        Self {
            bytes,
            at: 0,
            complete,
            depth_left: depth,
            values_left: MAX_VALUES,
            duplicate_key: false,
        }
    }

    fn peek(&self) -> Parsed<Option<u8>> {
        match self.bytes.get(self.at) {
            Some(byte) => Ok(Some(*byte)),
            None if self.complete => Ok(None),
            None => Err(Fault::More),
        }
    }

    fn next(&mut self) -> Parsed<u8> {
        let byte = self.peek()?.ok_or(Fault::Syntax("ends inside a token"))?;
        self.at += 1;
        Ok(byte)
    }

    /// Skips white space and comments.
    pub(crate) fn skip_space(&mut self) -> Parsed<()> {
        while let Some(byte) = self.peek()? {
            if byte == b'%' {
                while self.peek()?.is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Skips white space alone.
    pub(crate) fn skip_white(&mut self) -> Parsed<()> {
        while self.peek()?.is_some_and(is_space) {
            self.at += 1;
        }
        Ok(())
    }

    /// Takes `word` if it stands here, whatever follows.
    pub(crate) fn take(&mut self, word: &[u8]) -> Parsed<bool> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.at += word.len();
            return Ok(true);
        }
        if !self.complete && rest.len() < word.len() && word.starts_with(rest) {
            return Err(Fault::More);
        }
        Ok(false)
    }

    /// Takes `word` if it stands here and ends here.
    pub(crate) fn take_word(&mut self, word: &[u8]) -> Parsed<bool> {
        let before = self.at;
        if self.take(word)? && !self.peek()?.is_some_and(is_regular) {
            return Ok(true);
        }
        self.at = before;
        Ok(false)
    }

    /// One whole number without sign.
    pub(crate) fn unsigned(&mut self) -> Parsed<u64> {
        let mut value: u64 = 0;
        let from = self.at;
        while let Some(digit) = self.peek()?.filter(u8::is_ascii_digit) {
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(u64::from(digit - b'0')))
                .ok_or(Fault::Syntax("a number is too large"))?;
            self.at += 1;
        }
        if self.at == from {
            return Err(Fault::Syntax("a number is missing"));
        }
        Ok(value)
    }

    /// Any object, with references; leading white space is skipped.
    pub(crate) fn object(&mut self) -> Parsed<Object> {
        self.skip_space()?;
        self.values_left = self.values_left.checked_sub(1).ok_or(Fault::Values)?;
        let byte = self.peek()?.ok_or(Fault::Syntax("an object is missing"))?;
        match byte {
            b'/' => Ok(Object::Name(self.name()?)),
            b'(' => Ok(Object::String(self.literal_string()?)),
            b'<' => {
                if self.take(b"<<")? {
                    return Ok(Object::Dictionary(self.dictionary_rest()?));
                }
                Ok(Object::String(self.hex_string()?))
            }
            b'[' => self.array(),
            b'+' | b'-' | b'.' | b'0'..=b'9' => self.number_or_reference(),
            b't' if self.take_word(b"true")? => Ok(Object::Bool(true)),
            b'f' if self.take_word(b"false")? => Ok(Object::Bool(false)),
            b'n' if self.take_word(b"null")? => Ok(Object::Null),
            _ => Err(Fault::Syntax("an object is expected")),
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or(Fault::Depth)?;
        let parsed = parse(self);
        self.depth_left += 1;
        parsed
    }

    fn array(&mut self) -> Parsed<Object> {
        self.at += 1;
        self.deeper(|lexer| {
            let mut items = vec![];
            loop {
                lexer.skip_space()?;
                if lexer.take(b"]")? {
                    return Ok(Object::Array(items));
                }
                items.push(lexer.object()?);
            }
        })
    }

    /// A dictionary whose `<<` was taken.
    fn dictionary_rest(&mut self) -> Parsed<Dictionary> {
        self.deeper(|lexer| {
            let mut entries = vec![];
            while let Some(key) = lexer.next_key()? {
                entries.push((key, lexer.object()?));
            }
            let (dictionary, duplicate) = Dictionary::from_entries(entries);
            lexer.duplicate_key |= duplicate;
            Ok(dictionary)
        })
    }

    /// The next key, or none where `>>` was taken.
    fn next_key(&mut self) -> Parsed<Option<Vec<u8>>> {
        self.skip_space()?;
        if self.take(b">>")? {
            return Ok(None);
        }
        if self.peek()? != Some(b'/') {
            return Err(Fault::Syntax("a key is expected in a dictionary"));
        }
        self.name().map(Some)
    }

    /// Where each value of the dictionary that begins here lies, from the start of the window.
    pub(crate) fn value_spans(&mut self) -> Parsed<Vec<(Vec<u8>, Range<usize>)>> {
        self.skip_space()?;
        if !self.take(b"<<")? {
            return Err(Fault::Syntax("a dictionary is expected"));
        }
        let mut spans = vec![];
        while let Some(key) = self.next_key()? {
            self.skip_space()?;
            let from = self.at;
            self.object()?;
            spans.push((key, from..self.at));
        }
        Ok(spans)
    }

    fn name(&mut self) -> Parsed<Vec<u8>> {
        self.at += 1;
        let mut name = vec![];
        while let Some(byte) = self.peek()?.filter(|byte| is_regular(*byte)) {
            self.at += 1;
            if byte != b'#' {
                name.push(byte);
                continue;
            }
            let digits = (hex_value(self.peek()?), hex_value(self.peek_second()?));
            if let (Some(high), Some(low)) = digits {
                self.at += 2;
                name.push(high << 4 | low);
            } else {
                name.push(b'#'); // PDF 1.1 had no escapes
            }
        }
        Ok(name)
    }

    fn peek_second(&self) -> Parsed<Option<u8>> {
        match self.bytes.get(self.at + 1) {
            Some(byte) => Ok(Some(*byte)),
            None if self.complete => Ok(None),
            None => Err(Fault::More),
        }
    }

    fn number_or_reference(&mut self) -> Parsed<Object> {
        let number = self.number()?;
        let Object::Integer(first) = number else { return Ok(number) };
        let Ok(first) = u32::try_from(first) else { return Ok(number) };
        let after = self.at;
        if let Some(generation) = self.reference_rest()? {
            return Ok(Object::Reference(ObjectId { number: first, generation }));
        }
        self.at = after;
        Ok(number)
    }

    fn reference_rest(&mut self) -> Parsed<Option<u16>> {
        if !self.peek()?.is_some_and(is_space) {
            return Ok(None);
        }
        self.skip_space()?;
        if !self.peek()?.is_some_and(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let Ok(generation) = u16::try_from(match self.unsigned() {
            Err(Fault::Syntax(_)) => return Ok(None),
            generation => generation?,
        }) else {
            return Ok(None);
        };
        if !self.peek()?.is_some_and(is_space) {
            return Ok(None);
        }
        self.skip_space()?;
        Ok(self.take_word(b"R")?.then_some(generation))
    }

    fn number(&mut self) -> Parsed<Object> {
        let from = self.at;
        if self.peek()?.is_some_and(|byte| byte == b'+' || byte == b'-') {
            self.at += 1;
        }
        let (mut digits, mut point) = (0, false);
        while let Some(byte) = self.peek()? {
            match byte {
                b'0'..=b'9' => digits += 1,
                b'.' if !point => point = true,
                _ => break,
            }
            self.at += 1;
        }
        let bad = Fault::Syntax("a number is malformed");
        if digits == 0 || digits > 300 || self.peek()?.is_some_and(is_regular) {
            return Err(bad);
        }
        let text = self.bytes.get(from..self.at).and_then(|text| std::str::from_utf8(text).ok());
        let text = text.ok_or(bad)?;
        if !point && let Ok(whole) = text.strip_prefix('+').unwrap_or(text).parse() {
            return Ok(Object::Integer(whole));
        }
        let value: f64 = text.parse().map_err(|_| bad)?;
        Ok(Object::Real(Real { value, text: text.to_owned() }))
    }

    fn hex_string(&mut self) -> Parsed<Vec<u8>> {
        self.at += 1;
        let mut bytes = vec![];
        let mut high = None;
        loop {
            let byte = self.next()?;
            match (byte, hex_value(Some(byte)), high) {
                (b'>', ..) => break,
                (_, Some(digit), None) => high = Some(digit),
                (_, Some(digit), Some(first)) => {
                    bytes.push(first << 4 | digit);
                    high = None;
                }
                _ if is_space(byte) => {}
                _ => return Err(Fault::Syntax("a hexadecimal string is malformed")),
            }
        }
        if let Some(first) = high {
            bytes.push(first << 4);
        }
        Ok(bytes)
    }

    fn literal_string(&mut self) -> Parsed<Vec<u8>> {
        self.at += 1;
        let mut bytes = vec![];
        let mut open = 1u32;
        loop {
            match self.next()? {
                b'(' => {
                    open = open.saturating_add(1);
                    bytes.push(b'(');
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(bytes);
                    }
                    bytes.push(b')');
                }
                b'\\' => self.escape(&mut bytes)?,
                b'\r' => {
                    self.take(b"\n")?;
                    bytes.push(b'\n');
                }
                byte => bytes.push(byte),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Parsed<()> {
        match self.next()? {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(0x0C),
            b'\r' => {
                self.take(b"\n")?;
            }
            b'\n' => {}
            digit @ b'0'..=b'7' => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    let Some(digit) = self.peek()?.filter(|byte| (b'0'..=b'7').contains(byte))
                    else {
                        break;
                    };
                    value = value * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                bytes.push((value & 0xFF) as u8);
            }
            other => bytes.push(other),
        }
        Ok(())
    }

    /// `N G obj`.
    pub(crate) fn object_header(&mut self) -> Parsed<ObjectId> {
        let number = self.unsigned()?;
        let number = u32::try_from(number).map_err(|_| Fault::Syntax("object number too large"))?;
        let apart = Fault::Syntax("`N G obj` is expected");
        if !self.peek()?.is_some_and(is_space) {
            return Err(apart);
        }
        self.skip_space()?;
        let generation = self.unsigned()?;
        let generation =
            u16::try_from(generation).map_err(|_| Fault::Syntax("generation too large"))?;
        if !self.peek()?.is_some_and(is_space) {
            return Err(apart);
        }
        self.skip_space()?;
        if !self.take_word(b"obj")? {
            return Err(apart);
        }
        Ok(ObjectId { number, generation })
    }

    /// An indirect object up to `endobj`, or up to the data of a stream.
    pub(crate) fn indirect(&mut self) -> Parsed<Indirect> {
        let id = self.object_header()?;
        self.skip_space()?;
        if self.take_word(b"endobj")? {
            // An empty object is null (ISO 32000-2, 7.3.9 by practice of all readers).
            return Ok(self.parsed(id, Object::Null, None, true));
        }
        let value = self.object()?;
        let after = self.at;
        self.skip_space()?;
        if matches!(value, Object::Dictionary(_)) && self.take(b"stream")? {
            if !self.take(b"\r\n")? && !self.take(b"\n")? {
                return Err(Fault::Syntax("`stream` without a line end"));
            }
            let data_at = self.at;
            return Ok(self.parsed(id, value, Some(data_at), true));
        }
        let endobj = self.take_word(b"endobj")?;
        if !endobj {
            self.at = after;
        }
        Ok(self.parsed(id, value, None, endobj))
    }

    fn parsed(
        &self,
        id: ObjectId,
        value: Object,
        data_at: Option<usize>,
        endobj: bool,
    ) -> Indirect {
        let duplicate_key = self.duplicate_key;
        Indirect { id, value, data_at, end: self.at, endobj, duplicate_key }
    }
}

pub(crate) fn hex_value(byte: Option<u8>) -> Option<u8> {
    match byte? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
        digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
