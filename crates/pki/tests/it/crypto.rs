//! Signature values: every way in which one can be wrong.

use crate::mint::{self, LEAF, LEAF_EC, OTHER, SHA256_EC, SHA256_RSA, int, oid, seq, sign, tlv};
use pki::DigestAlgorithm::*;
use pki::crypto::{PublicKey, verify, verify_digest_with, verify_with};
use pki::{Curve, Error, KeyAlgorithm, SignatureAlgorithm};

const MESSAGE: &[u8] = "quyết định".as_bytes();

#[test]
fn every_algorithm_verifies_and_only_its_own_bytes() {
    let (rsa, ec) = (LEAF.public_key_to_der().unwrap(), LEAF_EC.public_key_to_der().unwrap());
    for digest in [Md5, Sha1, Sha224, Sha256, Sha384, Sha512, Sha3_256, Sha3_384, Sha3_512] {
        let mut rows = vec![
            (SignatureAlgorithm::RsaPkcs1 { digest }, &rsa, &*LEAF),
            (SignatureAlgorithm::pss(digest), &rsa, &*LEAF),
        ];
        if digest != Md5 {
            rows.push((SignatureAlgorithm::Ecdsa { digest }, &ec, &*LEAF_EC));
        }
        for (algorithm, spki, key) in rows {
            let value = sign(key, algorithm, MESSAGE);
            let yes = verify(spki, algorithm, MESSAGE, &value);
            assert!(yes.is_ok(), "{}", algorithm.name());
            let no = verify(spki, algorithm, b"another message", &value);
            assert_eq!(no.unwrap_err(), Error::SignatureInvalid);
        }
    }
}

#[test]
fn pss_parameters_are_taken_as_declared() {
    let spki = LEAF.public_key_to_der().unwrap();
    let pss = |mgf_digest, salt_bytes| SignatureAlgorithm::RsaPss {
        digest: Sha256,
        mgf_digest,
        salt_bytes,
    };
    let value = sign(&LEAF, pss(Sha256, 32), MESSAGE);
    verify(&spki, pss(Sha256, 32), MESSAGE, &value).unwrap();
    for other in [pss(Sha256, 20), pss(Sha256, 0), pss(Sha1, 32), pss(Sha256, 2000)] {
        assert_eq!(verify(&spki, other, MESSAGE, &value).unwrap_err(), Error::SignatureInvalid);
    }
    let zero_salt = sign(&LEAF, pss(Sha1, 0), MESSAGE);
    verify(&spki, pss(Sha1, 0), MESSAGE, &zero_salt).unwrap();
}

#[test]
fn values_of_another_shape_are_refused() {
    let (rsa, ec) = (mint::leaf(), mint::leaf_ec());
    let value = sign(&LEAF, SHA256_RSA, MESSAGE);
    let invalid = |certificate, algorithm, value: &[u8]| {
        let no = verify_with(certificate, algorithm, MESSAGE, value).unwrap_err();
        assert_eq!(no, Error::SignatureInvalid);
    };
    verify_with(&rsa, SHA256_RSA, MESSAGE, &value).unwrap();
    invalid(&rsa, SHA256_RSA, &[]);
    invalid(&rsa, SHA256_RSA, &value[1..]);
    invalid(&rsa, SHA256_RSA, &[&[0], &value[..]].concat());
    invalid(&rsa, SHA256_RSA, &vec![0xFF; value.len()]);
    invalid(&rsa, SHA256_RSA, &vec![0; value.len()]);
    let digest = Sha256.digest(MESSAGE);
    verify_digest_with(&rsa, SHA256_RSA, &digest, &value).unwrap();
    let short = verify_digest_with(&rsa, SHA256_RSA, &digest[1..], &value);
    assert_eq!(short.unwrap_err(), Error::SignatureInvalid);

    let value = sign(&LEAF_EC, SHA256_EC, MESSAGE);
    verify_with(&ec, SHA256_EC, MESSAGE, &value).unwrap();
    let n = [
        0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25,
        0x51,
    ];
    invalid(&ec, SHA256_EC, &seq(&[&int(&[0]), &int(&[0])])); // CVE-2022-21449
    invalid(&ec, SHA256_EC, &seq(&[&int(&[1]), &int(&n)]));
    invalid(&ec, SHA256_EC, &seq(&[&int(&n), &int(&[1])]));
    invalid(&ec, SHA256_EC, &seq(&[&int(&[0xFF]), &int(&[1])]));
    invalid(&ec, SHA256_EC, &[&value[..], &[0]].concat());
    let long_form = [&[0x30, 0x81], &value[1..]].concat();
    invalid(&ec, SHA256_EC, &long_form);
    invalid(&ec, SHA256_EC, &[0x42; 64]); // r || s, as a token gives it
}

