//! Reading a CMS SignedData (RFC 5652 §5) exactly as received; nothing is judged.

use crate::ber::{self, Context, Element, Fields};
use crate::error::Error;
use crate::signer_info::{SignerIdentifier, SignerInfo};
use crate::wire;
use pki::{Certificate, Name};
use serde::{Deserialize, Serialize};

/// How the outer bytes are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Encoding {
    Der,
    Ber,
}

/// Bounds on what a stranger can send.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest ContentInfo, bytes (padding after it is not counted).
    pub bytes: usize,
    /// Deepest nesting of elements.
    pub depth: usize,
    /// Embedded certificates, and as many CRLs.
    pub certificates: usize,
    /// SignerInfos.
    pub signers: usize,
    /// Attributes of one signer, signed and unsigned each, and values of one attribute.
    pub attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 4 << 20, depth: 64, certificates: 64, signers: 8, attributes: 64 }
    }
}

/// What a CMS SignedData says; nothing judged. Total over hostile bytes within [`Limits`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedData {
    /// DER, as far as it was read, or not.
    pub encoding: Encoding,
    /// Length of the ContentInfo itself inside the given bytes (the rest is padding to be judged
    /// elsewhere).
    pub consumed_bytes: usize,
    /// CMSVersion.
    pub version: u32,
    /// Dotted OIDs of digestAlgorithms, in order.
    pub digest_algorithms: Vec<String>,
    /// eContentType, dotted OID.
    pub content_type: String,
    /// eContent when present (PDF signatures must have none; timestamps have TSTInfo).
    pub content: Option<Vec<u8>>,
    /// Certificates as received, in order; unparsable ones stay as bytes.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs and other revocation values as received.
    pub crls: Vec<Vec<u8>>,
    /// In order.
    pub signers: Vec<SignerInfo>,
    /// Odd things seen that do not stop reading, sorted, each once: `ber_indefinite`,
    /// `ber_length`, `ber_pieces`, `certificate_unreadable`, `content_not_octets`,
    /// `digest_algorithm_mismatch`, `digest_algorithm_not_listed`, `duplicate_attribute`,
    /// `malformed_attribute`, `attribute_values`, `set_not_sorted`, `signed_attributes_not_der`.
    pub oddities: Vec<String>,
}

/// Reads the ContentInfo at the start of `bytes` (trailing bytes allowed, see `consumed_bytes`).
///
/// # Errors
/// [`Error::Malformed`] where no SignedData can be made out; [`Error::Limit`] before work beyond
/// `limits` is done.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<SignedData, Error> {
    let context = Context::new(limits.depth);
    let within = bytes.get(..limits.bytes).unwrap_or(bytes);
    let content_info = context.first(within, "ContentInfo").map_err(|e| match e {
        // What is cut off by our limit is too long, not broken.
        Error::Malformed { .. }
            if declared_len(bytes).is_none_or(|n| n > limits.bytes)
                && bytes.len() > limits.bytes =>
        {
            Error::Limit(format!("a signature longer than {} bytes", limits.bytes))
        }
        e => e,
    })?;
    let mut fields = content_info.expect(ber::SEQUENCE, "ContentInfo")?.fields("ContentInfo")?;
    let kind = fields.next()?.oid("ContentInfo contentType")?;
    if kind != wire::SIGNED_DATA.to_string() {
        let detail = format!("content type {kind} where signedData should be");
        return Err(Error::ber("ContentInfo", content_info.offset(), detail));
    }
    let content = fields.expect(0xA0)?;
    fields.done()?;
    let mut inner = content.fields("ContentInfo content")?;
    let signed_data = inner.expect(ber::SEQUENCE)?;
    inner.done()?;
    let mut out = read_signed_data(signed_data, limits)?;
    out.consumed_bytes = content_info.raw.len();
    let seen = &context.seen;
    for (flag, word) in [
        (&seen.indefinite, "ber_indefinite"),
        (&seen.long_length, "ber_length"),
        (&seen.pieces, "ber_pieces"),
    ] {
        if flag.get() {
            out.encoding = Encoding::Ber;
            out.oddities.push(word.into());
        }
    }
    out.oddities.sort();
    out.oddities.dedup();
    Ok(out)
}

/// What the outermost length says, when it says one.
fn declared_len(bytes: &[u8]) -> Option<usize> {
    let first = *bytes.get(1)?;
    match first {
        0x80 => None,
        0..0x80 => Some(2 + usize::from(first)),
        _ => {
            let digits = bytes.get(2..2 + usize::from(first & 0x7F))?;
            let length = digits.iter().fold(0usize, |n, d| n.saturating_mul(256) | usize::from(*d));
            Some(length.saturating_add(2 + digits.len()))
        }
    }
}

