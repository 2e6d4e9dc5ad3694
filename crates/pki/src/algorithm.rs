//! The closed list of algorithms. The weak ones are here too: policy decides, not the parser.

use crate::error::Error;
use der::asn1::ObjectIdentifier as Oid;
use der::{Any, Decode, Encode, Sequence};
use serde::{Deserialize, Serialize};

/// Digest algorithms known to us, the weak ones too: policy decides, not the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum DigestAlgorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha3_256,
    Sha3_384,
    Sha3_512,
}

use DigestAlgorithm::*;

/// One row per digest: OID, name, output bytes.
const DIGESTS: [(DigestAlgorithm, &str, &str, usize); 9] = [
    (Md5, "1.2.840.113549.2.5", "MD5", 16),
    (Sha1, "1.3.14.3.2.26", "SHA-1", 20),
    (Sha224, "2.16.840.1.101.3.4.2.4", "SHA-224", 28),
    (Sha256, "2.16.840.1.101.3.4.2.1", "SHA-256", 32),
    (Sha384, "2.16.840.1.101.3.4.2.2", "SHA-384", 48),
    (Sha512, "2.16.840.1.101.3.4.2.3", "SHA-512", 64),
    (Sha3_256, "2.16.840.1.101.3.4.2.8", "SHA3-256", 32),
    (Sha3_384, "2.16.840.1.101.3.4.2.9", "SHA3-384", 48),
    (Sha3_512, "2.16.840.1.101.3.4.2.10", "SHA3-512", 64),
];

/// Signature algorithm OIDs whose digest is in the name: (OID, is RSA, digest).
/// The first row of a pair is the one that is written.
const COMBINED: [(&str, bool, DigestAlgorithm); 18] = [
    ("1.2.840.113549.1.1.4", true, Md5),
    ("1.2.840.113549.1.1.5", true, Sha1),
    ("1.3.14.3.2.29", true, Sha1), // OIW sha1WithRSASignature, seen in old certificates
    ("1.2.840.113549.1.1.14", true, Sha224),
    ("1.2.840.113549.1.1.11", true, Sha256),
    ("1.2.840.113549.1.1.12", true, Sha384),
    ("1.2.840.113549.1.1.13", true, Sha512),
    ("2.16.840.1.101.3.4.3.14", true, Sha3_256),
    ("2.16.840.1.101.3.4.3.15", true, Sha3_384),
    ("2.16.840.1.101.3.4.3.16", true, Sha3_512),
    ("1.2.840.10045.4.1", false, Sha1),
    ("1.2.840.10045.4.3.1", false, Sha224),
    ("1.2.840.10045.4.3.2", false, Sha256),
    ("1.2.840.10045.4.3.3", false, Sha384),
    ("1.2.840.10045.4.3.4", false, Sha512),
    ("2.16.840.1.101.3.4.3.10", false, Sha3_256),
    ("2.16.840.1.101.3.4.3.11", false, Sha3_384),
    ("2.16.840.1.101.3.4.3.12", false, Sha3_512),
];

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";

impl DigestAlgorithm {
    /// By dotted OID; `None` when it is not one of ours.
    pub fn from_oid(dotted: &str) -> Option<Self> {
        DIGESTS.iter().find(|row| row.1 == dotted).map(|row| row.0)
    }

    fn row(self) -> &'static (DigestAlgorithm, &'static str, &'static str, usize) {
        // The table has a row for every variant, in order of declaration (tested).
        &DIGESTS[self as usize]
    }

    /// Dotted OID.
    pub fn oid(self) -> &'static str {
        self.row().1
    }

    /// "SHA-256"
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// Length of a digest in bytes.
    pub fn output_bytes(self) -> usize {
        self.row().3
    }

    /// Digest of one slice.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let mut digester = crate::Digester::new(self);
        digester.update(bytes);
        digester.finish()
    }
}

