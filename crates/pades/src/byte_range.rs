//! /ByteRange and the gap it leaves (rules 2 and 3): `[0 a b c]`, where the gap is exactly the
//! hexadecimal /Contents of this very dictionary, and the end is the end of a revision.

use pdf::{Defect, Dictionary, Limits, Object, ValueSpan, View};

use crate::SignatureFacts;

/// What `[0 a b c]` covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ranges {
    /// a
    pub(crate) before: u64,
    /// b
    pub(crate) after: u64,
    /// b + c
    pub(crate) end: u64,
}

impl Ranges {
    /// Checks the four numbers against a file of this length.
    pub(crate) fn of(byte_range: &[i64], file_len: u64) -> Result<Self, Defect> {
        let malformed =
            |why: &str| Defect::new("byte_range_malformed", format!("{byte_range:?}: {why}"));
        let [start, before, after, length] = byte_range else {
            return Err(malformed("four numbers are expected"));
        };
        let number = |value: &i64| u64::try_from(*value).map_err(|_| malformed("negative"));
        let (before, after) = (number(before)?, number(after)?);
        if *start != 0 {
            return Err(malformed("it does not begin at byte 0"));
        }
        if before >= after {
            return Err(malformed("there is no gap"));
        }
        let end = after.checked_add(number(length)?).ok_or_else(|| malformed("too large"))?;
        if end > file_len {
            return Err(Defect::new("byte_range_past_end", format!("{end} of {file_len} bytes")));
        }
        Ok(Self { before, after, end })
    }
}

/// Fills in what the signature covers, with everything that is wrong about it.
pub(crate) fn cover(
    view: View<'_>,
    dictionary: &Dictionary,
    dictionary_offset: Result<u64, Defect>,
    limits: &Limits,
    facts: &mut SignatureFacts,
) {
    let document = view.document;
    match dictionary.get("ByteRange") {
        None => facts.defects.push(Defect::new("byte_range_missing", "there is no /ByteRange")),
        Some(Object::Array(items)) if items.len() <= 1_000 => {
            let numbers: Option<Vec<i64>> = items.iter().map(Object::as_integer).collect();
            facts.byte_range = numbers.unwrap_or_default();
        }
        Some(_) => {
            let detail = "/ByteRange is no direct array";
            facts.defects.push(Defect::new("byte_range_indirect", detail));
        }
    }
    read_contents(view, dictionary, limits, facts);
    let ranges = match Ranges::of(&facts.byte_range, document.file_len()) {
        Ok(ranges) => Some(ranges),
        Err(defect) => {
            facts.defects.push(defect);
            None
        }
    };
    let spans = dictionary_offset.and_then(|offset| document.value_spans(offset));
    match spans {
        Err(defect) => facts.defects.push(defect),
        Ok(spans) => facts.defects.extend(check_gap(view, &spans, ranges)),
    }
    let Some(ranges) = ranges else { return };
    facts.covers_whole_file = ranges.end == document.file_len();
    let revisions = document.revisions();
    facts.revision = revisions.iter().find(|r| r.ends_at(ranges.end)).map(|r| r.index);
    if facts.revision.is_none() {
        let detail = format!("byte {} is not the end of a revision", ranges.end);
        facts.defects.push(Defect::new("byte_range_not_revision_end", detail).at(ranges.end));
    }
}

fn read_contents(
    view: View<'_>,
    dictionary: &Dictionary,
    limits: &Limits,
    facts: &mut SignatureFacts,
) {
    let contents = view.look(dictionary, "Contents");
    let Some(bytes) = contents.as_string() else {
        return facts.defects.push(Defect::new("contents_missing", "there is no /Contents"));
    };
    if bytes.len() as u64 > limits.contents_bytes {
        let detail = format!("/Contents has {} bytes", bytes.len());
        return facts.defects.push(Defect::new("budget", detail));
    }
    facts.contents = bytes.to_vec();
}

/// The gap is the token, the token is hexadecimal, and both keys stand once.
fn check_gap(view: View<'_>, spans: &[ValueSpan], ranges: Option<Ranges>) -> Vec<Defect> {
    let mut defects = vec![];
    let of = |key: &'static str| spans.iter().filter(move |(name, _)| name == key.as_bytes());
    for key in ["ByteRange", "Contents"] {
        if of(key).count() > 1 {
            defects.push(Defect::new("duplicate_key", format!("/{key} stands twice")));
        }
    }
    let Some((_, token)) = of("Contents").next_back() else { return defects };
    let at = |offset: u64| view.document.bytes(offset..offset + 1).unwrap_or_default();
    let is_hex = at(token.start) == b"<" && token.end > token.start && at(token.end - 1) == b">";
    if !is_hex {
        let detail = "/Contents is not a hexadecimal string of this dictionary";
        defects.push(Defect::new("contents_not_hex", detail).at(token.start));
    }
    if let Some(ranges) = ranges
        && (ranges.before..ranges.after) != *token
    {
        let detail = format!(
            "the gap is {}..{}, /Contents is {}..{}",
            ranges.before, ranges.after, token.start, token.end
        );
        defects.push(Defect::new("gap_not_contents", detail).at(ranges.before));
    }
    defects
}

/// No two signatures share a gap or a range (rule 2).
pub(crate) fn name_shared(signatures: &mut [SignatureFacts]) {
    let mut gaps = std::collections::HashMap::<i64, u32>::new();
    for signature in signatures.iter() {
        if let [_, before, ..] = signature.byte_range[..] {
            *gaps.entry(before).or_default() += 1;
        }
    }
    for signature in signatures {
        let [_, before, ..] = signature.byte_range[..] else { continue };
        if gaps.get(&before).is_some_and(|count| *count > 1) {
            let detail = "another signature has the same range";
            signature.defects.push(Defect::new("byte_range_shared", detail));
        }
    }
}
