//! Mints certificates, CRLs and OCSP responses byte by byte, so that every corner can be made:
//! what no tool would write is exactly what has to be refused. Keys are made once a run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unreachable_pub)]

use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm};
use std::sync::LazyLock;

pub type Key = PKey<Private>;

fn rsa(bits: u32) -> Key {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

fn ec(nid: Nid) -> Key {
    let group = EcGroup::from_curve_name(nid).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

pub static ROOT: LazyLock<Key> = LazyLock::new(|| rsa(2048));
pub static CA: LazyLock<Key> = LazyLock::new(|| rsa(2048));
pub static OTHER: LazyLock<Key> = LazyLock::new(|| rsa(2048));
pub static LEAF: LazyLock<Key> = LazyLock::new(|| rsa(2048));
pub static LEAF_EC: LazyLock<Key> = LazyLock::new(|| ec(Nid::X9_62_PRIME256V1));

pub const SHA256_RSA: SignatureAlgorithm =
    SignatureAlgorithm::RsaPkcs1 { digest: DigestAlgorithm::Sha256 };
pub const SHA256_EC: SignatureAlgorithm =
    SignatureAlgorithm::Ecdsa { digest: DigestAlgorithm::Sha256 };

// ---- DER ----

pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        short @ 0..0x80 => out.push(short as u8),
        long => {
            let digits: Vec<u8> = long.to_be_bytes().into_iter().skip_while(|d| *d == 0).collect();
            out.push(0x80 | digits.len() as u8);
            out.extend(digits);
        }
    }
    out.extend(content);
    out
}

pub fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

pub fn oid(dotted: &str) -> Vec<u8> {
    use der::Encode;
    der::asn1::ObjectIdentifier::new(dotted).unwrap().to_der().unwrap()
}

pub fn int(content: &[u8]) -> Vec<u8> {
    tlv(0x02, content)
}

pub fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0C, text.as_bytes())
}

/// `20260131235959Z` as UTCTime when it fits, else GeneralizedTime.
pub fn time(text: &str) -> Vec<u8> {
    match text.starts_with("20") && &text[..4] < "2050" {
        true => tlv(0x17, &text.as_bytes()[2..]),
        false => tlv(0x18, text.as_bytes()),
    }
}

/// Attributes as (OID, value with its string tag), one a RDN.
pub fn name_of(attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let rdns = attributes.iter().map(|(o, v)| tlv(0x31, &seq(&[&oid(o), v])));
    tlv(0x30, &rdns.collect::<Vec<_>>().concat())
}

pub fn name(common: &str) -> Vec<u8> {
    name_of(&[
        ("2.5.4.6", tlv(0x13, b"VN")),
        ("2.5.4.10", utf8("Phòng thử nghiệm")),
        ("2.5.4.3", utf8(common)),
    ])
}

// ---- signing ----

pub fn sign(key: &Key, algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
    let md = |digest| match digest {
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
    let mut signer = Signer::new(md(algorithm.digest()), key).unwrap();
    if let SignatureAlgorithm::RsaPss { mgf_digest, salt_bytes, .. } = algorithm {
        signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        signer.set_rsa_mgf1_md(md(mgf_digest)).unwrap();
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt_bytes as i32)).unwrap();
    }
    signer.sign_oneshot_to_vec(message).unwrap()
}

/// tbs, AlgorithmIdentifier, BIT STRING.
pub fn signed(tbs: Vec<u8>, algorithm: SignatureAlgorithm, key: &Key) -> Vec<u8> {
    let value = sign(key, algorithm, &tbs);
    seq(&[&tbs, &algorithm.to_der(), &tlv(0x03, &[&[0], &value[..]].concat())])
}

// ---- certificates ----

#[derive(Clone)]
pub struct Spec {
    pub version: u8,
    pub serial: Vec<u8>,
    pub issuer: Vec<u8>,
    pub subject: Vec<u8>,
    pub not_before: &'static str,
    pub not_after: &'static str,
    pub extensions: Vec<Vec<u8>>,
    pub algorithm: SignatureAlgorithm,
}

pub fn extension(dotted: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[0x01, 0x01, 0xFF] } else { &[] };
    seq(&[&oid(dotted), flag, &tlv(0x04, value)])
}

pub fn basic_constraints(path_len: Option<u8>) -> Vec<u8> {
    let limit = path_len.map(|n| int(&[n])).unwrap_or_default();
    extension("2.5.29.19", true, &seq(&[&[0x01, 0x01, 0xFF], &limit]))
}

/// First octet of the KeyUsage bits: 0x80 digitalSignature, 0x40 nonRepudiation, 0x04
/// keyCertSign, 0x02 cRLSign.
pub fn key_usage(bits: u8) -> Vec<u8> {
    extension("2.5.29.15", true, &tlv(0x03, &[bits.trailing_zeros() as u8, bits]))
}