#[test]
fn a_forged_pkcs1_block_is_refused() {
    // Bleichenbacher 2006: right DigestInfo, garbage after it; made with the private operation.
    use openssl::rsa::Padding;
    let rsa = LEAF.rsa().unwrap();
    let digest_info = [
        &[0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
        &[0x05, 0x00, 0x04, 0x20][..],
        &Sha256.digest(MESSAGE),
    ]
    .concat();
    let raw = |block: &[u8]| {
        let mut value = vec![0; 256];
        rsa.private_encrypt(block, &mut value, Padding::NONE).unwrap();
        value
    };
    let block = |padding: usize, tail: usize| {
        let mut block = vec![0, 1];
        block.extend(vec![0xFF; padding]);
        block.push(0);
        block.extend(&digest_info);
        block.extend(vec![0x5A; tail]);
        block
    };
    let rest = 256 - 3 - digest_info.len();
    verify_with(&mint::leaf(), SHA256_RSA, MESSAGE, &raw(&block(rest, 0))).unwrap();
    for padding in [8, rest - 1] {
        let value = raw(&block(padding, rest - padding));
        let no = verify_with(&mint::leaf(), SHA256_RSA, MESSAGE, &value);
        assert_eq!(no.unwrap_err(), Error::SignatureInvalid);
    }
}

#[test]
fn the_key_must_be_of_the_algorithms_kind() {
    let value = sign(&LEAF, SHA256_RSA, MESSAGE);
    let no = verify_with(&mint::leaf_ec(), SHA256_RSA, MESSAGE, &value).unwrap_err();
    assert!(matches!(no, Error::Key(_)));
    let no = verify_with(&mint::leaf(), SHA256_EC, MESSAGE, &value).unwrap_err();
    assert!(matches!(no, Error::Key(_)));
    let other = OTHER.public_key_to_der().unwrap();
    let no = verify(&other, SHA256_RSA, MESSAGE, &value).unwrap_err();
    assert_eq!(no, Error::SignatureInvalid);
}

#[test]
fn keys_out_of_bounds_are_refused() {
    let rsa_spki = |n: &[u8], e: &[u8]| {
        let key = seq(&[&int(n), &int(e)]);
        let algorithm = seq(&[&oid("1.2.840.113549.1.1.1"), &[0x05, 0x00]]);
        seq(&[&algorithm, &tlv(0x03, &[&[0], &key[..]].concat())])
    };
    let modulus = |bytes: usize| [&[0][..], &vec![0xC1; bytes]].concat();
    let e = [1, 0, 1];
    let bits = |n: &[u8], e: &[u8]| PublicKey::from_spki(&rsa_spki(n, e)).map(|k| k.kind());
    assert_eq!(bits(&modulus(256), &e), Ok(KeyAlgorithm::Rsa { bits: 2048 }));
    assert_eq!(bits(&modulus(2048), &e), Ok(KeyAlgorithm::Rsa { bits: 16_384 }));
    for (n, e) in [
        (modulus(2049), &e[..]),
        (modulus(32), &e[..]),
        (modulus(256), &[1][..]),
        (modulus(256), &[2][..]),
        (modulus(256), &[1, 0, 0, 0, 0, 0, 0, 0, 1][..]),
        ([&modulus(255)[..], &[0xC0]].concat(), &e[..]), // even
    ] {
        assert!(matches!(bits(&n, e), Err(Error::Key(_))), "{} {e:?}", n.len());
    }
    let with_tail = [&rsa_spki(&modulus(256), &e)[..], &[0]].concat();
    assert!(matches!(PublicKey::from_spki(&with_tail), Err(Error::Key(_))));
    assert!(matches!(PublicKey::from_spki(b"\x30\x00"), Err(Error::Key(_))));
}

#[test]
fn only_named_curves_are_taken() {
    use openssl::ec::{Asn1Flag, EcGroup, EcKey};
    use openssl::nid::Nid;
    use openssl::pkey::PKey;
    for (nid, curve) in [
        (Nid::X9_62_PRIME256V1, Curve::P256),
        (Nid::SECP384R1, Curve::P384),
        (Nid::SECP521R1, Curve::P521),
        (Nid::SECP256K1, Curve::Other),
    ] {
        let mut group = EcGroup::from_curve_name(nid).unwrap();
        let spki = |group: &EcGroup| {
            let key = PKey::from_ec_key(EcKey::generate(group).unwrap()).unwrap();
            key.public_key_to_der().unwrap()
        };
        let kind = PublicKey::from_spki(&spki(&group)).unwrap().kind();
        assert_eq!(kind, KeyAlgorithm::Ec { curve });
        group.set_asn1_flag(Asn1Flag::EXPLICIT_CURVE);
        let explicit = PublicKey::from_spki(&spki(&group));
        assert!(matches!(explicit, Err(Error::Key(_))), "CVE-2020-0601");
    }
}

#[test]
fn keys_of_other_kinds_are_read_and_verify_nothing() {
    let key = openssl::pkey::PKey::generate_ed25519().unwrap().public_key_to_der().unwrap();
    let key = PublicKey::from_spki(&key).unwrap();
    assert_eq!(key.kind(), KeyAlgorithm::Other);
    assert!(matches!(key.verify(SHA256_EC, MESSAGE, &[0; 64]), Err(Error::Key(_))));
}
