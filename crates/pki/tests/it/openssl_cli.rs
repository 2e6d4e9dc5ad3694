//! Answers that the openssl command line makes: a CA's list and a responder's response.

use crate::mint::*;
use jiff::Timestamp;
use pki::revocation::{self, Answers, Status};
use pki::{Certificate, Crl, OcspResponse};
use std::path::Path;
use std::process::Command;

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    let output = command.args(arguments.split_whitespace()).current_dir(folder).output();
    let output = output.expect("Debian package openssl");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}: {said}");
}

fn pem(folder: &Path, name: &str, certificate: &Certificate) {
    let x509 = openssl::x509::X509::from_der(certificate.der()).unwrap();
    std::fs::write(folder.join(name), x509.to_pem().unwrap()).unwrap();
}

#[test]
fn a_list_and_responses_of_openssl_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut spec = Spec::leaf("OCSP", "CA").serial(&[0x77]);
    spec.not_after = "20400101000000Z";
    let spec = spec.with(extended_key_usage(&["1.3.6.1.5.5.7.3.9"])).with(extension(
        "1.3.6.1.5.5.7.48.1.5",
        false,
        &[5, 0],
    ));
    let responder = spec.mint(&OTHER, &CA);
    let mut lasting = Spec::leaf("Lasting", "CA").serial(&[0x44]);
    lasting.not_after = "20400101000000Z";
    let (good, bad) = (lasting.mint(&LEAF, &CA), lasting.clone().serial(&[0x45]).mint(&LEAF, &CA));
    for (name, certificate) in
        [("ca.pem", &ca()), ("ocsp.pem", &responder), ("good.pem", &good), ("bad.pem", &bad)]
    {
        pem(folder, name, certificate);
    }
    for (name, key) in [("ca.key", &*CA), ("ocsp.key", &*OTHER)] {
        std::fs::write(folder.join(name), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    }
    let index = "V\t400101000000Z\t\t44\tunknown\t/CN=Lasting\n\
        R\t400101000000Z\t260301000000Z,keyCompromise\t45\tunknown\t/CN=Lasting\n";
    std::fs::write(folder.join("index.txt"), index).unwrap();
    std::fs::write(folder.join("crlnumber"), "07\n").unwrap();
    let config = "[ca]\ndefault_ca=one\n[one]\ndatabase=index.txt\ncrlnumber=crlnumber\n\
        default_md=sha256\ndefault_crl_days=30\ncrl_extensions=ext\n[ext]\n\
        authorityKeyIdentifier=issuer:always\n";
    std::fs::write(folder.join("ca.conf"), config).unwrap();
    openssl(folder, "ca -config ca.conf -gencrl -cert ca.pem -keyfile ca.key -out list.pem");
    let list = [Crl::from_bytes(&std::fs::read(folder.join("list.pem")).unwrap()).unwrap()];
    let at: Timestamp = list[0].this_update();
    let ask = |certificate: &Certificate, answers: &Answers<'_>| {
        revocation::status(certificate, &ca(), &[], answers, at, Timestamp::MAX)
    };
    let reason_of = |status: Status| match status {
        Status::Good { .. } => None,
        Status::Revoked { at, reason, .. } => Some((at.to_string(), reason)),
        Status::Unknown { tried } => panic!("{tried:?}"),
    };
    let stolen = Some(("2026-03-01T00:00:00Z".to_string(), Some(1)));
    let answers = Answers { crls: &list, ocsp: &[] };
    assert_eq!(reason_of(ask(&good, &answers)), None);
    assert_eq!(reason_of(ask(&bad, &answers)), stolen);
    for (name, certificate, wanted) in [("good", &good, None), ("bad", &bad, stolen)] {
        // Our request, openssl's answer: by name, by key, by the issuer itself.
        let request = pki::ocsp_request(certificate, &ca(), Some(&[7; 16]));
        std::fs::write(folder.join("request"), request).unwrap();
        for signer in [
            "-rsigner ocsp.pem -rkey ocsp.key",
            "-rsigner ocsp.pem -rkey ocsp.key -resp_key_id",
            "-rsigner ca.pem -rkey ca.key",
        ] {
            openssl(
                folder,
                &format!(
                    "ocsp -index index.txt -CA ca.pem {signer} -ndays 1 -reqin request -respout response"
                ),
            );
            let bytes = std::fs::read(folder.join("response")).unwrap();
            let response = [OcspResponse::from_der(&bytes).unwrap()];
            assert_eq!(response[0].nonce(), Some(&[7; 16][..]), "{name}");
            let answers = Answers { crls: &[], ocsp: &response };
            assert_eq!(reason_of(ask(certificate, &answers)), wanted, "{name} {signer}");
        }
    }
}
