//! Small facts about DER bytes that no parsed view keeps: lengths, and times as received.

use crate::error::Error;
use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Sequence, Tag, Tagged};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::ops::Range;

/// Certificate and CertificateList alike: signed bytes, AlgorithmIdentifier, signature.
#[derive(Sequence)]
struct SignedObject<'a> {
    tbs: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

/// The frame around the signed bytes is DER to the last bit. The signature does not cover it, and
/// x509-parser lets some of it pass; two byte strings must not be one certificate.
pub(crate) fn check_frame(what: &str, der: &[u8]) -> Result<(), Error> {
    let object = SignedObject::from_der(der).map_err(|e| {
        let offset = e.position().map_or(0, |p| usize::try_from(p).unwrap_or_default());
        Error::malformed(what, offset, e.kind())
    })?;
    let (tbs, algorithm) = (object.tbs.tag(), object.algorithm.tag());
    if tbs != Tag::Sequence || algorithm != Tag::Sequence || object.signature.unused_bits() != 0 {
        return Err(Error::malformed(what, 0, "odd tags or unused bits"));
    }
    Ok(())
}

/// Length of the element at the start of `der`, header included; `None` when it is cut off, of
/// indefinite length, or its length is not minimal.
pub(crate) fn total_len(der: &[u8]) -> Option<usize> {
    let first = *der.get(1)?;
    if first < 0x80 {
        let total = 2 + usize::from(first);
        return (der.len() >= total).then_some(total);
    }
    let count = usize::from(first & 0x7F);
    if count == 0 || count > 4 {
        return None;
    }
    let digits = der.get(2..2 + count)?;
    let length = digits.iter().fold(0usize, |n, d| (n << 8) | usize::from(*d));
    if digits.first() == Some(&0) || length < 0x80 {
        return None;
    }
    let total = length.checked_add(2 + count)?;
    (der.len() >= total).then_some(total)
}

/// Reads the content octets of a UTCTime (`tag` 0x17) or GeneralizedTime (0x18).
///
/// RFC 5280 §4.1.2.5 wants seconds and Z; RFC 3161 §2.4.2 adds fractions of seconds; a zone offset
/// is read because BER signers wrote it. A year beyond what [`Timestamp`] holds (9999-12-31 says
/// "no end", RFC 5280 §4.1.2.5) becomes the last one it holds.
pub fn read_time(tag: u8, content: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(content).ok()?;
    if !text.is_ascii() {
        return None;
    }
    let (year, rest) = match tag {
        0x17 => {
            let two = number(text.get(..2)?)?;
            (if two >= 50 { 1900 + two } else { 2000 + two }, text.get(2..)?)
        }
        0x18 => (number(text.get(..4)?)?, text.get(4..)?),
        _ => return None,
    };
    let month = number(rest.get(..2)?)?;
    let day = number(rest.get(2..4)?)?;
    let hour = number(rest.get(4..6)?)?;
    let minute = number(rest.get(6..8)?)?;
    let mut rest = rest.get(8..)?;
    let mut second = 0;
    if rest.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        second = number(rest.get(..2)?)?;
        rest = rest.get(2..)?;
    }
    let mut nanosecond = 0;
    if let Some(fraction) = rest.strip_prefix('.').filter(|_| tag == 0x18) {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        let digits = fraction.get(..end)?;
        if digits.is_empty() {
            return None;
        }
        let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
        nanosecond = nine.parse().ok()?;
        rest = fraction.get(end..)?;
    }
    let offset_seconds = read_zone(rest)?;
    let civil = DateTime::new(
        year as i16,
        month as i8,
        day as i8,
        hour as i8,
        minute as i8,
        second as i8,
        nanosecond,
    )
    .ok()?;
    let offset = Offset::from_seconds(offset_seconds).ok()?;
    match offset.to_timestamp(civil) {
        Ok(time) => Some(time),
        Err(_) if year == 9999 => Some(Timestamp::MAX),
        Err(_) => None,
    }
}

fn number(digits: &str) -> Option<u16> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn read_zone(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    if text.len() != 5 {
        return None;
    }
    let (hours, minutes) = (number(text.get(1..3)?)?, number(text.get(3..5)?)?);
    (hours < 24 && minutes < 60).then(|| sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60))
}

/// A time of x509-parser.
pub(crate) fn timestamp(time: x509_parser::time::ASN1Time) -> Timestamp {
    let seconds = time.timestamp();
    Timestamp::from_second(seconds).unwrap_or(match seconds > 0 {
        true => Timestamp::MAX,
        false => Timestamp::MIN,
    })
}

/// The elements directly inside the constructed element `der`, each with its header.
/// Stops early on bytes that are no element; callers have parsed them before.
pub(crate) fn children(der: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let Some(total) = total_len(der) else { return out };
    let header = match der.get(1) {
        Some(first) if *first >= 0x80 => 2 + usize::from(first & 0x7F),
        _ => 2,
    };
    let mut rest = der.get(header..total).unwrap_or_default();
    while let Some(len) = total_len(rest) {
        let (child, after) = rest.split_at(len);
        out.push(child);
        rest = after;
    }
    out
}

/// Where `part`, a slice out of `whole`, lies in it.
pub(crate) fn place(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    match whole.get(start..start.wrapping_add(part.len())) {
        Some(_) => start..start + part.len(),
        None => 0..0,
    }
}
