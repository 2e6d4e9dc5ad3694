//! What we write: read back by us, and verified by openssl as CAdES.

use crate::mint::*;
use crate::openssl_cli::Folder;
use cades::{Encoding, Error, Limits, SignedAttributes, TimestampToken};
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm};

pub(crate) const DOCUMENT: &[u8] = "Số: 05/QĐ-UBND".as_bytes();

/// Signer's certificate, its key, the algorithm.
pub(crate) fn rows() -> Vec<(Certificate, &'static Key, SignatureAlgorithm)> {
    use DigestAlgorithm::*;
    vec![
        (leaf(), &*LEAF, SHA256_RSA),
        (leaf(), &*LEAF, SignatureAlgorithm::RsaPkcs1 { digest: Sha512 }),
        (leaf(), &*LEAF, SignatureAlgorithm::pss(Sha256)),
        (leaf(), &*LEAF, SignatureAlgorithm::pss(Sha384)),
        (leaf_ec(), &*LEAF_EC, SHA256_EC),
    ]
}

pub(crate) fn make(
    certificate: &Certificate,
    key: &Key,
    algorithm: SignatureAlgorithm,
    timestamp: Option<&TimestampToken>,
) -> Vec<u8> {
    let digest = algorithm.digest().digest(DOCUMENT);
    let attributes = SignedAttributes::new(&digest, algorithm, certificate).unwrap();
    let value = sign(key, algorithm, attributes.der());
    let chain = [certificate.clone(), ca()];
    cades::assemble(&attributes, algorithm, &value, &chain, timestamp).unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    for (certificate, key, algorithm) in rows() {
        let der = make(&certificate, key, algorithm, None);
        let padded = [&der[..], &[0; 100]].concat();
        let read = cades::read(&padded, &Limits::default()).unwrap();
        assert_eq!(read.encoding, Encoding::Der);
        assert_eq!(read.consumed_bytes, der.len());
        assert_eq!((read.version, read.content_type.as_str()), (1, "1.2.840.113549.1.7.1"));
        assert_eq!(read.content, None);
        assert!(read.oddities.is_empty(), "{:?}", read.oddities);
        assert_eq!(read.digest_algorithms, [algorithm.digest().oid()]);
        let mut found = read.certificates.clone();
        found.sort();
        let mut wanted = vec![certificate.der().to_vec(), ca().der().to_vec()];
        wanted.sort();
        assert_eq!(found, wanted);
        let [signer] = &read.signers[..] else { panic!("one signer") };
        assert_eq!(signer.version, 1);
        assert_eq!(signer.algorithm().unwrap(), algorithm);
        assert_eq!(signer.digest_algorithm, algorithm.digest().oid());
        assert_eq!(signer.message_digests, [algorithm.digest().digest(DOCUMENT)]);
        assert_eq!(signer.content_types, ["1.2.840.113549.1.7.1"]);
        assert!(signer.signing_times.is_empty(), "EN 319 142-1: it is in /M");
        assert_eq!(signer.signed_attribute_types.len(), 3);
        assert!(signer.unsigned_attribute_types.is_empty());
        let [ess] = &signer.ess[..] else { panic!("one ESS identifier") };
        assert_eq!((ess.version, ess.first), (2, true));
        assert!(ess.issuer_serial_matches.is_some());
        assert_eq!(signer.ess_matches(&certificate), Some(true));
        assert_eq!(signer.ess_matches(&ca()), Some(false));
        assert_eq!(read.signer_certificate(signer), Some(certificate.clone()));
        signer.verify_value(&certificate).unwrap();
        let other = signer.verify_value(&root());
        assert!(other.is_err());
        // The estimate is a bound, and not a wild one.
        let estimate = cades::assembled_bytes_estimate(&[certificate, ca()], algorithm);
        assert!((der.len()..der.len() + 400).contains(&estimate), "{} {estimate}", der.len());
    }
}

#[test]
fn openssl_verifies_it_as_cades() {
    for (certificate, key, algorithm) in rows() {
        let folder = Folder::new();
        folder.file("signature.der", &make(&certificate, key, algorithm, None));
        folder.file("document", DOCUMENT);
        folder.certificate("root.pem", &root());
        let verify = "cms -verify -cades -inform DER -in signature.der -binary -purpose any \
            -CAfile root.pem -no_check_time -out out -content";
        folder.openssl_ok(&format!("{verify} document"));
        assert_eq!(folder.read("out"), DOCUMENT);
        folder.file("another", b"another document");
        assert!(!folder.openssl(&format!("{verify} another")).status.success());
    }
}

