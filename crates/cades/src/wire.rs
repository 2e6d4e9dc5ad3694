//! What is written: CMS (RFC 5652 §5), ESS (RFC 5035 §4), RFC 3161 §2.4.1, as `der` structures.
//! Reading goes by [`ber`](crate::ber), since what others signed need not be DER.

use crate::raw_set::RawSet;
use der::asn1::{ObjectIdentifier as Oid, OctetString, SetOfVec};
use der::{Any, Choice, Sequence, ValueOrd};

pub(crate) const DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.1");
pub(crate) const SIGNED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.2");
pub(crate) const CONTENT_TYPE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.3");
pub(crate) const MESSAGE_DIGEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.4");
pub(crate) const TST_INFO: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.1.4");
pub(crate) const SIGNATURE_TIMESTAMP: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.14");
pub(crate) const SIGNING_CERTIFICATE_V2: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.47");

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(crate) struct AlgorithmIdentifier {
    pub(crate) oid: Oid,
    #[asn1(optional = "true")]
    pub(crate) parameters: Option<Any>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(crate) struct Attribute {
    pub(crate) oid: Oid,
    pub(crate) values: SetOfVec<Any>,
}

#[derive(Sequence)]
pub(crate) struct ContentInfo {
    pub(crate) content_type: Oid,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(crate) content: SignedData,
}

#[derive(Sequence)]
pub(crate) struct SignedData {
    pub(crate) version: u8,
    pub(crate) digest_algorithms: SetOfVec<AlgorithmIdentifier>,
    pub(crate) content: EncapsulatedContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(crate) certificates: Option<SetOfVec<Any>>,
    pub(crate) signers: RawSet,
}

#[derive(Sequence)]
pub(crate) struct EncapsulatedContentInfo {
    pub(crate) content_type: Oid,
}

#[derive(Sequence)]
pub(crate) struct SignerInfo {
    pub(crate) version: u8,
    pub(crate) signer: IssuerAndSerial,
    pub(crate) digest_algorithm: AlgorithmIdentifier,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    pub(crate) signed_attributes: RawSet,
    pub(crate) signature_algorithm: Any,
    pub(crate) value: OctetString,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(crate) unsigned_attributes: Option<RawSet>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct IssuerAndSerial {
    pub(crate) issuer: Any,
    pub(crate) serial: Any,
}

#[derive(Sequence)]
pub(crate) struct SigningCertificateV2 {
    pub(crate) certificates: Vec<EssCertIdV2>,
}

#[derive(Sequence)]
pub(crate) struct EssCertIdV2 {
    /// Left out for SHA-256, the default.
    #[asn1(optional = "true")]
    pub(crate) digest_algorithm: Option<AlgorithmIdentifier>,
    pub(crate) hash: OctetString,
    pub(crate) issuer_serial: IssuerSerial,
}

#[derive(Sequence)]
pub(crate) struct IssuerSerial {
    pub(crate) issuer: Vec<GeneralName>,
    pub(crate) serial: Any,
}

#[derive(Choice)]
pub(crate) enum GeneralName {
    #[asn1(context_specific = "4", tag_mode = "EXPLICIT", constructed = "true")]
    Directory(Any),
}

#[derive(Sequence)]
pub(crate) struct TimestampRequest {
    pub(crate) version: u8,
    pub(crate) imprint: MessageImprint,
    #[asn1(optional = "true")]
    pub(crate) nonce: Option<Any>,
    pub(crate) certificate_wanted: bool,
}

#[derive(Sequence)]
pub(crate) struct MessageImprint {
    pub(crate) algorithm: AlgorithmIdentifier,
    pub(crate) digest: OctetString,
}
