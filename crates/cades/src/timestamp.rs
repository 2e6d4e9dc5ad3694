//! RFC 3161: requests written, responses held against them, tokens read.

use crate::attributes::digest_identifier;
use crate::ber::{self, Context, Element};
use crate::error::Error;
use crate::signed_data::{Limits, SignedData, algorithm_oid, read};
use crate::wire::{self, MessageImprint, TimestampRequest};
use der::asn1::OctetString;
use der::{Any, Encode, Tag};
use jiff::Timestamp;
use pki::DigestAlgorithm;
use serde::{Deserialize, Serialize};

/// An RFC 3161 TimeStampToken: its CMS and its TSTInfo. Nothing is judged: neither its signature
/// nor whether `imprint` is of the right bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TimestampToken {
    /// The token as received, without what follows it.
    pub der: Vec<u8>,
    /// Its CMS.
    pub signed_data: SignedData,
    /// TSA policy, dotted OID.
    pub policy: String,
    /// Dotted OID of the imprint's digest.
    pub imprint_algorithm: String,
    /// Digest of what was stamped.
    pub imprint: Vec<u8>,
    /// Serial number, content octets.
    pub serial: Vec<u8>,
    /// The time it attests.
    pub gen_time: Timestamp,
    /// Nonce, content octets.
    pub nonce: Option<Vec<u8>>,
    /// How far gen_time may be off, seconds.
    pub accuracy_seconds: Option<f64>,
}

/// Why an answer of a TSA is not taken.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum TimestampRefusal {
    /// PKIStatus other than granted (RFC 3161 §2.4.2).
    #[error("the TSA refused: status {status}, {text}")]
    Rejected {
        /// PKIStatus.
        status: u32,
        /// statusString and the names of failInfo bits.
        text: String,
    },
    /// Another digest than the one that was sent.
    #[error("the TSA answered for another imprint")]
    WrongImprint,
    /// Not our nonce, or none: an old answer perhaps.
    #[error("the TSA answered with another nonce")]
    WrongNonce,
    /// Not a TimeStampResp.
    #[error("the TSA's answer cannot be read: {0}")]
    Unreadable(#[from] Error),
}

/// Reads a token (ContentInfo at the start of `bytes`; trailing bytes allowed, see
/// `signed_data.consumed_bytes`; `der` is cut to it).
///
/// # Errors
/// When it is no SignedData around a TSTInfo.
pub fn read_timestamp(bytes: &[u8], limits: &Limits) -> Result<TimestampToken, Error> {
    let signed_data = read(bytes, limits)?;
    if signed_data.content_type != wire::TST_INFO.to_string() {
        let detail = format!("content type {} where TSTInfo should be", signed_data.content_type);
        return Err(Error::ber("TimeStampToken", 0, detail));
    }
    let content =
        signed_data.content.clone().ok_or_else(|| Error::ber("TimeStampToken", 0, "no content"))?;
    let context = Context::new(limits.depth);
    let info = context.first(&content, "TSTInfo")?.expect(ber::SEQUENCE, "TSTInfo")?;
    if info.raw.len() != content.len() {
        return Err(Error::ber("TSTInfo", info.raw.len(), "bytes after it"));
    }
    let mut fields = info.fields("TSTInfo")?;
    let version = fields.next()?.small_integer("TSTInfo version")?;
    if version != 1 {
        return Err(Error::ber("TSTInfo", 0, format!("version {version}")));
    }
    let policy = fields.next()?.oid("TSTInfo policy")?;
    let mut imprint = fields.expect(ber::SEQUENCE)?.fields("messageImprint")?;
    let imprint_algorithm = algorithm_oid(imprint.next()?, "messageImprint")?;
    let hashed = imprint.next()?.octets("hashedMessage")?;
    imprint.done()?;
    let serial = fields.expect(ber::INTEGER)?.content.to_vec();
    let time = fields.next()?;
    let gen_time = match time.tag {
        0x18 => pki::read_time(0x18, time.content),
        _ => None,
    };
    let gen_time =
        gen_time.ok_or_else(|| Error::ber("TSTInfo genTime", time.offset(), "no time"))?;
    let accuracy_seconds = fields.optional(ber::SEQUENCE).map(accuracy).transpose()?;
    let _ordering = fields.optional(0x01);
    let nonce = fields.optional(ber::INTEGER).map(|n| n.content.to_vec());
    let _tsa = fields.optional(0xA0);
    let _extensions = fields.optional(0xA1);
    fields.done()?;
    Ok(TimestampToken {
        der: bytes.get(..signed_data.consumed_bytes).unwrap_or_default().to_vec(),
        signed_data,
        policy,
        imprint_algorithm,
        imprint: hashed,
        serial,
        gen_time,
        nonce,
        accuracy_seconds,
    })
}

/// Accuracy: seconds, millis [0], micros [1].
fn accuracy(element: Element<'_>) -> Result<f64, Error> {
    let mut seconds = 0.0;
    for part in element.children("accuracy")? {
        let digits = part.content.iter().take(4);
        let number = digits.fold(0u32, |n, d| (n << 8) | u32::from(*d));
        seconds += match part.tag {
            ber::INTEGER => f64::from(number),
            0x80 => f64::from(number) / 1e3,
            0x81 => f64::from(number) / 1e6,
            _ => return Err(Error::ber("accuracy", part.offset(), "an odd field")),
        };
    }
    Ok(seconds)
}

