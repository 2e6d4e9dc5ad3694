//! The full check of one revision, for verifying: each entry leads to its object inside the
//! revision, and every byte belongs to something that was parsed (rules 1 and 4).

use std::{collections::HashSet, ops::Range};

use crate::{
    Defect, Document, Object, ObjectId,
    document::{MAX_DEFECTS, OUTSIDE, damage},
    lexer::{Fault, Lexer},
    xref::Entry,
};

impl Document<'_> {
    /// Checks all entries and bytes of a revision; what is wrong goes to [`Document::defects`].
    pub fn check_revision(&self, revision: u32) {
        let Some(bounds) = self.revisions().get(revision as usize).cloned() else { return };
        let entries = match self.entries(revision) {
            Ok(entries) => entries,
            Err(defect) => return self.note(defect),
        };
        let mut spans = self.section_spans(revision, bounds.end);
        let mut faults = 0;
        for (number, entry) in entries {
            if faults > MAX_DEFECTS {
                return; // wrong throughout: more of the same says nothing new
            }
            match self.check_entry(revision, number, entry, &(bounds.start..bounds.end)) {
                Ok(span) => spans.extend(span),
                Err(defect) => {
                    faults += 1;
                    self.note(defect);
                }
            }
        }
        self.check_gaps(bounds.start..bounds.end, spans);
    }

    /// Checks that whatever a revision lists was complete when that revision ended: an entry, an
    /// object or an object stream that a later update could fill is a defect. Damage of objects
    /// that nothing needs is not looked for.
    pub fn check_complete(&self, revision: u32) {
        let Some(end) = self.revisions().get(revision as usize).map(|bounds| bounds.end) else {
            return;
        };
        let entries = match self.entries(revision) {
            Ok(entries) => entries,
            Err(defect) => return self.note(defect),
        };
        let mut containers = HashSet::new();
        let mut faults = 0;
        for (number, entry) in entries {
            let complete = match entry {
                Entry::Free => Ok(()),
                Entry::Offset { offset, .. } if offset >= end => {
                    let detail = format!("object {number} lies past the end of its own revision");
                    Err(Defect::new("xref_entry_outside_revision", detail).at(offset))
                }
                Entry::Offset { offset, .. } => {
                    self.quietly(|| self.complete_object(revision, offset))
                }
                Entry::InStream { container, .. } if containers.insert(container) => {
                    self.complete_container(revision, container)
                }
                Entry::InStream { .. } => Ok(()),
            };
            if let Err(defect) = complete {
                self.note(defect);
                faults += 1;
            }
            if faults > MAX_DEFECTS {
                return;
            }
        }
    }

    fn complete_object(&self, revision: u32, offset: u64) -> Result<(), Defect> {
        let located = match self.object_at(revision, offset, self.limits.depth) {
            Ok(located) => located,
            // What is no object today is none in a later revision either.
            Err(defect) if matches!(defect.code.as_str(), OUTSIDE | "stream_length") => {
                return Err(defect);
            }
            Err(_) => return Ok(()),
        };
        let Object::Stream(stream) = &located.value else { return Ok(()) };
        if !stream.dictionary.is_name("Type", "ObjStm") {
            return Ok(());
        }
        // Nothing refers to an object stream, so nobody else sees what its dictionary waits for.
        let mut waits = None;
        for (_, value) in stream.dictionary.iter() {
            value.for_each_reference(&mut |id| {
                let known = self.locate(revision, id.number);
                if !matches!(known, Ok(Some((_, Entry::Offset { .. } | Entry::InStream { .. })))) {
                    waits = Some(id);
                }
            });
        }
        match waits {
            Some(id) => {
                let detail = format!("an object stream refers to {id}, which is not there");
                Err(Defect::new(OUTSIDE, detail).at(offset).object(located.id))
            }
            None => Ok(()),
        }
    }

    fn complete_container(&self, revision: u32, container: u32) -> Result<(), Defect> {
        match self.locate(revision, container)? {
            Some((_, Entry::Offset { .. })) => Ok(()),
            _ => {
                let detail = format!("the object stream {container} is not there");
                Err(Defect::new("xref_entry_outside_revision", detail))
            }
        }
    }

    /// Tables with what follows them up to the end, and cross-reference streams.
    fn section_spans(&self, revision: u32, end: u64) -> Vec<Range<u64>> {
        let mut spans = vec![];
        let links = self.links_of(revision);
        for link in links {
            spans.push(link.main.offset..link.main.end);
            spans.extend(link.hybrid.as_ref().map(|hybrid| hybrid.offset..hybrid.end));
        }
        spans.extend(links.iter().map(|link| link.main.end).max().map(|last| last..end));
        spans
    }

    /// Where the entry's object lies, if in this revision's bytes.
    fn check_entry(
        &self,
        revision: u32,
        number: u32,
        entry: Entry,
        bounds: &Range<u64>,
    ) -> Result<Option<Range<u64>>, Defect> {
        let before = match revision.checked_sub(1) {
            Some(earlier) => self.place(earlier, number).unwrap_or(None),
            None => None,
        };
        // Full tables repeat what earlier revisions said: the same place is no change.
        let same = before.is_some() && self.place(revision, number)? == before;
        match entry {
            Entry::Free => Ok(None),
            Entry::Offset { offset, generation } => {
                let id = ObjectId { number, generation };
                let located = self.object_at(revision, offset, self.limits.depth)?;
                if located.id != id {
                    let detail = format!("the entry of {id} leads to {}", located.id);
                    return Err(Defect::new("xref_entry_wrong", detail).at(offset).object(id));
                }
                if !bounds.contains(&offset) || located.span.end > bounds.end {
                    return if same { Ok(None) } else { Err(outside(id).at(offset)) };
                }
                Ok(Some(located.span))
            }
            Entry::InStream { container, .. } => {
                let id = ObjectId { number, generation: 0 };
                let (listed_by, _) =
                    self.locate(revision, container)?.ok_or_else(|| outside(id))?;
                if listed_by != revision && !same {
                    return Err(outside(id));
                }
                self.resolve_at(revision, id)?;
                Ok(None)
            }
        }
    }

    fn check_gaps(&self, bounds: Range<u64>, mut spans: Vec<Range<u64>>) {
        spans.sort_by_key(|span| (span.start, span.end));
        spans.dedup(); // a cross-reference stream may list itself
        let mut at = bounds.start;
        for span in spans {
            if span.start < at {
                let detail = "two objects share bytes";
                self.note(Defect::new("objects_overlap", detail).at(span.start));
            } else {
                self.check_gap(at..span.start);
            }
            at = at.max(span.end);
        }
        self.check_gap(at..bounds.end);
    }

    /// White space and comments alone.
    fn check_gap(&self, gap: Range<u64>) {
        if gap.is_empty() {
            return;
        }
        let length = (gap.end - gap.start) as usize;
        let found = self.reader.window(gap.start, |bytes, complete| {
            let within = bytes.get(..length.min(bytes.len())).unwrap_or_default();
            let mut lexer = Lexer::new(within, complete || bytes.len() >= length, 1);
            lexer.skip_space()?;
            if lexer.at < length {
                return Err(Fault::Syntax("bytes that no entry names"));
            }
            Ok(())
        });
        if let Err(fault) = found {
            self.note(damage("unlisted_bytes", fault).at(gap.start));
        }
    }
}

fn outside(id: ObjectId) -> Defect {
    let detail = format!("the entry of {id} leads out of its revision");
    Defect::new("xref_entry_outside_revision", detail).object(id)
}
