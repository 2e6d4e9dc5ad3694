//! A file as objects: opened at its tail, resolved object by object, as of any revision.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::HashMap,
    ops::Range,
    rc::Rc,
};

use crate::{
    Defect, Dictionary, Limits, Object, ObjectId, Source, Stream,
    budget::Budget,
    filter::{self, FilterFault},
    lexer::{Fault, Indirect, Lexer},
    object_stream::ObjectStream,
    revision::{self, Link, Revision},
    source::Reader,
    view::{View, null},
    xref::{self, Entry},
};

/// Parsed objects and decoded object streams that are kept, in bytes of their source.
const KEPT_BYTES: u64 = 16 << 20;

/// Offsets that are remembered because nothing can be read there.
const MAX_DAMAGED: usize = 10_000;

/// Defects that are told; a file with more is no better known by them.
pub(crate) const MAX_DEFECTS: usize = 500;

/// A PDF file, read lazily. Damage that leaves it usable is kept as defects, and nothing is ever
/// rebuilt: an object that cannot be read is `null` and a defect.
pub struct Document<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) limits: Limits,
    pub(crate) links: Vec<Link>,
    budget: Budget,
    version: (u8, u8),
    revisions: Vec<Revision>,
    defects: RefCell<Vec<Defect>>,
    objects: RefCell<HashMap<Place, Rc<Object>>>,
    containers: RefCell<HashMap<u64, Rc<ObjectStream>>>,
    kept: Cell<u64>,
    damaged: RefCell<HashMap<u64, Defect>>,
    quiet: Cell<bool>,
    updates: OnceCell<Option<Updates>>,
}

/// Code of objects and streams that reach past the end of their own revision.
pub(crate) const OUTSIDE: &str = "object_outside_revision";

/// Entries of the updates of a file: more than any update or all of them have.
const MAX_UPDATE_ENTRIES: u64 = 500_000;

/// Revision and entry of each number that updates list, oldest first.
type Updates = HashMap<u32, Vec<(u32, Entry)>>;

/// Where an object's text lies: the same place is the same object in every revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// `N G obj` at this offset.
    Offset(u64),
    /// Member of the object stream at `container`.
    Member {
        /// Offset of the object stream.
        container: u64,
        /// Index in it.
        index: u32,
    },
}

/// A key of a dictionary and where its value lies in the file.
pub type ValueSpan = (Vec<u8>, Range<u64>);

/// An indirect object with the place of its text.
pub(crate) struct Located {
    pub(crate) id: ObjectId,
    pub(crate) value: Object,
    pub(crate) span: Range<u64>,
    /// Nothing in it was looked up through a revision.
    lasting: bool,
}

impl<'a> Document<'a> {
    /// Reads header, tail and the chain of sections. Fails where the newest section cannot be read;
    /// other damage is found in [`Document::defects`].
    pub fn open(source: &'a dyn Source, limits: &Limits) -> Result<Self, Defect> {
        let reader = Reader::new(source);
        let mut defects = vec![];
        let version = header(&reader, &mut defects);
        let startxref = revision::last_startxref(&reader, limits.depth);
        let (version, startxref) = match (version, startxref) {
            // Something that was a PDF once, not just any file.
            (Err(defect), Ok(_)) if reader.len() > 0 => {
                return Err(Defect { code: "header_missing".into(), ..defect });
            }
            (version, startxref) => (version?, startxref?),
        };
        let budget = Budget::new(limits);
        let links = revision::chain(&reader, startxref, limits, &budget, &mut defects)?;
        let mut revisions = revision::group(&reader, &links, startxref, limits.depth, &mut defects);
        if let Some(newest) = revisions.last_mut() {
            newest.end = revision::skip_empty_lines(&reader, newest.end);
            defects.extend(revision::check_tail(&reader, newest.end));
        }
        Ok(Self {
            reader,
            limits: *limits,
            links,
            budget,
            version,
            revisions,
            defects: RefCell::new(defects),
            objects: RefCell::default(),
            containers: RefCell::default(),
            kept: Cell::new(0),
            damaged: RefCell::default(),
            quiet: Cell::new(false),
            updates: OnceCell::new(),
        })
    }