/// TimeStampReq, DER, certReq TRUE. `nonce`: positive, at most 8 bytes used; empty or all zero asks
/// without one.
pub fn timestamp_request(
    imprint_algorithm: DigestAlgorithm,
    imprint: &[u8],
    nonce: &[u8],
) -> Vec<u8> {
    // Only the encoder can fail here, on lengths beyond 256 MB.
    write_request(imprint_algorithm, imprint, nonce).unwrap_or_default()
}

fn write_request(
    imprint_algorithm: DigestAlgorithm,
    imprint: &[u8],
    nonce: &[u8],
) -> der::Result<Vec<u8>> {
    // Some authorities want the NULL that RFC 3161's examples have; all take it.
    let mut algorithm = digest_identifier(imprint_algorithm)?;
    algorithm.parameters = Some(Any::null());
    let nonce = match nonce_octets(nonce) {
        octets if octets.is_empty() => None,
        octets => Some(Any::new(Tag::Integer, octets)?),
    };
    let request = TimestampRequest {
        version: 1,
        imprint: MessageImprint { algorithm, digest: OctetString::new(imprint)? },
        nonce,
        certificate_wanted: true,
    };
    request.to_der()
}

/// Content octets of a positive INTEGER made of the first eight bytes; empty for zero.
fn nonce_octets(nonce: &[u8]) -> Vec<u8> {
    let used = nonce.get(..8).unwrap_or(nonce);
    let mut octets: Vec<u8> = used.iter().copied().skip_while(|b| *b == 0).collect();
    if octets.first().is_some_and(|b| b & 0x80 != 0) {
        octets.insert(0, 0);
    }
    octets
}

/// Reads a TimeStampResp and holds it against the request (status, imprint, nonce). Its signature
/// and path are judged by `validation`.
///
/// # Errors
/// See [`TimestampRefusal`].
pub fn read_timestamp_response(
    response: &[u8],
    imprint_algorithm: DigestAlgorithm,
    imprint: &[u8],
    nonce: &[u8],
) -> Result<TimestampToken, TimestampRefusal> {
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    if response.len() > limits.bytes {
        return Err(Error::Limit(format!("an answer longer than {} bytes", limits.bytes)).into());
    }
    let context = Context::new(limits.depth);
    let what = "TimeStampResp";
    let outer = context.first(response, what)?.expect(ber::SEQUENCE, what)?;
    if outer.raw.len() != response.len() {
        return Err(Error::ber(what, outer.raw.len(), "bytes after it").into());
    }
    let mut fields = outer.fields(what)?;
    let (status, text) = read_status(fields.expect(ber::SEQUENCE)?)?;
    let token = fields.optional(ber::SEQUENCE);
    fields.done()?;
    // granted, grantedWithMods
    let token = match token {
        Some(token) if status <= 1 => token,
        None if status <= 1 => {
            return Err(Error::ber(what, outer.offset(), "granted without a token").into());
        }
        _ => return Err(TimestampRefusal::Rejected { status, text }),
    };
    let token = read_timestamp(token.raw, &limits)?;
    if token.imprint_algorithm != imprint_algorithm.oid() || token.imprint != imprint {
        return Err(TimestampRefusal::WrongImprint);
    }
    let sent = nonce_octets(nonce);
    if !sent.is_empty() && token.nonce.as_ref() != Some(&sent) {
        return Err(TimestampRefusal::WrongNonce);
    }
    Ok(token)
}

/// PKIStatusInfo (RFC 3161 §2.4.2).
fn read_status(element: Element<'_>) -> Result<(u32, String), Error> {
    let mut fields = element.fields("PKIStatusInfo")?;
    let status = fields.next()?.small_integer("PKIStatus")?;
    let mut words = Vec::new();
    if let Some(list) = fields.optional(ber::SEQUENCE) {
        for line in list.children("statusString")?.into_iter().take(8) {
            let text = String::from_utf8_lossy(line.content);
            // It goes to people: no control characters, no novels.
            words.push(text.chars().filter(|c| !c.is_control()).take(200).collect());
        }
    }
    if let Some(bits) = fields.optional(0x03) {
        let bytes = bits.content.get(1..).unwrap_or_default();
        let is_set =
            |bit: usize| bytes.get(bit / 8).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0);
        let set = FAIL_INFO.iter().filter(|(bit, _)| is_set(*bit));
        words.extend(set.map(|(_, name)| name.to_string()));
    }
    if words.is_empty() {
        words.push("no reason given".to_string());
    }
    Ok((status, words.join("; ")))
}

const FAIL_INFO: [(usize, &str); 8] = [
    (0, "badAlg"),
    (2, "badRequest"),
    (5, "badDataFormat"),
    (14, "timeNotAvailable"),
    (15, "unacceptedPolicy"),
    (16, "unacceptedExtension"),
    (17, "addInfoNotAvailable"),
    (25, "systemFailure"),
];
