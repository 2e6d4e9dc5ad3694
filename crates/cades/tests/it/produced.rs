//! Signatures that the openssl command line makes, DER and streamed BER.

use crate::assemble::DOCUMENT;
use crate::mint::*;
use crate::openssl_cli::Folder;
use cades::{Encoding, Limits};
use pki::DigestAlgorithm;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("document", DOCUMENT);
    folder.certificate("rsa.pem", &leaf());
    folder.key("rsa.key", &LEAF);
    folder.certificate("ec.pem", &leaf_ec());
    folder.key("ec.key", &LEAF_EC);
    folder
}

#[test]
fn signatures_of_openssl_are_read_and_verify() {
    let folder = folder();
    for (options, certificate, name) in [
        ("-signer rsa.pem -inkey rsa.key -md sha256", leaf(), "RSA PKCS#1 v1.5 with SHA-256"),
        (
            "-signer rsa.pem -inkey rsa.key -md sha512 -cades",
            leaf(),
            "RSA PKCS#1 v1.5 with SHA-512",
        ),
        (
            "-signer rsa.pem -inkey rsa.key -md sha256 -cades -keyopt rsa_padding_mode:pss",
            leaf(),
            "RSA-PSS with SHA-256",
        ),
        ("-signer ec.pem -inkey ec.key -md sha384 -cades", leaf_ec(), "ECDSA with SHA-384"),
        ("-signer ec.pem -inkey ec.key -md sha1 -cades", leaf_ec(), "ECDSA with SHA-1"),
    ] {
        for (form, encoding) in [("", Encoding::Der), ("-nodetach -stream", Encoding::Ber)] {
            if options.contains("pss") && encoding == Encoding::Ber {
                continue; // openssl 3.0 fails to write that
            }
            folder.openssl_ok(&format!(
                "cms -sign -binary -in document -outform DER -out signature {options} {form}"
            ));
            let bytes = folder.read("signature");
            let read = cades::read(&bytes, &Limits::default()).unwrap();
            assert_eq!(read.encoding, encoding, "{options} {form}");
            assert_eq!(read.consumed_bytes, bytes.len());
            let signer = &read.signers[0];
            let algorithm = signer.algorithm().unwrap();
            assert_eq!(algorithm.name(), name);
            assert_eq!(signer.message_digests, [algorithm.digest().digest(DOCUMENT)]);
            assert_eq!(signer.signing_times.len(), 1);
            assert_eq!(read.signer_certificate(signer), Some(certificate.clone()));
            let ess = options.contains("cades").then_some(true);
            assert_eq!(signer.ess_matches(&certificate), ess);
            signer.verify_value(&certificate).unwrap();
            if encoding == Encoding::Ber {
                assert_eq!(read.content.as_deref(), Some(DOCUMENT));
            }
        }
    }
}

#[test]
fn a_signature_without_attributes_is_over_the_content() {
    let folder = folder();
    folder.openssl_ok(
        "cms -sign -binary -noattr -in document -outform DER -out signature -signer rsa.pem \
         -inkey rsa.key -md sha256",
    );
    let read = cades::read(&folder.read("signature"), &Limits::default()).unwrap();
    let signer = &read.signers[0];
    assert_eq!(signer.signed_attributes, None);
    let digest = DigestAlgorithm::Sha256.digest(DOCUMENT);
    signer.verify_value_over_digest(&leaf(), &digest).unwrap();
}
