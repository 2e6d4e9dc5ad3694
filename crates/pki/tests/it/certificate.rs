//! Certificates and names: what real ones break is read, what would mislead is shown as it is.

use crate::mint::*;
use pki::{Certificate, Error, KeyAlgorithm, Name};

#[test]
fn the_view_says_what_the_bytes_say() {
    let spec = Spec::leaf("Nguyễn Văn A", "CA")
        .with(extended_key_usage(&["1.3.6.1.5.5.7.3.4", "1.3.6.1.4.1.311.20.2.2"]))
        .with(crl_point("http://ca.invalid/ca.crl"))
        .with(extension("2.5.29.14", false, &tlv(0x04, b"leaf-key")))
        .with(extension("2.5.29.35", false, &seq(&[&tlv(0x80, b"ca-key")])))
        .with(extension(
            "1.3.6.1.5.5.7.1.1",
            false,
            &seq(&[
                &seq(&[&oid("1.3.6.1.5.5.7.48.1"), &tlv(0x86, b"http://ocsp.invalid/")]),
                &seq(&[&oid("1.3.6.1.5.5.7.48.2"), &tlv(0x86, b"http://ca.invalid/ca.crt")]),
            ]),
        ));
    let der = spec.der(&LEAF, &CA);
    let certificate = Certificate::from_der(&der).unwrap();
    assert_eq!(certificate.der(), der);
    assert_eq!(certificate.serial(), [0x11, 0x22]);
    assert_eq!(certificate.version(), 3);
    assert_eq!(certificate.not_before().to_string(), "2025-01-01T00:00:00Z");
    assert_eq!(certificate.not_after().to_string(), "2027-01-01T00:00:00Z");
    assert_eq!(certificate.spki(), LEAF.public_key_to_der().unwrap());
    assert_eq!(certificate.key_algorithm(), KeyAlgorithm::Rsa { bits: 2048 });
    assert_eq!(certificate.signature_algorithm(), Ok(SHA256_RSA));
    let usage = certificate.key_usage().unwrap();
    assert!(usage.digital_signature && usage.non_repudiation && !usage.key_cert_sign);
    let eku = certificate.extended_key_usage().unwrap();
    assert_eq!(eku, ["1.3.6.1.5.5.7.3.4", "1.3.6.1.4.1.311.20.2.2"]);
    assert!(!certificate.extended_key_usage_critical());
    assert_eq!(certificate.crl_urls(), ["http://ca.invalid/ca.crl"]);
    assert_eq!(certificate.ocsp_urls(), ["http://ocsp.invalid/"]);
    assert_eq!(certificate.ca_issuers_urls(), ["http://ca.invalid/ca.crt"]);
    assert_eq!(certificate.subject_key_id(), Some(&b"leaf-key"[..]));
    assert_eq!(certificate.authority_key_id(), Some(&b"ca-key"[..]));
    assert!(!certificate.is_ca() && !certificate.is_self_signed());
    assert!(ca().is_ca() && root().is_self_signed());
    assert_eq!(certificate.subject().common_name().as_deref(), Some("Nguyễn Văn A"));
    assert_eq!(certificate.subject().organisation().as_deref(), Some("Phòng thử nghiệm"));
    assert!(certificate.oddities().is_empty());
    certificate.verify_signed_by(&ca()).unwrap();
    assert_eq!(certificate.verify_signed_by(&root()).unwrap_err(), Error::SignatureInvalid);
}

#[test]
fn what_real_certificates_break_is_read() {
    let long = "Phòng ".repeat(12); // 72 characters and more bytes, above ub-organizational-unit
    let mut spec = Spec::leaf("x", "CA");
    spec.subject = name_of(&[
        ("2.5.4.6", tlv(0x13, b"VN")),
        ("2.5.4.11", utf8(&long)),
        ("0.9.2342.19200300.100.1.1", utf8("MNS:001")),
        ("0.9.2342.19200300.100.1.1", utf8("MST:0100")),
    ]);
    let certificate = spec.mint(&LEAF, &CA);
    assert_eq!(certificate.subject().values("2.5.4.11"), [long]);
    let uids = certificate.subject().values("0.9.2342.19200300.100.1.1");
    assert_eq!(uids, ["MNS:001", "MST:0100"]);
    for (serial, oddity) in
        [(&[0x80, 1][..], "serial_negative"), (&[0], "serial_zero"), (&[1; 21], "serial_long")]
    {
        let certificate = Spec::leaf("x", "CA").serial(serial).mint(&LEAF, &CA);
        assert_eq!(certificate.serial(), serial);
        assert_eq!(certificate.oddities(), [oddity]);
    }
    // "No end" (RFC 5280 §4.1.2.5) and the century of UTCTime (1950).
    let mut spec = Spec::leaf("x", "CA");
    (spec.not_before, spec.not_after) = ("19500101000000Z", "99991231235959Z");
    let certificate = spec.mint(&LEAF, &CA);
    assert_eq!(certificate.not_before().to_string(), "1950-01-01T00:00:00Z");
    assert_eq!(certificate.not_after(), jiff::Timestamp::MAX);
}

#[test]
fn broken_bytes_are_errors() {
    let der = Spec::leaf("x", "CA").der(&LEAF, &CA);
    let malformed = |bytes: &[u8]| {
        let no = Certificate::from_der(bytes).unwrap_err();
        assert!(matches!(no, Error::Malformed { .. }), "{no}");
    };
    malformed(&[]);
    malformed(&[&der[..], &[0]].concat());
    malformed(&seq(&[]));
    malformed(&seq(&[&seq(&[]), &seq(&[]), &seq(&[])]));
    let mut old = Spec::leaf("x", "CA"); // extensions in version 1
    old.version = 1;
    malformed(&old.der(&LEAF, &CA));
    let huge = Certificate::from_der(&vec![0x30; 300 << 10]).unwrap_err();
    assert!(matches!(huge, Error::Budget(_)));
}

