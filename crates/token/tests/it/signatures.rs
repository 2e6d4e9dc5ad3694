use openssl::hash::MessageDigest;
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Verifier};
use openssl::x509::X509;
use token::{Digest, Key, KeyKind, Scheme, Session};

use crate::lab;

const BYTES: &[u8] = "Điều được ký".as_bytes();

/// Whether openssl accepts `value` under the certificate that lies beside `key`.
pub(crate) fn verifies(session: &Session, key: &Key, scheme: Scheme, value: &[u8]) -> bool {
    let certificate = session.certificate_for(key).unwrap().unwrap();
    let public = X509::from_der(&certificate).unwrap().public_key().unwrap();
    let digest = match scheme.digest() {
        Digest::Sha256 => MessageDigest::sha256(),
        Digest::Sha384 => MessageDigest::sha384(),
        Digest::Sha512 => MessageDigest::sha512(),
    };
    let mut verifier = Verifier::new(digest, &public).unwrap();
    if let Scheme::RsaPss(_) = scheme {
        verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        verifier.set_rsa_mgf1_md(digest).unwrap();
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
    }
    verifier.verify_oneshot(value, BYTES).unwrap_or(false)
}

/// Signs with everything that the keys of the official offer, and has each value checked.
pub(crate) fn sign_with_all(session: &Session) {
    for (label, kinds) in [("official", 6), ("official-rsa2048", 6), ("official-p256", 3)] {
        let key = session.key(label).unwrap();
        let schemes = session.schemes(&key);
        assert_eq!(schemes.len(), kinds, "{label}: {schemes:?}");
        for scheme in schemes {
            let value = session.sign(&key, scheme, BYTES).unwrap();
            assert!(verifies(session, &key, scheme, &value), "{label}: {scheme}");
        }
    }
}

#[test]
fn every_scheme_verifies() {
    sign_with_all(&lab().session("official").unwrap());
}

#[test]
fn keys_are_found_by_label_and_by_id() {
    let session = lab().session("official").unwrap();
    let key = session.key("official").unwrap();
    assert_eq!(key.kind, KeyKind::Rsa { bits: 3072 });
    assert_eq!(session.key("official-p256").unwrap().kind, KeyKind::Ec);
    let id = key.id_hex();
    assert_eq!(session.key(&id).unwrap().label, "official");
    assert_eq!(session.key(&id.to_uppercase()).unwrap().label, "official");
    assert_eq!(session.key(&format!("{}:{}", &id[..2], &id[2..])).unwrap().label, "official");

    let error = session.key("seal").unwrap_err();
    assert_eq!(error.code(), "key_not_found");
    assert!(error.text_en().contains("official-p256"), "{error}");
}

#[test]
fn each_key_has_its_own_certificate() {
    let lab = lab();
    let session = lab.session("official").unwrap();
    for name in ["official", "official-p256", "official-rsa2048"] {
        let key = session.key(name).unwrap();
        let certificate = session.certificate_for(&key).unwrap();
        assert_eq!(certificate.as_ref(), Some(&lab.certificate(name).unwrap().der));
    }
    assert_eq!(session.certificates().unwrap().len(), 3);
    // Without login too.
    let public = token::Module::open(lab::softhsm_module().unwrap())
        .unwrap()
        .open_public_session("seal")
        .unwrap();
    assert_eq!(public.certificates().unwrap(), [lab.certificate("seal").unwrap().der.clone()]);
}

#[test]
fn a_scheme_of_another_kind_of_key_is_not_offered() {
    let session = lab().session("official").unwrap();
    let scheme = Scheme::Ecdsa(Digest::Sha256);
    let error = session.sign(&session.key("official").unwrap(), scheme, BYTES).unwrap_err();
    assert_eq!(error, token::TokenError::MechanismNotOffered { scheme });
}

#[test]
fn sessions_serve_several_threads() {
    let session = lab().session("seal").unwrap();
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let session = session.sibling().unwrap();
            std::thread::spawn(move || {
                let key = session.key("seal").unwrap();
                let scheme = Scheme::RsaPss(Digest::Sha256);
                for _ in 0..5 {
                    let value = session.sign(&key, scheme, BYTES).unwrap();
                    assert!(verifies(&session, &key, scheme, &value));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
