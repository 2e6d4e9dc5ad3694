//! Finding paths: depth first from the leaf, every step bounded.

use super::{Budget, Path};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::trust::{Hierarchy, TrustStore};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Every path from the leaf to an own anchor whose names meet and whose signatures verify, best
/// first (shortest, then newest issuers). Deterministic. An anchor that is issued by another anchor
/// ends one path and continues another.
///
/// # Errors
/// [`Error::Budget`] when the bound on signature checks was reached and no path was found until
/// then; no path at all is `Ok` and empty.
pub fn build(
    leaf: &Certificate,
    pool: &[Certificate],
    trust: &TrustStore,
    budget: Budget,
) -> Result<Vec<Path>, Error> {
    let mut search = Search::new(pool, trust, budget);
    search.extend(vec![leaf.clone()]);
    search.found.sort_by_key(|path| {
        let ages: Vec<_> = path.certificates.iter().map(|c| Reverse(c.not_before())).collect();
        let names: Vec<_> = path.certificates.iter().map(Certificate::sha256).collect();
        (path.certificates.len(), ages, names)
    });
    match search.spent && search.found.is_empty() {
        true => Err(Error::Budget("signature checks while building a path".into())),
        false => Ok(search.found),
    }
}

struct Search<'a> {
    trust: &'a TrustStore,
    budget: Budget,
    /// Anchors first, then the pool, no certificate twice.
    issuers: Vec<&'a Certificate>,
    checks: u32,
    spent: bool,
    /// Answers by (child, issuer).
    verified: HashMap<([u8; 32], [u8; 32]), bool>,
    found: Vec<Path>,
}

impl<'a> Search<'a> {
    fn new(pool: &'a [Certificate], trust: &'a TrustStore, budget: Budget) -> Self {
        let mut issuers: Vec<&Certificate> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for certificate in trust.anchors.iter().map(|a| &a.certificate).chain(pool) {
            if seen.insert(certificate.sha256()) {
                issuers.push(certificate);
            }
        }
        let (checks, found) = (budget.signature_checks, Vec::new());
        Self { trust, budget, issuers, checks, spent: false, verified: HashMap::new(), found }
    }

    fn extend(&mut self, chain: Vec<Certificate>) {
        let Some(last) = chain.last().cloned() else { return };
        if let Some(anchor) = self.trust.anchor(&last) {
            self.keep(&chain, anchor.hierarchy);
            if last.is_self_issued() {
                return;
            }
        }
        if chain.len() >= self.budget.depth as usize {
            return;
        }
        for issuer in self.candidates(&last, &chain) {
            if self.found.len() >= self.budget.candidates as usize {
                return;
            }
            if self.verifies(&last, issuer) {
                let mut longer = chain.clone();
                longer.push(issuer.clone());
                self.extend(longer);
            }
        }
    }

    /// Certificates with the issuer's name, best first: anchors, then those whose key identifier
    /// is the one asked for (RFC 5280 §4.2.1.1; a hint, never a condition), then the newest.
    fn candidates(&self, child: &Certificate, chain: &[Certificate]) -> Vec<&'a Certificate> {
        let on_path = |candidate: &Certificate| {
            // The same name with the same key again is a loop, whatever certificate says it.
            chain.iter().any(|c| c.subject() == candidate.subject() && c.spki() == candidate.spki())
        };
        let named = self.issuers.iter().copied();
        let mut out: Vec<_> =
            named.filter(|i| i.subject() == child.issuer() && !on_path(i)).collect();
        out.sort_by_key(|issuer| {
            let key_id_differs = match (child.authority_key_id(), issuer.subject_key_id()) {
                (Some(asked), Some(has)) => asked != has,
                _ => false,
            };
            let anchor = self.trust.contains(issuer);
            (!anchor, key_id_differs, Reverse(issuer.not_before()), issuer.sha256())
        });
        out.truncate(self.budget.candidates as usize);
        out
    }

    fn verifies(&mut self, child: &Certificate, issuer: &Certificate) -> bool {
        let pair = (child.sha256(), issuer.sha256());
        if let Some(known) = self.verified.get(&pair) {
            return *known;
        }
        if self.checks == 0 {
            self.spent = true;
            return false;
        }
        self.checks -= 1;
        let answer = child.verify_signed_by(issuer).is_ok();
        self.verified.insert(pair, answer);
        answer
    }

    fn keep(&mut self, chain: &[Certificate], hierarchy: Hierarchy) {
        self.found.push(Path { certificates: chain.to_vec(), hierarchy });
    }
}
