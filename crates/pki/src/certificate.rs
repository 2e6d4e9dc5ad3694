//! A certificate: the received bytes and a view of them, parsed once.

use crate::algorithm::{DigestAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use crate::crypto::{PublicKey, SignatureVerified};
use crate::error::Error;
use crate::extension::{Extensions, KeyUsage};
use crate::name::Name;
use crate::wire;
use jiff::Timestamp;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Version;

/// A certificate: received bytes, parsed once. Cheap to clone; its public key is kept once used.
#[derive(Clone, Debug)]
pub struct Certificate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    der: Vec<u8>,
    sha256: [u8; 32],
    tbs: Range<usize>,
    /// The AlgorithmIdentifier that the issuer signed, and the one beside the signature.
    signed_algorithm: Range<usize>,
    outer_algorithm: Range<usize>,
    signature: Vec<u8>,
    version: u32,
    serial: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: Timestamp,
    not_after: Timestamp,
    spki: Range<usize>,
    /// Content of the subjectPublicKey BIT STRING: what key hashes are made of.
    key_bits: Range<usize>,
    extensions: Extensions,
    public_key: OnceLock<Result<PublicKey, Error>>,
    self_signed: OnceLock<bool>,
}

/// Longest certificate that is parsed, bytes.
const MAX_BYTES: usize = 256 << 10;