/// A signature algorithm with everything its AlgorithmIdentifier says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1 {
        /// Digest of the message.
        digest: DigestAlgorithm,
    },
    /// RSASSA-PSS (RFC 8017 §8.1, parameters of RFC 4055 §3.1).
    RsaPss {
        /// Digest of the message.
        digest: DigestAlgorithm,
        /// Digest inside MGF1.
        mgf_digest: DigestAlgorithm,
        /// Length of the salt, bytes.
        salt_bytes: u32,
    },
    /// ECDSA with the value as DER ECDSA-Sig-Value (RFC 3279 §2.2.3).
    Ecdsa {
        /// Digest of the message.
        digest: DigestAlgorithm,
    },
}

/// AlgorithmIdentifier (RFC 5280 §4.1.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct AlgorithmIdentifier {
    pub(crate) oid: Oid,
    #[asn1(optional = "true")]
    pub(crate) parameters: Option<Any>,
}

/// RSASSA-PSS-params (RFC 4055 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask_gen: Option<AlgorithmIdentifier>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_length: Option<u32>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer_field: Option<u32>,
}

impl SignatureAlgorithm {
    /// PSS as RFC 4055 recommends: MGF1 with the same digest, salt as long as the digest.
    pub fn pss(digest: DigestAlgorithm) -> Self {
        Self::RsaPss { digest, mgf_digest: digest, salt_bytes: digest.output_bytes() as u32 }
    }

    /// Reads an AlgorithmIdentifier (DER). CMS may say rsaEncryption or id-ecPublicKey with the
    /// digest elsewhere (RFC 3370 §3.2): pass that digest. Where the OID itself names a digest,
    /// the given one is not consulted.
    pub fn from_der(
        algorithm_identifier: &[u8],
        digest: Option<DigestAlgorithm>,
    ) -> Result<Self, Error> {
        let identifier = AlgorithmIdentifier::from_der(algorithm_identifier)
            .map_err(|e| Error::malformed("AlgorithmIdentifier", 0, e))?;
        let oid = identifier.oid.to_string();
        if oid == RSASSA_PSS {
            return read_pss(identifier.parameters.as_ref());
        }
        // RFC 3279, 4055: NULL (or, tolerated, absent) for RSA; absent (or, tolerated, NULL) for
        // ECDSA. Anything else would be a parameter that we do not understand.
        if identifier.parameters.as_ref().is_some_and(|p| !is_null(p)) && oid != EC_PUBLIC_KEY {
            return Err(Error::Algorithm(format!("{oid} with parameters")));
        }
        if let Some((_, rsa, digest)) = COMBINED.iter().find(|row| row.0 == oid) {
            return Ok(match rsa {
                true => Self::RsaPkcs1 { digest: *digest },
                false => Self::Ecdsa { digest: *digest },
            });
        }
        match (oid.as_str(), digest) {
            (RSA_ENCRYPTION, Some(digest)) => Ok(Self::RsaPkcs1 { digest }),
            (EC_PUBLIC_KEY, Some(digest)) => Ok(Self::Ecdsa { digest }),
            _ => Err(Error::Algorithm(oid)),
        }
    }

    /// AlgorithmIdentifier, DER: the combined OID (sha256WithRSAEncryption, ecdsa-with-SHA256), PSS
    /// with every parameter written out.
    pub fn to_der(self) -> Vec<u8> {
        let identifier = match self {
            Self::RsaPkcs1 { digest } => combined(true, digest).map(with_null),
            Self::Ecdsa { digest } => combined(false, digest).map(bare),
            Self::RsaPss { digest, mgf_digest, salt_bytes } => {
                write_pss(digest, mgf_digest, salt_bytes)
            }
        };
        // Everything above is built from our own constants; the encoder has nothing to refuse
        // except ECDSA with MD5, which has no identifier: empty says so to every reader.
        identifier.and_then(|i| i.to_der().ok()).unwrap_or_default()
    }

    /// The digest of the message.
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1 { digest } | Self::RsaPss { digest, .. } | Self::Ecdsa { digest } => {
                digest
            }
        }
    }

    /// "RSA-PSS with SHA-256"
    pub fn name(self) -> String {
        let scheme = match self {
            Self::RsaPkcs1 { .. } => "RSA PKCS#1 v1.5",
            Self::RsaPss { .. } => "RSA-PSS",
            Self::Ecdsa { .. } => "ECDSA",
        };
        format!("{scheme} with {}", self.digest().name())
    }
}

