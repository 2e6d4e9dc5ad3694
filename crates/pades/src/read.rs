//! Reads everything the PDF side says about a file.

use std::collections::HashSet;

use pdf::{Defect, Dictionary, Document, Limits, Object, ObjectId, Source, View};

use crate::{
    PdfFacts, SignatureFacts, byte_range, changes, dss, field,
    field::Field,
    oddity, page_tree,
    signature::{self, Found},
};

/// Slips of producers that leave no doubt about what a file says: told, not held against it.
const HARMLESS: [&str; 5] =
    ["endobj_missing", "filter_unsupported", "header_malformed", "tail_bytes", "xref_entry_format"];

/// Objects of the first revision that are searched for signatures which no field holds. Later
/// revisions are searched whole.
const FIRST_REVISION_SEARCHED: u64 = 1_000;
const SEARCHED: usize = 20_000;

/// Reads everything. Cost follows the tail and what changed.
pub fn read(source: &dyn Source, limits: &Limits) -> PdfFacts {
    let mut facts = PdfFacts {
        file_len: source.len(),
        defects: vec![],
        readable: false,
        encrypted: false,
        revision_ends: vec![],
        pages: 0,
        signatures: vec![],
        empty_fields: vec![],
        revision_changes: vec![],
        dss: None,
        oddities: vec![],
    };
    let document = match Document::open(source, limits) {
        Ok(document) => document,
        Err(defect) => {
            facts.defects.push(defect);
            return facts;
        }
    };
    facts.revision_ends = document.revisions().iter().map(|revision| revision.end).collect();
    if document.is_encrypted() {
        facts.readable = true;
        facts.encrypted = true;
        facts.defects = document.defects();
        facts.defects.push(Defect::new("encrypted", "the file is encrypted"));
        return facts;
    }
    let view = document.current();
    let catalog = view.catalog();
    facts.readable = !catalog.is_empty();
    facts.pages = page_tree::count(view, &catalog);
    let fields = field::all(view, &catalog, limits);
    facts.empty_fields = fields
        .iter()
        .filter(|field| field.is_signature() && field.is_empty(view))
        .filter_map(|field| field.empty_facts(view))
        .collect();
    let unlisted = unlisted(view, &catalog, &fields, limits);
    let mut found = find(view, &catalog, &fields);
    found.extend(unlisted.iter().filter_map(|field| {
        let (name, value) = (field.name.clone(), field.value.clone()?);
        Some(Found { field: Some(field), name, value, listed: false })
    }));
    facts.signatures = signatures(view, &found, limits);
    facts.oddities = oddity::read(view, &catalog, limits);
    facts.oddities.extend(document.quietly(|| orphans(view, &found)));
    facts.dss = dss::read(view, &catalog);
    let signed = || facts.signatures.iter().filter_map(|signature| signature.revision);
    if let (Some(first_signed), Some(last_signed)) = (signed().min(), signed().max()) {
        for revision in 0..=last_signed {
            document.check_complete(revision);
        }
        for revision in first_signed + 1..=document.newest() {
            document.check_revision(revision);
        }
        facts.revision_changes =
            changes::changes(&document, first_signed, &facts.signatures, limits);
    }
    let (harmless, defects) =
        document.defects().into_iter().partition(|defect| HARMLESS.contains(&defect.code.as_str()));
    facts.oddities.extend::<Vec<Defect>>(harmless);
    facts.defects = defects;
    if facts.signatures.is_empty() {
        let orphaned = facts.oddities.iter().any(|oddity| oddity.code == "signature_orphaned");
        match facts.defects.is_empty() {
            false => facts.defects.extend(out_of_reach(source)),
            true if !orphaned => facts.oddities.extend(out_of_reach(source)),
            true => {}
        }
    }
    facts
}

/// A file may hold a signature that its structure no longer leads to: it is damaged, or a later
/// /Prev skips the signed revision. So its key, with an array behind it, is looked for in the bytes.
fn out_of_reach(source: &dyn Source) -> Option<Defect> {
    const KEY: &[u8] = b"/ByteRange";
    const WITH_ARRAY: usize = KEY.len() + 32;
    let is_range = |bytes: &[u8]| {
        let value = bytes.strip_prefix(KEY).map(<[u8]>::trim_ascii_start);
        value.is_some_and(|value| value.first().is_none_or(|byte| *byte == b'['))
    };
    let (mut offset, mut carried, mut found) = (0_u64, Vec::new(), None);
    let read = pdf::for_each_chunk(source, 0, source.len(), |chunk| {
        if found.is_some() {
            return;
        }
        // The key may lie across two chunks: the end of the last one is kept in front.
        let before = carried.len();
        carried.extend_from_slice(chunk);
        let place = (0..carried.len()).find(|at| {
            carried.get(*at) == Some(&b'/')
                && carried
                    .get(*at..)
                    .is_some_and(|rest| is_range(rest.get(..WITH_ARRAY).unwrap_or(rest)))
        });
        found = place.map(|place| (offset + place as u64).saturating_sub(before as u64));
        offset += chunk.len() as u64;
        carried.drain(..carried.len().saturating_sub(WITH_ARRAY));
    });
    read.ok()?;
    let detail = "a signature that the structure of the file no longer leads to";
    found.map(|at| Defect::new("signature_out_of_reach", detail).at(at))
}

