//! One SignerInfo (RFC 5652 §5.3) and its attributes, duplicates kept.

use crate::ber::{self, Element};
use crate::error::Error;
use crate::ess::{self, EssCertId};
use crate::signed_data::{Limits, algorithm_oid};
use jiff::Timestamp;
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm, SignatureVerified};
use serde::{Deserialize, Serialize};

/// Who signed, as the SignerInfo names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum SignerIdentifier {
    IssuerAndSerial { issuer_der: Vec<u8>, serial: Vec<u8> },
    SubjectKeyId(Vec<u8>),
}

/// What one SignerInfo says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignerInfo {
    /// CMSVersion.
    pub version: u32,
    /// sid.
    pub signer: SignerIdentifier,
    /// Dotted OID.
    pub digest_algorithm: String,
    /// AlgorithmIdentifier of the signature, DER.
    pub signature_algorithm: Vec<u8>,
    /// Signed attributes re-tagged as SET OF, bytes as received (RFC 5652 §5.4): what the value is
    /// over. None: the value is over the content itself.
    pub signed_attributes: Option<Vec<u8>>,
    /// Their DER encoding where the received bytes are not DER: RFC 5652 §5.4 says that this is
    /// what is signed; signers that hashed what they wrote exist too.
    #[serde(default)]
    pub signed_attributes_der: Option<Vec<u8>>,
    /// Values of contentType, dotted OIDs.
    pub content_types: Vec<String>,
    /// Values of messageDigest.
    pub message_digests: Vec<Vec<u8>>,
    /// Values of signingTime: a claim.
    pub signing_times: Vec<Timestamp>,
    /// ESS signing-certificate (v1 hash is SHA-1) and -v2.
    pub ess: Vec<EssCertId>,
    /// Dotted OIDs of all signed attributes, in order, duplicates kept.
    pub signed_attribute_types: Vec<String>,
    /// The signature value.
    pub value: Vec<u8>,
    /// RFC 3161 tokens in unsigned attribute id-aa-signatureTimeStampToken, as received.
    pub signature_timestamps: Vec<Vec<u8>>,
    /// CRLs of the signed attribute adbe-revocationInfoArchival, as received.
    pub archived_crls: Vec<Vec<u8>>,
    /// OCSP responses of the same.
    pub archived_ocsp: Vec<Vec<u8>>,
    /// Dotted OIDs of all unsigned attributes, in order, duplicates kept.
    pub unsigned_attribute_types: Vec<String>,
}

impl SignerInfo {
    /// Checks the value over the signed attributes as received (and, where those are not DER, over
    /// their DER encoding), with the declared algorithm.
    ///
    /// # Errors
    /// [`pki::Error::SignatureInvalid`] when it does not verify; [`Error::Malformed`] without
    /// signed attributes: then the value is over the content, see
    /// [`verify_value_over_digest`](Self::verify_value_over_digest).
    pub fn verify_value(&self, certificate: &Certificate) -> Result<SignatureVerified, Error> {
        let received = self
            .signed_attributes
            .as_ref()
            .ok_or_else(|| Error::ber("SignerInfo", 0, "no signed attributes"))?;
        let algorithm = self.algorithm()?;
        let over =
            |bytes: &[u8]| pki::crypto::verify_with(certificate, algorithm, bytes, &self.value);
        let result = match (over(received), &self.signed_attributes_der) {
            (Err(pki::Error::SignatureInvalid), Some(der)) => over(der),
            (result, _) => result,
        };
        Ok(result?)
    }

    /// For a SignerInfo without signed attributes: checks the value over the content's digest.
    pub fn verify_value_over_digest(
        &self,
        certificate: &Certificate,
        content_digest: &[u8],
    ) -> Result<SignatureVerified, Error> {
        if self.signed_attributes.is_some() {
            return Err(Error::ber("SignerInfo", 0, "signed attributes present"));
        }
        let algorithm = self.algorithm()?;
        let verified =
            pki::crypto::verify_digest_with(certificate, algorithm, content_digest, &self.value);
        Ok(verified?)
    }

