//! Timestamps (RFC 3161, with ESSCertIDv2 of RFC 5816) of the lab's authority.

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::Lab;
use crate::asn1::{self, context, generalized_time, id, int, null, octets, oid, seq, set_of};
use crate::lab::random;

/// How the authority misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TsaFault {
    /// Honest.
    #[default]
    None,
    /// Stamps another digest than the one asked.
    WrongImprint,
    /// Answers another nonce than the one asked.
    WrongNonce,
    /// Signs with another key than the one of the certificate that it names.
    WrongKey,
    /// Names and sends its certificate that ended twenty days ago.
    ExpiredCertificate,
    /// Gives this time off its clock.
    TimeOff(SignedDuration),
    /// PKIStatus rejection with a reason in words and failInfo systemFailure.
    Refuses,
}

/// PKIStatus and PKIFailureInfo.
const REJECTION: u64 = 2;
const BAD_ALG: u8 = 0;
const BAD_REQUEST: u8 = 2;
const SYSTEM_FAILURE: u8 = 25;

/// TimeStampResp to `request`; what cannot be read is rejected as RFC 3161 §2.4.2 says.
pub(crate) fn answer(
    lab: &Lab,
    request: &[u8],
    now: Timestamp,
    fault: TsaFault,
) -> Result<Vec<u8>> {
    let Ok(request) = Request::read(request) else {
        return Ok(rejection(BAD_REQUEST, "the request cannot be read"));
    };
    if fault == TsaFault::Refuses {
        return Ok(rejection(SYSTEM_FAILURE, "the lab refuses, as it was told"));
    }
    if !request.has_known_digest() {
        return Ok(rejection(BAD_ALG, "SHA-256, SHA-384 or SHA-512 only"));
    }
    let granted = seq(&[int(0)]);
    Ok(seq(&[granted, token(lab, &request, now, fault)?]))
}

/// TimeStampToken: CMS SignedData over TSTInfo.
fn token(lab: &Lab, request: &Request<'_>, now: Timestamp, fault: TsaFault) -> Result<Vec<u8>> {
    let certificate = match fault {
        TsaFault::ExpiredCertificate => "tsa-expired",
        _ => "tsa",
    };
    let certificate_der = &lab.certificate(certificate)?.der;
    let parts = asn1::certificate_parts(certificate_der)?;
    let time = match fault {
        TsaFault::TimeOff(off) => now.saturating_add(off).unwrap_or(now),
        _ => now,
    };
    let sha256 = seq(&[oid(&id::SHA256)]);

    let info = tst_info(request, parts.subject, time, fault)?;
    let general_name = context(4, parts.issuer);
    let issuer_serial = seq(&[seq(&[general_name]), parts.serial.to_vec()]);
    // SHA-256 is the default of ESSCertIDv2 and so is left out (RFC 5035 §4).
    let ess = seq(&[seq(&[seq(&[octets(&Sha256::digest(certificate_der)), issuer_serial])])]);
    let attribute = |kind, value: Vec<u8>| seq(&[oid(kind), set_of(vec![value])]);
    let attributes = set_of(vec![
        attribute(&id::CONTENT_TYPE, oid(&id::TST_INFO)),
        attribute(&id::MESSAGE_DIGEST, octets(&Sha256::digest(&info))),
        attribute(&id::SIGNING_TIME, asn1::time(time)),
        attribute(&id::SIGNING_CERTIFICATE_V2, ess),
    ]);
    let signer = match fault {
        TsaFault::WrongKey => "untrusted",
        _ => "tsa",
    };
    let value = lab.signer(signer)?.sign(&attributes)?;

    let signer_info = seq(&[
        int(1),
        seq(&[parts.issuer, parts.serial]),
        sha256.clone(),
        // Signed as SET OF, sent as [0] IMPLICIT (RFC 5652 §5.4).
        context(0, asn1::content(&attributes)?),
        seq(&[oid(&id::RSA_ENCRYPTION), null()]),
        octets(&value),
    ]);
    let mut signed_data =
        vec![int(3), set_of(vec![sha256]), seq(&[oid(&id::TST_INFO), context(0, &octets(&info))])];
    if request.wants_certificate {
        let issuing = &lab.certificate("issuing")?.der;
        let both = set_of(vec![certificate_der.clone(), issuing.clone()]);
        signed_data.push(context(0, asn1::content(&both)?));
    }
    signed_data.push(set_of(vec![signer_info]));
    Ok(seq(&[oid(&id::SIGNED_DATA), context(0, &seq(&signed_data))]))
}

