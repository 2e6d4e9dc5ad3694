//! Certificates and CRLs, written field by field after RFC 5280 and the profile of real Vietnamese leaves.

use anyhow::{Result, bail};
use jiff::{SignedDuration, Timestamp};
use sha1::{Digest as _, Sha1};

use crate::asn1::{
    self, bits, boolean, context, context_primitive, id, int, octets, oid, seq, tlv,
};
use crate::spec::{CertificateSpec, Profile, Spec};

/// What a TBSCertificate needs besides its description.
pub(crate) struct Subject<'a> {
    pub(crate) spec: &'a CertificateSpec,
    pub(crate) public_key_info: &'a [u8],
    pub(crate) serial: &'a [u8],
}

/// The authority that signs: its name and key.
pub(crate) struct Authority<'a> {
    pub(crate) spec: &'a CertificateSpec,
    pub(crate) public_key_info: &'a [u8],
}

/// DER of the certificate; `sign` makes an RSA PKCS#1 SHA-256 value over the bytes that it gets.
pub(crate) fn issue(
    lab: &Spec,
    subject: &Subject<'_>,
    authority: &Authority<'_>,
    now: Timestamp,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let spec = subject.spec;
    let tbs = seq(&[
        context(0, &int(2)),
        asn1::unsigned(subject.serial),
        sha256_with_rsa(),
        name(&authority.spec.subject)?,
        seq(&[asn1::time(day(now, spec.from_day)), asn1::time(day(now, spec.to_day))]),
        name(&spec.subject)?,
        subject.public_key_info.to_vec(),
        context(3, &seq(&extensions(lab, subject, authority)?)),
    ]);
    let value = sign(&tbs)?;
    Ok(seq(&[tbs, sha256_with_rsa(), bits(&value)]))
}

/// One line of a CRL.
pub(crate) struct Revoked {
    /// The serial number as a whole INTEGER.
    pub(crate) serial: Vec<u8>,
    pub(crate) at: Timestamp,
}

/// CRLReason keyCompromise (RFC 5280 §5.3.1), for every certificate that the lab revokes.
pub(crate) const KEY_COMPROMISE: u8 = 1;

/// DER of a complete CRL of `authority`.
pub(crate) fn crl(
    authority: &Authority<'_>,
    revoked: &[Revoked],
    this_update: Timestamp,
    next_update: Timestamp,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let mut fields = vec![
        int(1),
        sha256_with_rsa(),
        name(&authority.spec.subject)?,
        asn1::time(this_update),
        asn1::time(next_update),
    ];
    if !revoked.is_empty() {
        let reason = extension(&id::CRL_REASON, false, &asn1::enumerated(KEY_COMPROMISE));
        let line = |r: &Revoked| seq(&[r.serial.clone(), asn1::time(r.at), seq(&[&reason])]);
        fields.push(seq(&revoked.iter().map(line).collect::<Vec<_>>()));
    }
    let number = this_update.as_millisecond().unsigned_abs();
    fields.push(context(
        0,
        &seq(&[
            authority_key_id(authority.public_key_info)?,
            extension(&id::CRL_NUMBER, false, &int(number)),
        ]),
    ));
    let tbs = seq(&fields);
    let value = sign(&tbs)?;
    Ok(seq(&[tbs, sha256_with_rsa(), bits(&value)]))
}

pub(crate) fn sha256_with_rsa() -> Vec<u8> {
    seq(&[oid(&id::SHA256_WITH_RSA), asn1::null()])
}

/// `days` from `now`, at the same time of day.
pub(crate) fn day(now: Timestamp, days: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(now)
}

/// Name, one attribute an RDN; country as PrintableString, the rest in UTF-8 whatever its length.
pub(crate) fn name(attributes: &[(String, String)]) -> Result<Vec<u8>> {
    let mut rdns = Vec::new();
    for (kind, value) in attributes {
        let (kind, value) = match kind.as_str() {
            "C" => (id::COUNTRY, asn1::printable(value)),
            "ST" => (id::STATE, asn1::utf8(value)),
            "L" => (id::LOCALITY, asn1::utf8(value)),
            "O" => (id::ORGANIZATION, asn1::utf8(value)),
            "OU" => (id::ORGANIZATIONAL_UNIT, asn1::utf8(value)),
            "title" => (id::TITLE, asn1::utf8(value)),
            "CN" => (id::COMMON_NAME, asn1::utf8(value)),
            "UID" => (id::USER_ID, asn1::utf8(value)),
            other => bail!("name attribute {other} is not known"),
        };
        rdns.push(asn1::set_of(vec![seq(&[oid(&kind), value])]));
    }
    Ok(seq(&rdns))
}

/// SHA-1 of the key bits (RFC 5280 §4.2.1.2 method 1, RFC 6960 issuerKeyHash).
pub(crate) fn key_id(public_key_info: &[u8]) -> Result<Vec<u8>> {
    Ok(Sha1::digest(key_bits(public_key_info)?).to_vec())
}

