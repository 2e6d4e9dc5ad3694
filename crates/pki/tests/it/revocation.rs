//! Status: which answers count, and why the others do not.

use crate::mint::*;
use jiff::Timestamp;
use pki::revocation::{self, Answers, Status};
use pki::{Certificate, Crl, DigestAlgorithm, OcspResponse};
use std::slice::from_ref;

fn ts(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const AT: &str = "2026-06-02T00:00:00Z";

fn ask(certificate: &Certificate, crls: &[Crl], ocsp: &[OcspResponse]) -> Status {
    let answers = Answers { crls, ocsp };
    revocation::status(certificate, &ca(), &[], &answers, ts(AT), ts("2026-07-01T00:00:00Z"))
}

/// Why the only answer was not used.
fn why(status: Status) -> String {
    match status {
        Status::Unknown { tried } if tried.len() == 1 => tried[0].why.clone(),
        other => panic!("{other:?}"),
    }
}

fn is_good(status: &Status) -> bool {
    matches!(status, Status::Good { .. })
}

fn crl(spec: CrlSpec) -> Status {
    ask(&leaf(), &[spec.mint(&CA)], &[])
}

#[test]
fn a_crl_says_good_or_revoked_with_time_and_reason() {
    assert!(is_good(&crl(CrlSpec::new())));
    assert!(is_good(&crl(CrlSpec::new().revoking(&[0x11, 0x23], "20260101000000Z", None))));
    let spec = CrlSpec::new()
        .revoking(&[0x33], "20250101000000Z", None)
        .revoking(&[0x11, 0x22], "20260301000000Z", Some(1))
        .revoking(&[0x01], "20250101000000Z", None);
    let Status::Revoked { at, reason, this_update, .. } = crl(spec) else { panic!() };
    assert_eq!((at, reason), (ts("2026-03-01T00:00:00Z"), Some(1)));
    assert_eq!(this_update, ts("2026-06-01T00:00:00Z"));
    assert_eq!(revocation::reason_text(reason), "key compromise");
    // After the time asked for: still revoked, the caller compares.
    let late = crl(CrlSpec::new().revoking(&[0x11, 0x22], "20260620000000Z", None));
    assert!(matches!(late, Status::Revoked { reason: None, .. }));
    // removeFromCRL takes nothing away and gives nothing.
    assert!(is_good(&crl(CrlSpec::new().revoking(&[0x11, 0x22], "20260301000000Z", Some(8)))));
}

#[test]
fn a_crl_is_unusable_for_many_reasons() {
    let idp = |content: &[u8]| extension("2.5.29.28", true, &tlv(0x30, content));
    let with = |extension| why(crl(CrlSpec::new().with(extension)));
    assert!(with(idp(&[0x81, 1, 0xFF, 0x84, 1, 0xFF])).contains("indirect"));
    assert!(with(idp(&[0x82, 1, 0xFF])).contains("CA certificates only"));
    assert!(is_good(&crl(CrlSpec::new().with(idp(&[0x81, 1, 0xFF])))));
    assert!(with(idp(&[0x85, 1, 0xFF])).contains("attribute"));
    assert!(with(idp(&[0x83, 2, 6, 0x40])).contains("some revocation reasons"));
    assert!(with(idp(b"\x99")).contains("does not parse"));
    let point = tlv(0xA0, &tlv(0xA0, &tlv(0x86, b"http://ca.invalid/part1.crl")));
    assert!(with(idp(&point)).contains("distribution point"));
    assert!(with(extension("2.5.29.27", true, &int(&[1]))).contains("delta"));
    assert!(with(extension("1.2.3.4", true, &[5, 0])).contains("1.2.3.4"));
    assert!(with(extension("2.5.29.20", false, &int(&[8]))).contains("twice"));
    assert!(is_good(&crl(CrlSpec::new().with(extension("1.2.3.4", false, &[5, 0])))));
    let mut odd_entry = CrlSpec::new().revoking(&[9], "20260101000000Z", None);
    odd_entry.entry_extension = Some(extension("2.5.29.29", true, &seq(&[])));
    assert!(why(crl(odd_entry)).contains("2.5.29.29"));
    // Wrong signer, wrong name
    let forged = CrlSpec::new().mint(&OTHER);
    assert!(why(ask(&leaf(), from_ref(&forged), &[])).contains("signature"));
    assert!(why(ask(&leaf(), &[forged], &[])).contains("signature"), "asked again");
    let foreign = CrlSpec { issuer: name("Other CA"), ..CrlSpec::new() };
    assert!(why(crl(foreign)).contains("another issuer"));
}

#[test]
fn a_distribution_point_is_matched_with_the_certificates_own() {
    let named = Spec::leaf("x", "CA").with(crl_point("http://ca.invalid/1.crl")).mint(&LEAF, &CA);
    let part = |url: &str| {
        let point = tlv(0xA0, &tlv(0xA0, &tlv(0x86, url.as_bytes())));
        CrlSpec::new().with(extension("2.5.29.28", true, &tlv(0x30, &point))).mint(&CA)
    };
    assert!(is_good(&ask(&named, &[part("http://ca.invalid/1.crl")], &[])));
    assert!(why(ask(&named, &[part("http://ca.invalid/2.crl")], &[])).contains("distribution"));
}

#[test]
fn the_issuer_must_be_allowed_to_sign_crls() {
    let mut spec = Spec::ca("CA", "Root");
    spec.extensions = vec![basic_constraints(None), key_usage(0x04)];
    let (issuer, list) = (spec.mint(&CA, &ROOT), [CrlSpec::new().mint(&CA)]);
    let answers = Answers { crls: &list, ocsp: &[] };
    let status = revocation::status(&leaf(), &issuer, &[], &answers, ts(AT), ts(AT));
    assert!(why(status).contains("key usage"));
}

#[test]
fn answers_are_held_against_the_instants() {
    let dated = |this, next| CrlSpec { this_update: this, next_update: next, ..CrlSpec::new() };
    let week = Some("20260608000000Z");
    assert!(why(crl(dated("20260702000000Z", None))).contains("after the time of validation"));
    assert!(why(crl(dated("20260501000000Z", Some("20260508000000Z")))).contains("out of date"));
    assert!(is_good(&crl(dated("20260501000000Z", week))));
    assert!(is_good(&crl(dated("20260615000000Z", None))), "issued after the instant");
    assert!(is_good(&crl(dated("20260601235500Z", None))), "five minutes before");
    assert!(why(crl(dated("20260601234500Z", None))).contains("out of date"));
    // An old answer still proves a revocation.
    let old = dated("20260501000000Z", Some("20260508000000Z")).revoking(
        &[0x11, 0x22],
        "20260301000000Z",
        None,
    );
    assert!(matches!(crl(old), Status::Revoked { .. }));
}

#[test]
fn an_expired_certificate_may_have_left_the_list() {
    let mut spec = Spec::leaf("x", "CA");
    spec.not_after = "20260530000000Z";
    let expired = spec.mint(&LEAF, &CA);
    let asked = |list: CrlSpec| {
        let (crls, at) = ([list.mint(&CA)], ts("2026-05-20T00:00:00Z"));
        let answers = Answers { crls: &crls, ocsp: &[] };
        revocation::status(&expired, &ca(), &[], &answers, at, ts(AT))
    };
    assert!(why(asked(CrlSpec::new())).contains("after the certificate expired"));
    let keeps = extension("2.5.29.60", false, &tlv(0x18, b"20200101000000Z"));
    assert!(is_good(&asked(CrlSpec::new().with(keeps))));
    let revoked = CrlSpec::new().revoking(&[0x11, 0x22], "20260301000000Z", None);
    assert!(matches!(asked(revoked), Status::Revoked { .. }));
}

#[test]
fn the_newest_counts_but_a_revocation_is_never_outvoted() {
    let at = |this, reason: Option<u8>| {
        let spec = CrlSpec { this_update: this, ..CrlSpec::new() };
        match reason {
            None => spec.mint(&CA),
            some => spec.revoking(&[0x11, 0x22], "20260101000000Z", some).mint(&CA),
        }
    };
    let held = at("20260601000000Z", Some(6));
    let released = at("20260603000000Z", None);
    let stolen = at("20260601000000Z", Some(1));
    assert!(matches!(ask(&leaf(), from_ref(&held), &[]), Status::Revoked { reason: Some(6), .. }));
    assert!(is_good(&ask(&leaf(), &[held, released.clone()], &[])));
    let status = ask(&leaf(), &[stolen, released], &[]);
    assert!(matches!(status, Status::Revoked { reason: Some(1), .. }));
}

#[test]
fn an_issuer_speaks_only_of_its_own() {
    let answers = Answers { crls: &[CrlSpec::new().mint(&CA)], ocsp: &[] };
    let status = revocation::status(&ca(), &ca(), &[], &answers, ts(AT), ts(AT));
    assert_eq!(status, Status::Unknown { tried: Vec::new() });
}

#[test]
fn a_long_list_is_searched_fast() {
    let mut spec = CrlSpec::new();
    for n in 0..20_000u32 {
        let serial = (0x1000_0000 + n * 7).to_be_bytes();
        spec.entries.push((serial.to_vec(), "20260101000000Z", None));
    }
    let list = spec.mint(&CA);
    assert_eq!(list.len(), 20_000);
    assert!(list.entry(&(0x1000_0000 + 7 * 12_345u32).to_be_bytes()).is_some());
    assert!(list.entry(&(0x1000_0001u32).to_be_bytes()).is_none());
    let start = std::time::Instant::now();
    for n in 0..20_000u32 {
        let _ = list.entry(&n.to_be_bytes());
    }
    assert!(start.elapsed().as_millis() < 2000, "{:?}", start.elapsed());
}

// ---- OCSP ----

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

fn nocheck() -> Vec<u8> {
    extension("1.3.6.1.5.5.7.48.1.5", false, &[5, 0])
}

fn responder_spec() -> Spec {
    Spec::leaf("OCSP", "CA").serial(&[0x77]).with(extended_key_usage(&[OCSP_SIGNING]))
}

/// Status by an answer of a delegated responder with this certificate.
fn delegated(spec: Spec, answer: OcspSpec) -> Status {
    let responder = spec.mint(&OTHER, &CA);
    let answer = OcspSpec { certificates: vec![responder.clone()], ..answer };
    ask(&leaf(), &[], &[answer.mint(&leaf(), &ca(), &responder, &OTHER)])
}

#[test]
fn the_issuer_may_answer_itself() {
    let answer = |spec: OcspSpec| ask(&leaf(), &[], &[spec.mint(&leaf(), &ca(), &ca(), &CA)]);
    assert!(is_good(&answer(OcspSpec::new())));
    assert!(is_good(&answer(OcspSpec { by_key: true, ..OcspSpec::new() })));
    assert!(is_good(&answer(OcspSpec { digest: DigestAlgorithm::Sha256, ..OcspSpec::new() })));
    let status = answer(OcspSpec { status: revoked("20260301000000Z", 4), ..OcspSpec::new() });
    let Status::Revoked { at, reason, .. } = status else { panic!("{status:?}") };
    assert_eq!((at, reason), (ts("2026-03-01T00:00:00Z"), Some(4)));
    let unknown = answer(OcspSpec { status: unknown(), ..OcspSpec::new() });
    assert!(why(unknown).contains("does not know"));
    let old = answer(OcspSpec {
        this_update: "20260501000000Z",
        next_update: Some("20260502000000Z"),
        ..OcspSpec::new()
    });
    assert!(why(old).contains("out of date"));
    let future = answer(OcspSpec { produced_at: "20260801000000Z", ..OcspSpec::new() });
    assert!(why(future).contains("after the time of validation"));
}

#[test]
fn an_answer_about_another_certificate_is_none() {
    let other = Spec::leaf("y", "CA").serial(&[0x55]).mint(&LEAF, &CA);
    let answer = OcspSpec::new().mint(&other, &ca(), &ca(), &CA);
    assert!(why(ask(&leaf(), &[], &[answer])).contains("not about"));
    // Same serial number, another issuer key
    let impostor = Spec::ca("CA", "Root").mint(&OTHER, &ROOT);
    let answer = OcspSpec::new().mint(&leaf(), &impostor, &impostor, &OTHER);
    assert!(why(ask(&leaf(), &[], &[answer])).contains("not about"));
}

#[test]
fn a_delegated_responder_is_held_to_its_certificate() {
    assert!(is_good(&delegated(responder_spec().with(nocheck()), OcspSpec::new())));
    let by_key = OcspSpec { by_key: true, ..OcspSpec::new() };
    assert!(is_good(&delegated(responder_spec().with(nocheck()), by_key)));

    let no_eku = Spec::leaf("OCSP", "CA").with(nocheck());
    assert!(why(delegated(no_eku, OcspSpec::new())).contains("not for signing OCSP"));
    let mut expired = responder_spec().with(nocheck());
    expired.not_after = "20260101000000Z";
    assert!(why(delegated(expired, OcspSpec::new())).contains("not valid when it answered"));
    let mut no_usage = responder_spec().with(nocheck());
    no_usage.extensions[0] = key_usage(0x04);
    assert!(why(delegated(no_usage, OcspSpec::new())).contains("key usage"));
    let critical = responder_spec().with(nocheck()).with(extension("1.2.3", true, &[5, 0]));
    assert!(why(delegated(critical, OcspSpec::new())).contains("not understood"));
    let mut foreign = responder_spec().with(nocheck());
    foreign.issuer = name("Other CA");
    assert!(why(delegated(foreign, OcspSpec::new())).contains("not certified by"));

    // Right name, but the issuer's key did not sign it.
    let forged = responder_spec().with(nocheck()).mint(&OTHER, &OTHER);
    let answer = OcspSpec { certificates: vec![forged.clone()], ..OcspSpec::new() };
    let answer = answer.mint(&leaf(), &ca(), &forged, &OTHER);
    assert!(why(ask(&leaf(), &[], &[answer])).contains("is not the issuer's"));
    // Right certificate, another key signed.
    let responder = responder_spec().with(nocheck()).mint(&OTHER, &CA);
    let answer = OcspSpec { certificates: vec![responder.clone()], ..OcspSpec::new() };
    let answer = answer.mint(&leaf(), &ca(), &responder, &LEAF);
    assert!(why(ask(&leaf(), &[], &[answer])).contains("not the responder's"));
}

#[test]
fn a_responder_without_nocheck_has_a_status_too() {
    let responder = responder_spec().mint(&OTHER, &CA);
    let answer = OcspSpec { certificates: vec![responder.clone()], ..OcspSpec::new() };
    let answer = answer.mint(&leaf(), &ca(), &responder, &OTHER);
    let status = ask(&leaf(), &[], from_ref(&answer));
    assert!(why(status).contains("its own status is unknown"));
    let crl_with = |spec: CrlSpec| {
        // Scope: the list must not itself answer for the leaf, so its status comes by OCSP alone.
        let answers = Answers { crls: &[spec.mint(&CA)], ocsp: from_ref(&answer) };
        revocation::status(&leaf(), &ca(), &[], &answers, ts(AT), ts("2026-07-01T00:00:00Z"))
    };
    assert!(matches!(
        crl_with(CrlSpec::new()),
        Status::Good { source: revocation::Source::Ocsp { .. }, .. }
    ));
    let stolen = crl_with(CrlSpec::new().revoking(&[0x77], "20260101000000Z", Some(1)));
    assert!(matches!(stolen, Status::Good { source: revocation::Source::Crl { .. }, .. }));
}

#[test]
fn the_responders_certificate_may_come_from_the_pool() {
    let responder = responder_spec().with(nocheck()).mint(&OTHER, &CA);
    let answer = [OcspSpec::new().mint(&leaf(), &ca(), &responder, &OTHER)];
    let answers = Answers { crls: &[], ocsp: &answer };
    let asked =
        |pool: &[Certificate]| revocation::status(&leaf(), &ca(), pool, &answers, ts(AT), ts(AT));
    assert!(why(asked(&[])).contains("not at hand"));
    assert!(is_good(&asked(&[responder])));
}

#[test]
fn refusals_and_odd_responses_are_named() {
    let refused = OcspResponse::from_der(&seq(&[&tlv(0x0A, &[3])])).unwrap();
    assert_eq!((refused.response_status(), refused.produced_at()), (3, None));
    assert!(why(ask(&leaf(), &[], &[refused])).contains("try later"));
    for odd in [
        &b""[..],
        b"\x30\x00",
        &seq(&[&tlv(0x0A, &[0, 0])]),
        &seq(&[&tlv(0x02, &[0])]),
        &seq(&[&tlv(0x0A, &[0]), &tlv(0xA0, &seq(&[&oid("1.2.3"), &tlv(4, b"")]))]),
    ] {
        assert!(OcspResponse::from_der(odd).is_err());
    }
    let empty_success = OcspResponse::from_der(&seq(&[&tlv(0x0A, &[0])])).unwrap();
    assert!(why(ask(&leaf(), &[], &[empty_success])).contains("without an answer"));
    let critical = OcspSpec { extensions: vec![extension("1.2.3", true, b"x")], ..OcspSpec::new() };
    let critical = critical.mint(&leaf(), &ca(), &ca(), &CA);
    assert!(why(ask(&leaf(), &[], &[critical])).contains("1.2.3"));
    let nonce = OcspSpec {
        extensions: vec![extension("1.3.6.1.5.5.7.48.1.2", false, &tlv(4, b"0123456789abcdef"))],
        ..OcspSpec::new()
    };
    let nonce = nonce.mint(&leaf(), &ca(), &ca(), &CA);
    assert_eq!(nonce.nonce(), Some(&b"0123456789abcdef"[..]));
    assert!(is_good(&ask(&leaf(), &[], &[nonce])));
}

#[test]
fn requests_are_what_openssl_writes_and_reads() {
    use openssl::hash::MessageDigest;
    use openssl::ocsp::{OcspCertId, OcspRequest};
    use openssl::x509::X509;
    let request = pki::ocsp_request(&leaf(), &ca(), None);
    let (subject, issuer) =
        (X509::from_der(leaf().der()).unwrap(), X509::from_der(ca().der()).unwrap());
    let mut theirs = OcspRequest::new().unwrap();
    theirs
        .add_id(OcspCertId::from_cert(MessageDigest::sha1(), &subject, &issuer).unwrap())
        .unwrap();
    assert_eq!(request, theirs.to_der().unwrap());
    let with_nonce = pki::ocsp_request(&leaf(), &ca(), Some(&[7; 16]));
    assert!(OcspRequest::from_der(&with_nonce).is_ok());
    assert!(with_nonce.windows(18).any(|w| w == [&[4, 16][..], &[7; 16]].concat()));
}

#[test]
fn damaged_answers_never_panic_and_never_pass() {
    let list = CrlSpec::new().revoking(&[0x11, 0x22], "20260301000000Z", Some(1)).der(&CA);
    for bytes in damaged(&list) {
        let Ok(crl) = Crl::from_bytes(&bytes) else { continue };
        let status = ask(&leaf(), &[crl], &[]);
        assert!(matches!(status, Status::Unknown { .. }), "{status:?} {bytes:02x?}");
    }
    let responder = responder_spec().with(nocheck()).mint(&OTHER, &CA);
    let answer = OcspSpec { certificates: vec![responder.clone()], ..OcspSpec::new() };
    let answer = answer.der(&leaf(), &ca(), &responder, &OTHER);
    let certificates = answer.len() - responder.der().len();
    for bytes in damaged(&answer) {
        let Ok(response) = OcspResponse::from_der(&bytes) else { continue };
        let intact = bytes[..certificates] == answer[..certificates];
        if !intact {
            assert!(matches!(ask(&leaf(), &[], &[response]), Status::Unknown { .. }));
        }
    }
}
