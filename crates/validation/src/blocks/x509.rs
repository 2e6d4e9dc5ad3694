//! X.509 certificate validation (EN 319 102-1 §5.2.6, with the reconsideration of §5.5.4 folded in): path to an
//! own anchor, validity, constraints and status at the best proven time. Revocation is a hard fail, and it is
//! asked for whether or not a certificate names an address.

use super::context::Context;
use crate::checks::Check;
use crate::record::Record;
use crate::report::{RevocationSummary, SubIndication};
use jiff::Timestamp;
use pki::path::{self, Path, PathDefectKind};
use pki::revocation::Status;
use pki::{Certificate, Hierarchy};

/// What is known of time when a certificate is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    /// The time to look at: the earliest proof of existence, else the time of validation.
    pub(crate) time: Timestamp,
    /// A proof of existence stands behind `time`.
    pub(crate) proven: bool,
    /// A proof is there but its status could not be checked yet.
    pub(crate) pending: Option<Timestamp>,
    /// The signature was certainly made after this (it covers a timestamp of then).
    pub(crate) made_after: Option<Timestamp>,
}

/// The ids under which the outcome is written.
pub(crate) struct Lines {
    pub(crate) path: Check,
    pub(crate) validity: Check,
    pub(crate) constraints: Check,
    pub(crate) status: Check,
    pub(crate) status_known: Check,
    pub(crate) algorithms: Check,
}

pub(crate) const SIGNER: Lines = Lines {
    path: Check::Path,
    validity: Check::Validity,
    constraints: Check::PathConstraints,
    status: Check::Status,
    status_known: Check::StatusKnown,
    algorithms: Check::ChainAlgorithms,
};
pub(crate) const AUTHORITY: Lines = Lines {
    path: Check::TokenPath,
    validity: Check::TokenTime,
    constraints: Check::TokenPath,
    status: Check::TokenStatus,
    status_known: Check::TokenStatus,
    algorithms: Check::TokenAlgorithms,
};

/// A judged path.
pub(crate) struct Chain {
    pub(crate) record: Record,
    pub(crate) anchor: Option<Certificate>,
    pub(crate) hierarchy: Option<Hierarchy>,
    pub(crate) status: RevocationSummary,
    /// Every status that was needed came from an answer in the file's DSS.
    pub(crate) status_in_dss: bool,
}

/// Judges every candidate path and keeps the best; the first (shortest, newest) when none is good.
pub(crate) fn validate(
    context: &Context<'_>,
    leaf: &Certificate,
    pool: &[Certificate],
    when: When,
    lines: &Lines,
) -> Chain {
    context.use_certificate(leaf);
    let paths = match path::build(leaf, pool, context.trust, path::Budget::default()) {
        Ok(paths) => paths,
        Err(error) => {
            return nowhere(
                lines,
                SubIndication::CertificateChainGeneralFailure,
                error.to_string(),
            );
        }
    };
    let mut best: Option<Chain> = None;
    for path in &paths {
        let chain = judge(context, path, pool, when, lines);
        if chain.record.verdict().1.is_none() {
            return chain;
        }
        best.get_or_insert(chain);
    }
    best.unwrap_or_else(|| {
        context.miss_issuer(leaf, pool);
        nowhere(lines, SubIndication::NoCertificateChainFound, leaf.issuer().text())
    })
}

fn nowhere(lines: &Lines, finding: SubIndication, detail: String) -> Chain {
    let mut record = Record::default();
    record.failed(lines.path, finding, detail);
    Chain {
        record,
        anchor: None,
        hierarchy: None,
        status: RevocationSummary::NotAsked,
        status_in_dss: false,
    }
}

