//! Identifiers go out and come back; nothing beyond the closed list is taken.

use crate::mint::{oid, seq, tlv};
use pki::DigestAlgorithm::*;
use pki::{DigestAlgorithm, Digester, Error, SignatureAlgorithm};

const ALL: [DigestAlgorithm; 9] =
    [Md5, Sha1, Sha224, Sha256, Sha384, Sha512, Sha3_256, Sha3_384, Sha3_512];

#[test]
fn digests_have_the_lengths_and_values_that_the_standards_give() {
    for digest in ALL {
        assert_eq!(DigestAlgorithm::from_oid(digest.oid()), Some(digest));
        assert_eq!(digest.digest(b"abc").len(), digest.output_bytes(), "{}", digest.name());
    }
    let hex = |d: DigestAlgorithm| -> String {
        d.digest(b"abc").iter().map(|b| format!("{b:02x}")).collect()
    };
    // FIPS 180-4, FIPS 202 and RFC 1321 examples
    assert_eq!(hex(Md5), "900150983cd24fb0d6963f7d28e17f72");
    assert_eq!(hex(Sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert!(hex(Sha224).starts_with("23097d223405d822"));
    assert!(hex(Sha256).starts_with("ba7816bf8f01cfea"));
    assert!(hex(Sha384).starts_with("cb00753f45a35e8b"));
    assert!(hex(Sha512).starts_with("ddaf35a193617aba"));
    assert!(hex(Sha3_256).starts_with("3a985da74fe225b2"));
    assert!(hex(Sha3_384).starts_with("ec01498288516fc9"));
    assert!(hex(Sha3_512).starts_with("b751850b1a57168a"));
    assert_eq!(DigestAlgorithm::from_oid("1.2.3"), None);
}

#[test]
fn a_cloned_digester_goes_its_own_way() {
    for digest in ALL {
        let mut first = Digester::new(digest);
        first.update(b"common ");
        let mut second = first.clone();
        first.update(b"one");
        second.update(b"two");
        assert_eq!(first.finish(), digest.digest(b"common one"));
        assert_eq!(second.finish(), digest.digest(b"common two"));
    }
}

#[test]
fn identifiers_go_out_and_come_back() {
    for digest in ALL {
        let mut algorithms = vec![
            SignatureAlgorithm::RsaPkcs1 { digest },
            SignatureAlgorithm::pss(digest),
            SignatureAlgorithm::RsaPss { digest, mgf_digest: Sha1, salt_bytes: 0 },
            SignatureAlgorithm::RsaPss { digest: Sha1, mgf_digest: digest, salt_bytes: 20 },
        ];
        if digest != Md5 {
            algorithms.push(SignatureAlgorithm::Ecdsa { digest });
        }
        for algorithm in algorithms {
            let der = algorithm.to_der();
            assert_eq!(SignatureAlgorithm::from_der(&der, None), Ok(algorithm));
            // The name in the identifier wins over one from elsewhere.
            assert_eq!(SignatureAlgorithm::from_der(&der, Some(Sha512)), Ok(algorithm));
        }
    }
    assert_eq!(SignatureAlgorithm::pss(Sha256).name(), "RSA-PSS with SHA-256");
}

#[test]
fn an_identifier_without_digest_takes_the_one_from_elsewhere() {
    let rsa = seq(&[&oid("1.2.840.113549.1.1.1"), &[0x05, 0x00]]);
    let wanted = SignatureAlgorithm::RsaPkcs1 { digest: Sha384 };
    assert_eq!(SignatureAlgorithm::from_der(&rsa, Some(Sha384)), Ok(wanted));
    assert!(matches!(SignatureAlgorithm::from_der(&rsa, None), Err(Error::Algorithm(_))));
    let ec = seq(&[&oid("1.2.840.10045.2.1")]);
    let wanted = SignatureAlgorithm::Ecdsa { digest: Sha256 };
    assert_eq!(SignatureAlgorithm::from_der(&ec, Some(Sha256)), Ok(wanted));
}

#[test]
fn what_is_not_understood_is_refused() {
    let refused = |der: &[u8]| SignatureAlgorithm::from_der(der, Some(Sha256)).unwrap_err();
    let pss = |parameters: &[u8]| seq(&[&oid("1.2.840.113549.1.1.10"), parameters]);
    let algorithm = |e: Error| assert!(matches!(e, Error::Algorithm(_)), "{e}");
    algorithm(refused(&seq(&[&oid("1.2.840.10040.4.3")]))); // DSA
    algorithm(refused(&seq(&[&oid("1.2.840.113549.1.1.11"), &tlv(0x04, b"x")])));
    algorithm(refused(&pss(&[]))); // parameters MUST be present
    algorithm(refused(&pss(&seq(&[&tlv(0xA3, &tlv(0x02, &[2]))])))); // trailer field
    algorithm(refused(&pss(&seq(&[&tlv(0xA2, &tlv(0x02, &[0x7F, 0xFF]))])))); // salt
    algorithm(refused(&pss(&seq(&[&tlv(0xA1, &seq(&[&oid("1.2.3")]))])))); // not MGF1
    algorithm(refused(&pss(&seq(&[&tlv(0xA0, &seq(&[&oid("1.2.3")]))])))); // digest
    assert!(matches!(refused(b"\x30\x03\x06"), Error::Malformed { .. }));
    assert!(matches!(refused(&pss(&tlv(0x04, b"x"))), Error::Malformed { .. }));
    // All defaults: SHA-1, MGF1 with SHA-1, 20.
    let defaults = SignatureAlgorithm::from_der(&pss(&seq(&[])), None);
    let wanted = SignatureAlgorithm::RsaPss { digest: Sha1, mgf_digest: Sha1, salt_bytes: 20 };
    assert_eq!(defaults, Ok(wanted));
}
