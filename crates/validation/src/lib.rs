//! Verdicts. `read` meets hostile bytes and says what they say ([`Facts`]); `judge` weighs facts, evidence,
//! trust, policy and time into a [`Report`] (EN 319 102-1). Both are total and deterministic; nothing here
//! asks a clock, a file or the network. A verdict is never a bool.
#![allow(clippy::todo, missing_docs, unused_variables)] // skeleton
use jiff::Timestamp;
use pki::{Certificate, Crl, OcspResponse, TrustStore};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default)]
pub struct Limits { pub pdf: pades::Limits, pub cms: cades::Limits }

/// What the file says, nothing judged; crosses process borders and is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    pub file: pades::FileHash,
    pub pdf: pades::PdfFacts,
    /// One per pdf.signatures, same order.
    pub cms: Vec<CmsFacts>,
    /// For each visible later widget: what ink of the signed revision its appearance covers (rule 7).
    pub covers: Vec<Cover>,
}
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CmsFacts { /// parsed CMS or why not
    pub signed_data: Result<cades::SignedData, cades::Error>, /// digest over ByteRange with the signer's digest algorithm
    pub digest: Option<Vec<u8>>, /// for document timestamps and signature timestamps
    pub timestamps: Vec<Result<cades::TimestampToken, cades::Error>> }
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cover { pub field: String, pub page: u32, /// "text" | "image" | "widget:NAME" | "blank"
    pub what: String, pub text: Option<String>, pub share: f64 }
/// Meets the bytes. Never fails.
pub fn read(source: &dyn pades::Source, limits: &Limits) -> Facts { todo!() }

/// Received certificates and status answers; everything used can be kept and judged again.
#[derive(Clone, Debug, Default)]
pub struct Evidence { pub certificates: Vec<Certificate>, pub crls: Vec<Crl>, pub ocsp: Vec<OcspResponse> }
impl Evidence {
    /// Stable JSON (base64 DER), "antin.evidence/1".
    pub fn to_json(&self) -> String { todo!() }
    pub fn from_json(text: &str) -> Result<Self, EvidenceError> { todo!() }
    pub fn merge(&mut self, other: Evidence) { todo!() }
}
#[derive(Clone, Debug, thiserror::Error)]
#[error("evidence file: {0}")]
pub struct EvidenceError(pub String);

/// A policy file, versioned (crates/validation/policies/*.toml, compiled in).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy { pub name: String, pub version: u32 /* … */ }
impl Policy { pub fn named(name: &str) -> Option<Self> { todo!() } pub fn names() -> &'static [&'static str] { todo!() } }
impl Default for Policy { fn default() -> Self { todo!() } }

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Conclusion { TotalPassed, Indeterminate, TotalFailed, NoSignature }
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Indication { TotalPassed, Indeterminate, TotalFailed }
/// EN 319 102-1 table 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubIndication { FormatFailure, HashFailure, SigCryptoFailure, Revoked, Expired, NotYetValid, SigConstraintsFailure, ChainConstraintsFailure, CertificateChainGeneralFailure, CryptoConstraintsFailure, PolicyProcessingError, SignaturePolicyNotAvailable, TimestampOrderFailure, NoSigningCertificateFound, NoCertificateChainFound, RevokedNoPoe, RevokedCaNoPoe, OutOfBoundsNoPoe, OutOfBoundsNotRevoked, CryptoConstraintsFailureNoPoe, NoPoe, TryLater, SignedDataNotFound, RevocationOutOfBoundsNoPoe }
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaterChanges { None, Permitted, NotPermitted }
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity { Intact, Broken, Unreadable }
/// contract.md's JSON object is exactly this, serialised ("schema": "antin.report/1"); `file` name is added by the caller.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report { pub conclusion: Conclusion, pub later_changes: LaterChanges, pub signatures: Vec<SignatureReport>, pub missing: Vec<Missing>, pub sha256: String, pub policy: String, pub at: Timestamp /* warnings, … */ }
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignatureReport { pub field: String, pub indication: Indication, pub sub_indication: Option<SubIndication> /* … as contract.md */ }
/// What `judge` would need to say more; the edge fetches it (bounded rounds) and judges again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Missing {
    /// An issuer certificate (AIA caIssuers URLs from the certificate).
    Issuer { subject: String, certificate_sha256: String, urls: Vec<String> },
    /// Status of a certificate: OCSP URLs, CRL URLs, and DER of certificate and issuer for the request.
    Status { subject: String, certificate_sha256: String, ocsp_urls: Vec<String>, crl_urls: Vec<String>, certificate: String, issuer: String },
}
pub fn judge(facts: &Facts, evidence: &Evidence, trust: &TrustStore, policy: &Policy, at: Timestamp) -> Report { todo!() }

/// Proof that this very file passed; only `Report::total_passed` mints it, whoever takes it compares `file`.
#[derive(Clone, Debug)]
pub struct TotalPassed { file: pades::FileHash, policy: String, at: Timestamp }
impl Report {
    pub fn total_passed(&self) -> Option<TotalPassed> { todo!() }
    pub fn to_json(&self, file: &str) -> String { todo!() }
    /// For people; `language` "vi" or "en" or both, Vietnamese first.
    pub fn to_text(&self, file: &str) -> String { todo!() }
}
