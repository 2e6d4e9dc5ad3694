//! Validation as a whole: files of another producer (tests/data, made by make.py), and the same facts bent by
//! hand, one rule at a time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod changes;
mod corpus;
mod evidence;
mod format;
mod signers;
mod table;
mod timestamps;
mod whole;

use jiff::Timestamp;
use pki::{Certificate, Crl, OcspResponse, TrustStore};
use std::path::{Path, PathBuf};
use validation::checks::{Check, Outcome};
use validation::{
    Conclusion, Evidence, Facts, Indication, Limits, Policy, Report, SignatureReport, SubIndication,
};

/// The time at which everything in tests/data is judged.
const AT: &str = "2026-12-01T08:00:00Z";

fn at() -> Timestamp {
    AT.parse().unwrap()
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(data(name)).unwrap()
}

fn read(bytes: &[u8]) -> Facts {
    validation::read(&bytes, &Limits::default())
}

fn facts(name: &str) -> Facts {
    read(&bytes(name))
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_der(&bytes(name)).unwrap()
}

fn trust() -> TrustStore {
    let mut trust = TrustStore::default();
    trust.add(certificate("root.der"));
    trust
}

/// Root's and issuing CA's CRL of the day, and the one from before a certificate expired: everything is known.
fn evidence() -> Evidence {
    Evidence {
        certificates: Vec::new(),
        crls: vec![crl("root.crl"), crl("issuing.crl"), crl("issuing-2024.crl")],
        ocsp: Vec::new(),
    }
}

fn crl(name: &str) -> Crl {
    Crl::from_bytes(&bytes(name)).unwrap()
}

fn ocsp(name: &str) -> OcspResponse {
    OcspResponse::from_der(&bytes(name)).unwrap()
}

fn judge(facts: &Facts) -> Report {
    validation::judge(facts, &evidence(), &trust(), &Policy::default(), at())
}

fn judge_by(facts: &Facts, policy: &str) -> Report {
    validation::judge(facts, &evidence(), &trust(), &Policy::named(policy).unwrap(), at())
}

fn report(name: &str) -> Report {
    judge(&facts(name))
}

fn only(report: &Report) -> &SignatureReport {
    assert_eq!(report.signatures.len(), 1, "{}", report.to_text(""));
    &report.signatures[0]
}

/// How a check of one signature ended.
fn outcome(signature: &SignatureReport, check: Check) -> Option<Outcome> {
    let lines = signature.checks.iter().filter(|line| line.id == check);
    lines.map(|line| line.result).max_by_key(|result| *result != Outcome::Passed)
}

#[track_caller]
fn assert_passed(report: &Report) {
    assert_eq!(report.conclusion, Conclusion::TotalPassed, "{}", report.to_text(""));
    assert!(report.total_passed().is_some());
}

/// The whole is not passed, the first signature says why, and the named check does not hold.
#[track_caller]
fn assert_sub(report: &Report, sub: SubIndication, check: Check) {
    let signature = &report.signatures[0];
    assert_eq!(signature.sub_indication, Some(sub), "{}", report.to_text(""));
    assert_ne!(signature.indication, Indication::TotalPassed);
    assert_ne!(outcome(signature, check), Some(Outcome::Passed), "{}", report.to_text(""));
    assert!(outcome(signature, check).is_some(), "{check:?} has no line");
    assert!(report.total_passed().is_none());
}

fn warned(report: &Report, code: &str) -> bool {
    report.warnings.iter().any(|warning| warning.code == code)
}
