//! A CRL (RFC 5280 §5): received bytes, parsed once; entries indexed by serial number.

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::Certificate;
use crate::crypto::SignatureVerified;
use crate::error::Error;
use crate::extension::{GeneralName, general_name};
use crate::name::Name;
use crate::wire;
use der::asn1::BitString;
use der::{Any, Decode, Sequence, Tagged};
use jiff::Timestamp;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use x509_parser::extensions::{GeneralName as ParsedName, ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};

/// A CRL: received bytes, parsed once. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Crl(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    der: Vec<u8>,
    tbs: Range<usize>,
    algorithm: Range<usize>,
    algorithms_agree: bool,
    signature: Vec<u8>,
    issuer: Name,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    scope: Scope,
    unusable: Option<String>,
    /// Sorted by serial number.
    entries: Vec<Entry>,
    verified: OnceLock<([u8; 32], bool)>,
}

/// What a CRL is about (IssuingDistributionPoint, RFC 5280 §5.2.5).
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) only_user: bool,
    pub(crate) only_ca: bool,
    /// Names of the distribution point, when given.
    pub(crate) point: Option<Vec<GeneralName>>,
    /// expiredCertsOnCRL (X.509 §9.5.2.8): entries of expired certificates are kept from then on.
    pub(crate) keeps_expired_since: Option<Timestamp>,
}

#[derive(Debug)]
struct Entry {
    serial: Range<usize>,
    date: Timestamp,
    reason: Option<u8>,
}

/// IssuingDistributionPoint.
#[derive(Sequence)]
struct IssuingDistributionPoint {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    point: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", default = "Default::default")]
    only_user: bool,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", default = "Default::default")]
    only_ca: bool,
    #[asn1(context_specific = "3", tag_mode = "IMPLICIT", optional = "true")]
    reasons: Option<BitString>,
    #[asn1(context_specific = "4", tag_mode = "IMPLICIT", default = "Default::default")]
    indirect: bool,
    #[asn1(context_specific = "5", tag_mode = "IMPLICIT", default = "Default::default")]
    only_attribute: bool,
}

/// Largest CRL that is parsed, bytes.
const MAX_BYTES: usize = 64 << 20;

const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
const DELTA_CRL_INDICATOR: &str = "2.5.29.27";
const EXPIRED_CERTS_ON_CRL: &str = "2.5.29.60";
/// Critical or not, they change nothing of what we read.
const HARMLESS: [&str; 4] = ["2.5.29.20", "2.5.29.35", "2.5.29.46", "1.3.6.1.5.5.7.1.1"];

