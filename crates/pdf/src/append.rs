//! Writing by appending: objects, then a section in the style of the newest one, then its trailer.

use sha2::{Digest as _, Sha256};

use crate::{Defect, Dictionary, Document, Object, ObjectId};

/// Entries of a classic table have ten digits (ISO 32000-2, 7.5.4).
const LAST_TABLE_OFFSET: u64 = 9_999_999_999;

/// The tail of an incremental update as it grows.
pub struct Append<'d> {
    document: &'d Document<'d>,
    base_len: u64,
    tail: Vec<u8>,
    entries: Vec<(ObjectId, u64)>,
    next: u32,
    hole: std::ops::Range<usize>,
}

impl<'d> Append<'d> {
    /// Begins a tail for `document`.
    pub fn new(document: &'d Document<'d>) -> Result<Self, Defect> {
        let base_len = document.file_len();
        let next = document.first_unused_number();
        if next > i32::MAX as u32 - 1_000_000 {
            return Err(Defect::new("budget", "no object numbers are left"));
        }
        let last =
            base_len.checked_sub(1).map(|last| document.bytes(last..base_len)).transpose()?;
        // A line end of the base's own keeps `%%EOF` and the next object apart.
        let tail = match last.as_deref() {
            Some(b"\n" | b"\r") => vec![],
            _ => vec![b'\n'],
        };
        Ok(Self { document, base_len, tail, entries: vec![], next, hole: 0..0 })
    }

    /// A number that nothing uses.
    pub fn allocate(&mut self) -> ObjectId {
        let id = ObjectId { number: self.next, generation: 0 };
        self.next += 1;
        id
    }

