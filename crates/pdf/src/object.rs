//! PDF objects as values (ISO 32000-2, 7.3), and how they are written.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Number and generation of an indirect object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ObjectId {
    /// Object number, from 1.
    pub number: u32,
    /// Generation number.
    pub generation: u16,
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} R", self.number, self.generation)
    }
}

/// One object. Names and strings are decoded bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number
    Integer(i64),
    /// A number with a fraction, or one too large for [`Object::Integer`]
    Real(Real),
    /// A string, decoded, not decrypted
    String(Vec<u8>),
    /// A name without its slash, `#xx` decoded
    Name(Vec<u8>),
    /// `[…]`
    Array(Vec<Object>),
    /// `<<…>>`
    Dictionary(Dictionary),
    /// A stream: its dictionary and where its data lie
    Stream(Stream),
    /// `N G R`
    Reference(ObjectId),
}

/// A real number with the text it was written as, so that it is copied without loss.
#[derive(Clone, Debug)]
pub struct Real {
    /// Its value.
    pub value: f64,
    /// Its digits as they stand in the file.
    pub text: String,
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl From<f64> for Object {
    /// At most three decimals, never an exponent.
    fn from(value: f64) -> Self {
        let text = format!("{value:.3}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        match text.parse::<i64>() {
            Ok(whole) => Object::Integer(whole),
            Err(_) => Object::Real(Real { value, text: text.to_owned() }),
        }
    }
}

/// A stream object. The data stay in the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Where its encoded data lie in the file.
    pub data: Range<u64>,
}

impl Object {
    /// A name from text.
    pub fn name(text: &str) -> Object {
        Object::Name(text.as_bytes().to_vec())
    }

    /// The dictionary of a dictionary or stream.
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Object::Dictionary(dictionary) => Some(dictionary),
            Object::Stream(stream) => Some(&stream.dictionary),
            _ => None,
        }
    }

    /// The stream.
    pub fn as_stream(&self) -> Option<&Stream> {
        if let Object::Stream(stream) = self { Some(stream) } else { None }
    }

    /// The array's items.
    pub fn as_array(&self) -> Option<&[Object]> {
        if let Object::Array(items) = self { Some(items) } else { None }
    }

    /// The name's bytes.
    pub fn as_name(&self) -> Option<&[u8]> {
        if let Object::Name(name) = self { Some(name) } else { None }
    }

    /// The string's bytes.
    pub fn as_string(&self) -> Option<&[u8]> {
        if let Object::String(bytes) = self { Some(bytes) } else { None }
    }

    /// The whole number.
    pub fn as_integer(&self) -> Option<i64> {
        if let Object::Integer(number) = self { Some(*number) } else { None }
    }

    /// The number, whole or not.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Object::Integer(number) => Some(*number as f64),
            Object::Real(real) => Some(real.value),
            _ => None,
        }
    }

    /// The truth value.
    pub fn as_bool(&self) -> Option<bool> {
        if let Object::Bool(value) = self { Some(*value) } else { None }
    }

    /// The id referred to.
    pub fn as_reference(&self) -> Option<ObjectId> {
        if let Object::Reference(id) = self { Some(*id) } else { None }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Object::Null)
    }

    /// Calls `each` for every reference inside.
    pub fn for_each_reference(&self, each: &mut impl FnMut(ObjectId)) {
        match self {
            Object::Reference(id) => each(*id),
            Object::Array(items) => items.iter().for_each(|item| item.for_each_reference(each)),
            Object::Dictionary(dictionary) => {
                dictionary.iter().for_each(|(_, value)| value.for_each_reference(each));
            }
            Object::Stream(stream) => {
                stream.dictionary.iter().for_each(|(_, value)| value.for_each_reference(each));
            }
            _ => {}
        }
    }

    /// Appends its text. A stream is written as its dictionary alone.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Object::Null => out.extend_from_slice(b"null"),
            Object::Bool(true) => out.extend_from_slice(b"true"),
            Object::Bool(false) => out.extend_from_slice(b"false"),
            Object::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Object::Real(real) => out.extend_from_slice(real.text.as_bytes()),
            Object::String(bytes) => write_string(bytes, out),
            Object::Name(name) => write_name(name, out),
            Object::Array(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Object::Dictionary(dictionary) => dictionary.write(out),
            Object::Stream(stream) => stream.dictionary.write(out),
            Object::Reference(id) => out.extend_from_slice(id.to_string().as_bytes()),
        }
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        let plain = byte.is_ascii_graphic() && !b"#/%()<>[]{}".contains(byte);
        if plain {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
}

fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.iter().any(|byte| !(b' '..=b'~').contains(byte)) {
        out.push(b'<');
        for byte in bytes {
            out.extend_from_slice(format!("{byte:02X}").as_bytes());
        }
        out.push(b'>');
        return;
    }
    out.push(b'(');
    for byte in bytes {
        if matches!(byte, b'(' | b')' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b')');
}

/// A text string (ISO 32000-2, 7.9.2.2): PDFDocEncoding where ASCII does, else UTF-16BE.
pub fn text_string(text: &str) -> Object {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Object::String(text.as_bytes().to_vec());
    }
    let mut bytes = vec![0xFE, 0xFF];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes)
}

/// What a text string says: UTF-16 or UTF-8 by its mark, else PDFDocEncoding (its upper half is
/// read as Latin-1, where the two differ only in typographic signs).
pub fn text_of(bytes: &[u8]) -> String {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| match pair {
            [a, b] => unit([*a, *b]),
            _ => 0,
        });
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// A dictionary in the order it was written. A key that stood twice has its last value; that is a
/// defect the document names.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    entries: Vec<(Vec<u8>, Object)>,
}

impl PartialEq for Dictionary {
    /// The same keys with the same values, in any order; `null` is as good as absent.
    fn eq(&self, other: &Self) -> bool {
        let present = |of: &Dictionary| of.iter().filter(|(_, value)| !value.is_null()).count();
        if present(self) != present(other) {
            return false;
        }
        if self.entries.len() == other.entries.len()
            && self.entries.iter().zip(&other.entries).all(|(a, b)| a.0 == b.0)
        {
            return self.entries.iter().zip(&other.entries).all(|(a, b)| a.1 == b.1);
        }
        let sorted = |of: &Dictionary| -> std::collections::BTreeMap<Vec<u8>, usize> {
            of.entries.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect()
        };
        let theirs = sorted(other);
        self.iter().filter(|(_, value)| !value.is_null()).all(|(key, value)| {
            theirs.get(key).and_then(|at| other.entries.get(*at)).is_some_and(|(_, v)| v == value)
        })
    }
}

impl Dictionary {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes entries as parsed; says whether a key stood twice.
    pub(crate) fn from_entries(mut entries: Vec<(Vec<u8>, Object)>) -> (Self, bool) {
        // Most dictionaries are small: comparing all pairs costs less than sorting.
        const SMALL: usize = 16;
        let mut rest = entries.as_slice();
        let mut repeats = entries.len() > SMALL;
        while let ([(key, _), later @ ..], false) = (rest, repeats) {
            repeats = later.iter().any(|(other, _)| other == key);
            rest = later;
        }
        if !repeats {
            return (Self { entries }, false);
        }
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|a, b| entries[*a].0.cmp(&entries[*b].0));
        let mut stale: Vec<usize> = order
            .windows(2)
            .filter(|pair| entries[pair[0]].0 == entries[pair[1]].0)
            .map(|pair| pair[0])
            .collect();
        if stale.is_empty() {
            return (Self { entries }, false);
        }
        stale.sort_unstable();
        let mut at = 0;
        entries.retain(|_| {
            at += 1;
            stale.binary_search(&(at - 1)).is_err()
        });
        (Self { entries }, true)
    }

    /// The value of `key`; `null` counts as absent (ISO 32000-2, 7.3.7).
    pub fn get(&self, key: &str) -> Option<&Object> {
        let found = self.entries.iter().find(|(name, _)| name == key.as_bytes());
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.entries.iter().map(|(key, value)| (key.as_slice(), value))
    }

    /// How many keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the value of `key` is this name.
    pub fn is_name(&self, key: &str, name: &str) -> bool {
        self.get(key).and_then(Object::as_name) == Some(name.as_bytes())
    }

    /// Sets `key`, in its old place if it had one.
    pub fn set(&mut self, key: &str, value: Object) {
        match self.entries.iter_mut().find(|(name, _)| name == key.as_bytes()) {
            Some((_, old)) => *old = value,
            None => self.entries.push((key.as_bytes().to_vec(), value)),
        }
    }

    /// The same with `key` set.
    #[must_use]
    pub fn with(mut self, key: &str, value: Object) -> Self {
        self.set(key, value);
        self
    }

    /// Removes `key`.
    pub fn remove(&mut self, key: &str) {
        self.entries.retain(|(name, _)| name != key.as_bytes());
    }

    /// Appends its text.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<<");
        for (key, value) in &self.entries {
            write_name(key, out);
            let closed = matches!(
                value,
                Object::Name(_)
                    | Object::String(_)
                    | Object::Array(_)
                    | Object::Dictionary(_)
                    | Object::Stream(_)
            );
            if !closed {
                out.push(b' ');
            }
            value.write(out);
        }
        out.extend_from_slice(b">>");
    }
}
