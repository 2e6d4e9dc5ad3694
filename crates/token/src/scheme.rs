use std::fmt;

use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use pki::{DigestAlgorithm, SignatureAlgorithm};
use sha2::Digest as _;

/// The digests that Vietnamese law and ETSI TS 119 312 both allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Digest {
    /// SHA-256, the default.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// How a signature value is made over the bytes to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// RSASSA-PSS (RFC 8017 §8.1): MGF1 with the same digest, salt as long as the digest.
    RsaPss(Digest),
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(Digest),
    /// ECDSA; the value is DER `ECDSA-Sig-Value` (RFC 3279 §2.2.3).
    Ecdsa(Digest),
}

impl Digest {
    /// All, weakest first.
    pub const ALL: [Digest; 3] = [Digest::Sha256, Digest::Sha384, Digest::Sha512];

    /// Length of the digest in bytes.
    pub fn len_bytes(self) -> usize {
        match self {
            Digest::Sha256 => 32,
            Digest::Sha384 => 48,
            Digest::Sha512 => 64,
        }
    }

    /// The digest of `data`.
    pub fn of(self, data: &[u8]) -> Vec<u8> {
        match self {
            Digest::Sha256 => sha2::Sha256::digest(data).to_vec(),
            Digest::Sha384 => sha2::Sha384::digest(data).to_vec(),
            Digest::Sha512 => sha2::Sha512::digest(data).to_vec(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Digest::Sha256 => "SHA-256",
            Digest::Sha384 => "SHA-384",
            Digest::Sha512 => "SHA-512",
        }
    }

    fn mechanism_type(self) -> MechanismType {
        match self {
            Digest::Sha256 => MechanismType::SHA256,
            Digest::Sha384 => MechanismType::SHA384,
            Digest::Sha512 => MechanismType::SHA512,
        }
    }

    fn mgf1(self) -> PkcsMgfType {
        match self {
            Digest::Sha256 => PkcsMgfType::MGF1_SHA256,
            Digest::Sha384 => PkcsMgfType::MGF1_SHA384,
            Digest::Sha512 => PkcsMgfType::MGF1_SHA512,
        }
    }

    /// DER of `DigestInfo` up to the digest itself (RFC 8017 §9.2 note 1).
    fn digest_info_prefix(self) -> [u8; 19] {
        let (oid_end, length) = match self {
            Digest::Sha256 => (1, 32),
            Digest::Sha384 => (2, 48),
            Digest::Sha512 => (3, 64),
        };
        [
            0x30,
            17 + length,
            0x30,
            0x0d,
            0x06,
            0x09,
            0x60,
            0x86,
            0x48,
            0x01,
            0x65,
            0x03,
            0x04,
            0x02,
            oid_end,
            0x05,
            0x00,
            0x04,
            length,
        ]
    }
}

impl Scheme {
    /// The digest inside.
    pub fn digest(self) -> Digest {
        match self {
            Scheme::RsaPss(d) | Scheme::RsaPkcs1(d) | Scheme::Ecdsa(d) => d,
        }
    }

    pub(crate) fn all() -> impl Iterator<Item = Scheme> {
        let kinds = [Scheme::RsaPss as fn(Digest) -> Scheme, Scheme::RsaPkcs1, Scheme::Ecdsa];
        kinds.into_iter().flat_map(|kind| Digest::ALL.map(kind))
    }

    /// The way to have `offered` mechanisms make this signature: the whole bytes where the token hashes itself, else
    /// our digest with the raw mechanism; `None` if the token has neither.
    pub(crate) fn plan(self, offered: &[MechanismType]) -> Option<Plan> {
        let (whole, raw) = self.mechanism_types();
        if offered.contains(&whole) {
            return Some(Plan { scheme: self, hashes_on_token: true });
        }
        offered.contains(&raw).then_some(Plan { scheme: self, hashes_on_token: false })
    }

    fn mechanism_types(self) -> (MechanismType, MechanismType) {
        use Digest::{Sha256, Sha384, Sha512};
        let whole = match self {
            Scheme::RsaPss(Sha256) => MechanismType::SHA256_RSA_PKCS_PSS,
            Scheme::RsaPss(Sha384) => MechanismType::SHA384_RSA_PKCS_PSS,
            Scheme::RsaPss(Sha512) => MechanismType::SHA512_RSA_PKCS_PSS,
            Scheme::RsaPkcs1(Sha256) => MechanismType::SHA256_RSA_PKCS,
            Scheme::RsaPkcs1(Sha384) => MechanismType::SHA384_RSA_PKCS,
            Scheme::RsaPkcs1(Sha512) => MechanismType::SHA512_RSA_PKCS,
            Scheme::Ecdsa(Sha256) => MechanismType::ECDSA_SHA256,
            Scheme::Ecdsa(Sha384) => MechanismType::ECDSA_SHA384,
            Scheme::Ecdsa(Sha512) => MechanismType::ECDSA_SHA512,
        };
        let raw = match self {
            Scheme::RsaPss(_) => MechanismType::RSA_PKCS_PSS,
            Scheme::RsaPkcs1(_) => MechanismType::RSA_PKCS,
            Scheme::Ecdsa(_) => MechanismType::ECDSA,
        };
        (whole, raw)
    }
}

/// One way to ask a token for a [`Scheme`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    scheme: Scheme,
    hashes_on_token: bool,
}

