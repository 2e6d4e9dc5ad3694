//! The shape of one signature: real facts, bent one at a time.

use crate::*;
use pades::Defect;
use validation::Integrity;

fn defect(code: &str) -> Defect {
    Defect { code: code.into(), offset: Some(7), object: None, detail: "bent by a test".into() }
}

fn signed(facts: &mut Facts) -> &mut cades::SignedData {
    facts.cms[0].signed_data.as_mut().unwrap()
}

#[track_caller]
fn assert_format(facts: &Facts, check: Check) -> Report {
    let report = judge(facts);
    assert_sub(&report, SubIndication::FormatFailure, check);
    assert_eq!(report.conclusion, Conclusion::TotalFailed);
    assert_ne!(report.signatures[0].integrity, Integrity::Intact, "{}", report.to_text(""));
    report
}

#[test]
fn old_sub_filters_are_refused_in_words() {
    for old in ["adbe.x509.rsa_sha1", "adbe.pkcs7.sha1", "ETSI.RFC3161", ""] {
        let mut facts = facts("t.pdf");
        facts.pdf.signatures[0].sub_filter = old.into();
        let report = judge(&facts);
        assert_sub(&report, SubIndication::FormatFailure, Check::SubFilter);
        assert!(report.to_text("").contains("Kiểu chữ ký không được chấp nhận"));
    }
}

#[test]
fn a_defect_of_byte_range_is_a_broken_signature() {
    let mut facts = facts("t.pdf");
    facts.pdf.signatures[0].defects.push(defect("byte_range_end"));
    let report = assert_format(&facts, Check::ByteRange);
    assert_eq!(only(&report).integrity, Integrity::Broken);
}

#[test]
fn a_defect_of_contents_is_a_broken_signature() {
    let mut facts = facts("t.pdf");
    facts.pdf.signatures[0].defects.push(defect("contents_not_hex"));
    assert_format(&facts, Check::Contents);
}

#[test]
fn two_fields_cannot_share_a_range() {
    let mut facts = facts("t.pdf");
    let (mut twin, cms) = (facts.pdf.signatures[0].clone(), facts.cms[0].clone());
    twin.field = "Twin".into();
    facts.pdf.signatures.push(twin);
    facts.cms.push(cms);
    let report = judge(&facts);
    assert_eq!(report.signatures.len(), 2);
    for signature in &report.signatures {
        assert_eq!(outcome(signature, Check::SharedRange), Some(Outcome::Failed));
        assert_eq!(signature.indication, Indication::TotalFailed);
    }
}

#[test]
fn bytes_after_the_cms_are_refused() {
    let mut facts = facts("t.pdf");
    *facts.pdf.signatures[0].contents.last_mut().unwrap() = 1;
    assert_format(&facts, Check::Padding);
}

#[test]
fn a_cms_that_cannot_be_read_is_named() {
    let mut facts = facts("t.pdf");
    facts.cms[0].signed_data = cades::read(b"nothing", &cades::Limits::default());
    let report = assert_format(&facts, Check::Cms);
    assert_eq!(only(&report).integrity, Integrity::Unreadable);
}

#[test]
fn ber_is_a_warning() {
    let mut facts = facts("adbe.pdf");
    signed(&mut facts).encoding = cades::Encoding::Ber;
    let report = judge(&facts);
    assert_passed(&report);
    assert_eq!(outcome(only(&report), Check::Encoding), Some(Outcome::Warning));
    assert_eq!(only(&report).level.as_deref(), Some("PKCS7-T"));
    assert!(warned(&report, "ber"));
}

/// Only the older kind may be BER (ISO 32000-2 12.8.3.3, EN 319 142-1 6.3).
#[test]
fn ber_is_no_pades() {
    let mut facts = facts("t.pdf");
    signed(&mut facts).encoding = cades::Encoding::Ber;
    assert_sub(&judge(&facts), SubIndication::SigConstraintsFailure, Check::Encoding);
}

