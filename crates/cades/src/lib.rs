//! CMS SignedData for PDF: what is signed is built here, what was signed is read here exactly as received.
//! No private key ever enters; a value comes from outside and `assemble` refuses one the certificate does not verify.
//!
//! ```text
//!  build: digest + certificate ─► SignedAttributes::der() ─► (token) ─► value ─► assemble ─► DER for /Contents
//!  read:  /Contents ─► SignedData { signer infos, certificates, attributes as received, timestamps }
//! ```
#![allow(clippy::todo, missing_docs, unused_variables)] // skeleton
use jiff::Timestamp;
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    #[error("{what}: not valid {encoding} at byte {offset}: {detail}")]
    Malformed { what: String, encoding: String, offset: usize, detail: String },
    #[error("the signature value is not of the certificate's key")]
    WrongValue,
    #[error("limit reached: {0}")]
    Limit(String),
    #[error(transparent)]
    Pki(#[from] pki::Error),
}

/// The DER SET OF attributes that the key signs (RFC 5652 §5.4; EN 319 122-1): contentType, messageDigest, signing-certificate-v2; no signingTime (EN 319 142-1 puts it in /M).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAttributes { der: Vec<u8> }
impl SignedAttributes {
    pub fn new(message_digest: &[u8], algorithm: SignatureAlgorithm, certificate: &Certificate) -> Result<Self, Error> { todo!() }
    /// The bytes to be signed.
    pub fn der(&self) -> &[u8] { &self.der }
}
/// ContentInfo with a detached SignedData; `certificates`: signer's first, then its chain without the root. Refuses a value that does not verify.
pub fn assemble(attributes: &SignedAttributes, algorithm: SignatureAlgorithm, value: &[u8], certificates: &[Certificate], signature_timestamp: Option<&TimestampToken>) -> Result<Vec<u8>, Error> { todo!() }
/// Upper bound for the DER length that `assemble` will give, timestamp excluded.
pub fn assembled_bytes_estimate(certificates: &[Certificate], algorithm: SignatureAlgorithm) -> usize { todo!() }

/// How the outer bytes are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding { Der, Ber }
/// What a CMS SignedData says; nothing judged. Total over hostile bytes within `Limits`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedData {
    pub encoding: Encoding,
    /// Length of the ContentInfo itself inside the given bytes (the rest is padding to be judged elsewhere).
    pub consumed_bytes: usize,
    pub version: u32,
    pub digest_algorithms: Vec<String>,
    pub content_type: String,
    /// eContent when present (PDF signatures must have none; timestamps have TSTInfo).
    pub content: Option<Vec<u8>>,
    /// Certificates as received DER, in order; unparsable ones stay as bytes.
    pub certificates: Vec<Vec<u8>>,
    pub crls: Vec<Vec<u8>>,
    pub signers: Vec<SignerInfo>,
    /// Odd things seen that do not stop reading (stable words: "ber_indefinite", "duplicate_attribute", "set_not_sorted", …).
    pub oddities: Vec<String>,
}
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignerInfo {
    pub version: u32,
    pub signer: SignerIdentifier,
    pub digest_algorithm: String,
    /// AlgorithmIdentifier of the signature, DER.
    pub signature_algorithm: Vec<u8>,
    /// Signed attributes re-tagged as SET OF, bytes as received (RFC 5652 §5.4): what the value is over. None: the value is over the content itself.
    pub signed_attributes: Option<Vec<u8>>,
    pub content_types: Vec<String>,
    pub message_digests: Vec<Vec<u8>>,
    pub signing_times: Vec<Timestamp>,
    /// ESS signing-certificate (v1 hash is SHA-1) and -v2.
    pub ess: Vec<EssCertId>,
    /// Dotted OIDs of all signed attributes, in order, duplicates kept.
    pub signed_attribute_types: Vec<String>,
    pub value: Vec<u8>,
    /// RFC 3161 tokens in unsigned attribute id-aa-signatureTimeStampToken, as received.
    pub signature_timestamps: Vec<Vec<u8>>,
    /// adbe-revocationInfoArchival signed attribute, if any: CRLs and OCSP responses inside.
    pub archived_crls: Vec<Vec<u8>>,
    pub archived_ocsp: Vec<Vec<u8>>,
    pub unsigned_attribute_types: Vec<String>,
}
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignerIdentifier { IssuerAndSerial { issuer_der: Vec<u8>, serial: Vec<u8> }, SubjectKeyId(Vec<u8>) }
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EssCertId { pub version: u8, pub digest_algorithm: String, pub hash: Vec<u8>, pub issuer_serial_matches: Option<(Vec<u8>, Vec<u8>)> }
#[derive(Clone, Copy, Debug)]
pub struct Limits { pub bytes: usize, pub depth: usize, pub certificates: usize, pub signers: usize, pub attributes: usize }
impl Default for Limits { fn default() -> Self { Self { bytes: 4 << 20, depth: 64, certificates: 64, signers: 8, attributes: 64 } } }
/// Reads the ContentInfo at the start of `bytes` (trailing bytes allowed, see `consumed_bytes`).
pub fn read(bytes: &[u8], limits: &Limits) -> Result<SignedData, Error> { todo!() }
impl SignedData {
    /// The embedded certificate that the signer identifier names (and, where ESS is present, whose hash matches), parsed.
    pub fn signer_certificate(&self, signer: &SignerInfo) -> Option<Certificate> { todo!() }
    /// Every embedded certificate that parses.
    pub fn parsed_certificates(&self) -> Vec<Certificate> { todo!() }
}
impl SignerInfo {
    /// Checks the value over the signed attributes as received, with the declared algorithm.
    pub fn verify_value(&self, certificate: &Certificate) -> Result<pki::SignatureVerified, Error> { todo!() }
    pub fn algorithm(&self) -> Result<SignatureAlgorithm, Error> { todo!() }
}

/// An RFC 3161 TimeStampToken: its CMS and its TSTInfo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TimestampToken { pub der: Vec<u8>, pub signed_data: SignedData, pub policy: String, pub imprint_algorithm: String, pub imprint: Vec<u8>, pub serial: Vec<u8>, pub gen_time: Timestamp, pub nonce: Option<Vec<u8>>, pub accuracy_seconds: Option<f64> }
/// Reads a token (ContentInfo at the start of `bytes`; trailing bytes allowed, see signed_data.consumed_bytes; `der` is cut to it).
pub fn read_timestamp(bytes: &[u8], limits: &Limits) -> Result<TimestampToken, Error> { todo!() }
/// TimeStampReq, DER, certReq TRUE. `nonce`: positive, at most 8 bytes used.
pub fn timestamp_request(imprint_algorithm: DigestAlgorithm, imprint: &[u8], nonce: &[u8]) -> Vec<u8> { todo!() }
/// Reads a TimeStampResp and holds it against the request (status, imprint, nonce, policy). Its signature and path are judged by `validation`.
pub fn read_timestamp_response(response: &[u8], imprint_algorithm: DigestAlgorithm, imprint: &[u8], nonce: &[u8]) -> Result<TimestampToken, TimestampRefusal> { todo!() }
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum TimestampRefusal {
    #[error("the TSA refused: status {status}, {text}")]
    Rejected { status: u32, text: String },
    #[error("the TSA answered for another imprint")]
    WrongImprint,
    #[error("the TSA answered with another nonce")]
    WrongNonce,
    #[error("the TSA's answer cannot be read: {0}")]
    Unreadable(#[from] Error),
}
