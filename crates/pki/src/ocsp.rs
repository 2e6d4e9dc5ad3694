//! OCSP (RFC 6960): requests are written, responses read; what a response is worth is judged in
//! [`revocation`](crate::revocation).

use crate::algorithm::{AlgorithmIdentifier, DigestAlgorithm, SignatureAlgorithm};
use crate::certificate::Certificate;
use crate::crypto::SignatureVerified;
use crate::error::Error;
use crate::name::Name;
use crate::wire;
use der::asn1::{BitString, ObjectIdentifier as Oid, OctetString};
use der::{Any, Decode, Encode, Sequence, Tag, Tagged};
use jiff::Timestamp;
use std::ops::Range;
use std::sync::Arc;

/// An OCSP response: received bytes, parsed once. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OcspResponse(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    der: Vec<u8>,
    response_status: u8,
    basic: Option<Basic>,
}

#[derive(Debug)]
struct Basic {
    /// BasicOCSPResponse as received, and where in it the signed bytes lie.
    der: Vec<u8>,
    tbs: Range<usize>,
    algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    responder: ResponderId,
    produced_at: Timestamp,
    singles: Vec<Single>,
    nonce: Option<Vec<u8>>,
    unusable: Option<String>,
    certificates: Vec<Certificate>,
}

/// Who answers (RFC 6960 §4.2.2.3).
#[derive(Clone, Debug)]
pub(crate) enum ResponderId {
    Name(Name),
    KeySha1(Vec<u8>),
}

/// One SingleResponse.
#[derive(Clone, Debug)]
pub(crate) struct Single {
    digest: Option<DigestAlgorithm>,
    issuer_name_hash: Vec<u8>,
    issuer_key_hash: Vec<u8>,
    serial: Vec<u8>,
    pub(crate) status: SingleStatus,
    pub(crate) this_update: Timestamp,
    pub(crate) next_update: Option<Timestamp>,
    pub(crate) archive_cutoff: Option<Timestamp>,
    pub(crate) unusable: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SingleStatus {
    Good,
    Revoked { at: Timestamp, reason: Option<u8> },
    Unknown,
}

// ---- wire ----

#[derive(Sequence)]
struct WireResponse {
    status: Any,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<WireBytes>,
}

#[derive(Sequence)]
struct WireBytes {
    kind: Oid,
    response: OctetString,
}

#[derive(Sequence)]
struct WireBasic {
    data: WireData,
    algorithm: AlgorithmIdentifier,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<Any>>,
}

#[derive(Sequence)]
struct WireData {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    responder: Any,
    produced_at: Any,
    responses: Vec<WireSingle>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<WireExtension>>,
}

#[derive(Sequence)]
struct WireSingle {
    id: CertId,
    status: Any,
    this_update: Any,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<WireExtension>>,
}

#[derive(Sequence)]
struct CertId {
    digest: AlgorithmIdentifier,
    issuer_name_hash: OctetString,
    issuer_key_hash: OctetString,
    serial: Any,
}

#[derive(Sequence)]
struct RevokedInfo {
    at: Any,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    reason: Option<Any>,
}

#[derive(Sequence)]
struct WireExtension {
    oid: Oid,
    #[asn1(default = "Default::default")]
    critical: bool,
    value: OctetString,
}

#[derive(Sequence)]
struct WireRequest {
    tbs: WireRequestData,
}

#[derive(Sequence)]
struct WireRequestData {
    list: Vec<WireRequestItem>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<WireExtension>>,
}

#[derive(Sequence)]
struct WireRequestItem {
    id: CertId,
}

const BASIC: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const NONCE: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const ARCHIVE_CUTOFF: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.6");
const SHA1: Oid = Oid::new_unwrap("1.3.14.3.2.26");

/// Largest response that is parsed, bytes.
const MAX_BYTES: usize = 1 << 20;
/// Most SingleResponses and certificates in one response.
const MAX_ITEMS: usize = 256;

impl OcspResponse {
    /// Reads one response; bytes after it are an error. A refusal of the responder (tryLater,
    /// unauthorized, …) is a response too: see [`response_status`](Self::response_status).
    pub fn from_der(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_BYTES {
            return Err(Error::Budget(format!("an OCSP response of {} bytes", bytes.len())));
        }
        let response = WireResponse::from_der(bytes).map_err(|e| malformed("OCSPResponse", e))?;
        let response_status = match (response.status.tag(), response.status.value()) {
            (Tag::Enumerated, [status]) => *status,
            _ => return Err(Error::malformed("OCSPResponse", 0, "responseStatus")),
        };
        let basic = match response.bytes {
            Some(inner) if response_status == 0 && inner.kind == BASIC => {
                Some(read_basic(inner.response.as_bytes())?)
            }
            Some(inner) if response_status == 0 => {
                return Err(Error::Algorithm(format!("OCSP response type {}", inner.kind)));
            }
            _ => None,
        };
        Ok(Self(Arc::new(Inner { der: bytes.to_vec(), response_status, basic })))
    }

