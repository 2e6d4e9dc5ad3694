//! May this certificate sign now? Asked before the token is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use pki::path::{self, Budget, Path, PathDefect, PathDefectKind};
use pki::revocation::{self, Answers, Status};
use pki::{Certificate, Curve, DigestAlgorithm, KeyAlgorithm, SignatureAlgorithm, TrustStore};
use std::sync::Mutex;
use validation::{Evidence, Missing, Policy};

use crate::appearance::draw;
use crate::{Appearance, Look, Refusal};

/// By what certificates are judged, before signing and after.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Own anchors.
    pub trust: &'a TrustStore,
    /// Certificates, CRLs and OCSP responses at hand.
    pub evidence: &'a Evidence,
    /// The validation policy that the result must pass.
    pub policy: &'a Policy,
    /// What to do when a status cannot be found out.
    pub status: StatusRule,
}

/// What to do when it cannot be found out whether a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusRule {
    /// Refuse.
    Required,
    /// Sign, and say that the result is unproven. A service never uses this.
    UnknownAllowed,
}

/// A certificate that may sign, with what every signature of it needs: checked once, used often.
#[derive(Debug)]
pub struct Signer {
    pub(crate) certificate: Certificate,
    /// Signer first, then its chain without the root: what the CMS carries.
    pub(crate) embedded: Vec<Certificate>,
    pub(crate) algorithm: SignatureAlgorithm,
    /// Pictures are decoded and compressed once.
    drawn: Mutex<Vec<(Appearance, pades::Form)>>,
}

impl Signer {
    /// Validity at `now`, fitness for signing, algorithm, path to an own anchor, and status of every
    /// certificate below it (RFC 5280, 6; TT 15/2025/TT-BKHCN, Art 5). An anchor is its own trust:
    /// a signer's certificate that is itself one needs no path and no status.
    ///
    /// # Errors
    /// The first reason not to sign. [`Refusal::missing`] says what could be fetched before asking
    /// again.
    pub fn check(
        certificate: &Certificate,
        chain: &[Certificate],
        algorithm: SignatureAlgorithm,
        terms: &Terms<'_>,
        now: Timestamp,
    ) -> Result<Signer, Refusal> {
        fits_signing(certificate, terms.policy)?;
        algorithm_fits_key(algorithm, certificate.key_algorithm())?;
        valid_at(certificate, now)?;
        let mut pool: Vec<Certificate> = chain.to_vec();
        pool.extend_from_slice(&terms.evidence.certificates);
        let path = trusted_path(certificate, &pool, terms.trust, now)?;
        status_known_good(&path, &pool, terms, now)?;

        let mut embedded = path.certificates;
        if embedded.len() > 1 && embedded.last().is_some_and(Certificate::is_self_signed) {
            embedded.pop();
        }
        let certificate = certificate.clone();
        Ok(Signer { certificate, embedded, algorithm, drawn: Mutex::default() })
    }

    /// The signer's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// How values are made.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Who signs, for people.
    pub fn name(&self) -> String {
        name_of(&self.certificate)
    }

    /// The appearance as a form; a picture that was drawn before is not drawn again.
    pub(crate) fn draw(
        &self,
        appearance: &Appearance,
        at: Timestamp,
    ) -> Result<pades::Form, Refusal> {
        if appearance.look.shows_time() || !matches!(appearance.look, Look::Picture(_)) {
            return draw(appearance, at);
        }
        let same = |kept: &Appearance| {
            kept.look == appearance.look
                && kept.place.width_mm == appearance.place.width_mm
                && kept.place.height_mm == appearance.place.height_mm
        };
        let mut drawn = self.drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, form)) = drawn.iter().find(|(kept, _)| same(kept)) {
            return Ok(form.clone());
        }
        let form = draw(appearance, at)?;
        if drawn.len() >= PICTURES_KEPT {
            drawn.remove(0);
        }
        drawn.push((appearance.clone(), form.clone()));
        Ok(form)
    }
}

const PICTURES_KEPT: usize = 4;

pub(crate) fn name_of(certificate: &Certificate) -> String {
    let subject = certificate.subject();
    subject.common_name().unwrap_or_else(|| subject.text())
}

/// Key usage, and extended key usage as the policy lists it: what would fail afterwards is refused before.
fn fits_signing(certificate: &Certificate, policy: &Policy) -> Result<(), Refusal> {
    let unfit =
        |why: &str| Refusal::NotForSigning { subject: name_of(certificate), why: why.to_owned() };
    if let Some(usage) = certificate.key_usage()
        && !usage.digital_signature
        && !usage.non_repudiation
    {
        return Err(unfit("keyUsage: digitalSignature, nonRepudiation"));
    }
    if let Some(purposes) = certificate.extended_key_usage()
        && !purposes.iter().any(|p| policy.signer_extended_key_usages.contains(p))
    {
        return Err(unfit("extendedKeyUsage"));
    }
    Ok(())
}

