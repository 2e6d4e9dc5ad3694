//! `read`: the only place where validation meets the file's bytes. Total; a panic inside a parser becomes a
//! defect and never leaves.

use crate::digests::{self, Wanted};
use crate::facts::{CmsFacts, Cover, Facts, Limits, unreadable};
use pades::{
    Change, ChangeKind, Defect, FileHash, PdfFacts, RevisionChanges, SignatureFacts, SignatureKind,
    Source,
};
use pki::DigestAlgorithm;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Meets the bytes. Never fails.
pub fn read(source: &dyn Source, limits: &Limits) -> Facts {
    let pdf = contain("reading the PDF", || pades::read(source, &limits.pdf))
        .unwrap_or_else(|defect| unreadable(source.len(), defect));
    let mut cms: Vec<_> = pdf.signatures.iter().map(|signature| cms(signature, limits)).collect();
    let wanted: Vec<_> = pdf.signatures.iter().zip(&cms).map(wanted).collect();
    let digested = match digests::all(source, &wanted) {
        Ok(digested) => digested,
        Err(error) => {
            let why = defect("source", error.to_string());
            return Facts::unreadable(FileHash([0; 32]), source.len(), why);
        }
    };
    for (cms, digest) in cms.iter_mut().zip(digested.ranges) {
        cms.digest = digest;
    }
    let mut pdf = pdf;
    let covers = covers(source, &mut pdf, &cms);
    Facts { file: digested.file, pdf, cms, covers }
}

fn cms(signature: &SignatureFacts, limits: &Limits) -> CmsFacts {
    let read = contain("reading the CMS", || cades::read(&signature.contents, &limits.cms));
    let signed_data = read.unwrap_or_else(|defect| Err(cades::Error::Limit(defect.detail)));
    let timestamps = if signature.kind == SignatureKind::DocumentTimestamp {
        vec![token(&signature.contents, limits)]
    } else {
        let signer = signed_data.as_ref().ok().and_then(|data| data.signers.first());
        let stamps = signer.map_or(&[][..], |signer| &signer.signature_timestamps);
        stamps.iter().take(MAX_TIMESTAMPS).map(|der| token(der, limits)).collect()
    };
    CmsFacts { signed_data, digest: None, timestamps }
}

/// The range and the algorithm that the signer, or the imprint of a document timestamp, speaks of.
fn wanted<'a>((signature, cms): (&'a SignatureFacts, &CmsFacts)) -> Wanted<'a> {
    let oid = if signature.kind == SignatureKind::DocumentTimestamp {
        cms.timestamps.first()?.as_ref().ok()?.imprint_algorithm.as_str()
    } else {
        cms.signed_data.as_ref().ok()?.signers.first()?.digest_algorithm.as_str()
    };
    Some((&signature.byte_range, DigestAlgorithm::from_oid(oid)?))
}

/// More signature timestamps than this in one signature are not read (rule 13).
const MAX_TIMESTAMPS: usize = 8;

fn token(der: &[u8], limits: &Limits) -> Result<cades::TimestampToken, cades::Error> {
    contain("reading a timestamp", || cades::read_timestamp(der, &limits.cms))
        .unwrap_or_else(|defect| Err(cades::Error::Limit(defect.detail)))
}

/// Larger files are not drawn; what their later widgets cover stays unmeasured, which counts against them.
const MAX_DRAWN_BYTES: u64 = 256 << 20;

/// Appearances of later signatures in one file that are drawn; each costs about 50 ms of a page.
const MAX_DRAWN: usize = 32;

/// What the appearances of later signatures cover, each against the revision before its own. Only asked when there
/// is one: drawing costs far more than everything else. What no signature stands behind is refused unmeasured.
fn covers(source: &dyn Source, pdf: &mut PdfFacts, cms: &[CmsFacts]) -> Vec<Cover> {
    let signed = painters(pdf, cms);
    let painted: Vec<_> = pdf
        .revision_changes
        .iter()
        .map(|changes| (changes.revision, widgets(changes, &signed)))
        .filter(|(_, widgets)| !widgets.is_empty())
        .collect();
    let count: usize = painted.iter().map(|(_, widgets)| widgets.len()).sum();
    if count > MAX_DRAWN {
        let detail = format!("{count} appearances of later signatures, more than are drawn");
        pdf.defects.push(defect("budget", detail));
        return Vec::new();
    }
    if painted.is_empty() || source.len() > MAX_DRAWN_BYTES {
        return Vec::new();
    }
    let mut copy = Vec::new();
    let Some(bytes) = whole(source, &mut copy) else { return Vec::new() };
    let mut covers = Vec::new();
    for (revision, widgets) in painted {
        let Some((earlier, later)) = revisions(bytes, pdf, revision) else { continue };
        let Ok(mut found) = contain("drawing", || page::covers(earlier, later, &widgets)) else {
            continue;
        };
        // `page` looks for widgets by name, and may see one of several: each of those counts with its whole box too.
        for widget in widgets.iter().filter(|widget| shares_its_name(widget, &widgets)) {
            let nameless = page::Widget { field: String::new(), ..widget.clone() };
            let Ok(boxed) = contain("drawing", || page::covers(earlier, later, &[nameless])) else {
                continue;
            };
            let named = |cover| page::Covered { field: widget.field.clone(), ..cover };
            found.extend(boxed.into_iter().map(named));
        }
        for widget in
            widgets.iter().filter(|widget| !found.iter().any(|cover| cover.field == widget.field))
        {
            covers.push(Cover::nothing(&widget.field, widget.page));
        }
        covers.extend(found.into_iter().map(Cover::from));
    }
    covers
}