impl Plan {
    pub(crate) fn mechanism(self) -> Mechanism<'static> {
        use Digest::{Sha256, Sha384, Sha512};
        let pss = |d: Digest| PkcsPssParams {
            hash_alg: d.mechanism_type(),
            mgf: d.mgf1(),
            // 32, 48 or 64: the cast loses nothing.
            s_len: (d.len_bytes() as std::ffi::c_ulong).into(),
        };
        match (self.scheme, self.hashes_on_token) {
            (Scheme::RsaPss(d), false) => Mechanism::RsaPkcsPss(pss(d)),
            (Scheme::RsaPss(Sha256), true) => Mechanism::Sha256RsaPkcsPss(pss(Sha256)),
            (Scheme::RsaPss(Sha384), true) => Mechanism::Sha384RsaPkcsPss(pss(Sha384)),
            (Scheme::RsaPss(Sha512), true) => Mechanism::Sha512RsaPkcsPss(pss(Sha512)),
            (Scheme::RsaPkcs1(_), false) => Mechanism::RsaPkcs,
            (Scheme::RsaPkcs1(Sha256), true) => Mechanism::Sha256RsaPkcs,
            (Scheme::RsaPkcs1(Sha384), true) => Mechanism::Sha384RsaPkcs,
            (Scheme::RsaPkcs1(Sha512), true) => Mechanism::Sha512RsaPkcs,
            (Scheme::Ecdsa(_), false) => Mechanism::Ecdsa,
            (Scheme::Ecdsa(Sha256), true) => Mechanism::EcdsaSha256,
            (Scheme::Ecdsa(Sha384), true) => Mechanism::EcdsaSha384,
            (Scheme::Ecdsa(Sha512), true) => Mechanism::EcdsaSha512,
        }
    }

    /// What `C_Sign` gets for `to_be_signed`.
    pub(crate) fn input(self, to_be_signed: &[u8]) -> Vec<u8> {
        if self.hashes_on_token {
            return to_be_signed.to_vec();
        }
        let digest = self.scheme.digest().of(to_be_signed);
        match self.scheme {
            Scheme::RsaPkcs1(d) => [&d.digest_info_prefix()[..], &digest].concat(),
            Scheme::RsaPss(_) | Scheme::Ecdsa(_) => digest,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Scheme::RsaPss(_) => "RSA-PSS",
            Scheme::RsaPkcs1(_) => "RSA PKCS#1 v1.5",
            Scheme::Ecdsa(_) => "ECDSA",
        };
        write!(f, "{kind} {}", self.digest().name())
    }
}

impl From<Digest> for DigestAlgorithm {
    fn from(digest: Digest) -> DigestAlgorithm {
        match digest {
            Digest::Sha256 => DigestAlgorithm::Sha256,
            Digest::Sha384 => DigestAlgorithm::Sha384,
            Digest::Sha512 => DigestAlgorithm::Sha512,
        }
    }
}

/// How certificates and CMS name what the token makes.
impl From<Scheme> for SignatureAlgorithm {
    fn from(scheme: Scheme) -> SignatureAlgorithm {
        let digest = scheme.digest().into();
        match scheme {
            Scheme::RsaPss(_) => SignatureAlgorithm::pss(digest),
            Scheme::RsaPkcs1(_) => SignatureAlgorithm::RsaPkcs1 { digest },
            Scheme::Ecdsa(_) => SignatureAlgorithm::Ecdsa { digest },
        }
    }
}

/// PKCS#11 gives `r || s`, each as long as the group order; certificates' users expect DER `ECDSA-Sig-Value`.
/// `None` if the value cannot be two numbers of the same length.
pub(crate) fn ecdsa_value_to_der(raw: &[u8]) -> Option<Vec<u8>> {
    if raw.is_empty() || !raw.len().is_multiple_of(2) || raw.len() > 132 {
        return None;
    }
    let (r, s) = raw.split_at(raw.len() / 2);
    let body = [der_integer(r), der_integer(s)].concat();
    let length = u8::try_from(body.len()).ok()?;
    let mut der = vec![0x30];
    if length >= 0x80 {
        der.push(0x81);
    }
    der.push(length);
    der.extend(body);
    Some(der)
}

fn der_integer(unsigned: &[u8]) -> Vec<u8> {
    let zeros = unsigned.iter().take_while(|b| **b == 0).count();
    let digits = unsigned.get(zeros..).unwrap_or_default();
    // A leading zero keeps it positive, and makes zero itself one byte.
    let sign_byte = digits.first().is_none_or(|b| *b >= 0x80);
    let mut der = vec![0x02, (digits.len() + usize::from(sign_byte)) as u8];
    if sign_byte {
        der.push(0);
    }
    der.extend(digits);
    der
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ecdsa_values_become_minimal_der() {
        assert_eq!(
            ecdsa_value_to_der(&[0, 1, 0x80, 0]).unwrap(),
            [0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 0]
        );
        assert_eq!(ecdsa_value_to_der(&[0, 0]).unwrap(), [0x30, 6, 2, 1, 0, 2, 1, 0]);
        let p521 = ecdsa_value_to_der(&[0xff; 132]).unwrap();
        assert_eq!(p521[..5], [0x30, 0x81, 138, 2, 67]);
        assert_eq!(ecdsa_value_to_der(&[1, 2, 3]), None);
        assert_eq!(ecdsa_value_to_der(&[]), None);
    }

    #[test]
    fn the_token_hashes_where_it_can_else_we_do() {
        let raw = [MechanismType::RSA_PKCS];
        let plan = Scheme::RsaPkcs1(Digest::Sha256).plan(&raw).unwrap();
        let input = plan.input(b"abc");
        assert_eq!(input.len(), 19 + 32);
        assert_eq!(input[..4], [0x30, 49, 0x30, 0x0d]);

        let both = [MechanismType::RSA_PKCS, MechanismType::SHA256_RSA_PKCS];
        assert_eq!(Scheme::RsaPkcs1(Digest::Sha256).plan(&both).unwrap().input(b"abc"), b"abc");
        assert!(Scheme::RsaPss(Digest::Sha256).plan(&both).is_none());
    }
}