/// TT 15/2025/TT-BKHCN, PL I: RSA from 2048 bits, ECDSA from 256; SHA-256 and up.
fn algorithm_fits_key(algorithm: SignatureAlgorithm, key: KeyAlgorithm) -> Result<(), Refusal> {
    let refuse = |why: String| Err(Refusal::Algorithm { why });
    let digest = algorithm.digest();
    if !matches!(
        digest,
        DigestAlgorithm::Sha256 | DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512
    ) {
        return refuse(digest.name().to_owned());
    }
    match (algorithm, key) {
        (
            SignatureAlgorithm::RsaPkcs1 { .. } | SignatureAlgorithm::RsaPss { .. },
            KeyAlgorithm::Rsa { bits },
        ) if bits >= 2048 => Ok(()),
        (_, KeyAlgorithm::Rsa { bits }) if bits < 2048 => refuse(format!("RSA {bits} < 2048")),
        (
            SignatureAlgorithm::Ecdsa { .. },
            KeyAlgorithm::Ec { curve: Curve::P256 | Curve::P384 | Curve::P521 },
        ) => Ok(()),
        _ => refuse(format!("{} / {key:?}", algorithm.name())),
    }
}

fn valid_at(certificate: &Certificate, now: Timestamp) -> Result<(), Refusal> {
    let subject = || name_of(certificate);
    if now > certificate.not_after() {
        return Err(Refusal::Expired { subject: subject(), not_after: certificate.not_after() });
    }
    if now < certificate.not_before() {
        let not_before = certificate.not_before();
        return Err(Refusal::NotYetValid { subject: subject(), not_before });
    }
    Ok(())
}

fn trusted_path(
    certificate: &Certificate,
    pool: &[Certificate],
    trust: &TrustStore,
    now: Timestamp,
) -> Result<Path, Refusal> {
    let untrusted = |why: String, missing| Refusal::Untrusted {
        subject: name_of(certificate),
        issuer: certificate.issuer().common_name().unwrap_or_else(|| certificate.issuer().text()),
        why,
        missing,
    };
    let paths = path::build(certificate, pool, trust, Budget::default())
        .map_err(|e| untrusted(e.to_string(), vec![]))?;
    let mut first_defect = None;
    for path in paths {
        // An anchor is trusted as it is.
        let defects = if path.certificates.len() == 1 { vec![] } else { path::check(&path, now) };
        let Some(defect) = defects.into_iter().next() else { return Ok(path) };
        first_defect.get_or_insert(defect);
    }
    Err(match first_defect {
        None => untrusted(String::new(), missing_issuer(certificate, pool)),
        Some(PathDefect { subject, kind: PathDefectKind::Expired { not_after }, .. }) => {
            Refusal::Expired { subject, not_after }
        }
        Some(PathDefect { subject, kind: PathDefectKind::NotYetValid { not_before }, .. }) => {
            Refusal::NotYetValid { subject, not_before }
        }
        Some(defect) => untrusted(format!("{}: {:?}", defect.subject, defect.kind), vec![]),
    })
}

/// The topmost certificate that we have on the way up says where its issuer is.
fn missing_issuer(certificate: &Certificate, pool: &[Certificate]) -> Vec<Missing> {
    let mut top = certificate;
    for _ in 0..Budget::default().depth {
        let above = |c: &&Certificate| {
            c.subject() == top.issuer() && *c != top && top.verify_signed_by(c).is_ok()
        };
        let Some(next) = pool.iter().find(above) else { break };
        top = next;
    }
    if top.is_self_signed() || top.ca_issuers_urls().is_empty() {
        return vec![];
    }
    vec![Missing::Issuer {
        subject: top.subject().text(),
        certificate_sha256: hex(&top.sha256()),
        urls: top.ca_issuers_urls().to_vec(),
    }]
}

fn status_known_good(
    path: &Path,
    pool: &[Certificate],
    terms: &Terms<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let answers = Answers { crls: &terms.evidence.crls, ocsp: &terms.evidence.ocsp };
    let mut pool = pool.to_vec();
    pool.extend_from_slice(&path.certificates);
    let mut subjects = vec![];
    let mut missing = vec![];
    for pair in path.certificates.windows(2) {
        let [certificate, issuer] = pair else { continue };
        match revocation::status(certificate, issuer, &pool, &answers, now, now) {
            Status::Good { .. } => {}
            Status::Revoked { at, .. } => {
                return Err(Refusal::Revoked { subject: name_of(certificate), at });
            }
            Status::Unknown { .. } => {
                subjects.push(name_of(certificate));
                missing.push(missing_status(certificate, issuer));
            }
        }
    }
    if missing.is_empty() || terms.status == StatusRule::UnknownAllowed {
        return Ok(());
    }
    Err(Refusal::StatusUnknown { subjects, missing })
}

fn missing_status(certificate: &Certificate, issuer: &Certificate) -> Missing {
    Missing::Status {
        subject: certificate.subject().text(),
        certificate_sha256: hex(&certificate.sha256()),
        ocsp_urls: certificate.ocsp_urls().to_vec(),
        crl_urls: certificate.crl_urls().to_vec(),
        certificate: STANDARD.encode(certificate.der()),
        issuer: STANDARD.encode(issuer.der()),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