    /// The bytes it reads from.
    pub fn source(&self) -> &'a dyn Source {
        self.reader.source()
    }

    /// Length of the file.
    pub fn file_len(&self) -> u64 {
        self.reader.len()
    }

    /// Limits it was opened with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Version in the header (the catalog's /Version may be later).
    pub fn version(&self) -> (u8, u8) {
        self.version
    }

    /// Revisions, oldest first; never empty.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// Index of the newest revision.
    pub fn newest(&self) -> u32 {
        (self.revisions.len() as u32).saturating_sub(1)
    }

    /// What was found wrong until now; reading on may find more.
    pub fn defects(&self) -> Vec<Defect> {
        self.defects.borrow().clone()
    }

    /// Runs `search` without noting defects: for looking at objects that nothing may need.
    pub fn quietly<T>(&self, search: impl FnOnce() -> T) -> T {
        let before = self.quiet.replace(true);
        let found = search();
        self.quiet.set(before);
        found
    }

    /// Adds a defect, once for each code and place.
    pub fn note(&self, defect: Defect) {
        if self.quiet.get() {
            return;
        }
        let mut defects = self.defects.borrow_mut();
        if defects.len() >= MAX_DEFECTS {
            return;
        }
        let known = defects.iter().any(|known| {
            known.code == defect.code
                && known.object == defect.object
                && known.offset == defect.offset
        });
        if !known {
            defects.push(defect);
        }
    }

    /// The trailer of a revision.
    pub fn trailer(&self, revision: u32) -> &Dictionary {
        static NONE: std::sync::LazyLock<Dictionary> = std::sync::LazyLock::new(Dictionary::new);
        let revision = self.revisions.get(revision as usize);
        let link = revision.and_then(|revision| self.links.get(revision.links.start));
        link.map_or(&NONE, |link| &link.main.trailer)
    }

    /// Whether any revision's trailer has /Encrypt.
    pub fn is_encrypted(&self) -> bool {
        self.links.iter().any(|link| link.main.trailer.get("Encrypt").is_some())
    }

    /// Whether the newest section is a cross-reference stream.
    pub fn newest_is_stream(&self) -> bool {
        self.links.first().is_some_and(|link| link.main.own_id().is_some())
    }

    /// Where the newest section begins, for /Prev of the next.
    pub(crate) fn newest_section(&self) -> u64 {
        self.links.first().map_or(0, |link| link.main.offset)
    }

    /// Ids of cross-reference streams of a revision: they need not list themselves.
    pub fn section_ids(&self, revision: u32) -> Vec<ObjectId> {
        let own = |link: &Link| {
            [link.main.own_id(), link.hybrid.as_ref().and_then(xref::Section::own_id)]
        };
        self.links_of(revision).iter().flat_map(own).flatten().collect()
    }

    pub(crate) fn links_of(&self, revision: u32) -> &[Link] {
        let revision = self.revisions.get(revision as usize);
        revision.and_then(|revision| self.links.get(revision.links.clone())).unwrap_or_default()
    }

    /// The first number that nothing uses, listed or announced by /Size.
    pub fn first_unused_number(&self) -> u32 {
        let mut first = 1;
        for link in &self.links {
            for section in [Some(&link.main), link.hybrid.as_ref()].into_iter().flatten() {
                let size = section.trailer.get("Size").and_then(Object::as_integer);
                let size = size.and_then(|size| u32::try_from(size).ok());
                first = first.max(section.end_number()).max(size.unwrap_or(0));
                let own = section.own_id().map_or(0, |id| id.number.saturating_add(1));
                first = first.max(own);
            }
        }
        first
    }

    /// All entries of one revision's sections, by number. In a linearised revision the first-page
    /// section wins, in a hybrid one the table. An update that lists absurdly many is `budget`.
    pub fn entries(&self, revision: u32) -> Result<Vec<(u32, Entry)>, Defect> {
        if revision > 0 && self.entry_count(revision) > MAX_UPDATE_ENTRIES {
            return Err(Defect::new("budget", "an update lists too many objects"));
        }
        let mut listed: Vec<(u32, Entry)> = vec![];
        for link in self.links_of(revision) {
            for section in [Some(&link.main), link.hybrid.as_ref()].into_iter().flatten() {
                section.for_each(&self.reader, |number, _| listed.push((number, Entry::Free)))?;
            }
        }
        listed.sort_unstable_by_key(|(number, _)| *number);
        listed.dedup_by_key(|(number, _)| *number);
        for (number, entry) in &mut listed {
            *entry = self.entry(revision, *number)?.unwrap_or(Entry::Free);
        }
        Ok(listed)
    }

    /// How many entries one revision's sections have, without reading them.
    pub fn entry_count(&self, revision: u32) -> u64 {
        let sections =
            |link: &Link| link.main.count() + link.hybrid.as_ref().map_or(0, xref::Section::count);
        self.links_of(revision).iter().map(sections).sum()
    }

    /// What one revision's own sections say about `number`.
    pub fn entry(&self, revision: u32, number: u32) -> Result<Option<Entry>, Defect> {
        for link in self.links_of(revision) {
            let shown = link.main.entry(&self.reader, number)?;
            let hidden = match (&link.hybrid, shown) {
                (Some(hybrid), None | Some(Entry::Free)) => hybrid.entry(&self.reader, number)?,
                _ => None,
            };
            if let Some(entry) = hidden.or(shown) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The revision, not later than `revision`, that says where `number` is, and what it says.
    pub fn locate(&self, revision: u32, number: u32) -> Result<Option<(u32, Entry)>, Defect> {
        let revision = revision.min(self.newest());
        if let Some(updates) = self.updates() {
            let said = updates.get(&number).map(Vec::as_slice).unwrap_or_default();
            let after = said.partition_point(|(at, _)| *at <= revision);
            let latest = after.checked_sub(1).and_then(|at| said.get(at));
            return match latest {
                Some(latest) => Ok(Some(*latest)),
                None => Ok(self.entry(0, number)?.map(|entry| (0, entry))),
            };
        }
        for earlier in (0..=revision).rev() {
            if let Some(entry) = self.entry(earlier, number)? {
                return Ok(Some((earlier, entry)));
            }
        }
        Ok(None)
    }

    /// What all updates say, by number: made once where a file has many revisions, so that a
    /// look-up does not cost all of them. None where they are few, or too large.
    fn updates(&self) -> Option<&Updates> {
        const FEW: usize = 4;
        let build = || -> Option<Updates> {
            let count: u64 = (1..=self.newest()).map(|revision| self.entry_count(revision)).sum();
            if self.revisions.len() <= FEW || count > MAX_UPDATE_ENTRIES {
                return None;
            }
            let mut updates = Updates::new();
            for revision in 1..=self.newest() {
                for (number, entry) in self.entries(revision).ok()? {
                    updates.entry(number).or_default().push((revision, entry));
                }
            }
            Some(updates)
        };
        self.updates.get_or_init(build).as_ref()
    }

    /// Where the text of `number` lies as of a revision; none where it is free or unknown.
    pub fn place(&self, revision: u32, number: u32) -> Result<Option<Place>, Defect> {
        match self.locate(revision, number)? {
            None | Some((_, Entry::Free)) => Ok(None),
            Some((_, entry)) => self.place_of(revision, number, entry).map(Some),
        }
    }

    /// The place that an entry in use leads to.
    fn place_of(&self, revision: u32, number: u32, entry: Entry) -> Result<Place, Defect> {
        let missing = || {
            let detail = format!("object {number}: its object stream is missing");
            Defect::new("xref_entry_wrong", detail)
        };
        match entry {
            Entry::Free => Err(missing()),
            Entry::Offset { offset, .. } => Ok(Place::Offset(offset)),
            Entry::InStream { container, index } => match self.locate(revision, container)? {
                Some((_, Entry::Offset { offset, .. })) => {
                    Ok(Place::Member { container: offset, index })
                }
                _ => Err(missing()),
            },
        }
    }

    /// The object as the newest revision has it.
    pub fn resolve(&self, id: ObjectId) -> Result<Rc<Object>, Defect> {
        self.resolve_at(self.newest(), id)
    }

    /// The object as of a revision; `null` where it is free or unknown.
    pub fn resolve_at(&self, revision: u32, id: ObjectId) -> Result<Rc<Object>, Defect> {
        self.resolve_within(revision, id, self.limits.depth)
    }

    fn resolve_within(
        &self,
        revision: u32,
        id: ObjectId,
        depth: u32,
    ) -> Result<Rc<Object>, Defect> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Defect::new("budget", "objects need each other too deep").object(id));
        };
        let Some((_, entry)) = self.locate(revision, id.number)? else {
            return Ok(null());
        };
        let generation = match entry {
            Entry::Free => return Ok(null()),
            Entry::Offset { generation, .. } => generation,
            Entry::InStream { .. } => 0,
        };
        if generation != id.generation {
            let detail = format!("the cross-reference has generation {generation}");
            self.note(Defect::new("generation_mismatch", detail).object(id));
            return Ok(null());
        }
        let place =
            self.place_of(revision, id.number, entry).map_err(|defect| defect.object(id))?;
        if let Some(known) = self.objects.borrow().get(&place) {
            return Ok(known.clone());
        }
        let (object, size, lasting) = match place {
            Place::Offset(offset) => {
                let located = self.object_at(revision, offset, depth)?;
                if located.id != id {
                    let detail = format!("the entry of {id} leads to {}", located.id);
                    return Err(Defect::new("xref_entry_wrong", detail).at(offset).object(id));
                }
                let size = match &located.value {
                    Object::Stream(stream) => stream.data.start - located.span.start,
                    _ => located.span.end - located.span.start,
                };
                (Rc::new(located.value), size, located.lasting)
            }
            Place::Member { container, index } => {
                let stream = self.object_stream(revision, container, depth)?;
                if stream.number(index) != Some(id.number) {
                    let detail = format!("member {index} of the object stream is not {id}");
                    return Err(Defect::new("xref_entry_wrong", detail).at(container).object(id));
                }
                let (object, duplicate) = stream
                    .member(index, self.limits.depth)
                    .map_err(|fault| damage("object_damaged", fault).at(container).object(id))?;
                self.note_duplicate(duplicate, id, container);
                (Rc::new(object), 64, true)
            }
        };
        if lasting {
            self.keep(size + 128);
            self.objects.borrow_mut().insert(place, object.clone());
        }
        Ok(object)
    }

    fn note_duplicate(&self, duplicate: bool, id: ObjectId, offset: u64) {
        if duplicate {
            let detail = "a dictionary has one key twice";
            self.note(Defect::new("duplicate_key", detail).at(offset).object(id));
        }
    }

    /// Makes room before something of this size is kept.
    fn keep(&self, size: u64) {
        let kept = self.kept.get().saturating_add(size);
        if kept <= KEPT_BYTES {
            self.kept.set(kept);
            return;
        }
        self.objects.borrow_mut().clear();
        self.containers.borrow_mut().clear();
        self.kept.set(size);
    }

    /// Where the revision ends in whose bytes `offset` lies. An object that reaches further would
    /// take in what a later update writes.
    fn end_around(&self, offset: u64) -> u64 {
        let at = self.revisions.partition_point(|revision| revision.end <= offset);
        self.revisions.get(at).map_or(self.file_len(), |revision| revision.end)
    }

    /// What stands at `offset`, as far as the bytes before `limit` say. What fails is not tried
    /// again: it may be a large object that many name.
    fn parsed_at(&self, offset: u64, limit: u64) -> Result<Indirect, Defect> {
        if let Some(known) = self.damaged.borrow().get(&offset) {
            return Err(known.clone());
        }
        let room = usize::try_from(limit.saturating_sub(offset)).unwrap_or(usize::MAX);
        let parsed = self.reader.window(offset, |bytes, _| {
            let within = bytes.get(..room).unwrap_or(bytes);
            match Lexer::new(within, false, self.limits.depth).indirect() {
                Err(Fault::More) if within.len() == room => Ok(None),
                parsed => parsed.map(Some),
            }
        });
        let parsed = parsed
            .map_err(|fault| damage("object_damaged", fault).at(offset))
            .and_then(|parsed| parsed.ok_or_else(|| beyond(offset)));
        if let Err(defect) = &parsed {
            let mut damaged = self.damaged.borrow_mut();
            if damaged.len() >= MAX_DAMAGED {
                damaged.clear();
            }
            damaged.insert(offset, defect.clone());
        }
        parsed
    }

    /// The indirect object that begins at `offset`, with its span, which ends in the same revision.
    pub(crate) fn object_at(
        &self,
        revision: u32,
        offset: u64,
        depth: u32,
    ) -> Result<Located, Defect> {
        let limit = self.end_around(offset);
        let parsed = self.parsed_at(offset, limit)?;
        let id = parsed.id;
        self.note_duplicate(parsed.duplicate_key, id, offset);
        let end = offset + parsed.end as u64;
        let (Object::Dictionary(dictionary), Some(data_at)) = (&parsed.value, parsed.data_at)
        else {
            if !parsed.endobj {
                self.note(Defect::new("endobj_missing", "endobj is missing").at(end).object(id));
            }
            return Ok(Located { id, value: parsed.value, span: offset..end, lasting: true });
        };
        let data_at = offset + data_at as u64;
        let length_defect = |what: &str| Defect::new("stream_length", what).at(offset).object(id);
        let (length, lasting) = match dictionary.get("Length") {
            Some(Object::Reference(other)) => {
                let length = self.resolve_within(revision, *other, depth)?;
                (length.as_integer(), false)
            }
            other => (other.and_then(Object::as_integer), true),
        };
        let length = length
            .and_then(|length| u64::try_from(length).ok())
            .filter(|length| data_at.checked_add(*length).is_some())
            .ok_or_else(|| length_defect("/Length is missing or wrong"))?;
        if data_at + length > limit {
            return Err(beyond(offset).object(id));
        }
        let end = match xref::stream_end(&self.reader, data_at, length, self.limits.depth) {
            Ok(end) => end,
            Err(fault) => {
                self.note(length_defect(fault.words()));
                data_at + length
            }
        };
        if end > limit {
            return Err(beyond(offset).object(id));
        }
        let stream = Stream { dictionary: dictionary.clone(), data: data_at..data_at + length };
        Ok(Located { id, value: Object::Stream(stream), span: offset..end, lasting })
    }

    pub(crate) fn object_stream(
        &self,
        revision: u32,
        offset: u64,
        depth: u32,
    ) -> Result<Rc<ObjectStream>, Defect> {
        if let Some(known) = self.containers.borrow().get(&offset) {
            return Ok(known.clone());
        }
        let located = self.object_at(revision, offset, depth)?;
        let id = located.id;
        let Object::Stream(stream) = located.value else {
            let detail = "an object stream is no stream";
            return Err(Defect::new("object_stream_damaged", detail).at(offset).object(id));
        };
        let data = self.decode_at(revision, &stream)?;
        let parsed = ObjectStream::read(&stream, data, self.limits.depth)
            .map_err(|fault| damage("object_stream_damaged", fault).at(offset).object(id))?;
        let parsed = Rc::new(parsed);
        self.keep(parsed.len_bytes() as u64);
        self.containers.borrow_mut().insert(offset, parsed.clone());
        Ok(parsed)
    }

    /// Decoded data of a stream as of a revision (its filters may be indirect). Image filters are
    /// `filter_unsupported`; what yields more than is left of the budget is `budget`.
    pub fn decode_at(&self, revision: u32, stream: &Stream) -> Result<Vec<u8>, Defect> {
        let at = stream.data.start;
        let fault = |fault| match fault {
            FilterFault::Damaged(what) => Defect::new("stream_damaged", what).at(at),
            FilterFault::Unsupported(name) => Defect::new("filter_unsupported", name).at(at),
            FilterFault::TooLarge => {
                Defect::new("budget", "a stream decodes to too many bytes").at(at)
            }
        };
        let view = self.view(revision);
        let dictionary = &stream.dictionary;
        if dictionary.get("F").is_some() {
            return Err(Defect::new("filter_unsupported", "external stream").at(at));
        }
        let filter = view.get_flat(dictionary, "Filter");
        let parameters = view.get_flat(dictionary, "DecodeParms");
        let filters = filter::chain(&filter, &parameters).map_err(fault)?;
        let limit = self.budget.next_stream();
        let length = stream.data.end - stream.data.start;
        if length > limit {
            return Err(fault(FilterFault::TooLarge));
        }
        let encoded = self.reader.read(at, length as usize);
        let encoded = encoded.map_err(|fault| damage("stream_damaged", fault).at(at))?;
        let decoded = filter::decode(&encoded, &filters, limit);
        // What did not fit was made all the same: it counts.
        self.budget.spend_decoded(decoded.as_ref().map_or(limit, |bytes| bytes.len() as u64));
        decoded.map_err(fault)
    }

    /// Where the values of the dictionary at `offset` (at its `<<`) lie in the file.
    pub fn value_spans(&self, offset: u64) -> Result<Vec<ValueSpan>, Defect> {
        let spans = self.reader.window(offset, |bytes, complete| {
            Lexer::new(bytes, complete, self.limits.depth).value_spans()
        });
        let spans = spans.map_err(|fault| damage("object_damaged", fault).at(offset))?;
        let shift = |(key, span): (Vec<u8>, Range<usize>)| {
            (key, offset + span.start as u64..offset + span.end as u64)
        };
        Ok(spans.into_iter().map(shift).collect())
    }

    /// Where the value of an indirect object begins: after `N G obj`, comments and white space.
    pub fn value_offset(&self, offset: u64) -> Result<u64, Defect> {
        let at = self.reader.window(offset, |bytes, complete| {
            let mut lexer = Lexer::new(bytes, complete, self.limits.depth);
            lexer.object_header()?;
            lexer.skip_space()?;
            Ok(offset + lexer.at as u64)
        });
        at.map_err(|fault| damage("object_damaged", fault).at(offset))
    }

    /// Bytes of the file; short ranges only.
    pub fn bytes(&self, range: Range<u64>) -> Result<Vec<u8>, Defect> {
        let len = range.end.saturating_sub(range.start);
        if len > (64 << 20) {
            return Err(Defect::new("budget", "too many bytes at once").at(range.start));
        }
        let bytes = self.reader.read(range.start, len as usize);
        bytes.map_err(|fault| damage("object_damaged", fault).at(range.start))
    }

    /// The document as of a revision.
    pub fn view(&self, revision: u32) -> View<'_> {
        View { document: self, revision: revision.min(self.newest()) }
    }

    /// The document as it is now.
    pub fn current(&self) -> View<'_> {
        self.view(self.newest())
    }
}

