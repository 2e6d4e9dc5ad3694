//! OCSP answers (RFC 6960) of the lab's delegated responder.

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::Lab;
use crate::asn1::{self, bits, context, context_primitive, generalized_time, id, octets, oid, seq};
use crate::certificate::{self, KEY_COMPROMISE};

/// How the responder misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OcspFault {
    /// Honest.
    #[default]
    None,
    /// Response status `tryLater`, without a signed answer.
    TryLater,
    /// A right answer, signed by a key that the issuer did not delegate to (its certificate is the rogue root's).
    WrongSigner,
    /// thisUpdate thirty days ago and nextUpdate twenty-three days ago.
    OldThisUpdate,
    /// Says `unknown` of every certificate.
    Unknown,
    /// Answers another nonce than the one asked.
    WrongNonce,
    /// A response whose signature value has a flipped bit.
    BrokenSignature,
}

/// OCSPResponseStatus.
const MALFORMED_REQUEST: u8 = 1;
const TRY_LATER: u8 = 3;
const UNAUTHORIZED: u8 = 6;

/// The answer to `request`; a malformed one is answered as such.
pub(crate) fn answer(
    lab: &Lab,
    request: &[u8],
    now: Timestamp,
    fault: OcspFault,
) -> Result<Vec<u8>> {
    if fault == OcspFault::TryLater {
        return Ok(status_only(TRY_LATER));
    }
    let Ok(request) = Request::read(request) else { return Ok(status_only(MALFORMED_REQUEST)) };

    let this_update = match fault {
        OcspFault::OldThisUpdate => certificate::day(now, -30),
        // Clients whose clock is a little behind must not see the future.
        _ => now.saturating_sub(SignedDuration::from_secs(60)).unwrap_or(now),
    };
    let mut answers = Vec::new();
    for asked in &request.asked {
        // Only certificates of the authority that delegated to us; nothing is said of others (RFC 6960 §2.3).
        if !asked.issuer_is(&lab.certificate("issuing")?.der)? {
            return Ok(status_only(UNAUTHORIZED));
        }
        let status = match fault {
            OcspFault::Unknown => context_primitive(2, &[]),
            _ => status(lab, asked.serial)?,
        };
        answers.push(seq(&[
            asked.id.to_vec(),
            status,
            generalized_time(this_update),
            context(0, &generalized_time(certificate::day(this_update, 7))),
        ]));
    }

    let signer = if fault == OcspFault::WrongSigner { "rogue-root" } else { "ocsp" };
    let signer_der = &lab.certificate(signer)?.der;
    let signer_parts = asn1::certificate_parts(signer_der)?;
    let mut data = vec![
        // ResponderID byKey.
        context(2, &octets(&certificate::key_id(signer_parts.public_key_info)?)),
        generalized_time(now),
        seq(&answers),
    ];
    if let Some(nonce) = request.nonce {
        let value = match fault {
            OcspFault::WrongNonce => octets(&[0; 16]),
            _ => nonce.to_vec(),
        };
        data.push(context(1, &seq(&[seq(&[oid(&id::OCSP_NONCE), octets(&value)])])));
    }
    let data = seq(&data);
    let mut value = lab.signer(signer)?.sign(&data)?;
    if let (OcspFault::BrokenSignature, Some(last)) = (fault, value.last_mut()) {
        *last ^= 1;
    }
    let basic =
        seq(&[data, certificate::sha256_with_rsa(), bits(&value), context(0, &seq(&[signer_der]))]);
    let bytes = seq(&[oid(&id::OCSP_BASIC), octets(&basic)]);
    Ok(seq(&[asn1::enumerated(0), context(0, &bytes)]))
}

fn status(lab: &Lab, serial: &[u8]) -> Result<Vec<u8>> {
    for issued in lab.certificates().filter(|c| c.issuer == "issuing") {
        if asn1::certificate_parts(&issued.der)?.serial != serial {
            continue;
        }
        let Some(at) = issued.revoked_at else { return Ok(context_primitive(0, &[])) };
        let reason = context(0, &asn1::enumerated(KEY_COMPROMISE));
        return Ok(context(1, &[generalized_time(at), reason].concat()));
    }
    Ok(context_primitive(2, &[]))
}

fn status_only(status: u8) -> Vec<u8> {
    seq(&[asn1::enumerated(status)])
}

struct Request<'a> {
    asked: Vec<CertId<'a>>,
    /// The extension's value: by RFC 8954 an OCTET STRING, whatever it was it goes back as it came.
    nonce: Option<&'a [u8]>,
}

struct CertId<'a> {
    id: &'a [u8],
    hash: &'a [u8],
    issuer_name_hash: &'a [u8],
    issuer_key_hash: &'a [u8],
    /// The whole INTEGER.
    serial: &'a [u8],
}

impl<'a> Request<'a> {
    fn read(der: &'a [u8]) -> Result<Request<'a>> {
        let outer = asn1::children(der)?;
        let tbs = asn1::children(outer.first().context("no TBSRequest")?)?;
        // [0] version and [1] requestorName may stand before, [2] extensions after the list.
        let list =
            tbs.iter().find(|field| field.first() == Some(&0x30)).context("no requestList")?;
        let mut asked = Vec::new();
        for one in asn1::children(list)? {
            let id = *asn1::children(one)?.first().context("no CertID")?;
            let parts = asn1::children(id)?;
            let &[algorithm, name_hash, key_hash, serial] = parts.as_slice() else {
                anyhow::bail!("CertID")
            };
            asked.push(CertId {
                id,
                hash: asn1::content_of(
                    0x06,
                    asn1::children(algorithm)?.first().context("no hash")?,
                )?,
                issuer_name_hash: asn1::content_of(0x04, name_hash)?,
                issuer_key_hash: asn1::content_of(0x04, key_hash)?,
                serial,
            });
        }
        let mut nonce = None;
        if let Some(extensions) = tbs.iter().find(|field| field.first() == Some(&0xa2)) {
            for extension in asn1::children(asn1::content(extensions)?)? {
                let fields = asn1::children(extension)?;
                let kind = asn1::content_of(0x06, fields.first().context("no extension id")?)?;
                if kind == id::OCSP_NONCE.as_bytes() {
                    nonce = Some(asn1::content_of(0x04, fields.last().context("no nonce")?)?);
                }
            }
        }
        Ok(Request { asked, nonce })
    }
}

impl CertId<'_> {
    fn issuer_is(&self, issuer_der: &[u8]) -> Result<bool> {
        let parts = asn1::certificate_parts(issuer_der)?;
        let key = certificate::key_bits(parts.public_key_info)?;
        let hash = |bytes: &[u8]| match self.hash {
            h if h == id::SHA1.as_bytes() => Sha1::digest(bytes).to_vec(),
            h if h == id::SHA256.as_bytes() => Sha256::digest(bytes).to_vec(),
            _ => Vec::new(),
        };
        Ok(hash(parts.subject) == self.issuer_name_hash && hash(key) == self.issuer_key_hash)
    }
}
