//! Real signed Vietnamese files, in the folder named by ANTIN_CORPUS; without it the tests say so.

use cades::{Encoding, Limits};
use std::path::Path;

/// Every hex string after `/Contents` that is longer than a page's would be.
fn contents(pdf: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let marker = b"/Contents";
    for at in 0..pdf.len().saturating_sub(marker.len()) {
        if &pdf[at..at + marker.len()] != marker {
            continue;
        }
        let rest: Vec<u8> =
            pdf[at + marker.len()..].iter().copied().skip_while(|b| *b == b' ').collect();
        if rest.first() != Some(&b'<') || rest.get(1) == Some(&b'<') {
            continue;
        }
        let hex: Vec<u8> = rest[1..].iter().copied().take_while(|b| *b != b'>').collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        out.push(hex.chunks(2).map_while(byte).collect());
    }
    out
}

#[test]
fn real_signatures_are_read_and_their_values_verify() {
    let Ok(folder) = std::env::var("ANTIN_CORPUS") else {
        println!("ANTIN_CORPUS is not set: the real Vietnamese files were not read");
        return;
    };
    let mut read_files = 0;
    for entry in std::fs::read_dir(Path::new(&folder).join("vn-signed")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|e| e != "pdf") {
            continue;
        }
        let found = contents(&std::fs::read(&file).unwrap());
        assert!(!found.is_empty(), "{}", file.display());
        for bytes in found {
            let read = cades::read(&bytes, &Limits::default()).unwrap();
            let signer = &read.signers[0];
            let certificate = read.signer_certificate(signer).expect("embedded");
            println!(
                "{}: {:?} {} of {} bytes, {}, {}, times {:?}, {} timestamp(s), {:?}, {:?}",
                file.file_name().unwrap().display(),
                read.encoding,
                read.consumed_bytes,
                bytes.len(),
                certificate.subject().common_name().unwrap_or_default(),
                signer.algorithm().unwrap().name(),
                signer.signing_times,
                signer.signature_timestamps.len(),
                read.oddities,
                certificate.oddities(),
            );
            signer.verify_value(&certificate).unwrap();
            assert!(bytes[read.consumed_bytes..].iter().all(|b| *b == 0));
            let old = file.to_string_lossy().contains("sha1");
            assert_eq!(read.encoding == Encoding::Ber, old, "{}", file.display());
            for token in &signer.signature_timestamps {
                let token = cades::read_timestamp(token, &Limits::default()).unwrap();
                let tsa = &token.signed_data.signers[0];
                let certificate = token.signed_data.signer_certificate(tsa);
                println!(
                    "    {} imprint {} by {:?}, {:?}",
                    token.gen_time,
                    token.imprint_algorithm,
                    certificate.as_ref().and_then(|c| c.subject().common_name()),
                    token.signed_data.oddities
                );
                let algorithm = pki::DigestAlgorithm::from_oid(&token.imprint_algorithm).unwrap();
                assert_eq!(algorithm.digest(&signer.value), token.imprint);
                if let Some(certificate) = certificate {
                    tsa.verify_value(&certificate).unwrap();
                }
            }
        }
        read_files += 1;
    }
    assert_eq!(read_files, 7);
}
