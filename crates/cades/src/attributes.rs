//! Signed attributes: the DER that a key signs.

use crate::ber::Context;
use crate::error::Error;
use crate::wire::{
    AlgorithmIdentifier, Attribute, CONTENT_TYPE, DATA, EssCertIdV2, GeneralName, IssuerSerial,
    MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2, SigningCertificateV2,
};
use der::asn1::{ObjectIdentifier as Oid, OctetString, SetOfVec};
use der::{Any, Decode, Encode, Tag};
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm};
use serde::{Deserialize, Serialize};

/// The DER SET OF attributes that the key signs (RFC 5652 §5.4; EN 319 122-1): contentType,
/// messageDigest, signing-certificate-v2. No signingTime: EN 319 142-1 §6.3 puts it in /M.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAttributes {
    der: Vec<u8>,
}

impl SignedAttributes {
    /// `message_digest`: over the signed bytes of the document, with `algorithm.digest()`.
    ///
    /// # Errors
    /// A digest of another length than the algorithm's.
    pub fn new(
        message_digest: &[u8],
        algorithm: SignatureAlgorithm,
        certificate: &Certificate,
    ) -> Result<Self, Error> {
        let wanted = algorithm.digest().output_bytes();
        if message_digest.len() != wanted {
            let detail = format!("{} bytes where {wanted} should be", message_digest.len());
            return Err(Error::der("messageDigest", detail));
        }
        let written = write(message_digest, algorithm, certificate);
        Ok(Self { der: written.map_err(|e| Error::der("SignedAttributes", e))? })
    }

    /// The bytes to be signed.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Content of the SET, to be embedded under [0].
    pub(crate) fn content(&self) -> Result<Vec<u8>, Error> {
        let context = Context::new(1);
        let set = context.first(&self.der, "SignedAttributes")?;
        Ok(set.expect(crate::ber::SET, "SignedAttributes")?.content.to_vec())
    }
}

fn write(
    message_digest: &[u8],
    algorithm: SignatureAlgorithm,
    certificate: &Certificate,
) -> der::Result<Vec<u8>> {
    let attributes = SetOfVec::try_from(vec![
        attribute(CONTENT_TYPE, &DATA)?,
        attribute(MESSAGE_DIGEST, &OctetString::new(message_digest)?)?,
        attribute(SIGNING_CERTIFICATE_V2, &signing_certificate(algorithm, certificate)?)?,
    ])?;
    attributes.to_der()
}

/// ESS signing-certificate-v2 (RFC 5035 §3): the certificate by its hash, issuer and serial.
fn signing_certificate(
    algorithm: SignatureAlgorithm,
    certificate: &Certificate,
) -> der::Result<SigningCertificateV2> {
    // The signature's own digest, but never one below SHA-256.
    let digest = match algorithm.digest() {
        DigestAlgorithm::Md5 | DigestAlgorithm::Sha1 | DigestAlgorithm::Sha224 => {
            DigestAlgorithm::Sha256
        }
        digest => digest,
    };
    let digest_algorithm = match digest {
        DigestAlgorithm::Sha256 => None,
        other => Some(digest_identifier(other)?),
    };
    let issuer_serial = IssuerSerial {
        issuer: vec![GeneralName::Directory(Any::from_der(certificate.issuer().der())?)],
        serial: Any::new(Tag::Integer, certificate.serial())?,
    };
    let hash = OctetString::new(digest.digest(certificate.der()))?;
    Ok(SigningCertificateV2 {
        certificates: vec![EssCertIdV2 { digest_algorithm, hash, issuer_serial }],
    })
}

/// RFC 5754 §2: parameters absent.
pub(crate) fn digest_identifier(digest: DigestAlgorithm) -> der::Result<AlgorithmIdentifier> {
    Ok(AlgorithmIdentifier { oid: Oid::new(digest.oid())?, parameters: None })
}

pub(crate) fn attribute(oid: Oid, value: &impl Encode) -> der::Result<Attribute> {
    let value = Any::from_der(&value.to_der()?)?;
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}
