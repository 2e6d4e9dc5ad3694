//! Status of one certificate at one instant from received CRLs and OCSP responses.
//!
//! ```text
//!  each answer ─► signed by the right one? about this certificate? of the right time? ─► Finding
//!                                └── no ─► Unusable { why }          newest Finding ─► Status
//! ```

mod crl;
mod ocsp;

use crate::algorithm::DigestAlgorithm;
use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::ocsp::OcspResponse;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is known of a certificate's status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Status {
    /// Not revoked, says a usable answer.
    Good { source: Source, this_update: Timestamp, next_update: Option<Timestamp> },
    /// Revoked at `at`, which may lie before or after the instant that was asked for. `reason` is
    /// a CRLReason (RFC 5280 §5.3.1): see [`reason_text`].
    Revoked { source: Source, at: Timestamp, reason: Option<u8>, this_update: Timestamp },
    /// Nothing usable; why each candidate was not.
    Unknown { tried: Vec<Unusable> },
}

/// Which answer was used, by the SHA-256 of its bytes (hexadecimal, lower case).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Source {
    Crl { sha256: String },
    Ocsp { sha256: String },
}

/// An answer that could not be used, and why, in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unusable {
    /// Which one.
    pub source: Source,
    /// Why not.
    pub why: String,
}

/// Received answers to choose from.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Answers<'a> {
    pub crls: &'a [Crl],
    pub ocsp: &'a [OcspResponse],
}

/// How far the clock of a CA, an OCSP responder or a TSA may be ahead of the validation time. Two
/// machines never agree to the second, and an answer fetched a moment ago is dated by the other one
/// (docs/decisions/0005).
pub const CLOCK_SKEW: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// The instants a status is about.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    at: Timestamp,
    validation_time: Timestamp,
}

impl Times {
    /// Latest date that an answer may bear.
    pub(crate) fn latest_date(self) -> Timestamp {
        self.validation_time.checked_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX)
    }
}

/// One usable answer.
struct Finding {
    source: Source,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    revoked: Option<(Timestamp, Option<u8>)>,
}

/// certificateHold: the one reason that a later answer may take back.
const CERTIFICATE_HOLD: u8 = 6;
/// An answer without nextUpdate says that newer information is always to be had (RFC 6960
/// §4.2.2.1); it speaks for this long.
const WITHOUT_NEXT_UPDATE_SECONDS: i64 = 600;
/// A delegated responder's own status may again come from a delegated responder; then it ends.
const MAX_DELEGATION: u32 = 2;

/// Status of `certificate`, issued by `issuer`.
///
/// `at`: the instant the status is wanted for (the best signature time). `validation_time`:
/// answers dated after it are refused. An answer is usable when it is signed by the issuer (or by
/// an OCSP responder of that issuer: OCSPSigning, and nocheck or itself of known good status),
/// covers the serial number, thisUpdate <= `validation_time`, and is fresh: nextUpdate >= `at` or
/// thisUpdate >= `at` (without nextUpdate: up to ten minutes after thisUpdate). "Good" further
/// asks that it was issued before the certificate expired, or says that it keeps expired ones.
///
/// The newest usable answer counts, except that a revocation (other than certificateHold) is never
/// outvoted. Revoked after `at` is reported as Revoked too, with its time: the caller compares.
/// `pool`: further certificates among which a responder's may be.
pub fn status(
    certificate: &Certificate,
    issuer: &Certificate,
    pool: &[Certificate],
    answers: &Answers<'_>,
    at: Timestamp,
    validation_time: Timestamp,
) -> Status {
    let question = Question { certificate, issuer, pool, answers, delegation: 0 };
    question.ask(Times { at, validation_time })
}

/// CRLReason in words.
pub fn reason_text(reason: Option<u8>) -> &'static str {
    match reason {
        None | Some(0) => "unspecified",
        Some(1) => "key compromise",
        Some(2) => "CA compromise",
        Some(3) => "affiliation changed",
        Some(4) => "superseded",
        Some(5) => "cessation of operation",
        Some(6) => "certificate hold",
        Some(8) => "removed from CRL",
        Some(9) => "privilege withdrawn",
        Some(10) => "AA compromise",
        Some(_) => "unknown reason",
    }
}

struct Question<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    pool: &'a [Certificate],
    answers: &'a Answers<'a>,
    delegation: u32,
}

impl Question<'_> {
    fn ask(&self, times: Times) -> Status {
        let mut found = Vec::new();
        let mut tried = Vec::new();
        let mut take = |source: Source, result: Result<Finding, String>| match result {
            Ok(finding) => found.push(finding),
            Err(why) => tried.push(Unusable { source, why }),
        };
        // An issuer that did not issue this certificate has nothing to say about it.
        if self.certificate.issuer() != self.issuer.subject() {
            return Status::Unknown { tried };
        }
        for response in self.answers.ocsp {
            take(ocsp_source(response), self.ask_ocsp(response, times));
        }
        for crl in self.answers.crls {
            take(crl_source(crl), self.ask_crl(crl, times));
        }
        decide(found).unwrap_or(Status::Unknown { tried })
    }
}

fn decide(found: Vec<Finding>) -> Option<Status> {
    let final_revocation =
        |f: &&Finding| f.revoked.is_some_and(|(_, reason)| reason != Some(CERTIFICATE_HOLD));
    let newest = |found: &[Finding]| {
        found.iter().enumerate().max_by_key(|(_, f)| f.this_update).map(|(place, _)| place)
    };
    // Of several revocations the earliest counts: a later one must not give time back.
    let revoked = found
        .iter()
        .enumerate()
        .filter(|(_, f)| final_revocation(f))
        .min_by_key(|(_, f)| f.revoked.map(|(at, _)| at))
        .map(|(place, _)| place);
    let chosen = revoked.or_else(|| newest(&found))?;
    let Finding { source, this_update, next_update, revoked } = found.into_iter().nth(chosen)?;
    Some(match revoked {
        Some((at, reason)) => Status::Revoked { source, at, reason, this_update },
        None => Status::Good { source, this_update, next_update },
    })
}

/// Dates of an answer against the instants that matter; `keeps_expired_since` as the answer says.
fn timely(
    certificate: &Certificate,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    keeps_expired_since: Option<Timestamp>,
    revoked: bool,
    times: Times,
) -> Result<(), String> {
    if this_update > times.latest_date() {
        return Err(format!("it is dated {this_update}, after the time of validation"));
    }
    let until = match next_update {
        Some(next) => next,
        None => this_update
            .checked_add(jiff::SignedDuration::from_secs(WITHOUT_NEXT_UPDATE_SECONDS))
            .unwrap_or(Timestamp::MAX),
    };
    // What was revoked once stays so; only "good" grows old.
    if revoked {
        return Ok(());
    }
    if until < times.at && this_update < times.at {
        return Err(format!("it was out of date at {until}, before the time asked for"));
    }
    let kept = keeps_expired_since.is_some_and(|since| since <= certificate.not_after());
    if this_update > certificate.not_after() && !kept {
        return Err("it was issued after the certificate expired, when an entry may be gone".into());
    }
    Ok(())
}

fn ocsp_source(response: &OcspResponse) -> Source {
    Source::Ocsp { sha256: sha256_hex(response.der()) }
}

fn crl_source(crl: &Crl) -> Source {
    Source::Crl { sha256: sha256_hex(crl.der()) }
}

fn sha256_hex(bytes: &[u8]) -> String {
    DigestAlgorithm::Sha256.digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}
