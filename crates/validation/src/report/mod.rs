//! The verdict as ids and data; prose is added when a report is serialised ([`crate::checks`]).

mod json;
mod text;

pub(crate) use text::local;

use crate::checks::{Check, Outcome};
use crate::facts::Cover;
use jiff::Timestamp;
use pades::{FileHash, SignatureKind};
use pki::Hierarchy;
use serde::{Deserialize, Serialize};

/// Name of the JSON form.
const SCHEMA: &str = "antin.report/1";

/// One word for the whole file (contract of `antin verify`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Conclusion {
    /// Every signature passed and nothing unpermitted came after.
    TotalPassed,
    /// Some signature could not be decided.
    Indeterminate,
    /// A signature failed, a document timestamp is broken, changes are not permitted, or the file cannot be read.
    TotalFailed,
    /// No signature of an authority: none, removed, or only timestamps.
    NoSignature,
}

/// EN 319 102-1 table 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Indication {
    /// Every check succeeded.
    TotalPassed,
    /// What is available does not suffice to decide.
    Indeterminate,
    /// The cryptography fails, the format is broken, or it is proven that the certificate was no good when it signed.
    TotalFailed,
}

/// EN 319 102-1 table 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)] // the standard's words
pub enum SubIndication {
    FormatFailure,
    HashFailure,
    SigCryptoFailure,
    Revoked,
    Expired,
    NotYetValid,
    SigConstraintsFailure,
    ChainConstraintsFailure,
    CertificateChainGeneralFailure,
    CryptoConstraintsFailure,
    PolicyProcessingError,
    SignaturePolicyNotAvailable,
    TimestampOrderFailure,
    NoSigningCertificateFound,
    NoCertificateChainFound,
    RevokedNoPoe,
    RevokedCaNoPoe,
    OutOfBoundsNoPoe,
    OutOfBoundsNotRevoked,
    CryptoConstraintsFailureNoPoe,
    NoPoe,
    TryLater,
    SignedDataNotFound,
    RevocationOutOfBoundsNoPoe,
}

/// What later revisions did, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaterChanges {
    /// There is no later revision.
    None,
    /// Only what rules and certification allow.
    Permitted,
    /// Anything else.
    NotPermitted,
}

/// Whether the signed bytes are what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Digest and signature value agree with the bytes.
    Intact,
    /// They do not.
    Broken,
    /// The signature cannot be read well enough to say.
    Unreadable,
}

/// The contract's JSON object is exactly this, serialised by [`Report::to_json`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// "pades-baseline@1"
    pub policy: String,
    /// The time of validation.
    pub at: Timestamp,
    /// One word for the file.
    pub conclusion: Conclusion,
    /// The worst of its signatures.
    pub later_changes: LaterChanges,
    /// Checks of the file itself.
    pub checks: Vec<CheckResult>,
    /// In the order of what they cover, earliest first.
    pub signatures: Vec<SignatureReport>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// What would let `judge` say more.
    pub missing: Vec<Missing>,
    /// SHA-256 of every certificate, CRL and OCSP response that was looked at, hexadecimal.
    pub evidence_used: Vec<String>,
}

/// One signature or document timestamp.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignatureReport {
    /// A signature, or a document timestamp.
    pub kind: SignatureKind,
    /// Fully qualified field name.
    pub field: String,
    /// Zero-based revision that it ends.
    pub revision: Option<u32>,
    /// Main verdict.
    pub indication: Indication,
    /// Why not passed.
    pub sub_indication: Option<SubIndication>,
    /// Of the signed bytes.
    pub integrity: Integrity,
    /// What came after this signature.
    pub later_changes: LaterChanges,
    /// "PAdES-BASELINE-T", "PKCS7-B", …; None when it cannot be read. Never overstated.
    pub level: Option<String>,
    /// The signer's certificate.
    pub certificate: Option<CertificateSummary>,
    /// SHA-256 of the anchor, hexadecimal.
    pub anchor: Option<String>,
    /// Which hierarchy the anchor belongs to.
    pub hierarchy: Option<Hierarchy>,
    /// What was found about revocation.
    pub status: RevocationSummary,
    /// /M or signing-time: only a claim.
    pub claimed_time: Option<Timestamp>,
    /// Earliest proof of existence, else the time of validation.
    pub best_time: Timestamp,
    /// What `best_time` rests on.
    pub best_time_from: TimeSource,
    /// Names of the algorithms.
    pub algorithms: Algorithms,
    /// Signature timestamps; for a document timestamp the token itself.
    pub timestamps: Vec<TimestampReport>,
    /// What its appearance covers.
    pub covers: Vec<Cover>,
    /// Every check, one line each.
    pub checks: Vec<CheckResult>,
}

