//! Reading what others, careless or hostile, put together.

use crate::assemble::{DOCUMENT, make};
use crate::mint::*;
use cades::{Error, Limits, SignedData, SignerIdentifier};
use proptest::prelude::*;

const DATA: &str = "1.2.840.113549.1.7.1";

pub(crate) fn attribute(dotted: &str, values: &[Vec<u8>]) -> Vec<u8> {
    seq(&[&oid(dotted), &tlv(0x31, &values.concat())])
}

fn algorithm(dotted: &str) -> Vec<u8> {
    seq(&[&oid(dotted), &[5, 0]])
}

fn sha256() -> Vec<u8> {
    algorithm("2.16.840.1.101.3.4.2.1")
}

/// SignerInfo of the leaf; `attributes` a SET OF.
pub(crate) fn signer_info(attributes: &[u8], value: &[u8]) -> Vec<u8> {
    let mut tagged = attributes.to_vec();
    tagged[0] = 0xA0;
    let sid = seq(&[leaf().issuer().der(), &int(leaf().serial())]);
    let rsa = algorithm("1.2.840.113549.1.1.1");
    seq(&[&int(&[1]), &sid, &sha256(), &tagged, &rsa, &tlv(0x04, value)])
}

/// Without signed attributes; `value` is a whole element.
pub(crate) fn plain_signer_info(value: &[u8]) -> Vec<u8> {
    let sid = seq(&[leaf().issuer().der(), &int(leaf().serial())]);
    seq(&[&int(&[1]), &sid, &sha256(), &algorithm("1.2.840.113549.1.1.1"), value])
}

pub(crate) fn signed_data(signers: &[Vec<u8>]) -> Vec<u8> {
    signed_data_with(&seq(&[&oid(DATA)]), &[leaf().der()], signers)
}

pub(crate) fn signed_data_with(content: &[u8], bag: &[&[u8]], signers: &[Vec<u8>]) -> Vec<u8> {
    let signed_data = seq(&[
        &int(&[1]),
        &tlv(0x31, &sha256()),
        content,
        &tlv(0xA0, &bag.concat()),
        &tlv(0x31, &signers.concat()),
    ]);
    seq(&[&oid("1.2.840.113549.1.7.2"), &tlv(0xA0, &signed_data)])
}

fn read(bytes: &[u8]) -> SignedData {
    cades::read(bytes, &Limits::default()).unwrap()
}

const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";

#[test]
fn duplicates_are_kept_and_named() {
    let attributes = tlv(
        0x31,
        &[
            attribute(CONTENT_TYPE, &[oid(DATA)]),
            attribute(CONTENT_TYPE, &[oid("1.2.3")]),
            attribute(MESSAGE_DIGEST, &[tlv(4, b"one"), tlv(4, b"two")]),
            attribute(SIGNING_TIME, &[time("20260131235959Z")]),
        ]
        .concat(),
    );
    let value = sign(&LEAF, SHA256_RSA, &attributes);
    let read = read(&signed_data(&[signer_info(&attributes, &value)]));
    let signer = &read.signers[0];
    assert_eq!(signer.content_types, [DATA, "1.2.3"]);
    assert_eq!(signer.message_digests, [b"one", b"two"]);
    assert_eq!(signer.signing_times[0].to_string(), "2026-01-31T23:59:59Z");
    let types = [CONTENT_TYPE, CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME];
    assert_eq!(signer.signed_attribute_types, types);
    for word in ["duplicate_attribute", "attribute_values"] {
        assert!(read.oddities.iter().any(|o| o == word), "{:?}", read.oddities);
    }
    signer.verify_value(&leaf()).unwrap();
    assert_eq!(signer.ess_matches(&leaf()), None, "no ESS attribute");
    assert_eq!(read.signer_certificate(signer), Some(leaf()));
}