fn tst_info(
    request: &Request<'_>,
    subject: &[u8],
    time: Timestamp,
    fault: TsaFault,
) -> Result<Vec<u8>> {
    let imprint = match fault {
        TsaFault::WrongImprint => {
            let other: Vec<u8> = request.digest.iter().map(|b| !b).collect();
            seq(&[request.algorithm, &octets(&other)])
        }
        _ => request.imprint.to_vec(),
    };
    let accuracy = seq(&[int(1)]);
    let mut info = vec![
        int(1),
        request.policy.map_or_else(|| oid(&id::LAB_TSA_POLICY), <[u8]>::to_vec),
        imprint,
        asn1::unsigned(&random::<16>()?),
        generalized_time(time),
        accuracy,
    ];
    if let Some(nonce) = request.nonce {
        info.push(match fault {
            TsaFault::WrongNonce => int(4711),
            _ => nonce.to_vec(),
        });
    }
    info.push(context(0, &context(4, subject)));
    Ok(seq(&info))
}

fn rejection(failure_bit: u8, words: &str) -> Vec<u8> {
    // PKIFailureInfo is a BIT STRING of named bits: trailing zeros are cut, their count stands in front.
    let mut failure = vec![0_u8; 1 + usize::from(failure_bit / 8) + 1];
    failure[0] = 7 - failure_bit % 8;
    if let Some(last) = failure.last_mut() {
        *last = 0x80 >> (failure_bit % 8);
    }
    seq(&[seq(&[int(REJECTION), seq(&[asn1::utf8(words)]), asn1::tlv(0x03, &failure)])])
}

/// TimeStampReq, each part whole as received.
struct Request<'a> {
    imprint: &'a [u8],
    algorithm: &'a [u8],
    digest: &'a [u8],
    policy: Option<&'a [u8]>,
    nonce: Option<&'a [u8]>,
    wants_certificate: bool,
}

impl<'a> Request<'a> {
    fn read(der: &'a [u8]) -> Result<Request<'a>> {
        let fields = asn1::children(der)?;
        let [version, imprint, optional @ ..] = fields.as_slice() else {
            anyhow::bail!("too few fields")
        };
        ensure!(asn1::content_of(0x02, version)? == [1], "version");
        let parts = asn1::children(imprint)?;
        let &[algorithm, digest] = parts.as_slice() else { anyhow::bail!("imprint") };
        let with_tag = |tag| optional.iter().copied().find(|f| f.first() == Some(&tag));
        Ok(Request {
            imprint,
            algorithm,
            digest: asn1::content_of(0x04, digest)?,
            policy: with_tag(0x06),
            nonce: with_tag(0x02),
            wants_certificate: with_tag(0x01).is_some_and(|b| b.last() == Some(&0xff)),
        })
    }

    fn has_known_digest(&self) -> bool {
        let length = || -> Result<usize> {
            let parts = asn1::children(self.algorithm)?;
            let kind = asn1::content_of(0x06, parts.first().context("no algorithm")?)?;
            let known = [(id::SHA256, 32), (id::SHA384, 48), (id::SHA512, 64)];
            let (_, length) = known.iter().find(|(k, _)| k.as_bytes() == kind).context("digest")?;
            Ok(*length)
        };
        length().is_ok_and(|length| length == self.digest.len())
    }
}

#[cfg(test)]
mod tests {
    use super::rejection;

    #[test]
    fn failure_info_is_a_minimal_bit_string() {
        // badRequest is bit 2, systemFailure bit 25.
        assert!(rejection(2, "").ends_with(&[0x03, 2, 5, 0b0010_0000]));
        assert!(rejection(25, "").ends_with(&[0x03, 5, 6, 0, 0, 0, 0b0100_0000]));
    }
}