#[test]
fn pem_blocks_are_read_in_order() {
    let pem = |c: &Certificate| openssl::x509::X509::from_der(c.der()).unwrap().to_pem().unwrap();
    let text = [b"subject=/CN=x\n".to_vec(), pem(&leaf()), b"\n".to_vec(), pem(&ca())].concat();
    assert_eq!(Certificate::from_pem(&text).unwrap(), [leaf(), ca()]);
    assert!(Certificate::from_pem(b"no block").is_err());
    assert!(Certificate::from_pem(b"").is_err());
    let key = LEAF.public_key_to_pem().unwrap();
    assert!(Certificate::from_pem(&key).is_err());
}

#[test]
fn names_are_compared_as_rfc_5280_says() {
    let name = |value: Vec<u8>| Name::from_der(&name_of(&[("2.5.4.3", value)])).unwrap();
    let printable = |text: &str| name(tlv(0x13, text.as_bytes()));
    assert_eq!(printable("Ban  Co Yeu "), name(utf8("ban co yeu")));
    assert_eq!(name(utf8("BAN CƠ YẾU")), name(utf8("ban cơ yếu")));
    // NFC and NFD of the same letters
    assert_eq!(name(utf8("Yế\u{75}")), name(utf8("Ye\u{302}\u{301}u")));
    let bmp: Vec<u8> = "Cơ".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(name(tlv(0x1E, &bmp)), name(utf8("cơ")));
    assert_ne!(printable("Ban Co Yeu"), printable("BanCoYeu"));
    assert_ne!(printable("A"), Name::from_der(&name_of(&[("2.5.4.10", utf8("A"))])).unwrap());
    let two = |a: &str, b: &str| {
        Name::from_der(&name_of(&[("2.5.4.3", utf8(a)), ("2.5.4.3", utf8(b))])).unwrap()
    };
    assert_ne!(two("a", "b"), two("b", "a"), "RDNs have an order");
    assert_ne!(two("ab", "c"), two("a", "bc"));
    // Other types byte by byte
    assert_ne!(name(tlv(0x04, b"A")), name(tlv(0x04, b"a")));
    assert_eq!(name(tlv(0x04, b"A")).text(), "CN=#41");
    // Equal names hash alike.
    let set: std::collections::HashSet<Name> = [printable("A b"), name(utf8("a  B"))].into();
    assert_eq!(set.len(), 1);
}

#[test]
fn a_name_cannot_be_shown_as_another() {
    let text = |value: &str| Name::from_der(&name_of(&[("2.5.4.3", utf8(value))])).unwrap().text();
    assert_eq!(text("A, O=Ban"), "CN=A\\, O\\=Ban".replace("\\=", "="));
    assert_eq!(text("a\u{202E}b"), "CN=a\\E2\\80\\AEb");
    assert_eq!(text("a\nb\0"), "CN=a\\0Ab\\00");
    assert_eq!(text(" #a "), "CN=\\ #a\\ ");
    assert_eq!(text("#a"), "CN=\\#a");
    assert_eq!(leaf().subject().text(), "CN=Nguyễn Văn A, O=Phòng thử nghiệm, C=VN");
    let reversed = name_of(&[("2.5.4.3", utf8("VNPT-CA")), ("2.5.4.6", tlv(0x13, b"VN"))]);
    assert_eq!(Name::from_der(&reversed).unwrap().text(), "CN=VNPT-CA, C=VN");
    assert!(Name::from_der(&[&reversed[..], &[0]].concat()).is_err());
    assert!(Name::from_der(&[]).is_err());
}

#[test]
fn damaged_bytes_never_panic() {
    let der = Spec::leaf("Nguyễn Văn A", "CA")
        .with(crl_point("http://ca.invalid/"))
        .with(extended_key_usage(&["1.3.6.1.5.5.7.3.8"]))
        .der(&LEAF, &CA);
    let issuer = ca();
    for bytes in damaged(&der) {
        let Ok(certificate) = Certificate::from_der(&bytes) else { continue };
        assert_eq!(certificate.der(), bytes);
        let _ = (certificate.key_algorithm(), certificate.subject().text());
        assert!(certificate.verify_signed_by(&issuer).is_err(), "{bytes:02x?}");
    }
}

#[test]
fn times_are_read_as_written() {
    let read = |tag, text: &str| pki::read_time(tag, text.as_bytes()).map(|t| t.to_string());
    assert_eq!(read(0x17, "260131235959Z").as_deref(), Some("2026-01-31T23:59:59Z"));
    assert_eq!(read(0x17, "2601312359Z").as_deref(), Some("2026-01-31T23:59:00Z"));
    assert_eq!(read(0x17, "260131235959+0700").as_deref(), Some("2026-01-31T16:59:59Z"));
    assert_eq!(read(0x17, "500101000000Z").as_deref(), Some("1950-01-01T00:00:00Z"));
    assert_eq!(read(0x18, "20260131235959.25Z").as_deref(), Some("2026-01-31T23:59:59.25Z"));
    for bad in [
        "",
        "2",
        "20261331000000Z",
        "20260131250000Z",
        "20260131235959",
        "2026013123595aZ",
        "20260131235959.Z",
        "20260131235959+07",
        "20260131235959+9900",
        "+0260131235959Z",
        "ế",
    ] {
        assert_eq!(read(0x18, bad), None, "{bad}");
    }
    assert_eq!(read(0x16, "20260131235959Z"), None);
}