fn shares_its_name(widget: &page::Widget, all: &[page::Widget]) -> bool {
    let same = |other: &&page::Widget| other.field == widget.field && other.page == widget.page;
    all.iter().filter(same).count() > 1
}

/// Fields that bear a signature which is at least whole in form; no other may paint.
fn painters(pdf: &PdfFacts, cms: &[CmsFacts]) -> HashSet<String> {
    let whole = pdf.signatures.iter().zip(cms).filter(|(signature, cms)| {
        signature.kind == SignatureKind::Signature
            && signature.defects.is_empty()
            && cms.signed_data.is_ok()
    });
    whole.map(|(signature, _)| signature.field.clone()).collect()
}

fn widgets(changes: &RevisionChanges, signed: &HashSet<String>) -> Vec<page::Widget> {
    let all = changes.changes.iter().filter_map(widget);
    all.filter(|widget| signed.contains(&widget.field)).collect()
}

fn widget(change: &Change) -> Option<page::Widget> {
    match &change.kind {
        ChangeKind::Painted { field, page, rect } => {
            Some(page::Widget { field: field.clone(), page: *page, rect: *rect })
        }
        _ => None,
    }
}

/// The file as it was before and after a revision.
fn revisions<'a>(bytes: &'a [u8], pdf: &PdfFacts, revision: u32) -> Option<(&'a [u8], &'a [u8])> {
    let cut = |revision: u32| {
        let end = pdf.revision_ends.get(usize::try_from(revision).ok()?)?;
        bytes.get(..usize::try_from(*end).ok()?)
    };
    Some((cut(revision.checked_sub(1)?)?, cut(revision)?))
}

fn whole<'a>(source: &'a dyn Source, copy: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    if let Some(bytes) = source.as_slice() {
        return Some(bytes);
    }
    copy.resize(usize::try_from(source.len()).ok()?, 0);
    source.read_at(0, copy).ok()?;
    Some(copy)
}

/// A panic inside becomes a defect.
pub(crate) fn contain<T>(what: &str, work: impl FnOnce() -> T) -> Result<T, Defect> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| defect("panic", format!("{what} failed unexpectedly")))
}

fn defect(code: &str, detail: String) -> Defect {
    Defect { code: code.into(), offset: None, object: None, detail }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Another producer's file whose second signature paints (tests/data/make.py).
    fn two() -> (Vec<u8>, PdfFacts, Vec<CmsFacts>) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/two.pdf");
        let bytes = std::fs::read(path).unwrap();
        let facts = read(&bytes, &Limits::default());
        (bytes, facts.pdf, facts.cms)
    }

    fn painted(pdf: &PdfFacts) -> Change {
        let all = pdf.revision_changes.iter().flat_map(|changes| &changes.changes);
        all.rev().find(|change| widget(change).is_some()).unwrap().clone()
    }

    #[test]
    fn what_no_signature_stands_behind_is_not_drawn() {
        let (bytes, mut pdf, mut cms) = two();
        assert!(!covers(&bytes, &mut pdf, &cms).is_empty());
        let mut unsigned = pdf.clone();
        for change in unsigned.revision_changes.iter_mut().flat_map(|all| &mut all.changes) {
            if let ChangeKind::Painted { field, .. } = &mut change.kind {
                *field = "Nobody".into();
            }
        }
        let change = painted(&unsigned);
        let last = unsigned.revision_changes.last_mut().unwrap();
        last.changes.extend(std::iter::repeat_n(change, 300));
        assert_eq!(covers(&bytes, &mut unsigned, &cms), []);
        assert_eq!(unsigned.defects, [], "refused as unsigned, not as too many");
        // A signature that is broken in form, or a timestamp, has no say either.
        let mut broken = pdf.clone();
        for signature in &mut broken.signatures {
            signature.defects.push(defect("gap_not_contents", String::new()));
        }
        assert_eq!(covers(&bytes, &mut broken, &cms), []);
        for cms in &mut cms {
            cms.signed_data = Err(cades::Error::Limit(String::new()));
        }
        assert_eq!(covers(&bytes, &mut pdf, &cms), []);
    }

    #[test]
    fn more_appearances_than_are_drawn_are_a_defect() {
        let (bytes, mut pdf, cms) = two();
        let change = painted(&pdf);
        let last = pdf.revision_changes.last_mut().unwrap();
        last.changes.extend(std::iter::repeat_n(change, MAX_DRAWN));
        assert_eq!(covers(&bytes, &mut pdf, &cms), []);
        assert_eq!(pdf.defects.len(), 1);
        assert_eq!(pdf.defects.first().unwrap().code, "budget");
    }

    /// `page` finds the first by its name; the second lies on the words of the page and is not there
    /// at all, as a widget would be that `page` cannot read.
    #[test]
    fn a_second_widget_of_one_name_counts_with_its_box() {
        let (bytes, mut pdf, cms) = two();
        let before = covers(&bytes, &mut pdf, &cms);
        let text = |covers: &[Cover]| covers.iter().filter(|cover| cover.what == "text").count();
        let mut change = painted(&pdf);
        if let ChangeKind::Painted { rect, .. } = &mut change.kind {
            *rect = [0.0, 0.0, 600.0, 850.0];
        }
        pdf.revision_changes.last_mut().unwrap().changes.push(change);
        let after = covers(&bytes, &mut pdf, &cms);
        assert!(text(&after) > text(&before), "{before:?} {after:?}");
        assert!(after.iter().all(|cover| !cover.field.is_empty()));
    }
}