impl Crl {
    /// DER or PEM; bytes after it are an error.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_BYTES {
            return Err(Error::Budget(format!("a CRL of {} bytes", bytes.len())));
        }
        if bytes.first() == Some(&0x30) {
            return Self::from_der(bytes);
        }
        for block in x509_parser::pem::Pem::iter_from_buffer(bytes) {
            let block = block.map_err(|e| Error::malformed("PEM", 0, e))?;
            if block.label == "X509 CRL" {
                return Self::from_der(&block.contents);
            }
        }
        Err(Error::malformed("CRL", 0, "neither DER nor a PEM block X509 CRL"))
    }

    fn from_der(der: &[u8]) -> Result<Self, Error> {
        wire::check_frame("CertificateList", der)?;
        let (rest, parsed) = CertificateRevocationList::from_der(der)
            .map_err(|e| Error::malformed("CertificateList", 0, e))?;
        if !rest.is_empty() {
            let at = der.len() - rest.len();
            return Err(Error::malformed("CertificateList", at, "bytes after it"));
        }
        let outer = wire::children(der);
        let (Some(tbs), Some(algorithm)) = (outer.first(), outer.get(1)) else {
            return Err(Error::malformed("CertificateList", 0, "not three elements"));
        };
        let fields = wire::children(tbs);
        let has_version = fields.first().is_some_and(|f| f.first() == Some(&0x02));
        let inner_algorithm = fields.get(usize::from(has_version));
        let mut unusable = None;
        let scope = read_scope(parsed.extensions(), &mut unusable);
        let mut entries = Vec::with_capacity(parsed.tbs_cert_list.revoked_certificates.len());
        for revoked in parsed.iter_revoked_certificates() {
            entries.push(Entry {
                serial: wire::place(der, revoked.raw_serial()),
                date: wire::timestamp(revoked.revocation_date),
                reason: read_entry(revoked, &mut unusable),
            });
        }
        let serial = |e: &Entry| der.get(e.serial.clone()).unwrap_or_default();
        entries.sort_by(|a, b| serial(a).cmp(serial(b)));
        Ok(Self(Arc::new(Inner {
            tbs: wire::place(der, tbs),
            algorithm: wire::place(der, algorithm),
            algorithms_agree: inner_algorithm == Some(algorithm),
            signature: parsed.signature_value.data.to_vec(),
            issuer: Name::from_parsed(parsed.issuer()),
            this_update: wire::timestamp(parsed.last_update()),
            next_update: parsed.next_update().map(wire::timestamp),
            scope,
            unusable,
            entries,
            verified: OnceLock::new(),
            der: der.to_vec(),
        })))
    }

    /// The received bytes (of a PEM file, its DER).
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// When it was issued.
    pub fn this_update(&self) -> Timestamp {
        self.0.this_update
    }

    /// When a newer one is due.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.0.next_update
    }

    /// How many certificates it lists.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// It lists none.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The entry of a serial number (content octets): time of revocation and reason code. Of
    /// several entries of one serial number the earliest that revokes counts. removeFromCRL (8)
    /// revokes nothing.
    pub fn entry(&self, serial: &[u8]) -> Option<(Timestamp, Option<u8>)> {
        let of = |e: &Entry| self.0.der.get(e.serial.clone()).unwrap_or_default();
        let start = self.0.entries.partition_point(|e| of(e) < serial);
        let same = self.0.entries.get(start..)?.iter().take_while(|e| of(e) == serial);
        let revoking = same.filter(|e| e.reason != Some(REMOVE_FROM_CRL));
        revoking.min_by_key(|e| e.date).map(|e| (e.date, e.reason))
    }

    /// Why nothing can be concluded from it, whatever the certificate: delta or indirect CRLs,
    /// partial reasons, critical extensions not processed here.
    pub(crate) fn unusable(&self) -> Option<&str> {
        self.0.unusable.as_deref()
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// The certificate's key verifies the signature over the received bytes. Names and key usage
    /// are asked in [`revocation`](crate::revocation).
    pub fn verify_signed_by(&self, issuer: &Certificate) -> Result<SignatureVerified, Error> {
        // One CRL serves many certificates of one issuer: the answer for the first key is kept,
        // since neither the key nor the bytes can change.
        if let Some((sha256, verified)) = self.0.verified.get()
            && *sha256 == issuer.sha256()
        {
            return match verified {
                true => Ok(crate::crypto::verified_before()),
                false => Err(Error::SignatureInvalid),
            };
        }
        let result = self.verify_now(issuer);
        if matches!(result, Ok(_) | Err(Error::SignatureInvalid)) {
            let _ = self.0.verified.set((issuer.sha256(), result.is_ok()));
        }
        result
    }

    fn verify_now(&self, issuer: &Certificate) -> Result<SignatureVerified, Error> {
        if !self.0.algorithms_agree {
            return Err(Error::Algorithm("signed and outer AlgorithmIdentifier differ".into()));
        }
        let part = |range: &Range<usize>| self.0.der.get(range.clone()).unwrap_or_default();
        let algorithm = SignatureAlgorithm::from_der(part(&self.0.algorithm), None)?;
        crate::crypto::verify_with(issuer, algorithm, part(&self.0.tbs), &self.0.signature)
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Crl {}

const REMOVE_FROM_CRL: u8 = 8;

fn read_scope(extensions: &[X509Extension<'_>], unusable: &mut Option<String>) -> Scope {
    let mut scope = Scope::default();
    let mut seen = Vec::new();
    for extension in extensions {
        let oid = extension.oid.to_id_string();
        if seen.contains(&oid) {
            *unusable = Some(format!("CRL extension {oid} comes twice"));
        }
        match oid.as_str() {
            ISSUING_DISTRIBUTION_POINT => {
                if let Err(why) = read_idp(extension.value, &mut scope) {
                    *unusable = Some(why.into());
                }
            }
            DELTA_CRL_INDICATOR => *unusable = Some("it is a delta CRL".into()),
            EXPIRED_CERTS_ON_CRL => {
                let time = Any::from_der(extension.value).ok();
                scope.keeps_expired_since = time.and_then(|t| wire::read_time(0x18, t.value()));
            }
            known if HARMLESS.contains(&known) => {}
            _ if extension.critical => {
                *unusable = Some(format!("critical CRL extension {oid} is not known here"));
            }
            _ => {}
        }
        seen.push(oid);
    }
    scope
}

fn read_idp(value: &[u8], scope: &mut Scope) -> Result<(), &'static str> {
    let idp = IssuingDistributionPoint::from_der(value)
        .map_err(|_| "its issuing distribution point does not parse")?;
    if idp.indirect {
        return Err("it is an indirect CRL");
    }
    if idp.reasons.is_some() {
        return Err("it covers only some revocation reasons");
    }
    if idp.only_attribute {
        return Err("it covers attribute certificates only");
    }
    if idp.only_user && idp.only_ca {
        return Err("its issuing distribution point contradicts itself");
    }
    scope.only_user = idp.only_user;
    scope.only_ca = idp.only_ca;
    if let Some(point) = idp.point {
        scope.point = Some(full_name(&point).ok_or("its distribution point is a relative name")?);
    }
    Ok(())
}

/// DistributionPointName, fullName [0] only.
fn full_name(point: &Any) -> Option<Vec<GeneralName>> {
    let is_full = point.tag().number().value() == 0;
    let mut rest = point.value();
    let mut names = Vec::new();
    while is_full && !rest.is_empty() {
        let (after, name) = ParsedName::from_der(rest).ok()?;
        names.push(general_name(&name));
        rest = after;
    }
    (!names.is_empty()).then_some(names)
}

/// Reason of an entry; a critical entry extension that is not processed makes the CRL unusable
/// (RFC 5280 §5.3), certificateIssuer too, since indirect CRLs are not processed.
fn read_entry(revoked: &RevokedCertificate<'_>, unusable: &mut Option<String>) -> Option<u8> {
    let mut reason = None;
    for extension in revoked.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::ReasonCode(code) => reason = Some(code.0),
            ParsedExtension::InvalidityDate(_) => {}
            _ if extension.critical => {
                let oid = extension.oid.to_id_string();
                *unusable = Some(format!("critical CRL entry extension {oid} is not known here"));
            }
            _ => {}
        }
    }
    reason
}
