//! BER: the same signature in other clothes, and bytes made to burn time.

use crate::assemble::{DOCUMENT, make, rows};
use crate::mint::*;
use cades::{Encoding, Error, Limits};
use std::time::{Duration, Instant};

/// Children of a constructed element.
fn children(content: &[u8]) -> Vec<(u8, &[u8], &[u8])> {
    let mut rest = content;
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (header, length) = match rest[1] {
            short @ 0..0x80 => (2, usize::from(short)),
            long => {
                let n = usize::from(long & 0x7F);
                (2 + n, rest[2..2 + n].iter().fold(0, |l, d| l << 8 | usize::from(*d)))
            }
        };
        let (element, after) = rest.split_at(header + length);
        out.push((element[0], &element[header..], element));
        rest = after;
    }
    out
}

/// Indefinite lengths everywhere, octets in pieces; what lies under a tag in `keep` stays DER.
fn to_ber(der: &[u8], keep: &[u8]) -> Vec<u8> {
    let (tag, content, whole) = children(der)[0];
    if keep.contains(&tag) {
        return whole.to_vec();
    }
    if tag == 0x04 {
        let (a, b) = content.split_at(content.len() / 2);
        let nested = [&[0x24, 0x80], &tlv(0x04, b)[..], &[0, 0]].concat();
        return [&[0x24, 0x80], &tlv(0x04, a)[..], &nested, &[0, 0]].concat();
    }
    if tag & 0x20 == 0 {
        return whole.to_vec();
    }
    let parts: Vec<u8> =
        children(content).iter().flat_map(|(_, _, child)| to_ber(child, keep)).collect();
    [&[tag, 0x80], &parts[..], &[0, 0]].concat()
}

/// The certificates as they are; everything else of the SignedData in BER, signed attributes by
/// choice.
fn clothed(der: &[u8], attributes_too: bool) -> Vec<u8> {
    let (_, content_info, _) = children(der)[0];
    let parts = children(content_info);
    let signed_data = children(parts[1].1)[0];
    let fields: Vec<u8> = children(signed_data.1)
        .iter()
        .enumerate()
        .flat_map(|(place, (tag, content, whole))| match (place, tag) {
            (3, 0xA0) => [&[0xA0, 0x80], &content[..], &[0, 0]].concat(),
            _ if attributes_too => to_ber(whole, &[]),
            _ => to_ber(whole, &[0xA0]),
        })
        .collect();
    let signed_data = [&[0x30, 0x80], &fields[..], &[0, 0]].concat();
    let explicit = [&[0xA0, 0x80], &signed_data[..], &[0, 0]].concat();
    [&[0x30, 0x80], parts[0].2, &explicit, &[0, 0]].concat()
}

#[test]
fn indefinite_lengths_and_strings_in_pieces_are_read() {
    for (certificate, key, algorithm) in rows() {
        let der = make(&certificate, key, algorithm, None);
        for attributes_too in [false, true] {
            let ber = clothed(&der, attributes_too);
            let padded = [&ber[..], &[0; 64]].concat();
            let read = cades::read(&padded, &Limits::default()).unwrap();
            assert_eq!(read.encoding, Encoding::Ber);
            assert_eq!(read.consumed_bytes, ber.len());
            let words = ["ber_indefinite", "ber_pieces"].map(String::from);
            assert!(words.iter().all(|w| read.oddities.contains(w)), "{:?}", read.oddities);
            let signer = &read.signers[0];
            assert_eq!(signer.signed_attributes_der.is_some(), attributes_too);
            assert_eq!(signer.message_digests, [algorithm.digest().digest(DOCUMENT)]);
            assert_eq!(read.signer_certificate(signer).unwrap(), certificate);
            signer.verify_value(&certificate).unwrap();
        }
    }
}

