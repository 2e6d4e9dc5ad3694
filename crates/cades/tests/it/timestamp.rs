//! RFC 3161 against openssl's own TSA.

use crate::assemble::{DOCUMENT, make};
use crate::mint::*;
use crate::openssl_cli::Folder;
use cades::{Limits, TimestampRefusal, TimestampToken};
use pki::{Certificate, DigestAlgorithm};

const NONCE: [u8; 8] = [0x80, 1, 2, 3, 4, 5, 6, 7];
const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;

fn tsa() -> Certificate {
    let mut spec = Spec::leaf("TSA", "CA").serial(&[0x31]);
    let critical_eku = extension("2.5.29.37", true, &seq(&[&oid("1.3.6.1.5.5.7.3.8")]));
    spec.extensions = vec![key_usage(0xC0), critical_eku];
    (spec.not_before, spec.not_after) = ("20200101000000Z", "20400101000000Z");
    spec.mint(&OTHER, &CA)
}

/// openssl's answer to a request.
fn answer(request: &[u8]) -> Vec<u8> {
    let folder = Folder::new();
    folder.file("request", request);
    folder.certificate("tsa.pem", &tsa());
    folder.certificate("ca.pem", &ca());
    folder.key("tsa.key", &OTHER);
    folder.file("serial", b"01");
    let config = "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_digest=sha256\n\
        default_policy=1.2.3.4.1\ndigests=sha256,sha384\naccuracy=secs:1,millisecs:500,microsecs:100\n\
        ess_cert_id_alg=sha256\n";
    folder.file("tsa.conf", config.as_bytes());
    folder.openssl_ok(
        "ts -reply -config tsa.conf -queryfile request -signer tsa.pem -inkey tsa.key \
         -chain ca.pem -out response",
    );
    folder.read("response")
}

fn token(imprint: &[u8]) -> TimestampToken {
    let request = cades::timestamp_request(SHA256, imprint, &NONCE);
    cades::read_timestamp_response(&answer(&request), SHA256, imprint, &NONCE).unwrap()
}

#[test]
fn openssl_reads_our_request_and_we_its_answer() {
    let imprint = SHA256.digest(DOCUMENT);
    let token = token(&imprint);
    assert_eq!(token.policy, "1.2.3.4.1");
    assert_eq!((token.imprint_algorithm.as_str(), &token.imprint), (SHA256.oid(), &imprint));
    assert_eq!(token.nonce.as_deref(), Some(&[&[0][..], &NONCE].concat()[..]));
    assert!((token.accuracy_seconds.unwrap() - 1.5001).abs() < 1e-9);
    let signer = &token.signed_data.signers[0];
    let certificate = token.signed_data.signer_certificate(signer).unwrap();
    assert_eq!(certificate, tsa());
    signer.verify_value(&certificate).unwrap();
    let content = token.signed_data.content.as_ref().unwrap();
    assert_eq!(signer.message_digests, [SHA256.digest(content)]);
    // The token alone, with padding after it
    let padded = [&token.der[..], &[0; 20]].concat();
    let again = cades::read_timestamp(&padded, &Limits::default()).unwrap();
    assert_eq!(again.der, token.der);
}

#[test]
fn an_answer_is_held_against_the_request() {
    let imprint = SHA256.digest(DOCUMENT);
    let response = answer(&cades::timestamp_request(SHA256, &imprint, &NONCE));
    let hold = |imprint: &[u8], nonce: &[u8]| {
        cades::read_timestamp_response(&response, SHA256, imprint, nonce).unwrap_err()
    };
    assert_eq!(hold(&[0; 32], &NONCE), TimestampRefusal::WrongImprint);
    assert_eq!(hold(&imprint, &[9; 8]), TimestampRefusal::WrongNonce);
    let sha384 = DigestAlgorithm::Sha384;
    let other = cades::read_timestamp_response(&response, sha384, &imprint, &NONCE).unwrap_err();
    assert_eq!(other, TimestampRefusal::WrongImprint);
    let without = answer(&cades::timestamp_request(SHA256, &imprint, &[]));
    cades::read_timestamp_response(&without, SHA256, &imprint, &[]).unwrap();
    let stale = cades::read_timestamp_response(&without, SHA256, &imprint, &NONCE).unwrap_err();
    assert_eq!(stale, TimestampRefusal::WrongNonce);
}

#[test]
fn a_refusal_is_told_in_its_words() {
    // SHA-1 is not among the digests that this TSA accepts.
    let sha1 = DigestAlgorithm::Sha1;
    let imprint = sha1.digest(DOCUMENT);
    let response = answer(&cades::timestamp_request(sha1, &imprint, &NONCE));
    let refusal = cades::read_timestamp_response(&response, sha1, &imprint, &NONCE).unwrap_err();
    let TimestampRefusal::Rejected { status, text } = refusal else { panic!("{refusal}") };
    assert_eq!(status, 2);
    assert!(text.contains("badAlg"), "{text}");
    let hold =
        |bytes: &[u8]| cades::read_timestamp_response(bytes, SHA256, &[0; 32], &NONCE).unwrap_err();
    let bare = seq(&[&seq(&[&int(&[2])])]);
    assert!(matches!(hold(&bare), TimestampRefusal::Rejected { status: 2, .. }));
    let granted_nothing = seq(&[&seq(&[&int(&[0])])]);
    for odd in [&b""[..], b"<html>", &granted_nothing, &[&bare[..], &[0]].concat()] {
        assert!(matches!(hold(odd), TimestampRefusal::Unreadable(_)));
    }
    let huge = vec![0x30; 2 << 20];
    assert!(matches!(hold(&huge), TimestampRefusal::Unreadable(cades::Error::Limit(_))));
}

#[test]
fn a_signature_carries_its_timestamp() {
    let bare = make(&leaf(), &LEAF, SHA256_RSA, None);
    let value = cades::read(&bare, &Limits::default()).unwrap().signers[0].value.clone();
    let token = token(&SHA256.digest(&value));
    let stamped = make(&leaf(), &LEAF, SHA256_RSA, Some(&token));
    let read = cades::read(&stamped, &Limits::default()).unwrap();
    assert!(read.oddities.is_empty(), "{:?}", read.oddities);
    let signer = &read.signers[0];
    assert_eq!(signer.signature_timestamps, vec![token.der.clone()]);
    assert_eq!(signer.unsigned_attribute_types, ["1.2.840.113549.1.9.16.2.14"]);
    signer.verify_value(&leaf()).unwrap();
    let inside = cades::read_timestamp(&signer.signature_timestamps[0], &Limits::default());
    assert_eq!(inside.unwrap().gen_time, token.gen_time);
    let folder = Folder::new();
    folder.file("signature.der", &stamped);
    folder.file("document", DOCUMENT);
    folder.certificate("root.pem", &root());
    folder.openssl_ok(
        "cms -verify -cades -inform DER -in signature.der -binary -purpose any -CAfile root.pem \
         -no_check_time -out out -content document",
    );
}

#[test]
fn a_signature_is_no_timestamp() {
    let der = make(&leaf(), &LEAF, SHA256_RSA, None);
    let no = cades::read_timestamp(&der, &Limits::default()).unwrap_err();
    assert!(matches!(no, cades::Error::Malformed { .. }));
}

#[test]
fn damaged_tokens_never_panic() {
    let token = token(&SHA256.digest(DOCUMENT));
    for bytes in damaged(&token.der) {
        let _ = cades::read_timestamp(&bytes, &Limits::default());
    }
}