/// One RFC 3161 token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimestampReport {
    /// Main verdict.
    pub indication: Indication,
    /// Why not passed.
    pub sub_indication: Option<SubIndication>,
    /// genTime.
    pub time: Option<Timestamp>,
    /// Imprint and authority's value are right, whoever the authority is.
    pub intact: bool,
    /// The authority's certificate.
    pub authority: Option<CertificateSummary>,
    /// SHA-256 of the anchor, hexadecimal.
    pub anchor: Option<String>,
    /// Every check, one line each.
    pub checks: Vec<CheckResult>,
}

/// What a person wants to know of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateSummary {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Distinguished name of the subject.
    pub subject: String,
    /// Its common name, else the whole name.
    pub subject_name: String,
    /// Organisation of the subject.
    pub organisation: Option<String>,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// The issuer's common name, else the whole name.
    pub issuer_name: String,
    /// The body that manages the certificate: the issuer's organisation.
    pub managing_body: Option<String>,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
}

/// What was found about the revocation of the signer's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationSummary {
    /// Good, all of the path.
    Good,
    /// Some certificate is revoked at the time that counts.
    Revoked,
    /// Revoked, after a proof of existence.
    RevokedLater,
    /// Could not be checked.
    Unknown,
    /// Not asked: no path, or the certificate is itself an anchor.
    NotAsked,
}

/// What the best signature time rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeSource {
    /// No proof: the time of validation.
    Validation,
    /// A signature timestamp.
    SignatureTimestamp,
    /// A later document timestamp.
    DocumentTimestamp,
}

/// Names of the algorithms of one signature.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Algorithms {
    /// Digest over the document.
    pub digest: Option<String>,
    /// Algorithm of the value.
    pub signature: Option<String>,
    /// Key of the signer.
    pub key: Option<String>,
}

/// One check and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Which row of the table.
    pub id: Check,
    /// How it ended.
    pub result: Outcome,
    /// Names, times, places.
    pub detail: Option<String>,
}

/// What a person should know; words in [`crate::checks::warning`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable word.
    pub code: String,
    /// The signature field it is about.
    pub field: Option<String>,
    /// Names, times, places.
    pub detail: Option<String>,
}

/// What `judge` would need to say more; the edge fetches it (bounded rounds) and judges again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Missing {
    /// An issuer certificate (AIA caIssuers URLs from the certificate).
    Issuer {
        /// Whose issuer is wanted.
        subject: String,
        /// Hexadecimal.
        certificate_sha256: String,
        /// Where the certificate says that it is.
        urls: Vec<String>,
    },
    /// Status of a certificate: addresses, and base64 DER of certificate and issuer for the request.
    Status {
        /// Whose status is wanted.
        subject: String,
        /// Hexadecimal.
        certificate_sha256: String,
        /// OCSP responders that the certificate names.
        ocsp_urls: Vec<String>,
        /// CRLs that the certificate names.
        crl_urls: Vec<String>,
        /// Base64 DER.
        certificate: String,
        /// Base64 DER.
        issuer: String,
    },
}

/// Proof that this very file passed; only [`Report::total_passed`] mints it, whoever takes it compares `file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalPassed {
    file: FileHash,
    policy: String,
    at: Timestamp,
}

impl TotalPassed {
    /// The file that passed.
    pub fn file(&self) -> FileHash {
        self.file
    }
    /// Under which policy, with its version.
    pub fn policy(&self) -> &str {
        &self.policy
    }
    /// At which time of validation.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

impl Report {
    /// The proof, when every signature passed and later changes are none or permitted.
    pub fn total_passed(&self) -> Option<TotalPassed> {
        if self.conclusion != Conclusion::TotalPassed
            || self.later_changes == LaterChanges::NotPermitted
        {
            return None;
        }
        let file = FileHash(unhex(&self.sha256)?);
        Some(TotalPassed { file, policy: self.policy.clone(), at: self.at })
    }

    /// Exit status of `antin verify` for this file: 0 passed, 1 not.
    pub fn exit_code(&self) -> u8 {
        u8::from(self.total_passed().is_none())
    }
}

impl CertificateSummary {
    pub(crate) fn of(certificate: &pki::Certificate) -> Self {
        let name = |name: &pki::Name| name.common_name().unwrap_or_else(|| name.text());
        Self {
            sha256: crate::hex(&certificate.sha256()),
            subject: certificate.subject().text(),
            subject_name: name(certificate.subject()),
            organisation: certificate.subject().organisation(),
            issuer: certificate.issuer().text(),
            issuer_name: name(certificate.issuer()),
            managing_body: certificate.issuer().organisation(),
            serial: crate::hex(certificate.serial()),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        }
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}