#[test]
fn values_of_another_type_are_named_and_left_out() {
    let attributes = tlv(
        0x31,
        &[
            attribute(CONTENT_TYPE, &[tlv(4, b"x")]),
            attribute(MESSAGE_DIGEST, &[int(&[1])]),
            attribute(SIGNING_TIME, &[tlv(0x17, b"yesterday")]),
            attribute("1.2.840.113549.1.9.16.2.47", &[int(&[1])]),
            attribute("1.2.840.113549.1.9.16.2.12", &[seq(&[&seq(&[&seq(&[])])])]),
            attribute("1.2.840.113583.1.1.8", &[int(&[1])]),
            attribute("1.2.3.4", &[]),
        ]
        .concat(),
    );
    let read = read(&signed_data(&[signer_info(&attributes, b"")]));
    let signer = &read.signers[0];
    assert!(signer.content_types.is_empty() && signer.message_digests.is_empty());
    assert!(signer.signing_times.is_empty() && signer.ess.is_empty());
    assert_eq!(signer.signed_attribute_types.len(), 7);
    assert!(read.oddities.contains(&"malformed_attribute".to_string()));
    assert!(signer.verify_value(&leaf()).is_err());
}

#[test]
fn one_odd_certificate_does_not_spoil_the_rest() {
    let odd = seq(&[&int(&[1]), &tlv(0x30, b"")]);
    let attribute_certificate = tlv(0xA1, b"\x05\x00");
    let attributes = tlv(0x31, &attribute(CONTENT_TYPE, &[oid(DATA)]));
    let value = sign(&LEAF, SHA256_RSA, &attributes);
    let bag = [&odd[..], leaf().der(), &attribute_certificate].map(<[u8]>::to_vec);
    let bag: Vec<&[u8]> = bag.iter().map(Vec::as_slice).collect();
    let info = signer_info(&attributes, &value);
    let read = read(&signed_data_with(&seq(&[&oid(DATA)]), &bag, &[info]));
    assert_eq!(read.certificates, bag);
    assert!(read.oddities.contains(&"certificate_unreadable".to_string()));
    assert_eq!(read.parsed_certificates(), [leaf()]);
    read.signers[0].verify_value(&leaf()).unwrap();
}

#[test]
fn ess_chooses_among_certificates_of_one_name_and_serial() {
    let digest = pki::DigestAlgorithm::Sha256.digest(DOCUMENT);
    let attributes = cades::SignedAttributes::new(&digest, SHA256_RSA, &leaf()).unwrap();
    let value = sign(&LEAF, SHA256_RSA, attributes.der());
    let mut twin = Spec::leaf("Nguyễn Văn A", "CA");
    twin.not_after = "20300101000000Z";
    let twin = twin.mint(&LEAF, &CA);
    let with = |bag: &[&[u8]]| {
        let info = signer_info(attributes.der(), &value);
        read(&signed_data_with(&seq(&[&oid(DATA)]), bag, &[info]))
    };
    let both = with(&[twin.der(), leaf().der()]);
    assert_eq!(both.identified(&both.signers[0]), [twin.clone(), leaf()]);
    assert_eq!(both.signer_certificate(&both.signers[0]), Some(leaf()));
    let alone = with(&[twin.der()]);
    assert_eq!(alone.signer_certificate(&alone.signers[0]), None);
    assert_eq!(alone.identified(&alone.signers[0]), [twin]);
}

#[test]
fn a_signer_may_be_named_by_its_key_identifier() {
    let certificate = Spec::leaf("x", "CA")
        .with(extension("2.5.29.14", false, &tlv(0x04, b"key-id")))
        .mint(&LEAF, &CA);
    let value = sign(&LEAF, SHA256_RSA, DOCUMENT);
    let rsa = algorithm("1.2.840.113549.1.1.1");
    let info = seq(&[&int(&[3]), &tlv(0x80, b"key-id"), &sha256(), &rsa, &tlv(4, &value)]);
    let read = read(&signed_data_with(&seq(&[&oid(DATA)]), &[certificate.der()], &[info]));
    let signer = &read.signers[0];
    assert_eq!(signer.signer, SignerIdentifier::SubjectKeyId(b"key-id".to_vec()));
    assert_eq!(read.signer_certificate(signer), Some(certificate.clone()));
    // No signed attributes: the value is over the content.
    assert!(signer.verify_value(&certificate).is_err());
    let digest = pki::DigestAlgorithm::Sha256.digest(DOCUMENT);
    signer.verify_value_over_digest(&certificate, &digest).unwrap();
    assert!(signer.verify_value_over_digest(&certificate, &[0; 32]).is_err());
}