    /// The declared signature algorithm; where its identifier names no digest (rsaEncryption), the
    /// SignerInfo's digest algorithm completes it.
    pub fn algorithm(&self) -> Result<SignatureAlgorithm, Error> {
        let digest = DigestAlgorithm::from_oid(&self.digest_algorithm);
        Ok(SignatureAlgorithm::from_der(&self.signature_algorithm, digest)?)
    }

    /// The signer identifier names this certificate.
    pub fn identifies(&self, certificate: &Certificate) -> bool {
        self.signer.names(certificate)
    }

    /// The first ESS identifier of every signing-certificate attribute speaks of this certificate:
    /// its hash, and its issuer and serial where given. `None`: no ESS attribute.
    pub fn ess_matches(&self, certificate: &Certificate) -> Option<bool> {
        let mut firsts = self.ess.iter().filter(|id| id.first).peekable();
        firsts.peek()?;
        Some(firsts.all(|id| id.matches(certificate)))
    }

    pub(crate) fn read(
        element: Element<'_>,
        limits: &Limits,
        oddities: &mut Vec<String>,
    ) -> Result<Self, Error> {
        let mut fields = element.expect(ber::SEQUENCE, "SignerInfo")?.fields("SignerInfo")?;
        let version = fields.next()?.small_integer("SignerInfo version")?;
        let signer = read_identifier(fields.next()?)?;
        let digest_algorithm = algorithm_oid(fields.next()?, "digestAlgorithm")?;
        let signed = fields.optional(0xA0);
        let signature_algorithm = fields.expect(ber::SEQUENCE)?.to_der()?;
        let value = fields.next()?.octets("signature")?;
        let unsigned = fields.optional(0xA1);
        fields.done()?;
        let mut out = Self {
            version,
            signer,
            digest_algorithm,
            signature_algorithm,
            signed_attributes: None,
            signed_attributes_der: None,
            content_types: Vec::new(),
            message_digests: Vec::new(),
            signing_times: Vec::new(),
            ess: Vec::new(),
            signed_attribute_types: Vec::new(),
            value,
            signature_timestamps: Vec::new(),
            archived_crls: Vec::new(),
            archived_ocsp: Vec::new(),
            unsigned_attribute_types: Vec::new(),
        };
        if let Some(set) = signed {
            out.take_signed(set, limits, oddities)?;
        }
        if let Some(set) = unsigned {
            out.take_unsigned(set, limits, oddities)?;
        }
        if let Ok(algorithm) = out.algorithm()
            && algorithm.digest().oid() != out.digest_algorithm
        {
            oddities.push("digest_algorithm_mismatch".into());
        }
        Ok(out)
    }

    fn take_signed(
        &mut self,
        set: Element<'_>,
        limits: &Limits,
        oddities: &mut Vec<String>,
    ) -> Result<(), Error> {
        let mut received = set.raw.to_vec();
        if let Some(tag) = received.first_mut() {
            *tag = ber::SET;
        }
        let attributes = set.children("signedAttrs")?;
        let mut parts = attributes.iter().map(|a| a.to_der()).collect::<Result<Vec<_>, _>>()?;
        let in_order = ber::encode(ber::SET, &parts.concat());
        parts.sort();
        let der = ber::encode(ber::SET, &parts.concat());
        if der != received {
            let only_order = in_order == received;
            let word = if only_order { "set_not_sorted" } else { "signed_attributes_not_der" };
            oddities.push(word.into());
            self.signed_attributes_der = Some(der);
        }
        self.signed_attributes = Some(received);
        for attribute in read_attributes(attributes, "signedAttrs", limits, oddities)? {
            for value in &attribute.values {
                if self.take_signed_value(&attribute.oid, *value).is_none() {
                    oddities.push("malformed_attribute".into());
                }
            }
            self.signed_attribute_types.push(attribute.oid);
        }
        Ok(())
    }

