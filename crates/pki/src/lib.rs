//! X.509 as received bytes: certificates, CRLs and OCSP responses are parsed once, kept beside
//! their bytes, and judged by RFC 5280. This crate never trusts anything by itself, never asks
//! the clock or the network, and is the only one that calls openssl (`crypto`).
//!
//! ```text
//!  bytes ─► Certificate / Crl / OcspResponse ─► path::build ─► path::check(at) ─► defects
//!                                     └───────► revocation::status(at) ─► Good | Revoked | Unknown
//! ```
#![allow(clippy::todo, missing_docs, unused_variables)] // skeleton

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Digest algorithms known to us, the weak ones too: policy decides, not the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DigestAlgorithm { Md5, Sha1, Sha224, Sha256, Sha384, Sha512, Sha3_256, Sha3_384, Sha3_512 }
impl DigestAlgorithm {
    pub fn from_oid(dotted: &str) -> Option<Self> { todo!() }
    pub fn oid(self) -> &'static str { todo!() }
    /// "SHA-256"
    pub fn name(self) -> &'static str { todo!() }
    pub fn output_bytes(self) -> usize { todo!() }
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> { todo!() }
}
/// Incremental digest (sha2, openssl for the odd ones).
pub struct Digester { _todo: () }
impl Digester {
    pub fn new(algorithm: DigestAlgorithm) -> Self { todo!() }
    pub fn update(&mut self, bytes: &[u8]) { todo!() }
    pub fn finish(self) -> Vec<u8> { todo!() }
}

/// A signature algorithm with everything its AlgorithmIdentifier says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignatureAlgorithm {
    RsaPkcs1 { digest: DigestAlgorithm },
    RsaPss { digest: DigestAlgorithm, mgf_digest: DigestAlgorithm, salt_bytes: u32 },
    Ecdsa { digest: DigestAlgorithm },
}
impl SignatureAlgorithm {
    /// PSS as RFC 4055 recommends: MGF1 with the same digest, salt as long as the digest.
    pub fn pss(digest: DigestAlgorithm) -> Self { todo!() }
    /// Reads an AlgorithmIdentifier (DER). CMS may say rsaEncryption or id-ecPublicKey with the digest elsewhere: pass it.
    pub fn from_der(algorithm_identifier: &[u8], digest: Option<DigestAlgorithm>) -> Result<Self, Error> { todo!() }
    /// AlgorithmIdentifier, DER.
    pub fn to_der(self) -> Vec<u8> { todo!() }
    pub fn digest(self) -> DigestAlgorithm { todo!() }
    /// "RSA-PSS with SHA-256"
    pub fn name(self) -> String { todo!() }
}
/// Public key kind and size in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyAlgorithm { Rsa { bits: u32 }, Ec { curve: Curve }, Other }
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Curve { P256, P384, P521, Other }

/// The signature value was checked against this key over these bytes; only `crypto` makes one.
#[derive(Clone, Copy, Debug)]
pub struct SignatureVerified(());
pub mod crypto {
    //! The only file that calls openssl.
    use super::*;
    /// `message` is hashed here. Whole-block PKCS#1 compare, PSS padding as declared, r and s in range.
    pub fn verify(spki_der: &[u8], algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<SignatureVerified, Error> { todo!() }
}

#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    #[error("{what}: not valid DER at byte {offset}: {detail}")]
    Malformed { what: String, offset: usize, detail: String },
    #[error("algorithm not supported: {0}")]
    Algorithm(String),
    #[error("the public key cannot be used: {0}")]
    Key(String),
    #[error("the signature value does not verify")]
    SignatureInvalid,
    #[error("budget spent: {0}")]
    Budget(String),
}