pub fn extended_key_usage(oids: &[&str]) -> Vec<u8> {
    let list: Vec<Vec<u8>> = oids.iter().map(|o| oid(o)).collect();
    extension("2.5.29.37", false, &tlv(0x30, &list.concat()))
}

pub fn crl_point(url: &str) -> Vec<u8> {
    let point = seq(&[&tlv(0xA0, &tlv(0xA0, &tlv(0x86, url.as_bytes())))]);
    extension("2.5.29.31", false, &seq(&[&point]))
}

impl Spec {
    pub fn ca(subject: &str, issuer: &str) -> Self {
        Self {
            extensions: vec![basic_constraints(None), key_usage(0x06)],
            not_before: "20200101000000Z",
            not_after: "20400101000000Z",
            ..Self::leaf(subject, issuer)
        }
    }

    pub fn leaf(subject: &str, issuer: &str) -> Self {
        Self {
            version: 3,
            serial: vec![0x11, 0x22],
            issuer: name(issuer),
            subject: name(subject),
            not_before: "20250101000000Z",
            not_after: "20270101000000Z",
            extensions: vec![key_usage(0xC0)],
            algorithm: SHA256_RSA,
        }
    }

    pub fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub fn serial(mut self, serial: &[u8]) -> Self {
        self.serial = serial.to_vec();
        self
    }

    pub fn tbs(&self, key: &Key) -> Vec<u8> {
        let version = match self.version {
            1 => Vec::new(),
            v => tlv(0xA0, &int(&[v - 1])),
        };
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => tlv(0xA3, &tlv(0x30, &self.extensions.concat())),
        };
        seq(&[
            &version,
            &int(&self.serial),
            &self.algorithm.to_der(),
            &self.issuer,
            &seq(&[&time(self.not_before), &time(self.not_after)]),
            &self.subject,
            &key.public_key_to_der().unwrap(),
            &extensions,
        ])
    }

    pub fn der(&self, key: &Key, signer: &Key) -> Vec<u8> {
        signed(self.tbs(key), self.algorithm, signer)
    }

    pub fn mint(&self, key: &Key, signer: &Key) -> Certificate {
        Certificate::from_der(&self.der(key, signer)).unwrap()
    }
}

pub fn root() -> Certificate {
    static ONCE: LazyLock<Certificate> =
        LazyLock::new(|| Spec::ca("Root", "Root").serial(&[1]).mint(&ROOT, &ROOT));
    ONCE.clone()
}

pub fn ca() -> Certificate {
    static ONCE: LazyLock<Certificate> =
        LazyLock::new(|| Spec::ca("CA", "Root").serial(&[2]).mint(&CA, &ROOT));
    ONCE.clone()
}

pub fn leaf() -> Certificate {
    static ONCE: LazyLock<Certificate> =
        LazyLock::new(|| Spec::leaf("Nguyễn Văn A", "CA").mint(&LEAF, &CA));
    ONCE.clone()
}

pub fn leaf_ec() -> Certificate {
    static ONCE: LazyLock<Certificate> =
        LazyLock::new(|| Spec::leaf("Trần Thị B", "CA").mint(&LEAF_EC, &CA));
    ONCE.clone()
}

// ---- status ----

#[derive(Clone)]
pub struct CrlSpec {
    pub issuer: Vec<u8>,
    pub this_update: &'static str,
    pub next_update: Option<&'static str>,
    /// Serial, date, reason.
    pub entries: Vec<(Vec<u8>, &'static str, Option<u8>)>,
    pub entry_extension: Option<Vec<u8>>,
    pub extensions: Vec<Vec<u8>>,
}

impl CrlSpec {
    pub fn new() -> Self {
        Self {
            issuer: name("CA"),
            this_update: "20260601000000Z",
            next_update: Some("20260608000000Z"),
            entries: Vec::new(),
            entry_extension: None,
            extensions: vec![extension("2.5.29.20", false, &int(&[7]))],
        }
    }

    pub fn revoking(mut self, serial: &[u8], date: &'static str, reason: Option<u8>) -> Self {
        self.entries.push((serial.to_vec(), date, reason));
        self
    }

    pub fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub fn der(&self, key: &Key) -> Vec<u8> {
        let entries = self.entries.iter().map(|(serial, date, reason)| {
            let reason =
                reason.map(|r| extension("2.5.29.21", false, &tlv(0x0A, &[r]))).unwrap_or_default();
            let all = [reason, self.entry_extension.clone().unwrap_or_default()].concat();
            let extensions = if all.is_empty() { Vec::new() } else { tlv(0x30, &all) };
            seq(&[&int(serial), &time(date), &extensions])
        });
        let entries: Vec<Vec<u8>> = entries.collect();
        let list = if entries.is_empty() { Vec::new() } else { tlv(0x30, &entries.concat()) };
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => tlv(0xA0, &tlv(0x30, &self.extensions.concat())),
        };
        let tbs = seq(&[
            &int(&[1]),
            &SHA256_RSA.to_der(),
            &self.issuer,
            &time(self.this_update),
            &self.next_update.map(time).unwrap_or_default(),
            &list,
            &extensions,
        ]);
        signed(tbs, SHA256_RSA, key)
    }