    /// `None`: the value is not what its attribute says it is.
    fn take_signed_value(&mut self, oid: &str, value: Element<'_>) -> Option<()> {
        if oid == CONTENT_TYPE {
            self.content_types.push(value.oid("contentType").ok()?);
        } else if oid == MESSAGE_DIGEST {
            self.message_digests.push(value.octets("messageDigest").ok()?);
        } else if oid == SIGNING_TIME {
            self.signing_times.push(pki::read_time(value.tag, value.content)?);
        } else if oid == SIGNING_CERTIFICATE {
            self.ess.extend(ess::read(1, value).ok()?);
        } else if oid == SIGNING_CERTIFICATE_V2 {
            self.ess.extend(ess::read(2, value).ok()?);
        } else if oid == REVOCATION_ARCHIVAL {
            let mut fields = value.fields("adbe-revocationInfoArchival").ok()?;
            if let Some(list) = fields.optional(0xA0) {
                self.archived_crls.extend(archived(list)?);
            }
            if let Some(list) = fields.optional(0xA1) {
                self.archived_ocsp.extend(archived(list)?);
            }
        }
        Some(())
    }

    fn take_unsigned(
        &mut self,
        set: Element<'_>,
        limits: &Limits,
        oddities: &mut Vec<String>,
    ) -> Result<(), Error> {
        let attributes = set.children("unsignedAttrs")?;
        for attribute in read_attributes(attributes, "unsignedAttrs", limits, oddities)? {
            if attribute.oid == SIGNATURE_TIMESTAMP {
                let tokens = attribute.values.iter().map(|value| value.raw.to_vec());
                self.signature_timestamps.extend(tokens);
            }
            self.unsigned_attribute_types.push(attribute.oid);
        }
        Ok(())
    }
}

const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
const SIGNATURE_TIMESTAMP: &str = "1.2.840.113549.1.9.16.2.14";
/// adbe-revocationInfoArchival (ISO 32000-1 §12.8.3.3.2).
const REVOCATION_ARCHIVAL: &str = "1.2.840.113583.1.1.8";

struct Attribute<'a> {
    oid: String,
    values: Vec<Element<'a>>,
}

fn read_identifier(element: Element<'_>) -> Result<SignerIdentifier, Error> {
    let what = "SignerIdentifier";
    if element.tag == 0x80 {
        return Ok(SignerIdentifier::SubjectKeyId(element.content.to_vec()));
    }
    let mut fields = element.expect(ber::SEQUENCE, what)?.fields(what)?;
    let issuer_der = fields.expect(ber::SEQUENCE)?.to_der()?;
    let serial = fields.expect(ber::INTEGER)?.content.to_vec();
    fields.done()?;
    Ok(SignerIdentifier::IssuerAndSerial { issuer_der, serial })
}

fn read_attributes<'a>(
    attributes: Vec<Element<'a>>,
    what: &'static str,
    limits: &Limits,
    oddities: &mut Vec<String>,
) -> Result<Vec<Attribute<'a>>, Error> {
    if attributes.len() > limits.attributes {
        return Err(Error::Limit(format!("more than {} {what}", limits.attributes)));
    }
    let mut out: Vec<Attribute<'a>> = Vec::with_capacity(attributes.len());
    for element in attributes {
        let mut fields = element.expect(ber::SEQUENCE, what)?.fields(what)?;
        let oid = fields.next()?.oid(what)?;
        let values = fields.expect(ber::SET)?.children(what)?;
        fields.done()?;
        if values.len() > limits.attributes {
            return Err(Error::Limit(format!("more than {} values", limits.attributes)));
        }
        if values.len() != 1 {
            oddities.push("attribute_values".into());
        }
        if out.iter().any(|known| known.oid == oid) {
            oddities.push("duplicate_attribute".into());
        }
        out.push(Attribute { oid, values });
    }
    Ok(out)
}

/// SEQUENCE OF, explicitly tagged; the members as received.
fn archived(explicit: Element<'_>) -> Option<Vec<Vec<u8>>> {
    let list = explicit.children("adbe-revocationInfoArchival").ok()?;
    let members = list.first()?.children("adbe-revocationInfoArchival").ok()?;
    Some(members.into_iter().map(|member| member.raw.to_vec()).collect())
}