    /// The received bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// OCSPResponseStatus: 0 successful, 1 malformedRequest, 2 internalError, 3 tryLater,
    /// 5 sigRequired, 6 unauthorized.
    pub fn response_status(&self) -> u8 {
        self.0.response_status
    }

    /// producedAt; `None` when the responder refused.
    pub fn produced_at(&self) -> Option<Timestamp> {
        self.0.basic.as_ref().map(|b| b.produced_at)
    }

    /// The nonce it repeats, if any.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.0.basic.as_ref()?.nonce.as_deref()
    }

    /// Certificates it carries; unreadable ones are left out.
    pub fn certificates(&self) -> &[Certificate] {
        self.0.basic.as_ref().map_or(&[], |b| &b.certificates)
    }

    /// Signature over the received bytes by this key; who it is, is asked elsewhere.
    pub fn verify_signed_by(&self, responder: &Certificate) -> Result<SignatureVerified, Error> {
        let Some(basic) = &self.0.basic else { return Err(Error::SignatureInvalid) };
        let identifier =
            basic.algorithm.to_der().map_err(|e| malformed("AlgorithmIdentifier", e))?;
        let algorithm = SignatureAlgorithm::from_der(&identifier, None)?;
        let tbs = basic.der.get(basic.tbs.clone()).unwrap_or_default();
        crate::crypto::verify_with(responder, algorithm, tbs, &basic.signature)
    }

    /// The responder names itself by this certificate's subject or key.
    pub(crate) fn names(&self, candidate: &Certificate) -> bool {
        match self.0.basic.as_ref().map(|b| &b.responder) {
            Some(ResponderId::Name(name)) => name == candidate.subject(),
            Some(ResponderId::KeySha1(hash)) => {
                DigestAlgorithm::Sha1.digest(candidate.key_bits()) == *hash
            }
            None => false,
        }
    }

