//! RFC 5280 §6.1 over one path at one instant.

use super::constraints::Constraints;
use super::policy;
use super::{Path, PathDefect, PathDefectKind, PolicyInputs};
use crate::certificate::Certificate;
use jiff::Timestamp;

/// RFC 5280 §6.1 at one instant, any policy acceptable; empty = good. Signatures were verified by
/// [`build`](super::build); revocation and key usage of the leaf are asked elsewhere. The anchor's
/// own validity period is not checked.
pub fn check(path: &Path, at: Timestamp) -> Vec<PathDefect> {
    check_with(path, at, &PolicyInputs::default())
}

/// As [`check`], with the policy inputs of RFC 5280 §6.1.1.
pub fn check_with(path: &Path, at: Timestamp, inputs: &PolicyInputs) -> Vec<PathDefect> {
    let certificates = &path.certificates;
    let mut defects = Defects { path, list: Vec::new() };
    let below_anchor = certificates.len().saturating_sub(1);
    for (place, certificate) in certificates.iter().enumerate().take(below_anchor) {
        own(&mut defects, place, certificate, at);
    }
    // Every issuer, the anchor too: trust in a key is no licence to issue with it.
    for (place, issuer) in certificates.iter().enumerate().skip(1) {
        may_issue(&mut defects, place, issuer);
    }
    path_lengths(&mut defects, certificates);
    names(&mut defects, certificates);
    if let Err((place, why)) = policy::process(certificates, inputs) {
        defects.add(place, PathDefectKind::Policy(why));
    }
    defects.list
}

struct Defects<'a> {
    path: &'a Path,
    list: Vec<PathDefect>,
}

impl Defects<'_> {
    fn add(&mut self, place: usize, kind: PathDefectKind) {
        let subject = self.path.certificates.get(place).map(|c| c.subject().text());
        self.list.push(PathDefect { place, subject: subject.unwrap_or_default(), kind });
    }
}

/// §6.1.3 (a): period; §6.1.4 (o), §6.1.5 (f): extensions that nobody processed.
fn own(defects: &mut Defects<'_>, place: usize, certificate: &Certificate, at: Timestamp) {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if at < not_before {
        defects.add(place, PathDefectKind::NotYetValid { not_before });
    }
    // notAfter is a whole second, and the last good one.
    if at.as_second() > not_after.as_second() {
        defects.add(place, PathDefectKind::Expired { not_after });
    }
    for oid in &certificate.extensions().unknown_critical {
        defects.add(place, PathDefectKind::UnknownCriticalExtension(oid.clone()));
    }
    for what in &certificate.extensions().malformed {
        defects.add(place, PathDefectKind::Malformed(what.clone()));
    }
    if !certificate.algorithms_agree() {
        let why = "signed and outer AlgorithmIdentifier differ";
        defects.add(place, PathDefectKind::Algorithm(why.into()));
    }
}

/// §6.1.4 (k), (n). An anchor of version 1 has no extensions to say so and is taken at its word.
fn may_issue(defects: &mut Defects<'_>, place: usize, issuer: &Certificate) {
    let is_anchor = place + 1 == defects.path.certificates.len();
    let old_anchor = is_anchor && issuer.version() < 3;
    if !issuer.is_ca() && !old_anchor {
        defects.add(place, PathDefectKind::NotCa);
    }
    if issuer.key_usage().is_some_and(|usage| !usage.key_cert_sign) {
        defects.add(place, PathDefectKind::KeyCertSignMissing);
    }
}

/// §6.1.4 (l), (m): at most pathLenConstraint certificates that are not self-issued lie between
/// the CA and the leaf.
fn path_lengths(defects: &mut Defects<'_>, certificates: &[Certificate]) {
    let mut intermediates = 0u32; // not self-issued, below the one looked at, leaf excluded
    for (place, certificate) in certificates.iter().enumerate().skip(1) {
        let limit = certificate.extensions().basic_constraints.and_then(|b| b.path_len);
        if limit.is_some_and(|limit| intermediates > limit) {
            defects.add(place, PathDefectKind::PathLength);
        }
        if !certificate.is_self_issued() {
            intermediates += 1;
        }
    }
}

/// §6.1.3 (b), (c), §6.1.4 (g), from the anchor down; self-issued intermediates are exempt.
fn names(defects: &mut Defects<'_>, certificates: &[Certificate]) {
    let mut constraints = Constraints::default();
    for (place, certificate) in certificates.iter().enumerate().rev() {
        let is_anchor = place + 1 == certificates.len();
        let exempt = place != 0 && certificate.is_self_issued();
        if !is_anchor
            && !exempt
            && let Err(why) = constraints.allow(certificate)
        {
            defects.add(place, PathDefectKind::NameConstraints(why));
        }
        if place != 0 {
            constraints.take(certificate);
        }
    }
}