impl Certificate {
    /// Reads one certificate; bytes after it are an error.
    ///
    /// Tolerant where real certificates break the profile (attribute values above the upper
    /// bounds of RFC 5280 appendix A, negative or long serial numbers); see
    /// [`oddities`](Self::oddities). Broken extensions are refused by [`path::check`](crate::path::check).
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > MAX_BYTES {
            return Err(Error::Budget(format!("a certificate of {} bytes", der.len())));
        }
        wire::check_frame("Certificate", der)?;
        let (rest, parsed) = x509_parser::certificate::X509Certificate::from_der(der)
            .map_err(|e| Error::malformed("Certificate", 0, e))?;
        if !rest.is_empty() {
            return Err(Error::malformed("Certificate", der.len() - rest.len(), "bytes after it"));
        }
        let tbs = &parsed.tbs_certificate;
        let outer = wire::children(der);
        let (Some(tbs_der), Some(outer_algorithm)) = (outer.first(), outer.get(1)) else {
            return Err(Error::malformed("Certificate", 0, "not three elements"));
        };
        let fields = wire::children(tbs_der);
        let has_version = fields.first().is_some_and(|f| f.first() == Some(&0xA0));
        let Some(signed_algorithm) = fields.get(1 + usize::from(has_version)) else {
            return Err(Error::malformed("TBSCertificate", 0, "no signature algorithm"));
        };
        if tbs.version != X509Version::V3 && !tbs.extensions().is_empty() {
            return Err(Error::malformed("TBSCertificate", 0, "extensions in a version below 3"));
        }
        let sha256 = DigestAlgorithm::Sha256.digest(der).try_into().unwrap_or_default();
        Ok(Self(Arc::new(Inner {
            sha256,
            tbs: wire::place(der, tbs_der),
            signed_algorithm: wire::place(der, signed_algorithm),
            outer_algorithm: wire::place(der, outer_algorithm),
            signature: parsed.signature_value.data.to_vec(),
            version: tbs.version.0.saturating_add(1),
            serial: tbs.raw_serial().to_vec(),
            issuer: Name::from_parsed(tbs.issuer()),
            subject: Name::from_parsed(tbs.subject()),
            not_before: wire::timestamp(tbs.validity().not_before),
            not_after: wire::timestamp(tbs.validity().not_after),
            spki: wire::place(der, tbs.public_key().raw),
            key_bits: wire::place(der, &tbs.public_key().subject_public_key.data),
            extensions: Extensions::read(tbs.extensions()),
            public_key: OnceLock::new(),
            self_signed: OnceLock::new(),
            der: der.to_vec(),
        })))
    }

    /// Every CERTIFICATE block of a PEM text, in order; other blocks are passed over. No block at
    /// all is an error.
    pub fn from_pem(pem: &[u8]) -> Result<Vec<Self>, Error> {
        let mut out = Vec::new();
        for block in x509_parser::pem::Pem::iter_from_buffer(pem) {
            let block = block.map_err(|e| Error::malformed("PEM", 0, e))?;
            if matches!(block.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE") {
                out.push(Self::from_der(&block.contents)?);
            }
        }
        if out.is_empty() {
            return Err(Error::malformed("PEM", 0, "no CERTIFICATE block"));
        }
        Ok(out)
    }

    /// The received bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 over the received bytes: the certificate's fingerprint.
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// Upper-case hexadecimal of [`sha256`](Self::sha256).
    pub fn fingerprint(&self) -> String {
        self.0.sha256.iter().map(|b| format!("{b:02X}")).collect()
    }

    /// Whom it speaks of.
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// Who speaks.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// Serial number content octets as received.
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// X.509 version, 1 to 3.
    pub fn version(&self) -> u32 {
        self.0.version
    }

    /// Start of the validity period.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// Last second of the validity period.
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// SubjectPublicKeyInfo DER.
    pub fn spki(&self) -> &[u8] {
        self.slice(&self.0.spki)
    }

    /// Content of the subjectPublicKey BIT STRING: what OCSP key hashes are made of.
    pub(crate) fn key_bits(&self) -> &[u8] {
        self.slice(&self.0.key_bits)
    }

    /// Kind and size of the key; `Other` also when the key cannot be used at all.
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.public_key().map_or(KeyAlgorithm::Other, PublicKey::kind)
    }

    /// The key, parsed at its first use and kept.
    pub fn public_key(&self) -> Result<&PublicKey, Error> {
        let made = self.0.public_key.get_or_init(|| PublicKey::from_spki(self.spki()));
        made.as_ref().map_err(Clone::clone)
    }

    /// The algorithm with which the issuer signed.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, Error> {
        SignatureAlgorithm::from_der(self.slice(&self.0.outer_algorithm), None)
    }

    /// keyUsage, if present.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.extensions.key_usage
    }

    /// Extended key usages as dotted OIDs; None when the extension is absent.
    pub fn extended_key_usage(&self) -> Option<&[String]> {
        self.0.extensions.extended_key_usage.as_deref()
    }

    /// The extended key usage extension is critical.
    pub fn extended_key_usage_critical(&self) -> bool {
        self.0.extensions.extended_key_usage_critical
    }

    /// basicConstraints says cA.
    pub fn is_ca(&self) -> bool {
        self.0.extensions.basic_constraints.is_some_and(|b| b.ca)
    }

    /// Issuer and subject are the same name and its own key verifies it.
    pub fn is_self_signed(&self) -> bool {
        *self
            .0
            .self_signed
            .get_or_init(|| self.is_self_issued() && self.verify_signed_by(self).is_ok())
    }

    /// Issuer and subject are the same name (RFC 5280 §3.2).
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer == self.0.subject
    }

    /// subjectKeyIdentifier.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_id.as_deref()
    }

    /// keyIdentifier of authorityKeyIdentifier.
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_id.as_deref()
    }

    /// AIA caIssuers addresses, as written.
    pub fn ca_issuers_urls(&self) -> &[String] {
        &self.0.extensions.ca_issuers_urls
    }

    /// AIA OCSP addresses, as written.
    pub fn ocsp_urls(&self) -> &[String] {
        &self.0.extensions.ocsp_urls
    }

    /// Addresses of cRLDistributionPoints, as written.
    pub fn crl_urls(&self) -> &[String] {
        &self.0.extensions.crl_urls
    }

    /// id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1).
    pub fn has_ocsp_nocheck(&self) -> bool {
        self.0.extensions.ocsp_nocheck
    }

    /// Where the certificate leaves RFC 5280 without being refused for it: stable words.
    pub fn oddities(&self) -> Vec<&'static str> {
        let mut out = Vec::new();
        match self.serial() {
            [] => out.push("serial_empty"),
            [0] => out.push("serial_zero"),
            [first, ..] if first & 0x80 != 0 => out.push("serial_negative"),
            serial if serial.len() > 20 => out.push("serial_long"),
            _ => {}
        }
        if !self.0.extensions.malformed.is_empty() {
            out.push("extension_malformed");
        }
        out
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// The AlgorithmIdentifiers inside and outside the signed bytes are alike (RFC 5280 §4.1.1.2).
    pub(crate) fn algorithms_agree(&self) -> bool {
        self.slice(&self.0.signed_algorithm) == self.slice(&self.0.outer_algorithm)
    }

    /// The issuer's key verifies this certificate's signature over its received TBS bytes.
    /// Names, dates and constraints are not looked at.
    pub fn verify_signed_by(&self, issuer: &Certificate) -> Result<SignatureVerified, Error> {
        if !self.algorithms_agree() {
            return Err(Error::Algorithm("signed and outer AlgorithmIdentifier differ".into()));
        }
        let algorithm = self.signature_algorithm()?;
        crate::crypto::verify_with(issuer, algorithm, self.slice(&self.0.tbs), &self.0.signature)
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.0.der.get(range.clone()).unwrap_or_default()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}