    /// The answers about one certificate.
    pub(crate) fn singles_of(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Vec<&Single> {
        let singles = self.0.basic.iter().flat_map(|b| &b.singles);
        singles.filter(|s| s.is_about(certificate, issuer)).collect()
    }

    /// Why nothing can be concluded from it, whatever the certificate.
    pub(crate) fn unusable(&self) -> Option<String> {
        match &self.0.basic {
            Some(basic) => basic.unusable.clone(),
            None => Some(format!("the responder refused: {}", refusal(self.0.response_status))),
        }
    }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for OcspResponse {}

impl Single {
    fn is_about(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let Some(digest) = self.digest else { return false };
        self.serial == certificate.serial()
            && self.issuer_key_hash == digest.digest(issuer.key_bits())
            && (self.issuer_name_hash == digest.digest(certificate.issuer().der())
                || self.issuer_name_hash == digest.digest(issuer.subject().der()))
    }
}

/// An OCSP request for one certificate (RFC 6960 §4.1), SHA-1 CertID as responders expect;
/// `nonce` 16..32 bytes (RFC 9654).
pub fn ocsp_request(
    certificate: &Certificate,
    issuer: &Certificate,
    nonce: Option<&[u8]>,
) -> Vec<u8> {
    // Only the encoder can fail here, on lengths beyond 256 MB.
    write_request(certificate, issuer, nonce).unwrap_or_default()
}

fn write_request(
    certificate: &Certificate,
    issuer: &Certificate,
    nonce: Option<&[u8]>,
) -> der::Result<Vec<u8>> {
    let sha1 = |bytes: &[u8]| OctetString::new(DigestAlgorithm::Sha1.digest(bytes));
    let id = CertId {
        digest: AlgorithmIdentifier { oid: SHA1, parameters: Some(Any::null()) },
        issuer_name_hash: sha1(certificate.issuer().der())?,
        issuer_key_hash: sha1(issuer.key_bits())?,
        serial: Any::new(Tag::Integer, certificate.serial())?,
    };
    let extensions = match nonce {
        None => None,
        Some(nonce) => {
            let value = OctetString::new(OctetString::new(nonce)?.to_der()?)?;
            Some(vec![WireExtension { oid: NONCE, critical: false, value }])
        }
    };
    WireRequest { tbs: WireRequestData { list: vec![WireRequestItem { id }], extensions } }.to_der()
}

fn read_basic(der: &[u8]) -> Result<Basic, Error> {
    let wire = WireBasic::from_der(der).map_err(|e| malformed("BasicOCSPResponse", e))?;
    let data = wire.data;
    if wire.signature.unused_bits() != 0 {
        return Err(Error::malformed("BasicOCSPResponse", 0, "signature with unused bits"));
    }
    if data.responses.len() > MAX_ITEMS {
        return Err(Error::Budget(format!("{} answers in one response", data.responses.len())));
    }
    let responder = match data.responder.tag().number().value() {
        1 => ResponderId::Name(Name::from_der(data.responder.value())?),
        2 => {
            let hash = OctetString::from_der(data.responder.value());
            ResponderId::KeySha1(hash.map_err(|e| malformed("ResponderID", e))?.into_bytes().into())
        }
        tag => return Err(Error::malformed("ResponderID", 0, tag)),
    };
    let mut unusable = None;
    let mut nonce = None;
    for extension in data.extensions.unwrap_or_default() {
        if extension.oid == NONCE {
            // RFC 8954: an OCTET STRING inside; older responders put the bare bytes.
            let raw = extension.value.as_bytes();
            let inner = OctetString::from_der(raw).map(|o| o.as_bytes().to_vec());
            nonce = Some(inner.unwrap_or_else(|_| raw.to_vec()));
        } else if extension.critical {
            unusable = Some(format!("critical extension {} is not known here", extension.oid));
        }
    }
    let certificates = wire.certificates.unwrap_or_default();
    let parsed = certificates.iter().take(MAX_ITEMS).filter_map(|c| c.to_der().ok());
    Ok(Basic {
        tbs: wire::children(der).first().map_or(0..0, |tbs| wire::place(der, tbs)),
        der: der.to_vec(),
        algorithm: wire.algorithm,
        signature: wire.signature.raw_bytes().to_vec(),
        responder,
        produced_at: time(&data.produced_at)?,
        singles: data.responses.into_iter().map(read_single).collect::<Result<_, _>>()?,
        nonce,
        unusable,
        certificates: parsed.filter_map(|der| Certificate::from_der(&der).ok()).collect(),
    })
}

fn read_single(wire: WireSingle) -> Result<Single, Error> {
    let tag = wire.status.tag();
    let status = match tag.number().value() {
        0 if tag.is_context_specific() => SingleStatus::Good,
        1 if tag.is_context_specific() => {
            let info = Any::new(Tag::Sequence, wire.status.value())
                .and_then(|any| any.decode_as::<RevokedInfo>())
                .map_err(|e| malformed("RevokedInfo", e))?;
            let reason = info.reason.as_ref().and_then(|r| r.value().first().copied());
            SingleStatus::Revoked { at: time(&info.at)?, reason }
        }
        2 if tag.is_context_specific() => SingleStatus::Unknown,
        _ => return Err(Error::malformed("CertStatus", 0, tag)),
    };
    let mut archive_cutoff = None;
    let mut unusable = None;
    for extension in wire.extensions.unwrap_or_default() {
        if extension.oid == ARCHIVE_CUTOFF {
            let any = Any::from_der(extension.value.as_bytes());
            archive_cutoff = any.ok().and_then(|t| time(&t).ok());
        } else if extension.critical {
            unusable = Some(format!("critical extension {} is not known here", extension.oid));
        }
    }
    Ok(Single {
        digest: DigestAlgorithm::from_oid(&wire.id.digest.oid.to_string()),
        issuer_name_hash: wire.id.issuer_name_hash.as_bytes().to_vec(),
        issuer_key_hash: wire.id.issuer_key_hash.as_bytes().to_vec(),
        serial: wire.id.serial.value().to_vec(),
        status,
        this_update: time(&wire.this_update)?,
        next_update: wire.next_update.as_ref().map(time).transpose()?,
        archive_cutoff,
        unusable,
    })
}

fn time(any: &Any) -> Result<Timestamp, Error> {
    let read = match any.tag() {
        Tag::GeneralizedTime => wire::read_time(0x18, any.value()),
        _ => None,
    };
    read.ok_or_else(|| Error::malformed("GeneralizedTime", 0, "not a time"))
}

fn malformed(what: &str, e: der::Error) -> Error {
    let offset = e.position().map_or(0, |p| usize::try_from(p).unwrap_or_default());
    Error::malformed(what, offset, e.kind())
}

fn refusal(status: u8) -> String {
    match status {
        0 => "successful without an answer".into(),
        1 => "malformed request".into(),
        2 => "internal error".into(),
        3 => "try later".into(),
        5 => "it wants signed requests".into(),
        6 => "not authorised".into(),
        other => format!("status {other}"),
    }
}
