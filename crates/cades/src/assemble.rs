//! From attributes and a value to the DER for /Contents.

use crate::attributes::{SignedAttributes, digest_identifier};
use crate::error::Error;
use crate::raw_set::RawSet;
use crate::timestamp::TimestampToken;
use crate::unsigned;
use crate::wire::{
    ContentInfo, DATA, EncapsulatedContentInfo, IssuerAndSerial, SIGNED_DATA, SignedData,
    SignerInfo,
};
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode, Tag};
use pki::{Certificate, KeyAlgorithm, SignatureAlgorithm};

/// ContentInfo with a detached SignedData (RFC 5652 §5.1); `certificates`: signer's first, then its
/// chain without the root.
///
/// # Errors
/// [`Error::WrongValue`] for a value that does not verify with the first certificate over the
/// attributes: nothing is ever embedded that was not checked.
pub fn assemble(
    attributes: &SignedAttributes,
    algorithm: SignatureAlgorithm,
    value: &[u8],
    certificates: &[Certificate],
    signature_timestamp: Option<&TimestampToken>,
) -> Result<Vec<u8>, Error> {
    let signer =
        certificates.first().ok_or_else(|| Error::der("SignedData", "no signer's certificate"))?;
    match pki::crypto::verify_with(signer, algorithm, attributes.der(), value) {
        Ok(_) => {}
        Err(pki::Error::SignatureInvalid) => return Err(Error::WrongValue),
        Err(other) => return Err(other.into()),
    }
    let content = attributes.content()?;
    write(content, algorithm, value, certificates, signer, signature_timestamp)
        .map_err(|e| Error::der("SignedData", e))
}

fn write(
    signed_attributes: Vec<u8>,
    algorithm: SignatureAlgorithm,
    value: &[u8],
    certificates: &[Certificate],
    signer: &Certificate,
    signature_timestamp: Option<&TimestampToken>,
) -> der::Result<Vec<u8>> {
    let digest_algorithm = digest_identifier(algorithm.digest())?;
    let unsigned_attributes = match signature_timestamp {
        Some(token) => Some(unsigned::signature_timestamp(&token.der)?),
        None => None,
    };
    let signer_info = SignerInfo {
        version: 1,
        signer: IssuerAndSerial {
            issuer: Any::from_der(signer.issuer().der())?,
            serial: Any::new(Tag::Integer, signer.serial())?,
        },
        digest_algorithm: digest_algorithm.clone(),
        signed_attributes: RawSet(signed_attributes),
        signature_algorithm: Any::from_der(&algorithm.to_der())?,
        value: OctetString::new(value)?,
        unsigned_attributes,
    };
    let mut bag = Vec::with_capacity(certificates.len());
    for certificate in certificates {
        let any = Any::from_der(certificate.der())?;
        if !bag.contains(&any) {
            bag.push(any);
        }
    }
    let signed_data = SignedData {
        version: 1,
        digest_algorithms: SetOfVec::try_from(vec![digest_algorithm])?,
        content: EncapsulatedContentInfo { content_type: DATA },
        certificates: Some(SetOfVec::try_from(bag)?),
        signers: RawSet(signer_info.to_der()?),
    };
    ContentInfo { content_type: SIGNED_DATA, content: signed_data }.to_der()
}

/// Upper bound for the DER length that `assemble` will give, timestamp excluded.
pub fn assembled_bytes_estimate(
    certificates: &[Certificate],
    algorithm: SignatureAlgorithm,
) -> usize {
    let bag: usize = certificates.iter().map(|c| c.der().len()).sum();
    let Some(signer) = certificates.first() else { return FRAME_BYTES };
    let value = match signer.key_algorithm() {
        KeyAlgorithm::Rsa { bits } => bits.div_ceil(8) as usize,
        // DER of two numbers of at most 66 bytes (P-521).
        KeyAlgorithm::Ec { .. } | KeyAlgorithm::Other => 144,
    };
    let digests = 2 * algorithm.digest().output_bytes();
    // Issuer and serial stand in the signer identifier and in the ESS attribute.
    let names = 2 * (signer.issuer().der().len() + signer.serial().len());
    FRAME_BYTES + bag + value + digests + names + algorithm.to_der().len()
}

/// Everything of fixed size: identifiers, versions, headers (measured 230 to 260).
const FRAME_BYTES: usize = 384;