#[test]
fn only_a_value_of_the_certificates_key_is_embedded() {
    let digest = DigestAlgorithm::Sha256.digest(DOCUMENT);
    let attributes = SignedAttributes::new(&digest, SHA256_RSA, &leaf()).unwrap();
    let assemble = |value: &[u8], algorithm, certificates: &[Certificate]| {
        cades::assemble(&attributes, algorithm, value, certificates, None)
    };
    let value = sign(&LEAF, SHA256_RSA, attributes.der());
    assert!(assemble(&value, SHA256_RSA, &[leaf()]).is_ok());
    let wrong_key = sign(&OTHER, SHA256_RSA, attributes.der());
    assert_eq!(assemble(&wrong_key, SHA256_RSA, &[leaf()]), Err(Error::WrongValue));
    let wrong_bytes = sign(&LEAF, SHA256_RSA, b"x");
    assert_eq!(assemble(&wrong_bytes, SHA256_RSA, &[leaf()]), Err(Error::WrongValue));
    assert_eq!(assemble(&[], SHA256_RSA, &[leaf()]), Err(Error::WrongValue));
    let pss = SignatureAlgorithm::pss(DigestAlgorithm::Sha256);
    assert_eq!(assemble(&value, pss, &[leaf()]), Err(Error::WrongValue));
    assert!(matches!(assemble(&value, SHA256_EC, &[leaf()]), Err(Error::Pki(_))));
    assert!(matches!(assemble(&value, SHA256_RSA, &[]), Err(Error::Malformed { .. })));
    let short = SignedAttributes::new(&digest[1..], SHA256_RSA, &leaf());
    assert!(matches!(short, Err(Error::Malformed { .. })));
}

#[test]
fn attributes_are_der_in_order_and_survive_storage() {
    let digest = DigestAlgorithm::Sha256.digest(DOCUMENT);
    let attributes = SignedAttributes::new(&digest, SHA256_RSA, &leaf()).unwrap();
    let members: Vec<der::Any> =
        der::asn1::SetOfVec::<der::Any>::from_der(attributes.der()).unwrap().into_vec();
    assert_eq!(members.len(), 3);
    use der::{Decode, Encode};
    let encoded: Vec<Vec<u8>> = members.iter().map(|m| m.to_der().unwrap()).collect();
    assert!(encoded.is_sorted());
    let text = serde_json::to_string(&attributes).unwrap();
    assert_eq!(serde_json::from_str::<SignedAttributes>(&text).unwrap(), attributes);
    // SHA-256 is the default of ESSCertIDv2 and left out; another one is written.
    let ess_oid = |a: &SignedAttributes, digest: DigestAlgorithm| {
        let oid = oid(digest.oid());
        a.der().windows(oid.len()).any(|w| w == oid)
    };
    assert!(!ess_oid(&attributes, DigestAlgorithm::Sha256));
    let sha512 = SignatureAlgorithm::RsaPkcs1 { digest: DigestAlgorithm::Sha512 };
    let digest = DigestAlgorithm::Sha512.digest(DOCUMENT);
    let attributes = SignedAttributes::new(&digest, sha512, &leaf()).unwrap();
    assert!(ess_oid(&attributes, DigestAlgorithm::Sha512));
}

#[test]
fn assembling_costs_little_beside_the_key() {
    let digest = DigestAlgorithm::Sha256.digest(DOCUMENT);
    let certificate = leaf();
    let attributes = SignedAttributes::new(&digest, SHA256_RSA, &certificate).unwrap();
    let value = sign(&LEAF, SHA256_RSA, attributes.der());
    let chain = [certificate.clone(), ca()];
    let once = || {
        let a = SignedAttributes::new(&digest, SHA256_RSA, &certificate).unwrap();
        cades::assemble(&a, SHA256_RSA, &value, &chain, None).unwrap()
    };
    once();
    let start = std::time::Instant::now();
    for _ in 0..200 {
        once();
    }
    let each = start.elapsed() / 200;
    println!("attributes and assembly, value checked: {each:?}");
    assert!(each.as_micros() < 5000, "{each:?}");
}