fn judge(
    context: &Context<'_>,
    path: &Path,
    pool: &[Certificate],
    when: When,
    lines: &Lines,
) -> Chain {
    path.certificates.iter().for_each(|certificate| context.use_certificate(certificate));
    let anchor = path.anchor();
    let mut record = Record::default();
    record.passed_with(lines.path, anchor.subject().text());
    defects(path, when, lines, &mut record);
    algorithms(context, path, when, lines, &mut record);
    let (status, status_in_dss) = revocation(context, path, pool, when, lines, &mut record);
    Chain {
        record,
        anchor: Some(anchor.clone()),
        hierarchy: Some(path.hierarchy),
        status,
        status_in_dss,
    }
}

fn defects(path: &Path, when: When, lines: &Lines, record: &mut Record) {
    let mut period_holds = true;
    let mut constraints_hold = true;
    let mut found = path::check(path, when.time);
    // A leaf that is itself an anchor is trusted without status, but a signature still needs it to be in its period.
    if let [only] = path.certificates.as_slice()
        && found.is_empty()
    {
        found.extend(period(only, when.time));
    }
    for defect in found {
        let detail = describe(&defect.subject, &defect.kind);
        match &defect.kind {
            PathDefectKind::Expired { not_after } => {
                period_holds = false;
                let late =
                    defect.place == 0 && when.made_after.is_some_and(|after| after > *not_after);
                // A timestamp of the right time is there, only not proven: what it lacks is told first.
                if when.pending.is_some_and(|pending| pending <= *not_after) {
                    let finding = SubIndication::OutOfBoundsNoPoe;
                    record.failed_after_status(lines.validity, finding, detail);
                } else if late {
                    record.failed(lines.validity, SubIndication::Expired, detail);
                } else {
                    record.failed(lines.validity, SubIndication::OutOfBoundsNoPoe, detail);
                }
            }
            PathDefectKind::NotYetValid { .. } => {
                period_holds = false;
                // EN 319 102-1 §5.5.4: proven to exist before its certificate did.
                let proven = when.proven && defect.place == 0;
                let finding = if proven {
                    SubIndication::NotYetValid
                } else {
                    SubIndication::OutOfBoundsNoPoe
                };
                record.failed(lines.validity, finding, detail);
            }
            PathDefectKind::Algorithm(_) => {
                let finding = SubIndication::CryptoConstraintsFailure;
                record.failed_after_status(lines.algorithms, finding, detail);
            }
            PathDefectKind::NotCa
            | PathDefectKind::PathLength
            | PathDefectKind::KeyCertSignMissing
            | PathDefectKind::NameConstraints(_)
            | PathDefectKind::UnknownCriticalExtension(_)
            | PathDefectKind::Policy(_)
            | PathDefectKind::Malformed(_) => {
                constraints_hold = false;
                record.failed(lines.constraints, SubIndication::ChainConstraintsFailure, detail);
            }
        }
    }
    if period_holds {
        record.passed(lines.validity);
    }
    if constraints_hold && lines.constraints != lines.path {
        record.passed(lines.constraints);
    }
}

fn period(leaf: &Certificate, time: Timestamp) -> Option<path::PathDefect> {
    let kind = if time < leaf.not_before() {
        PathDefectKind::NotYetValid { not_before: leaf.not_before() }
    } else if time > leaf.not_after() {
        PathDefectKind::Expired { not_after: leaf.not_after() }
    } else {
        return None;
    };
    Some(path::PathDefect { place: 0, subject: leaf.subject().text(), kind })
}

fn describe(subject: &str, kind: &PathDefectKind) -> String {
    use crate::report::local;
    match kind {
        PathDefectKind::Expired { not_after } => format!("{subject}: … – {}", local(*not_after)),
        PathDefectKind::NotYetValid { not_before } => {
            format!("{subject}: {} – …", local(*not_before))
        }
        PathDefectKind::NotCa => format!("{subject}: basicConstraints"),
        PathDefectKind::PathLength => format!("{subject}: pathLenConstraint"),
        PathDefectKind::KeyCertSignMissing => format!("{subject}: keyCertSign"),
        PathDefectKind::NameConstraints(what) => format!("{subject}: nameConstraints {what}"),
        PathDefectKind::UnknownCriticalExtension(oid) => format!("{subject}: critical {oid}"),
        PathDefectKind::Policy(what)
        | PathDefectKind::Algorithm(what)
        | PathDefectKind::Malformed(what) => format!("{subject}: {what}"),
    }
}