#[test]
fn attributes_signed_as_written_verify_too() {
    // A signer that hashed its own unsorted SET instead of the DER.
    let digest = pki::DigestAlgorithm::Sha256.digest(DOCUMENT);
    let attributes = cades::SignedAttributes::new(&digest, SHA256_RSA, &leaf()).unwrap();
    let mut members: Vec<Vec<u8>> = children(children(attributes.der())[0].1)
        .iter()
        .map(|(_, _, whole)| whole.to_vec())
        .collect();
    members.reverse();
    let unsorted = tlv(0x31, &members.concat());
    for (signed, ok) in [(&unsorted[..], true), (attributes.der(), true), (&b"x"[..], false)] {
        let value = sign(&LEAF, SHA256_RSA, signed);
        let info = crate::read::signer_info(&unsorted[..], &value);
        let read = cades::read(&crate::read::signed_data(&[info]), &Limits::default()).unwrap();
        assert_eq!(read.oddities, ["set_not_sorted"]);
        assert_eq!(read.signers[0].signed_attributes.as_deref(), Some(&unsorted[..]));
        assert_eq!(read.signers[0].verify_value(&leaf()).is_ok(), ok);
    }
}

#[test]
fn nesting_and_floods_cost_little() {
    let limits = Limits::default();
    let read = |bytes: &[u8]| {
        let start = Instant::now();
        let result = cades::read(bytes, &limits);
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        result.unwrap_err()
    };
    let limit = |e: Error| assert!(matches!(e, Error::Limit(_)), "{e}");
    limit(read(&[0x30, 0x80].repeat(1 << 20)));
    limit(read(&[&[0x30, 0x80].repeat(100)[..], &[0, 0].repeat(100)].concat()));
    // Definite nesting, two million deep, inside the content
    let mut deep = vec![0x30, 0x80];
    deep.extend(oid("1.2.840.113549.1.7.2"));
    deep.extend([0xA0, 0x80]);
    deep.extend([0x24, 0x80].repeat(1000));
    limit(read(&deep));
    // A flood of tiny elements
    let flood = [&[0x30, 0x80][..], &[0x05, 0x00].repeat(2_000_000), &[0, 0]].concat();
    limit(read(&flood));
    limit(read(&tlv(0x30, &vec![0; 5 << 20])));
    limit(read(&[&[0x30, 0x80][..], &tlv(0x04, &vec![0; 5 << 20])].concat()));
    // Octets in pieces in pieces
    let mut pieces = tlv(0x04, b"x");
    for _ in 0..100 {
        pieces = tlv(0x24, &pieces);
    }
    let info = [crate::read::plain_signer_info(&pieces)];
    limit(cades::read(&crate::read::signed_data(&info), &limits).unwrap_err());
}

#[test]
fn broken_encodings_are_named_with_their_place() {
    let place = |bytes: &[u8]| match cades::read(bytes, &Limits::default()).unwrap_err() {
        Error::Malformed { offset, encoding, .. } => {
            assert_eq!(encoding, "BER");
            offset
        }
        other => panic!("{other}"),
    };
    assert_eq!(place(&[]), 0);
    assert_eq!(place(&[0x30]), 0);
    assert_eq!(place(&[0x30, 0x05, 0x06]), 0);
    assert_eq!(place(&[0x31, 0x00]), 0);
    assert_eq!(place(&[0x00, 0x00]), 0);
    assert_eq!(place(&[0x04, 0x80, 0, 0]), 0, "indefinite and primitive");
    assert_eq!(place(&[0x1F, 0x20, 0x00]), 0, "long tag");
    assert_eq!(place(&[0x30, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 0);
    assert_eq!(place(&[0x30, 0xFF]), 0);
    assert_eq!(place(&[0x30, 0x80, 0x00, 0x01, 0x00]), 2, "odd end-of-contents");
    assert_eq!(place(&[0x30, 0x80, 0x05, 0x00]), 4, "no end-of-contents");
    assert_eq!(place(&[0x30, 0x04, 0x05, 0x00, 0x05, 0x00]), 2, "no OID");
    assert_eq!(place(&tlv(0x30, &oid("1.2.3"))), 0, "another content type");
}
