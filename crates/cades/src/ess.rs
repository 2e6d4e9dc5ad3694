//! ESS signing-certificate, version 1 (RFC 2634 §5.4) and 2 (RFC 5035 §3).

use crate::ber::{self, Element};
use crate::error::Error;
use crate::signed_data::algorithm_oid;
use pki::{Certificate, DigestAlgorithm, Name};
use serde::{Deserialize, Serialize};

/// One ESSCertID or ESSCertIDv2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EssCertId {
    /// 1 (hash is SHA-1) or 2.
    pub version: u8,
    /// Dotted OID of the hash.
    pub digest_algorithm: String,
    /// Hash of the certificate's DER.
    pub hash: Vec<u8>,
    /// Issuer name (DER) and serial number (content octets), where given.
    pub issuer_serial_matches: Option<(Vec<u8>, Vec<u8>)>,
    /// The first of its attribute: the signer's own; further ones limit the path.
    #[serde(default)]
    pub first: bool,
}

impl EssCertId {
    /// Hash, and issuer and serial where given, are this certificate's.
    pub fn matches(&self, certificate: &Certificate) -> bool {
        let Some(digest) = DigestAlgorithm::from_oid(&self.digest_algorithm) else { return false };
        let same_name =
            |issuer: &[u8]| Name::from_der(issuer).is_ok_and(|name| name == *certificate.issuer());
        digest.digest(certificate.der()) == self.hash
            && self
                .issuer_serial_matches
                .as_ref()
                .is_none_or(|(issuer, serial)| serial == certificate.serial() && same_name(issuer))
    }
}

pub(crate) fn read(version: u8, value: Element<'_>) -> Result<Vec<EssCertId>, Error> {
    let what = "signing-certificate";
    let mut fields = value.expect(ber::SEQUENCE, what)?.fields(what)?;
    let list = fields.expect(ber::SEQUENCE)?.children(what)?;
    let mut out = Vec::with_capacity(list.len());
    for element in list {
        let mut fields = element.expect(ber::SEQUENCE, what)?.fields("ESSCertID")?;
        let digest = match version {
            1 => DigestAlgorithm::Sha1.oid().to_string(),
            _ => match fields.optional(ber::SEQUENCE) {
                Some(identifier) => algorithm_oid(identifier, "ESSCertIDv2")?,
                None => DigestAlgorithm::Sha256.oid().to_string(),
            },
        };
        let hash = fields.next()?.octets("certHash")?;
        let issuer_serial = match fields.optional(ber::SEQUENCE) {
            Some(element) => Some(read_issuer_serial(element)?),
            None => None,
        };
        fields.done()?;
        out.push(EssCertId {
            version,
            digest_algorithm: digest,
            hash,
            issuer_serial_matches: issuer_serial,
            first: out.is_empty(),
        });
    }
    Ok(out)
}

/// IssuerSerial: GeneralNames with one directoryName, and the serial number.
fn read_issuer_serial(element: Element<'_>) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let mut fields = element.fields("IssuerSerial")?;
    let names = fields.expect(ber::SEQUENCE)?.children("IssuerSerial")?;
    let serial = fields.expect(ber::INTEGER)?.content.to_vec();
    let directory = names.iter().find(|name| name.tag == 0xA4);
    let name = match directory {
        Some(explicit) => explicit.fields("directoryName")?.expect(ber::SEQUENCE)?.to_der()?,
        None => return Err(Error::ber("IssuerSerial", element.offset(), "no directoryName")),
    };
    Ok((name, serial))
}
