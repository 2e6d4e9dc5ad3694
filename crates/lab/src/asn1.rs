//! DER by hand: what the lab writes is composed from these few functions, so that it stays independent of the
//! product's own encoders and can also write what no honest encoder would.

use anyhow::{Context as _, Result, ensure};
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader};
use jiff::Timestamp;

pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        n @ 0..0x80 => out.push(n as u8),
        n => {
            let digits: Vec<u8> = n.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
            out.push(0x80 | digits.len() as u8);
            out.extend(digits);
        }
    }
    out.extend(content);
    out
}

pub(crate) fn seq<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    tlv(0x30, &concat(parts))
}

/// SET OF in DER order (X.690 §11.6).
pub(crate) fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    tlv(0x31, &concat(&parts))
}

/// `[n] EXPLICIT`, or `[n] IMPLICIT` of a constructed type given its content.
pub(crate) fn context(n: u8, content: &[u8]) -> Vec<u8> {
    tlv(0xa0 | n, content)
}

/// `[n] IMPLICIT` of a primitive type given its content.
pub(crate) fn context_primitive(n: u8, content: &[u8]) -> Vec<u8> {
    tlv(0x80 | n, content)
}

pub(crate) fn oid(id: &ObjectIdentifier) -> Vec<u8> {
    tlv(0x06, id.as_bytes())
}

/// A non-negative INTEGER from big-endian bytes.
pub(crate) fn unsigned(big_endian: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = big_endian.iter().copied().skip_while(|b| *b == 0).collect();
    if digits.first().is_none_or(|b| *b >= 0x80) {
        digits.insert(0, 0);
    }
    tlv(0x02, &digits)
}

pub(crate) fn int(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

pub(crate) fn enumerated(value: u8) -> Vec<u8> {
    tlv(0x0a, &[value])
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    tlv(0x01, &[if value { 0xff } else { 0 }])
}

pub(crate) fn null() -> Vec<u8> {
    tlv(0x05, &[])
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(0x04, bytes)
}

pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &concat(&[&[0][..], bytes]))
}

pub(crate) fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

pub(crate) fn printable(text: &str) -> Vec<u8> {
    tlv(0x13, text.as_bytes())
}

pub(crate) fn generalized_time(at: Timestamp) -> Vec<u8> {
    tlv(0x18, at.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes())
}

/// `Time` of X.509: UTCTime up to 2049 (RFC 5280 §4.1.2.5).
pub(crate) fn time(at: Timestamp) -> Vec<u8> {
    let year = at.strftime("%Y").to_string();
    if year.as_str() > "2049" {
        return generalized_time(at);
    }
    tlv(0x17, at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
}

/// The elements of a constructed value, each whole as received.
pub(crate) fn children(whole: &[u8]) -> Result<Vec<&[u8]>> {
    let mut reader = SliceReader::new(content(whole)?)?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(reader.tlv_bytes()?);
    }
    Ok(found)
}

/// The content of one value, which must be all there is.
pub(crate) fn content(whole: &[u8]) -> Result<&[u8]> {
    Ok(AnyRef::from_der(whole)?.value())
}

/// The content of a value that must have this tag.
pub(crate) fn content_of(tag: u8, whole: &[u8]) -> Result<&[u8]> {
    ensure!(whole.first() == Some(&tag), "tag {:?} where {tag} should be", whole.first());
    content(whole)
}

/// The parts of a certificate that the responders quote.
pub(crate) struct CertificateParts<'a> {
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    pub(crate) public_key_info: &'a [u8],
}

/// Splits one of our own certificates (version 3, so the serial number is the second field).
pub(crate) fn certificate_parts(der: &[u8]) -> Result<CertificateParts<'_>> {
    let outer = children(der)?;
    let fields = children(outer.first().context("empty certificate")?)?;
    let &[_version, serial, _algorithm, issuer, _validity, subject, public_key_info, ..] =
        fields.as_slice()
    else {
        anyhow::bail!("certificate with too few fields");
    };
    Ok(CertificateParts { serial, issuer, subject, public_key_info })
}

fn concat<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    parts.iter().flat_map(|p| p.as_ref().iter().copied()).collect()
}

macro_rules! oids {
    ($($name:ident = $dotted:literal;)*) => {
        /// Object identifiers, by the standards' names.
        pub(crate) mod id {
            use der::asn1::ObjectIdentifier;
            $(pub(crate) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($dotted);)*
        }
    };
}

oids! {
    COUNTRY = "2.5.4.6"; LOCALITY = "2.5.4.7"; STATE = "2.5.4.8"; ORGANIZATION = "2.5.4.10";
    ORGANIZATIONAL_UNIT = "2.5.4.11"; TITLE = "2.5.4.12"; COMMON_NAME = "2.5.4.3";
    USER_ID = "0.9.2342.19200300.100.1.1";
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1"; SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    EC_PUBLIC_KEY = "1.2.840.10045.2.1"; P256 = "1.2.840.10045.3.1.7";
    SHA1 = "1.3.14.3.2.26"; SHA256 = "2.16.840.1.101.3.4.2.1"; SHA384 = "2.16.840.1.101.3.4.2.2";
    SHA512 = "2.16.840.1.101.3.4.2.3";
    SUBJECT_KEY_ID = "2.5.29.14"; KEY_USAGE = "2.5.29.15"; SUBJECT_ALT_NAME = "2.5.29.17";
    BASIC_CONSTRAINTS = "2.5.29.19"; CRL_NUMBER = "2.5.29.20"; CRL_REASON = "2.5.29.21";
    CRL_DISTRIBUTION_POINTS = "2.5.29.31"; AUTHORITY_KEY_ID = "2.5.29.35"; EXT_KEY_USAGE = "2.5.29.37";
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1"; AD_OCSP = "1.3.6.1.5.5.7.48.1"; AD_CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1"; OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2"; OCSP_NOCHECK = "1.3.6.1.5.5.7.48.1.5";
    KP_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"; KP_EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    KP_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"; KP_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    KP_DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"; KP_SMARTCARD_LOGON = "1.3.6.1.4.1.311.20.2.2";
    SIGNED_DATA = "1.2.840.113549.1.7.2"; TST_INFO = "1.2.840.113549.1.9.16.1.4";
    CONTENT_TYPE = "1.2.840.113549.1.9.3"; MESSAGE_DIGEST = "1.2.840.113549.1.9.4"; SIGNING_TIME = "1.2.840.113549.1.9.5";
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
    // Invented: under 2.25 anyone may number from a UUID without registration (X.667).
    LAB_TSA_POLICY = "2.25.3735928559";
}