    /// Length of the tail until now.
    pub fn len(&self) -> usize {
        self.tail.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Writes an object, new or a new version of an old one.
    pub fn object(&mut self, id: ObjectId, object: &Object) {
        self.with_body(id, |out| object.write(out));
    }

    /// Writes an object whose body is bytes (streams with their data). Returns where the body
    /// begins in the tail.
    pub fn raw(&mut self, id: ObjectId, body: &[u8]) -> usize {
        self.with_body(id, |out| out.extend_from_slice(body))
    }

    fn with_body(&mut self, id: ObjectId, write: impl FnOnce(&mut Vec<u8>)) -> usize {
        self.entries.push((id, self.base_len + self.tail.len() as u64));
        let head = format!("{} {} obj\n", id.number, id.generation);
        self.tail.extend_from_slice(head.as_bytes());
        let at = self.tail.len();
        write(&mut self.tail);
        self.tail.extend_from_slice(b"\nendobj\n");
        at
    }

    /// Leaves these bytes of the tail out of /ID: they are filled later.
    pub fn hole(&mut self, range: std::ops::Range<usize>) {
        self.hole = range;
    }

    /// Writes section, trailer and end. The trailer is the newest one's with the `changes`; /Size,
    /// /Prev and the second half of /ID are set here. `seed` makes /ID depend on the base.
    pub fn finish(mut self, changes: &[(&str, Object)], seed: &[u8]) -> Vec<u8> {
        let newest = self.document.newest();
        let mut trailer = Dictionary::new();
        for (key, value) in self.document.trailer(newest).iter() {
            let of_the_section = [
                "Size",
                "Prev",
                "XRefStm",
                "ID",
                "Type",
                "W",
                "Index",
                "Length",
                "Filter",
                "DecodeParms",
                "DL",
            ];
            if let Ok(key) = std::str::from_utf8(key)
                && !of_the_section.contains(&key)
            {
                trailer.set(key, value.clone());
            }
        }
        for (key, value) in changes {
            trailer.set(key, value.clone());
        }
        trailer.set("ID", self.file_id(seed));
        trailer.set("Prev", Object::Integer(self.document.newest_section() as i64));
        let as_stream = self.document.newest_is_stream()
            || self.base_len + self.tail.len() as u64 > LAST_TABLE_OFFSET;
        let at = if as_stream { self.stream_section(trailer) } else { self.table(trailer) };
        let end = format!("startxref\n{at}\n%%EOF\n");
        self.tail.extend_from_slice(end.as_bytes());
        self.tail
    }

    /// The first half stays; the second follows from base and tail, so that equal input gives
    /// equal bytes (ISO 32000-2, 14.4).
    fn file_id(&self, seed: &[u8]) -> Object {
        let mut hash = Sha256::new();
        hash.update(seed);
        hash.update(self.base_len.to_be_bytes());
        hash.update(self.tail.get(..self.hole.start).unwrap_or_default());
        hash.update(self.tail.get(self.hole.end..).unwrap_or_default());
        let second = hash.finalize().iter().take(16).copied().collect::<Vec<u8>>();
        let view = self.document.current();
        let old = view.get(view.trailer(), "ID");
        let first = match old.as_array() {
            Some([Object::String(first), ..]) if !first.is_empty() => first.clone(),
            _ => second.clone(),
        };
        Object::Array(vec![Object::String(first), Object::String(second)])
    }

    /// Runs of neighbouring numbers, sorted; of two versions the later counts.
    fn runs(&self) -> Vec<Vec<(ObjectId, u64)>> {
        let mut entries: Vec<(ObjectId, u64)> = vec![];
        let mut sorted = self.entries.clone();
        sorted.sort_by_key(|(id, at)| (id.number, *at));
        for entry in sorted {
            match entries.last_mut() {
                Some(last) if last.0.number == entry.0.number => *last = entry,
                _ => entries.push(entry),
            }
        }
        let mut runs: Vec<Vec<(ObjectId, u64)>> = vec![];
        for entry in entries {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|(id, _)| id.number + 1 == entry.0.number) => {
                    run.push(entry);
                }
                _ => runs.push(vec![entry]),
            }
        }
        runs
    }

    fn table(&mut self, mut trailer: Dictionary) -> u64 {
        trailer.set("Size", Object::Integer(i64::from(self.next)));
        let at = self.base_len + self.tail.len() as u64;
        self.tail.extend_from_slice(b"xref\n");
        for run in self.runs() {
            let first = run.first().map_or(0, |(id, _)| id.number);
            self.tail.extend_from_slice(format!("{first} {}\n", run.len()).as_bytes());
            for (id, offset) in run {
                let line = format!("{offset:010} {:05} n \n", id.generation);
                self.tail.extend_from_slice(line.as_bytes());
            }
        }
        self.tail.extend_from_slice(b"trailer\n");
        trailer.write(&mut self.tail);
        self.tail.push(b'\n');
        at
    }

    fn stream_section(&mut self, trailer: Dictionary) -> u64 {
        let id = self.allocate();
        let at = self.base_len + self.tail.len() as u64;
        self.entries.push((id, at));
        let width = if at > u64::from(u32::MAX) { 8 } else { 4 };
        let mut index = vec![];
        let mut rows: Vec<u8> = vec![];
        for run in self.runs() {
            let first = run.first().map_or(0, |(id, _)| id.number);
            index.push(Object::Integer(i64::from(first)));
            index.push(Object::Integer(run.len() as i64));
            for (id, offset) in run {
                rows.push(1);
                rows.extend(offset.to_be_bytes().iter().skip(8 - width));
                rows.extend(id.generation.to_be_bytes());
            }
        }
        let widths = [1, width as i64, 2].map(Object::Integer).to_vec();
        let mut dictionary = Dictionary::new()
            .with("Type", Object::name("XRef"))
            .with("Size", Object::Integer(i64::from(self.next)))
            .with("Index", Object::Array(index))
            .with("W", Object::Array(widths));
        for (key, value) in trailer.iter() {
            if let Ok(key) = std::str::from_utf8(key) {
                dictionary.set(key, value.clone());
            }
        }
        dictionary.set("Length", Object::Integer(rows.len() as i64));
        self.tail.extend_from_slice(format!("{} 0 obj\n", id.number).as_bytes());
        dictionary.write(&mut self.tail);
        self.tail.extend_from_slice(b"\nstream\n");
        self.tail.extend_from_slice(&rows);
        self.tail.extend_from_slice(b"\nendstream\nendobj\n");
        at
    }
}