fn read_signed_data(element: Element<'_>, limits: &Limits) -> Result<SignedData, Error> {
    let mut oddities = Vec::new();
    let mut fields = element.fields("SignedData")?;
    let version = fields.next()?.small_integer("SignedData version")?;
    let digest_algorithms = fields
        .expect(ber::SET)?
        .children("digestAlgorithms")?
        .into_iter()
        .map(|algorithm| algorithm_oid(algorithm, "digestAlgorithms"))
        .collect::<Result<Vec<_>, _>>()?;
    let (content_type, content) = read_content(fields.expect(ber::SEQUENCE)?, &mut oddities)?;
    let certificates = read_bag(&mut fields, 0xA0, "certificates", limits.certificates)?;
    let crls = read_bag(&mut fields, 0xA1, "crls", limits.certificates)?;
    let signer_infos = fields.expect(ber::SET)?.children("signerInfos")?;
    fields.done()?;
    if signer_infos.len() > limits.signers {
        return Err(Error::Limit(format!("more than {} signers", limits.signers)));
    }
    let mut signers = Vec::with_capacity(signer_infos.len());
    for signer_info in signer_infos {
        signers.push(SignerInfo::read(signer_info, limits, &mut oddities)?);
    }
    if signers.iter().any(|s| !digest_algorithms.contains(&s.digest_algorithm)) {
        oddities.push("digest_algorithm_not_listed".into());
    }
    if certificates.iter().any(|der| Certificate::from_der(der).is_err()) {
        oddities.push("certificate_unreadable".into());
    }
    Ok(SignedData {
        encoding: Encoding::Der,
        consumed_bytes: 0,
        version,
        digest_algorithms,
        content_type,
        content,
        certificates,
        crls,
        signers,
        oddities,
    })
}

fn read_content(
    element: Element<'_>,
    oddities: &mut Vec<String>,
) -> Result<(String, Option<Vec<u8>>), Error> {
    let mut fields = element.fields("encapContentInfo")?;
    let content_type = fields.next()?.oid("eContentType")?;
    let content = match fields.optional(0xA0) {
        None => None,
        Some(explicit) => {
            let mut inner = explicit.fields("eContent")?;
            let value = inner.next()?;
            inner.done()?;
            match value.octets("eContent") {
                Ok(octets) => Some(octets),
                // PKCS#7 allowed any type here.
                Err(Error::Malformed { .. }) => {
                    oddities.push("content_not_octets".into());
                    Some(value.raw.to_vec())
                }
                Err(limit) => return Err(limit),
            }
        }
    };
    fields.done()?;
    Ok((content_type, content))
}

fn read_bag(
    fields: &mut Fields<'_>,
    tag: u8,
    what: &str,
    limit: usize,
) -> Result<Vec<Vec<u8>>, Error> {
    let Some(set) = fields.optional(tag) else { return Ok(Vec::new()) };
    let members = set.children(what)?;
    if members.len() > limit {
        return Err(Error::Limit(format!("more than {limit} {what}")));
    }
    Ok(members.into_iter().map(|member| member.raw.to_vec()).collect())
}

/// Dotted OID of an AlgorithmIdentifier.
pub(crate) fn algorithm_oid(element: Element<'_>, what: &'static str) -> Result<String, Error> {
    element.expect(ber::SEQUENCE, what)?.fields(what)?.next()?.oid(what)
}

impl SignedData {
    /// The embedded certificate that the signer identifier names (and, where ESS is present, whose
    /// hash matches), parsed. None also when ESS speaks of another certificate: see
    /// [`identified`](Self::identified) for what there is.
    pub fn signer_certificate(&self, signer: &SignerInfo) -> Option<Certificate> {
        self.identified(signer).into_iter().find(|c| signer.ess_matches(c) != Some(false))
    }

    /// Every embedded certificate that the signer identifier names, whatever ESS says.
    pub fn identified(&self, signer: &SignerInfo) -> Vec<Certificate> {
        let mut certificates = self.parsed_certificates();
        certificates.retain(|c| signer.identifies(c));
        certificates
    }

    /// Every embedded certificate that parses.
    pub fn parsed_certificates(&self) -> Vec<Certificate> {
        self.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
    }
}

impl SignerIdentifier {
    /// This certificate is the one named.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::SubjectKeyId(id) => certificate.subject_key_id() == Some(id),
            Self::IssuerAndSerial { issuer_der, serial } => {
                serial == certificate.serial()
                    && Name::from_der(issuer_der).is_ok_and(|name| name == *certificate.issuer())
            }
        }
    }
}