#[test]
fn declared_digests_are_compared() {
    let attributes = tlv(0x31, &attribute(CONTENT_TYPE, &[oid(DATA)]));
    let mut tagged = attributes.clone();
    tagged[0] = 0xA0;
    let sid = seq(&[leaf().issuer().der(), &int(leaf().serial())]);
    let sha384 = algorithm("2.16.840.1.101.3.4.2.2");
    let info = seq(&[&int(&[1]), &sid, &sha384, &tagged, &SHA256_RSA.to_der(), &tlv(4, b"")]);
    let read = read(&signed_data(&[info]));
    let wanted = ["digest_algorithm_mismatch", "digest_algorithm_not_listed"];
    assert_eq!(read.oddities, wanted);
}

#[test]
fn content_inside_is_handed_over() {
    let with = |value: &[u8]| {
        let content = seq(&[&oid(DATA), &tlv(0xA0, value)]);
        read(&signed_data_with(&content, &[leaf().der()], &[]))
    };
    assert_eq!(with(&tlv(4, b"inside")).content.as_deref(), Some(&b"inside"[..]));
    let odd = with(&seq(&[&int(&[1])]));
    assert_eq!(odd.content, Some(seq(&[&int(&[1])])));
    assert_eq!(odd.oddities, ["content_not_octets"]);
}

#[test]
fn archived_revocation_values_are_handed_over() {
    let archive = seq(&[
        &tlv(0xA0, &seq(&[&seq(&[b"\x05\x00"])])),
        &tlv(0xA1, &seq(&[&seq(&[&int(&[1])]), &seq(&[&int(&[2])])])),
    ]);
    let attributes = tlv(0x31, &attribute("1.2.840.113583.1.1.8", &[archive]));
    let read = read(&signed_data(&[signer_info(&attributes, b"")]));
    assert_eq!(read.signers[0].archived_crls, [seq(&[b"\x05\x00"])]);
    assert_eq!(read.signers[0].archived_ocsp, [seq(&[&int(&[1])]), seq(&[&int(&[2])])]);
}

#[test]
fn limits_are_kept() {
    let attributes = tlv(0x31, &attribute(CONTENT_TYPE, &[oid(DATA)]));
    let info = signer_info(&attributes, b"");
    let der =
        signed_data_with(&seq(&[&oid(DATA)]), &[leaf().der(), ca().der()], &[info.clone(), info]);
    let ok = Limits { bytes: der.len(), certificates: 2, signers: 2, attributes: 1, depth: 9 };
    assert!(cades::read(&der, &ok).is_ok());
    for limits in [
        Limits { bytes: der.len() - 1, ..ok },
        Limits { certificates: 1, ..ok },
        Limits { signers: 1, ..ok },
        Limits { attributes: 0, ..ok },
        Limits { depth: 4, ..ok },
    ] {
        let refused = cades::read(&der, &limits).unwrap_err();
        assert!(matches!(refused, Error::Limit(_)), "{limits:?} {refused}");
    }
}

#[test]
fn damaged_signatures_never_panic_and_never_verify() {
    let der = make(&leaf(), &LEAF, SHA256_RSA, None);
    let certificate = leaf();
    let message_digest = pki::DigestAlgorithm::Sha256.digest(DOCUMENT);
    for bytes in damaged(&der) {
        let Ok(read) = cades::read(&bytes, &Limits::default()) else { continue };
        for signer in &read.signers {
            // Attributes and value are what the key is over: nothing of them may change.
            if signer.verify_value(&certificate).is_ok() {
                assert_eq!(signer.message_digests, vec![message_digest.clone()]);
                assert_eq!(signer.ess_matches(&certificate), Some(true));
            }
        }
    }
}

#[test]
fn facts_cross_a_process_border() {
    let der = make(&leaf(), &LEAF, SHA256_RSA, None);
    let text = serde_json::to_string(&read(&der)).unwrap();
    let back: SignedData = serde_json::from_str(&text).unwrap();
    back.signers[0].verify_value(&leaf()).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = cades::read(&bytes, &Limits::default());
        let _ = cades::read_timestamp(&bytes, &Limits::default());
        let _ = cades::read_timestamp_response(
            &bytes, pki::DigestAlgorithm::Sha256, &[0; 32], &[1]);
    }

    #[test]
    fn any_few_bytes_changed_are_read_or_refused(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut der = make(&leaf(), &LEAF, SHA256_RSA, None);
        for (place, byte) in changes {
            let place = place.index(der.len());
            der[place] = byte;
        }
        if let Ok(read) = cades::read(&der, &Limits::default()) {
            prop_assert!(read.consumed_bytes <= der.len());
            for signer in &read.signers {
                let _ = read.signer_certificate(signer);
            }
        }
    }
}