    pub fn mint(&self, key: &Key) -> pki::Crl {
        pki::Crl::from_bytes(&self.der(key)).unwrap()
    }
}

#[derive(Clone)]
pub struct OcspSpec {
    pub by_key: bool,
    pub produced_at: &'static str,
    pub this_update: &'static str,
    pub next_update: Option<&'static str>,
    /// CertStatus as DER.
    pub status: Vec<u8>,
    pub digest: DigestAlgorithm,
    pub extensions: Vec<Vec<u8>>,
    pub certificates: Vec<Certificate>,
}

pub fn good() -> Vec<u8> {
    tlv(0x80, &[])
}

pub fn revoked(at: &str, reason: u8) -> Vec<u8> {
    tlv(0xA1, &[tlv(0x18, at.as_bytes()), tlv(0xA0, &tlv(0x0A, &[reason]))].concat())
}

pub fn unknown() -> Vec<u8> {
    tlv(0x82, &[])
}

impl OcspSpec {
    pub fn new() -> Self {
        Self {
            by_key: false,
            produced_at: "20260601120000Z",
            this_update: "20260601120000Z",
            next_update: Some("20260602120000Z"),
            status: good(),
            digest: DigestAlgorithm::Sha1,
            extensions: Vec::new(),
            certificates: Vec::new(),
        }
    }

    pub fn der(
        &self,
        about: &Certificate,
        issuer: &Certificate,
        responder: &Certificate,
        key: &Key,
    ) -> Vec<u8> {
        let gtime = |text: &str| tlv(0x18, text.as_bytes());
        let key_bits = |c: &Certificate| {
            // SubjectPublicKeyInfo ::= SEQUENCE { algorithm, BIT STRING }: the last element.
            let key = openssl::pkey::PKey::public_key_from_der(c.spki()).unwrap();
            match key.rsa() {
                Ok(rsa) => rsa.public_key_to_der_pkcs1().unwrap(),
                Err(_) => panic!("RSA issuers only"),
            }
        };
        let hash = |bytes: &[u8]| tlv(0x04, &self.digest.digest(bytes));
        let cert_id = seq(&[
            &seq(&[&oid(self.digest.oid())]),
            &hash(issuer.subject().der()),
            &hash(&key_bits(issuer)),
            &int(about.serial()),
        ]);
        let next = self.next_update.map(|t| tlv(0xA0, &gtime(t))).unwrap_or_default();
        let single = seq(&[&cert_id, &self.status, &gtime(self.this_update), &next]);
        let id = match self.by_key {
            false => tlv(0xA1, responder.subject().der()),
            true => {
                let hash = DigestAlgorithm::Sha1.digest(&key_bits(responder));
                tlv(0xA2, &tlv(0x04, &hash))
            }
        };
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => tlv(0xA1, &tlv(0x30, &self.extensions.concat())),
        };
        let data = seq(&[&id, &gtime(self.produced_at), &seq(&[&single]), &extensions]);
        let value = sign(key, SHA256_RSA, &data);
        let certificates: Vec<u8> =
            self.certificates.iter().flat_map(|c| c.der().to_vec()).collect();
        let bag = match certificates.is_empty() {
            true => Vec::new(),
            false => tlv(0xA0, &tlv(0x30, &certificates)),
        };
        let basic =
            seq(&[&data, &SHA256_RSA.to_der(), &tlv(0x03, &[&[0], &value[..]].concat()), &bag]);
        let bytes = seq(&[&oid("1.3.6.1.5.5.7.48.1.1"), &tlv(0x04, &basic)]);
        seq(&[&tlv(0x0A, &[0]), &tlv(0xA0, &bytes)])
    }

    pub fn mint(
        &self,
        about: &Certificate,
        issuer: &Certificate,
        responder: &Certificate,
        key: &Key,
    ) -> pki::OcspResponse {
        pki::OcspResponse::from_der(&self.der(about, issuer, responder, key)).unwrap()
    }
}

/// Every cut and every single-bit flip (one bit a byte, turning) of `bytes`.
pub fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let cuts = (0..bytes.len()).map(|n| bytes[..n].to_vec());
    let flips = (0..bytes.len() * 8).step_by(3).map(|bit| {
        let mut copy = bytes.to_vec();
        copy[bit / 8] ^= 1 << (bit % 8);
        copy
    });
    cuts.chain(flips)
}