/// What reaches past the end of its revision.
fn beyond(offset: u64) -> Defect {
    Defect::new(OUTSIDE, "an object reaches past the end of its own revision").at(offset)
}

pub(crate) fn damage(code: &str, fault: Fault) -> Defect {
    Defect::new(if fault.is_budget() { "budget" } else { code }, fault.words())
}

/// Version of `%PDF-M.m` at byte 0, or within the first 1024 bytes with a defect.
fn header(reader: &Reader<'_>, defects: &mut Vec<Defect>) -> Result<(u8, u8), Defect> {
    let not_a_pdf = |what: &str| Defect::new("not_a_pdf", what).at(0);
    if reader.len() == 0 {
        return Err(not_a_pdf("the file is empty"));
    }
    let bytes = reader
        .read(0, reader.len().min(1024) as usize)
        .map_err(|fault| not_a_pdf(fault.words()))?;
    let at = bytes.windows(5).position(|window| window == b"%PDF-");
    let at = at.ok_or_else(|| not_a_pdf("there is no %PDF- header"))?;
    if at > 0 {
        let detail = format!("{at} bytes stand before the header");
        defects.push(Defect::new("header_not_at_start", detail).at(0));
    }
    match bytes.get(at + 5..at + 8) {
        Some([major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9']) => Ok((major - b'0', minor - b'0')),
        _ => {
            defects.push(Defect::new("header_malformed", "the version is malformed").at(at as u64));
            Ok((1, 4))
        }
    }
}