/// The content of subjectPublicKey without the count of unused bits.
pub(crate) fn key_bits(public_key_info: &[u8]) -> Result<&[u8]> {
    let parts = asn1::children(public_key_info)?;
    let [_, key] = parts.as_slice() else { bail!("not a SubjectPublicKeyInfo") };
    let Some((_, key)) = asn1::content_of(0x03, key)?.split_first() else { bail!("empty key") };
    Ok(key)
}

fn extensions(
    lab: &Spec,
    subject: &Subject<'_>,
    authority: &Authority<'_>,
) -> Result<Vec<Vec<u8>>> {
    // KeyUsage bits as DER wants them: trailing zero bits cut, their count in front (RFC 5280 §4.2.1.3).
    const SIGN: &[u8] = &[7, 0b1000_0000];
    const SIGN_AND_COMMIT: &[u8] = &[6, 0b1100_0000];
    const SIGN_COMMIT_AND_ENCIPHER: &[u8] = &[4, 0b1111_0000];
    const CERTIFICATES_AND_CRLS: &[u8] = &[1, 0b0000_0110];

    let spec = subject.spec;
    let (usage, purposes): (&[u8], &[_]) = match spec.profile {
        Profile::Root | Profile::Ca => (CERTIFICATES_AND_CRLS, &[]),
        Profile::Tsa => (SIGN, &[id::KP_TIME_STAMPING]),
        Profile::Ocsp => (SIGN, &[id::KP_OCSP_SIGNING]),
        Profile::Person => (SIGN_AND_COMMIT, &[id::KP_EMAIL_PROTECTION, id::KP_DOCUMENT_SIGNING]),
        Profile::Vn => (
            SIGN_COMMIT_AND_ENCIPHER,
            &[id::KP_CLIENT_AUTH, id::KP_EMAIL_PROTECTION, id::KP_SMARTCARD_LOGON],
        ),
    };
    let constraints = match spec.profile {
        Profile::Root => seq(&[boolean(true)]),
        Profile::Ca => seq(&[boolean(true), int(0)]),
        _ => seq::<&[u8]>(&[]),
    };

    let mut all = vec![
        extension(&id::BASIC_CONSTRAINTS, spec.is_authority(), &constraints),
        extension(&id::KEY_USAGE, true, &tlv(0x03, usage)),
        extension(&id::SUBJECT_KEY_ID, false, &octets(&key_id(subject.public_key_info)?)),
    ];
    if !purposes.is_empty() {
        // RFC 3161 §2.3 wants it critical for a TSA, alone.
        let critical = spec.profile == Profile::Tsa;
        let purposes: Vec<_> = purposes.iter().map(oid).collect();
        all.push(extension(&id::EXT_KEY_USAGE, critical, &seq(&purposes)));
    }
    if spec.name == spec.issuer {
        return Ok(all);
    }

    all.push(authority_key_id(authority.public_key_info)?);
    let issuer = &authority.spec.name;
    let uri = |path: String| context_primitive(6, format!("http://{}{path}", lab.host).as_bytes());
    let mut access = vec![seq(&[oid(&id::AD_CA_ISSUERS), uri(format!("/crt/{issuer}.crt"))])];
    match spec.profile {
        // RFC 6960 §4.2.2.2.1: whoever trusts the authority needs no status of its responder.
        Profile::Ocsp => all.push(extension(&id::OCSP_NOCHECK, false, &asn1::null())),
        profile => {
            let point = seq(&[context(0, &context(0, &uri(format!("/crl/{issuer}.crl"))))]);
            all.push(extension(&id::CRL_DISTRIBUTION_POINTS, false, &seq(&[point])));
            // The responder's certificate is delegated by the issuing authority alone.
            if profile != Profile::Ca {
                access.insert(0, seq(&[oid(&id::AD_OCSP), uri("/ocsp".to_owned())]));
            }
        }
    }
    all.push(extension(&id::AUTHORITY_INFO_ACCESS, false, &seq(&access)));
    if let Some(email) = &spec.email {
        all.push(extension(
            &id::SUBJECT_ALT_NAME,
            false,
            &seq(&[context_primitive(1, email.as_bytes())]),
        ));
    }
    Ok(all)
}

fn authority_key_id(public_key_info: &[u8]) -> Result<Vec<u8>> {
    let id = context_primitive(0, &key_id(public_key_info)?);
    Ok(extension(&id::AUTHORITY_KEY_ID, false, &seq(&[id])))
}

fn extension(kind: &der::asn1::ObjectIdentifier, critical: bool, value: &[u8]) -> Vec<u8> {
    if critical {
        return seq(&[oid(kind), boolean(true), octets(value)]);
    }
    seq(&[oid(kind), octets(value)])
}