/// Signature dictionaries: values of fields, then what only /Perms names.
fn find<'f>(view: View<'_>, catalog: &Dictionary, fields: &'f [Field]) -> Vec<Found<'f>> {
    let mut found: Vec<Found<'f>> = vec![];
    for field in fields {
        let Some(value) = &field.value else { continue };
        let target = view.follow(value);
        let looks_signed =
            target.as_dictionary().is_some_and(|value| value.get("ByteRange").is_some());
        let is_value = field.is_signature() && !target.is_null();
        if is_value || looks_signed {
            let (name, value) = (field.name.clone(), value.clone());
            found.push(Found { field: Some(field), name, value, listed: true });
        }
    }
    let permissions = view.get(catalog, "Perms");
    if let Some(certifying) = permissions.as_dictionary().and_then(|all| all.get("DocMDP"))
        && !found.iter().any(|known| known.value == *certifying)
        && !view.follow(certifying).is_null()
    {
        let name = "Perms/DocMDP".to_owned();
        found.push(Found { field: None, name, value: certifying.clone(), listed: false });
    }
    found
}

/// Pages whose annotations are searched for signatures that the form does not list.
const PAGES_SEARCHED: u64 = 500;

/// Signed widgets on pages that no entry of the form leads to: web tools that rewrite a file lose
/// the form and keep the picture.
fn unlisted(view: View<'_>, catalog: &Dictionary, fields: &[Field], limits: &Limits) -> Vec<Field> {
    let widgets = fields.iter().flat_map(|field| {
        let own = field.widgets.iter().filter_map(|(id, _)| *id);
        own.chain(field.id)
    });
    let mut known: HashSet<ObjectId> = widgets.collect();
    let limits = Limits { objects: limits.objects.min(PAGES_SEARCHED), ..*limits };
    let mut unlisted = vec![];
    for page in page_tree::all(view, catalog, &limits) {
        let page = view.resolve(page.id);
        let annotations = page.as_dictionary().map(|page| view.look(page, "Annots"));
        let annotations = annotations.as_deref().and_then(Object::as_array).unwrap_or_default();
        for id in annotations.iter().filter_map(Object::as_reference).take(2_000) {
            if !known.insert(id) {
                continue;
            }
            let object = view.resolve(id);
            let Some(widget) = object.as_dictionary() else { continue };
            let kind = view.look(widget, "FT").as_name().map(<[u8]>::to_vec);
            let value = widget.get("V").cloned();
            if kind.as_deref() != Some(b"Sig") || value.is_none() {
                continue;
            }
            let name = view.get(widget, "T").as_string().map(pdf::text_of).unwrap_or_default();
            let widgets = vec![(Some(id), object.clone())];
            unlisted.push(Field {
                name,
                id: Some(id),
                object: object.clone(),
                kind,
                value,
                widgets,
            });
        }
    }
    unlisted
}

/// All signatures, those that cover less first.
fn signatures(view: View<'_>, found: &[Found<'_>], limits: &Limits) -> Vec<SignatureFacts> {
    let mut signatures: Vec<SignatureFacts> =
        found.iter().map(|found| signature::read(view, found, limits)).collect();
    byte_range::name_shared(&mut signatures);
    let end = |signature: &SignatureFacts| match signature.byte_range[..] {
        [_, _, after, length] => after.saturating_add(length),
        _ => i64::MAX,
    };
    signatures.sort_by_key(end);
    signatures
}

/// Signature dictionaries that nothing holds: a field was removed, or one waits to be put in place.
fn orphans(view: View<'_>, found: &[Found<'_>]) -> Vec<Defect> {
    let known: HashSet<ObjectId> = found.iter().filter_map(|f| f.value.as_reference()).collect();
    let document = view.document;
    let mut numbers = std::collections::BTreeSet::new();
    for revision in 0..=document.newest() {
        if revision == 0 && document.entry_count(revision) > FIRST_REVISION_SEARCHED {
            continue;
        }
        let entries = document.entries(revision).unwrap_or_default();
        numbers.extend(entries.into_iter().map(|(number, _)| number));
    }
    let mut orphans = vec![];
    for number in numbers.into_iter().take(SEARCHED) {
        let Ok(Some((_, entry))) = document.locate(view.revision, number) else { continue };
        let generation = match entry {
            pdf::Entry::Offset { generation, .. } => generation,
            pdf::Entry::InStream { .. } => 0,
            pdf::Entry::Free => continue,
        };
        let id = ObjectId { number, generation };
        if known.contains(&id) {
            continue;
        }
        // Damage of objects that nothing needs is not this search's to tell.
        let Ok(object) = document.resolve_at(view.revision, id) else { continue };
        let Object::Dictionary(dictionary) = &*object else { continue };
        let is_signature = dictionary.get("ByteRange").is_some()
            && (dictionary.get("Contents").is_some() || dictionary.get("SubFilter").is_some());
        if is_signature {
            let detail = "a signature dictionary that no field holds";
            orphans.push(Defect::new("signature_orphaned", detail).object(id));
        }
    }
    orphans
}
