//! The only file that calls openssl.
//!
//! A WASM build replaces this file by one with the same functions. What openssl does for us and we
//! rely on: PKCS#1 v1.5 builds the expected block and compares all of it (no parsing of padding,
//! no room for Bleichenbacher's forgery); a signature must be as long as the modulus; ECDSA
//! refuses r or s outside [1, n-1] and an encoding that is not DER.

use crate::algorithm::{Curve, DigestAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use crate::certificate::Certificate;
use crate::error::Error;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::hash::{Hasher, MessageDigest};
use openssl::md::{Md, MdRef};
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::{Padding, Rsa};
use openssl::sign::RsaPssSaltlen;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The signature value was checked against this key over these bytes; only `crypto` makes one.
#[derive(Clone, Copy, Debug)]
pub struct SignatureVerified(());

/// Longest modulus that is worked with: a longer one is a way to burn our processor.
const MAX_RSA_BITS: u32 = 16_384;
/// Shortest one; policies ask for far more.
const MIN_RSA_BITS: u32 = 512;
/// Longest public exponent, bits (FIPS 186-5 allows 256; openssl 64 for long moduli).
const MAX_EXPONENT_BITS: i32 = 64;

/// Checks `signature` over `message`, which is hashed here.
///
/// Whole-block PKCS#1 compare, PSS padding exactly as declared, r and s in range.
pub fn verify(
    spki_der: &[u8],
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<SignatureVerified, Error> {
    PublicKey::from_spki(spki_der)?.verify(algorithm, message, signature)
}

/// As [`verify`], with the certificate's key, which is parsed once and kept.
pub fn verify_with(
    certificate: &Certificate,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<SignatureVerified, Error> {
    certificate.public_key()?.verify(algorithm, message, signature)
}

/// As [`verify_with`], over a digest that was made elsewhere with `algorithm.digest()`.
pub fn verify_digest_with(
    certificate: &Certificate,
    algorithm: SignatureAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<SignatureVerified, Error> {
    certificate.public_key()?.verify_digest(algorithm, digest, signature)
}

/// For a result of this file that was kept beside the bytes and the key it is about.
pub(crate) fn verified_before() -> SignatureVerified {
    SignatureVerified(())
}

/// A public key that passed the sanity checks.
#[derive(Clone, Debug)]
pub struct PublicKey {
    key: PKey<Public>,
    kind: KeyAlgorithm,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (DER).
    ///
    /// RSA: 512 to 16,384 bits, odd exponent from 3 to 64 bits. EC: named curves only, since
    /// explicit parameters let an attacker choose the generator (CVE-2020-0601).
    pub fn from_spki(der: &[u8]) -> Result<Self, Error> {
        // d2i_PUBKEY stops at the end of the structure; a longer input is not one key.
        if crate::wire::total_len(der) != Some(der.len()) {
            return Err(Error::Key("SubjectPublicKeyInfo with bytes after it".into()));
        }
        let unreadable = || Error::Key("unreadable, or of a kind not known here".into());
        // openssl 3 tries every decoder it knows on a key, which costs more than the check of a
        // signature: the two usual kinds are built from their numbers. The rest goes its way.
        let key = match usual_key(der) {
            Some(key) => key,
            None => PKey::public_key_from_der(der).map_err(|_| unreadable())?,
        };
        let kind = match key.id() {
            Id::RSA | Id::RSA_PSS => rsa_kind(&key)?,
            Id::EC => ec_kind(&key)?,
            _ => KeyAlgorithm::Other,
        };
        Ok(Self { key, kind })
    }

    /// Kind and size.
    pub fn kind(&self) -> KeyAlgorithm {
        self.kind
    }

    /// See [`verify`].
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureVerified, Error> {
        self.verify_digest(algorithm, &algorithm.digest().digest(message), signature)
    }

    /// See [`verify_digest_with`].
    pub fn verify_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<SignatureVerified, Error> {
        if digest.len() != algorithm.digest().output_bytes() {
            return Err(Error::SignatureInvalid);
        }
        let fits = match (algorithm, self.kind) {
            (SignatureAlgorithm::RsaPkcs1 { .. }, KeyAlgorithm::Rsa { .. }) => {
                // RFC 4055 §1.2: an id-RSASSA-PSS key is for PSS alone.
                self.key.id() == Id::RSA
            }
            (SignatureAlgorithm::RsaPss { .. }, KeyAlgorithm::Rsa { .. }) => true,
            (SignatureAlgorithm::Ecdsa { .. }, KeyAlgorithm::Ec { .. }) => true,
            _ => false,
        };
        if !fits {
            return Err(Error::Key(format!("{} asked of another kind of key", algorithm.name())));
        }
        // openssl says no either as `false` or as an error, depending on where it noticed; both
        // mean that this value is not a signature of this key over this digest.
        match self.openssl_verify(algorithm, digest, signature) {
            Ok(true) => Ok(SignatureVerified(())),
            Ok(false) | Err(_) => Err(Error::SignatureInvalid),
        }
    }

    fn openssl_verify(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<bool, openssl::error::ErrorStack> {
        let mut ctx = PkeyCtx::new(&self.key)?;
        ctx.verify_init()?;
        match algorithm {
            SignatureAlgorithm::RsaPkcs1 { digest } => {
                ctx.set_rsa_padding(Padding::PKCS1)?;
                ctx.set_signature_md(md(digest))?;
            }
            SignatureAlgorithm::RsaPss { digest, mgf_digest, salt_bytes } => {
                ctx.set_rsa_padding(Padding::PKCS1_PSS)?;
                ctx.set_signature_md(md(digest))?;
                ctx.set_rsa_mgf1_md(md(mgf_digest))?;
                ctx.set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt_bytes as i32))?;
            }
            SignatureAlgorithm::Ecdsa { digest } => ctx.set_signature_md(md(digest))?,
        }
        ctx.verify(digest, signature)
    }
}

/// Incremental digest of the algorithms that `sha2` does not have.
#[derive(Clone)]
pub(crate) struct OpensslDigester(Option<Hasher>);

impl OpensslDigester {
    pub(crate) fn new(algorithm: DigestAlgorithm) -> Self {
        let md = match algorithm {
            DigestAlgorithm::Md5 => MessageDigest::md5(),
            DigestAlgorithm::Sha1 => MessageDigest::sha1(),
            DigestAlgorithm::Sha224 => MessageDigest::sha224(),
            DigestAlgorithm::Sha256 => MessageDigest::sha256(),
            DigestAlgorithm::Sha384 => MessageDigest::sha384(),
            DigestAlgorithm::Sha512 => MessageDigest::sha512(),
            DigestAlgorithm::Sha3_256 => MessageDigest::sha3_256(),
            DigestAlgorithm::Sha3_384 => MessageDigest::sha3_384(),
            DigestAlgorithm::Sha3_512 => MessageDigest::sha3_512(),
        };
        // A library built without MD5, say: no digest then, and an empty one equals none.
        Self(Hasher::new(md).ok())
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        if self.0.as_mut().is_some_and(|h| h.update(bytes).is_err()) {
            self.0 = None;
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.and_then(|mut h| h.finish().ok()).map(|d| d.to_vec()).unwrap_or_default()
    }
}

/// An RSA key (rsaEncryption) or an EC key on a NIST curve by name; `None` for anything else and for
/// anything odd, which openssl's own decoder then judges.
fn usual_key(spki_der: &[u8]) -> Option<PKey<Public>> {
    const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
    const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
    let (rest, spki) = SubjectPublicKeyInfo::from_der(spki_der).ok()?;
    if !rest.is_empty() || spki.subject_public_key.unused_bits != 0 {
        return None;
    }
    match spki.algorithm.algorithm.to_id_string().as_str() {
        RSA_ENCRYPTION => {
            let x509_parser::public_key::PublicKey::RSA(rsa) = spki.parsed().ok()? else {
                return None;
            };
            // A set first bit is a negative INTEGER: openssl refuses it, we leave it to it.
            if [rsa.modulus, rsa.exponent].iter().any(|n| n.first().is_none_or(|b| b & 0x80 != 0)) {
                return None;
            }
            let n = BigNum::from_slice(rsa.modulus).ok()?;
            let e = BigNum::from_slice(rsa.exponent).ok()?;
            PKey::from_rsa(Rsa::from_public_components(n, e).ok()?).ok()
        }
        EC_PUBLIC_KEY => {
            let curve =
                match spki.algorithm.parameters.as_ref()?.as_oid().ok()?.to_id_string().as_str() {
                    "1.2.840.10045.3.1.7" => Nid::X9_62_PRIME256V1,
                    "1.3.132.0.34" => Nid::SECP384R1,
                    "1.3.132.0.35" => Nid::SECP521R1,
                    _ => return None,
                };
            let group = EcGroup::from_curve_name(curve).ok()?;
            let mut ctx = BigNumContext::new().ok()?;
            let point =
                EcPoint::from_bytes(&group, &spki.subject_public_key.data, &mut ctx).ok()?;
            PKey::from_ec_key(EcKey::from_public_key(&group, &point).ok()?).ok()
        }
        _ => None,
    }
}

fn rsa_kind(key: &PKey<Public>) -> Result<KeyAlgorithm, Error> {
    let rsa = key.rsa().map_err(|_| Error::Key("RSA key without its numbers".into()))?;
    let bits = rsa.n().num_bits().unsigned_abs();
    if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) {
        return Err(Error::Key(format!("RSA modulus of {bits} bits")));
    }
    let (n, e) = (rsa.n(), rsa.e());
    let exponent_ok = !e.is_negative()
        && e.is_bit_set(0)
        && e.num_bits() >= 2
        && e.num_bits() <= MAX_EXPONENT_BITS;
    if !exponent_ok || n.is_negative() || !n.is_bit_set(0) {
        return Err(Error::Key("RSA numbers out of bounds".into()));
    }
    Ok(KeyAlgorithm::Rsa { bits })
}

fn ec_kind(key: &PKey<Public>) -> Result<KeyAlgorithm, Error> {
    let ec = key.ec_key().map_err(|_| Error::Key("EC key without its point".into()))?;
    ec.check_key().map_err(|_| Error::Key("the point is not on the curve".into()))?;
    let group = ec.group();
    if group.asn1_flag() != openssl::ec::Asn1Flag::NAMED_CURVE {
        return Err(Error::Key("explicit curve parameters".into()));
    }
    let curve = match group.curve_name() {
        Some(Nid::X9_62_PRIME256V1) => Curve::P256,
        Some(Nid::SECP384R1) => Curve::P384,
        Some(Nid::SECP521R1) => Curve::P521,
        Some(_) => Curve::Other,
        None => return Err(Error::Key("explicit curve parameters".into())),
    };
    Ok(KeyAlgorithm::Ec { curve })
}

fn md(algorithm: DigestAlgorithm) -> &'static MdRef {
    match algorithm {
        DigestAlgorithm::Md5 => Md::md5(),
        DigestAlgorithm::Sha1 => Md::sha1(),
        DigestAlgorithm::Sha224 => Md::sha224(),
        DigestAlgorithm::Sha256 => Md::sha256(),
        DigestAlgorithm::Sha384 => Md::sha384(),
        DigestAlgorithm::Sha512 => Md::sha512(),
        DigestAlgorithm::Sha3_256 => Md::sha3_256(),
        DigestAlgorithm::Sha3_384 => Md::sha3_384(),
        DigestAlgorithm::Sha3_512 => Md::sha3_512(),
    }
}
