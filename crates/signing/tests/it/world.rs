//! Keys, certificates and a document for tests, made anew in each run.

use jiff::{Timestamp, ToSpan as _};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::Signer;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm, TrustStore};
use validation::{Evidence, Policy};

pub(crate) struct Identity {
    pub(crate) key: PKey<Private>,
    pub(crate) x509: X509,
    pub(crate) certificate: Certificate,
}

pub(crate) enum Use {
    Authority,
    Signing,
    Encryption,
    WebServer,
}

/// Days are from now.
pub(crate) fn identity(
    name: &str,
    issuer: Option<&Identity>,
    usage: Use,
    days: (i64, i64),
) -> Identity {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(100, openssl::bn::MsbOption::ONE, false).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer.map_or(&subject, |i| i.x509.subject_name())).unwrap();
    builder.set_pubkey(&key).unwrap();
    let now = Timestamp::now().as_second();
    let day = |d: i64| Asn1Time::from_unix(now + d * 86_400).unwrap();
    builder.set_not_before(&day(days.0)).unwrap();
    builder.set_not_after(&day(days.1)).unwrap();
    let mut key_usage = KeyUsage::new();
    key_usage.critical();
    match usage {
        Use::Authority => {
            builder
                .append_extension(BasicConstraints::new().critical().ca().build().unwrap())
                .unwrap();
            key_usage.key_cert_sign().crl_sign();
        }
        Use::Signing => {
            key_usage.digital_signature().non_repudiation();
        }
        Use::Encryption => {
            key_usage.key_encipherment();
        }
        Use::WebServer => {
            key_usage.digital_signature();
            builder
                .append_extension(ExtendedKeyUsage::new().server_auth().build().unwrap())
                .unwrap();
        }
    }
    builder.append_extension(key_usage.build().unwrap()).unwrap();
    builder.sign(issuer.map_or(&key, |i| &i.key), MessageDigest::sha256()).unwrap();
    let x509 = builder.build();
    let certificate = Certificate::from_der(&x509.to_der().unwrap()).unwrap();
    Identity { key, x509, certificate }
}

impl Identity {
    /// What a token would do.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).unwrap();
        signer.set_rsa_padding(Padding::PKCS1).unwrap();
        signer.update(bytes).unwrap();
        signer.sign_to_vec().unwrap()
    }
}

pub(crate) const PKCS1: SignatureAlgorithm =
    SignatureAlgorithm::RsaPkcs1 { digest: DigestAlgorithm::Sha256 };

pub(crate) fn trusting(anchors: &[&Identity]) -> TrustStore {
    let mut store = TrustStore::default();
    for anchor in anchors {
        store.add(anchor.certificate.clone());
    }
    store
}

pub(crate) fn policy() -> Policy {
    Policy::default()
}

pub(crate) fn evidence(certificates: &[&Identity]) -> Evidence {
    let certificates = certificates.iter().map(|i| i.certificate.clone()).collect();
    Evidence { certificates, ..Evidence::default() }
}

pub(crate) fn now() -> Timestamp {
    // A second later than the certificates begin.
    Timestamp::now().checked_add(1.second()).unwrap()
}

/// One empty A4 page with a classic cross-reference table, written by this function.
pub(crate) fn document() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents 4 0 R>>",
        "<</Length 0>>\nstream\n\nendstream",
    ];
    let mut pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = vec![];
    for (index, object) in objects.iter().enumerate() {
        offsets.push(pdf.len());
        pdf.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
    }
    let xref = pdf.len();
    pdf.extend_from_slice(b"xref\n0 5\n0000000000 65535 f \n");
    for offset in offsets {
        pdf.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    pdf.extend_from_slice(
        format!("trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n").as_bytes(),
    );
    pdf
}
