//! The document security store (ISO 32000-2, 12.8.4.3): evidence as received.

use std::collections::HashSet;

use pdf::{Defect, Dictionary, Object, View};

use crate::DssFacts;

/// More than any store holds; a CRL may be large.
const MAX_ITEMS: usize = 2_000;
const MAX_BYTES: usize = 64 << 20;

struct Reading<'d> {
    view: View<'d>,
    seen: HashSet<pdf::ObjectId>,
    items: usize,
    bytes: usize,
}

/// What /DSS holds, with what only its /VRI name.
pub(crate) fn read(view: View<'_>, catalog: &Dictionary) -> Option<DssFacts> {
    let store = view.get(catalog, "DSS");
    let store = store.as_dictionary()?;
    let mut reading = Reading { view, seen: HashSet::new(), items: 0, bytes: 0 };
    let mut facts = DssFacts::default();
    reading.take(store, ["Certs", "CRLs", "OCSPs"], &mut facts);
    let related = view.get(store, "VRI");
    let related = related.as_dictionary().into_iter().flat_map(Dictionary::iter);
    for (_, one) in related.take(MAX_ITEMS) {
        let one = view.follow(one);
        if let Some(one) = one.as_dictionary() {
            reading.take(one, ["Cert", "CRL", "OCSP"], &mut facts);
        }
    }
    Some(facts)
}

impl Reading<'_> {
    fn take(&mut self, from: &Dictionary, keys: [&str; 3], facts: &mut DssFacts) {
        let [certificates, crls, ocsp] = keys;
        self.list(from, certificates, &mut facts.certificates);
        self.list(from, crls, &mut facts.crls);
        self.list(from, ocsp, &mut facts.ocsp);
    }

    fn list(&mut self, from: &Dictionary, key: &str, into: &mut Vec<Vec<u8>>) {
        let streams = self.view.get(from, key);
        for item in streams.as_array().unwrap_or_default() {
            if item.as_reference().is_some_and(|id| !self.seen.insert(id)) {
                continue;
            }
            self.items += 1;
            if self.items > MAX_ITEMS || self.bytes > MAX_BYTES {
                let detail = "the document security store holds too much";
                return self.view.document.note(Defect::new("budget", detail));
            }
            let object = self.view.follow(item);
            let Object::Stream(stream) = &*object else { continue };
            match self.view.decode(stream) {
                Ok(bytes) => {
                    self.bytes += bytes.len();
                    into.push(bytes);
                }
                Err(defect) => self.view.document.note(defect),
            }
        }
    }
}