/// Public key kind and size in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyAlgorithm {
    /// RSA (rsaEncryption or id-RSASSA-PSS).
    Rsa {
        /// Length of the modulus.
        bits: u32,
    },
    /// An elliptic curve key on a named curve.
    Ec {
        /// Which one.
        curve: Curve,
    },
    /// Anything else: no signature of it verifies here.
    Other,
}

/// Named curves that policies speak about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Curve {
    P256,
    P384,
    P521,
    Other,
}

fn read_pss(parameters: Option<&Any>) -> Result<SignatureAlgorithm, Error> {
    // RFC 4055 §3.1: in a signature's AlgorithmIdentifier the parameters MUST be present.
    let parameters =
        parameters.ok_or_else(|| Error::Algorithm("RSA-PSS without parameters".into()))?;
    let pss: PssParameters =
        parameters.decode_as().map_err(|e| Error::malformed("RSASSA-PSS-params", 0, e))?;
    if pss.trailer_field.is_some_and(|t| t != 1) {
        return Err(Error::Algorithm("RSA-PSS with another trailer field than 1".into()));
    }
    let digest = pss.hash.as_ref().map_or(Ok(Sha1), digest_of)?;
    let mgf_digest = match pss.mask_gen {
        None => Sha1,
        Some(mask) if mask.oid.to_string() == MGF1 => {
            let inner =
                mask.parameters.ok_or_else(|| Error::Algorithm("MGF1 without digest".into()))?;
            digest_of(&inner.decode_as().map_err(|e| Error::malformed("MGF1 parameters", 0, e))?)?
        }
        Some(mask) => return Err(Error::Algorithm(format!("mask generation {}", mask.oid))),
    };
    let salt_bytes = pss.salt_length.unwrap_or(20);
    // Longer than any key we verify with; also keeps the number inside openssl's int.
    if salt_bytes > 2048 {
        return Err(Error::Algorithm(format!("RSA-PSS with a salt of {salt_bytes} bytes")));
    }
    Ok(SignatureAlgorithm::RsaPss { digest, mgf_digest, salt_bytes })
}

fn digest_of(identifier: &AlgorithmIdentifier) -> Result<DigestAlgorithm, Error> {
    let oid = identifier.oid.to_string();
    if identifier.parameters.as_ref().is_some_and(|p| !is_null(p)) {
        return Err(Error::Algorithm(format!("digest {oid} with parameters")));
    }
    DigestAlgorithm::from_oid(&oid).ok_or(Error::Algorithm(oid))
}

fn write_pss(
    digest: DigestAlgorithm,
    mgf_digest: DigestAlgorithm,
    salt_bytes: u32,
) -> Option<AlgorithmIdentifier> {
    let hash = with_null(Oid::new(digest.oid()).ok()?);
    let inner = with_null(Oid::new(mgf_digest.oid()).ok()?);
    let mask_gen = AlgorithmIdentifier {
        oid: Oid::new(MGF1).ok()?,
        parameters: Some(Any::encode_from(&inner).ok()?),
    };
    // DER leaves a DEFAULT value out; SHA-1, MGF1 with SHA-1 and 20 are the defaults.
    let pss = PssParameters {
        hash: (digest != Sha1).then_some(hash),
        mask_gen: (mgf_digest != Sha1).then_some(mask_gen),
        salt_length: (salt_bytes != 20).then_some(salt_bytes),
        trailer_field: None,
    };
    Some(AlgorithmIdentifier {
        oid: Oid::new(RSASSA_PSS).ok()?,
        parameters: Some(Any::encode_from(&pss).ok()?),
    })
}

fn combined(rsa: bool, digest: DigestAlgorithm) -> Option<Oid> {
    let row = COMBINED.iter().find(|row| row.1 == rsa && row.2 == digest)?;
    Oid::new(row.0).ok()
}

fn with_null(oid: Oid) -> AlgorithmIdentifier {
    AlgorithmIdentifier { oid, parameters: Some(Any::null()) }
}

fn bare(oid: Oid) -> AlgorithmIdentifier {
    AlgorithmIdentifier { oid, parameters: None }
}

fn is_null(any: &Any) -> bool {
    any == &Any::null()
}