/// A distinguished name: received DER (compared byte-wise after RFC 5280 §7.1 normalisation) and its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name { /* der, text, parts */ der: Vec<u8> }
impl Name {
    pub fn der(&self) -> &[u8] { &self.der }
    /// RFC 4514-like "CN=…, O=…, C=VN" in reading order, UTF-8, control characters escaped.
    pub fn text(&self) -> String { todo!() }
    pub fn common_name(&self) -> Option<String> { todo!() }
    pub fn organisation(&self) -> Option<String> { todo!() }
    /// All values of one attribute type (dotted OID), e.g. UID 0.9.2342.19200300.100.1.1.
    pub fn values(&self, oid: &str) -> Vec<String> { todo!() }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUsage { pub digital_signature: bool, pub non_repudiation: bool, pub key_encipherment: bool, pub data_encipherment: bool, pub key_agreement: bool, pub key_cert_sign: bool, pub crl_sign: bool }

/// A certificate: received bytes, parsed once. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Certificate(Arc<CertificateInner>);
#[derive(Debug)]
struct CertificateInner { der: Vec<u8> }
impl Certificate {
    pub fn from_der(der: &[u8]) -> Result<Self, Error> { todo!() }
    /// Every CERTIFICATE block of a PEM text.
    pub fn from_pem(pem: &[u8]) -> Result<Vec<Self>, Error> { todo!() }
    pub fn der(&self) -> &[u8] { &self.0.der }
    pub fn sha256(&self) -> [u8; 32] { todo!() }
    pub fn subject(&self) -> &Name { todo!() }
    pub fn issuer(&self) -> &Name { todo!() }
    /// Serial number content octets as received.
    pub fn serial(&self) -> &[u8] { todo!() }
    pub fn not_before(&self) -> Timestamp { todo!() }
    pub fn not_after(&self) -> Timestamp { todo!() }
    /// SubjectPublicKeyInfo DER.
    pub fn spki(&self) -> &[u8] { todo!() }
    pub fn key_algorithm(&self) -> KeyAlgorithm { todo!() }
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, Error> { todo!() }
    pub fn key_usage(&self) -> Option<KeyUsage> { todo!() }
    /// Extended key usages as dotted OIDs; None when the extension is absent.
    pub fn extended_key_usage(&self) -> Option<&[String]> { todo!() }
    pub fn extended_key_usage_critical(&self) -> bool { todo!() }
    pub fn is_ca(&self) -> bool { todo!() }
    pub fn is_self_signed(&self) -> bool { todo!() }
    pub fn subject_key_id(&self) -> Option<&[u8]> { todo!() }
    pub fn authority_key_id(&self) -> Option<&[u8]> { todo!() }
    pub fn ca_issuers_urls(&self) -> &[String] { todo!() }
    pub fn ocsp_urls(&self) -> &[String] { todo!() }
    pub fn crl_urls(&self) -> &[String] { todo!() }
    pub fn has_ocsp_nocheck(&self) -> bool { todo!() }
    /// The issuer's key verifies this certificate's signature over its received TBS bytes.
    pub fn verify_signed_by(&self, issuer: &Certificate) -> Result<SignatureVerified, Error> { todo!() }
}
impl PartialEq for Certificate { fn eq(&self, other: &Self) -> bool { self.der() == other.der() } }
impl Eq for Certificate {}

/// A CRL: received bytes, parsed once.
#[derive(Clone, Debug)]
pub struct Crl(Arc<Vec<u8>>);
impl Crl {
    /// DER or PEM.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> { todo!() }
    pub fn der(&self) -> &[u8] { &self.0 }
    pub fn issuer(&self) -> &Name { todo!() }
    pub fn this_update(&self) -> Timestamp { todo!() }
    pub fn next_update(&self) -> Option<Timestamp> { todo!() }
}
/// An OCSP response (RFC 6960): received bytes, parsed once.
#[derive(Clone, Debug)]
pub struct OcspResponse(Arc<Vec<u8>>);
impl OcspResponse {
    pub fn from_der(bytes: &[u8]) -> Result<Self, Error> { todo!() }
    pub fn der(&self) -> &[u8] { &self.0 }
    pub fn produced_at(&self) -> Option<Timestamp> { todo!() }
    /// Certificates it carries.
    pub fn certificates(&self) -> &[Certificate] { todo!() }
}
/// An OCSP request for one certificate (RFC 6960 §4.1), SHA-1 CertID as responders expect; `nonce` 16..32 bytes.
pub fn ocsp_request(certificate: &Certificate, issuer: &Certificate, nonce: Option<&[u8]>) -> Vec<u8> { todo!() }

/// Which hierarchy an anchor belongs to (domain: kept apart, and the verdict says which matched).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hierarchy { BanCoYeu, Neac, Other }
#[derive(Clone, Debug)]
pub struct Anchor { pub certificate: Certificate, pub hierarchy: Hierarchy }
/// Own anchors only. An anchor is trusted as it is: its own signature, status and (by option) expiry are not asked.
#[derive(Clone, Debug, Default)]
pub struct TrustStore { pub anchors: Vec<Anchor> }
impl TrustStore {
    /// Hierarchy comes from the table of known fingerprints (compiled in from certs/known-anchors.tsv), else Other.
    pub fn add(&mut self, certificate: Certificate) { todo!() }
    pub fn contains(&self, certificate: &Certificate) -> bool { todo!() }
}

pub mod path {
    //! RFC 5280 §6: candidates first, then each judged.
    use super::*;
    /// Leaf first, anchor last; length 1 when the leaf itself is an anchor.
    #[derive(Clone, Debug)]
    pub struct Path { pub certificates: Vec<Certificate>, pub hierarchy: Hierarchy }
    impl Path { pub fn anchor(&self) -> &Certificate { todo!() } }
    #[derive(Clone, Copy, Debug)]
    pub struct Budget { pub candidates: u32, pub signature_checks: u32, pub depth: u32 }
    impl Default for Budget { fn default() -> Self { Self { candidates: 16, signature_checks: 128, depth: 8 } } }
    /// Every path from the leaf to an own anchor whose signatures verify, best first (shortest, newest). Deterministic.
    pub fn build(leaf: &Certificate, pool: &[Certificate], trust: &TrustStore, budget: Budget) -> Result<Vec<Path>, Error> { todo!() }
    /// One reason why a path is not good at a time, with the certificate's place (0 = leaf).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct PathDefect { pub place: usize, pub subject: String, pub kind: PathDefectKind }
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum PathDefectKind { Expired { not_after: Timestamp }, NotYetValid { not_before: Timestamp }, NotCa, PathLength, KeyCertSignMissing, NameConstraints(String), UnknownCriticalExtension(String), Policy(String), Algorithm(String) }
    /// RFC 5280 §6.1 at one instant; empty = good. Revocation and key usage of the leaf are asked elsewhere. The anchor's own validity period is not checked.
    pub fn check(path: &Path, at: Timestamp) -> Vec<PathDefect> { todo!() }
}
pub mod revocation {
    //! Status of one certificate at one instant from received CRLs and OCSP responses.
    use super::*;
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Status {
        Good { source: Source, this_update: Timestamp, next_update: Option<Timestamp> },
        Revoked { source: Source, at: Timestamp, reason: Option<u8>, this_update: Timestamp },
        /// Nothing usable; why each candidate was not.
        Unknown { tried: Vec<Unusable> },
    }
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Source { Crl { sha256: String }, Ocsp { sha256: String } }
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Unusable { pub source: Source, pub why: String }
    #[derive(Clone, Debug, Default)]
    pub struct Answers<'a> { pub crls: &'a [Crl], pub ocsp: &'a [OcspResponse] }
    /// `at`: the instant the status is wanted for (the best signature time). `validation_time`: answers dated after it are refused;
    /// an answer is usable when signed by the issuer (or a delegated OCSP responder of that issuer with OCSPSigning, nocheck),
    /// covers the serial, thisUpdate <= validation_time, and is fresh: nextUpdate >= `at` (or this_update >= at).
    /// Revoked at or before `at` is Revoked; a revocation after `at` is reported as Revoked too, with its time: the caller compares.
    pub fn status(certificate: &Certificate, issuer: &Certificate, pool: &[Certificate], answers: &Answers<'_>, at: Timestamp, validation_time: Timestamp) -> Status { todo!() }
}