/// Signatures and keys of every certificate below the anchor; the anchor is trusted as it is.
fn algorithms(context: &Context<'_>, path: &Path, when: When, lines: &Lines, record: &mut Record) {
    use crate::policy::Strength;
    let proven = when.proven.then_some(when.time);
    let mut holds = true;
    for (place, certificate) in path.certificates.iter().enumerate() {
        let last = place + 1 == path.certificates.len();
        let key = if place == 0 {
            Strength::Accepted
        } else {
            context.policy.key(certificate.key_algorithm(), proven)
        };
        let strength = match certificate.signature_algorithm() {
            _ if last => key,
            Ok(algorithm) => key.worst(context.policy.signature(algorithm, proven)),
            Err(_) => Strength::Refused,
        };
        let finding = match strength {
            Strength::Accepted => continue,
            Strength::NeedsProof => SubIndication::CryptoConstraintsFailureNoPoe,
            Strength::Refused => SubIndication::CryptoConstraintsFailure,
        };
        holds = false;
        let name = certificate
            .signature_algorithm()
            .map_or_else(|error| error.to_string(), |algorithm| algorithm.name());
        record.failed_after_status(
            lines.algorithms,
            finding,
            format!("{}: {name}", certificate.subject().text()),
        );
    }
    if holds {
        record.passed(lines.algorithms);
    }
}

fn revocation(
    context: &Context<'_>,
    path: &Path,
    pool: &[Certificate],
    when: When,
    lines: &Lines,
    record: &mut Record,
) -> (RevocationSummary, bool) {
    let mut summary = if path.certificates.len() > 1 {
        RevocationSummary::Good
    } else {
        RevocationSummary::NotAsked
    };
    let mut in_dss = true;
    let mut holds = true;
    for (place, pair) in path.certificates.windows(2).enumerate() {
        let [certificate, issuer] = pair else { continue };
        if context.trust.contains(certificate) {
            continue;
        }
        let subject = certificate.subject().text();
        match context.status(certificate, issuer, pool, when.time) {
            Status::Good { source, .. } => in_dss &= context.in_dss(&source),
            Status::Revoked { at, source, .. } if when.proven && at > when.time => {
                in_dss &= context.in_dss(&source);
                if summary == RevocationSummary::Good {
                    summary = RevocationSummary::RevokedLater;
                }
            }
            Status::Revoked { at, .. } => {
                holds = false;
                summary = RevocationSummary::Revoked;
                let detail = format!("{subject}: {}", crate::report::local(at));
                record.failed(lines.status, revoked(place, at, when), detail);
            }
            Status::Unknown { tried } => {
                holds = false;
                in_dss = false;
                if summary != RevocationSummary::Revoked {
                    summary = RevocationSummary::Unknown;
                }
                context.miss_status(certificate, issuer);
                let why: Vec<_> = tried.into_iter().map(|unusable| unusable.why).collect();
                let why =
                    if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
                record.failed(
                    lines.status_known,
                    SubIndication::TryLater,
                    format!("{subject}{why}"),
                );
            }
        }
    }
    if holds {
        record.passed(lines.status);
    }
    (summary, in_dss)
}

/// TOTAL_FAILED only when it is proven that the signature was made after the revocation (EN 319 102-1 table 6).
fn revoked(place: usize, at: Timestamp, when: When) -> SubIndication {
    match place {
        0 if when.made_after.is_some_and(|after| after >= at) => SubIndication::Revoked,
        0 => SubIndication::RevokedNoPoe,
        _ => SubIndication::RevokedCaNoPoe,
    }
}