#[test]
fn a_damaged_certificate_is_told() {
    let mut facts = facts("t.pdf");
    assert!(!warned(&judge(&facts), "certificate_unreadable"));
    let mut contents = facts.pdf.signatures[0].contents.clone();
    // The last certificate in the bag: its version becomes another type.
    let der = signed(&mut facts).certificates.last().unwrap().clone();
    let at = contents.windows(der.len()).position(|window| window == der).unwrap();
    contents[at + 4] ^= 0x11;
    facts.cms[0].signed_data = cades::read(&contents, &cades::Limits::default());
    let report = judge(&facts);
    assert!(warned(&report, "certificate_unreadable"), "{}", report.to_text(""));
}

#[test]
fn exactly_one_signer_info() {
    let mut two = facts("t.pdf");
    let again = signed(&mut two).signers[0].clone();
    signed(&mut two).signers.push(again);
    assert_format(&two, Check::OneSigner);
    let mut none = facts("t.pdf");
    signed(&mut none).signers.clear();
    assert_format(&none, Check::OneSigner);
}

#[test]
fn no_content_inside() {
    let mut facts = facts("adbe.pdf");
    signed(&mut facts).content = Some(b"hello".to_vec());
    assert_format(&facts, Check::Detached);
}

#[test]
fn signed_attributes_once_each() {
    let mut twice = facts("t.pdf");
    let again = signed(&mut twice).signers[0].signed_attribute_types[0].clone();
    signed(&mut twice).signers[0].signed_attribute_types.push(again);
    assert_format(&twice, Check::SignedAttributes);
    let mut none = facts("t.pdf");
    signed(&mut none).signers[0].signed_attributes = None;
    assert_format(&none, Check::SignedAttributes);
}

#[test]
fn content_type_is_data_once() {
    for types in [vec![], vec!["1.2.840.113549.1.9.16.1.4"], vec!["1.2.840.113549.1.7.1"; 2]] {
        let mut facts = facts("t.pdf");
        signed(&mut facts).signers[0].content_types = types.into_iter().map(Into::into).collect();
        assert_format(&facts, Check::ContentType);
    }
}

#[test]
fn message_digest_once() {
    let mut twice = facts("t.pdf");
    let again = signed(&mut twice).signers[0].message_digests[0].clone();
    signed(&mut twice).signers[0].message_digests.push(again);
    assert_format(&twice, Check::MessageDigest);
}

#[test]
fn one_digest_algorithm() {
    let mut two = facts("t.pdf");
    signed(&mut two).oddities.push("digest_algorithm_mismatch".into());
    assert_format(&two, Check::DigestAlgorithm);
}

#[test]
fn no_signing_certificate_is_inconclusive() {
    let mut facts = facts("t.pdf");
    signed(&mut facts).certificates.clear();
    let report = judge(&facts);
    assert_sub(&report, SubIndication::NoSigningCertificateFound, Check::SignerCertificate);
}

#[test]
fn ess_must_name_the_certificate() {
    let mut other = facts("t.pdf");
    signed(&mut other).signers[0].ess[0].hash[0] ^= 1;
    assert_sub(&judge(&other), SubIndication::NoSigningCertificateFound, Check::Ess);
    let mut none = facts("t.pdf");
    signed(&mut none).signers[0].ess.clear();
    assert_sub(&judge(&none), SubIndication::SigConstraintsFailure, Check::Ess);
    let mut older_kind = facts("adbe.pdf");
    signed(&mut older_kind).signers[0].ess.clear();
    let report = judge(&older_kind);
    assert_passed(&report);
    assert!(warned(&report, "ess_absent"));
    assert_eq!(only(&report).level.as_deref(), Some("PKCS7-T"));
}

#[test]
fn a_wrong_value_is_a_crypto_failure() {
    let mut facts = facts("t.pdf");
    signed(&mut facts).signers[0].value[20] ^= 1;
    let report = judge(&facts);
    assert_sub(&report, SubIndication::SigCryptoFailure, Check::Value);
    assert_eq!(only(&report).integrity, Integrity::Broken);
}

#[test]
fn a_wrong_digest_is_a_hash_failure() {
    let mut facts = facts("t.pdf");
    facts.cms[0].digest.as_mut().unwrap()[0] ^= 1;
    let report = judge(&facts);
    assert_sub(&report, SubIndication::HashFailure, Check::Digest);
    assert_eq!(only(&report).integrity, Integrity::Broken);
}
