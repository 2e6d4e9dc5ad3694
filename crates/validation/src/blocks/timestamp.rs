//! Time-stamp validation (EN 319 102-1 §5.4, RFC 3161 §2.4.2): for these very bytes, by an authority whose own
//! path, purpose and status are good, at a time that can be.

use super::context::Context;
use super::x509::{self, AUTHORITY, When};
use super::{acceptance, crypto, format, identification};
use crate::checks::Check;
use crate::policy::Strength;
use crate::record::Record;
use crate::report::{
    CertificateSummary, Indication, Integrity, SubIndication, TimestampReport, local,
};
use cades::{SignerInfo, TimestampToken};
use jiff::Timestamp;
use pki::{Certificate, DigestAlgorithm, Hierarchy};

const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// A judged token and what its report does not carry.
pub(crate) struct Judged {
    pub(crate) report: TimestampReport,
    pub(crate) record: Record,
    pub(crate) hierarchy: Option<Hierarchy>,
    pub(crate) status: crate::report::RevocationSummary,
    pub(crate) status_in_dss: bool,
    pub(crate) certificate: Option<Certificate>,
}

impl Judged {
    /// genTime, when the token proves it.
    pub(crate) fn proof(&self) -> Option<Timestamp> {
        self.report.time.filter(|_| self.report.indication == Indication::TotalPassed)
    }
    /// genTime of an intact token that proves nothing yet.
    pub(crate) fn pending(&self) -> Option<Timestamp> {
        let unproven = self.report.intact && self.report.indication != Indication::TotalPassed;
        self.report.time.filter(|_| unproven)
    }
}

/// `imprint`: the digest of what was stamped, by the algorithm the token names. `proven`: proof that the token itself
/// existed (a later document timestamp).
pub(crate) fn validate<'a>(
    context: &Context<'a>,
    token: Result<&'a TimestampToken, String>,
    imprint: impl Fn(DigestAlgorithm) -> Option<Vec<u8>>,
    proven: Option<Timestamp>,
) -> Judged {
    let mut judged = Judged::empty();
    let token = match token {
        Ok(token) => token,
        Err(why) => {
            judged.record.failed(Check::Token, SubIndication::FormatFailure, why);
            return judged.finished();
        }
    };
    judged.report.time = Some(token.gen_time);
    let Some(signer) = shape(token, &mut judged.record) else { return judged.finished() };
    let algorithm = DigestAlgorithm::from_oid(&token.imprint_algorithm);
    let stamped = algorithm.and_then(imprint).is_some_and(|digest| digest == token.imprint);
    judged.record.holds(Check::Imprint, stamped, SubIndication::HashFailure, "");

    let own = context.parse(&token.signed_data.certificates);
    let pool = context.pool(&own);
    let Some(certificate) = identification::find(signer, &pool) else {
        judged.record.failed(Check::TokenCertificate, SubIndication::NoSigningCertificateFound, "");
        return judged.finished();
    };
    judged.certificate = Some(certificate.clone());
    judged.report.authority = Some(CertificateSummary::of(certificate));
    let pinned = identification::pinned(signer, certificate);
    judged.record.holds(
        Check::TokenCertificate,
        pinned,
        SubIndication::NoSigningCertificateFound,
        "ESS",
    );
    let value = crypto::value(signer, certificate, Check::TokenValue, &mut judged.record);
    judged.report.intact = stamped && value == Integrity::Intact && !judged.record.has_failed();

    purpose(certificate, &mut judged.record);
    algorithms(context, token, signer, certificate, proven, &mut judged.record);
    time(context, token, certificate, &mut judged.record);
    let when = When {
        time: proven.unwrap_or(context.at),
        proven: proven.is_some(),
        pending: None,
        made_after: None,
    };
    let chain = x509::validate(context, certificate, &pool, when, &AUTHORITY);
    judged.record.append(chain.record);
    judged.report.anchor = chain.anchor.as_ref().map(|anchor| crate::hex(&anchor.sha256()));
    judged.hierarchy = chain.hierarchy;
    judged.status = chain.status;
    judged.status_in_dss = chain.status_in_dss;
    judged.finished()
}

impl Judged {
    fn empty() -> Self {
        let report = TimestampReport {
            indication: Indication::Indeterminate,
            sub_indication: None,
            time: None,
            intact: false,
            authority: None,
            anchor: None,
            checks: Vec::new(),
        };
        Self {
            report,
            record: Record::default(),
            hierarchy: None,
            status: crate::report::RevocationSummary::NotAsked,
            status_in_dss: false,
            certificate: None,
        }
    }

    fn finished(mut self) -> Self {
        (self.report.indication, self.report.sub_indication) = self.record.verdict();
        self.report.checks.clone_from(&self.record.checks);
        self
    }
}

/// One signer over exactly one TSTInfo.
fn shape<'a>(token: &'a TimestampToken, record: &mut Record) -> Option<&'a SignerInfo> {
    let data = &token.signed_data;
    let [signer] = data.signers.as_slice() else {
        record.failed(
            Check::Token,
            SubIndication::FormatFailure,
            format!("SignerInfo: {}", data.signers.len()),
        );
        return None;
    };
    let is_tst = data.content_type == format::ID_TST_INFO
        && matches!(signer.content_types.as_slice(), [only] if only == format::ID_TST_INFO);
    let content = data.content.as_deref();
    let digest = DigestAlgorithm::from_oid(&signer.digest_algorithm).zip(content);
    let digest = digest.map(|(algorithm, content)| algorithm.digest(content));
    let signed = matches!((signer.message_digests.as_slice(), digest), ([only], Some(digest)) if *only == digest);
    if !is_tst || signer.signed_attributes.is_none() {
        record.failed(Check::Token, SubIndication::FormatFailure, &data.content_type);
        return None;
    }
    record.passed_with(Check::Token, local(token.gen_time));
    if !signed {
        record.failed(Check::TokenValue, SubIndication::HashFailure, "message-digest");
    }
    Some(signer)
}

/// RFC 3161 §2.3: critical extended key usage, timeStamping alone.
fn purpose(certificate: &Certificate, record: &mut Record) {
    let usages = certificate.extended_key_usage().unwrap_or_default();
    let alone = matches!(usages, [only] if only == TIME_STAMPING);
    let holds = alone && certificate.extended_key_usage_critical();
    record.holds(
        Check::TokenPurpose,
        holds,
        SubIndication::ChainConstraintsFailure,
        usages.join(", "),
    );
}

fn algorithms(
    context: &Context<'_>,
    token: &TimestampToken,
    signer: &SignerInfo,
    certificate: &Certificate,
    proven: Option<Timestamp>,
    record: &mut Record,
) {
    let policy = context.policy;
    let digest = |oid: &str| {
        DigestAlgorithm::from_oid(oid)
            .map_or(Strength::Refused, |algorithm| policy.digest(algorithm, proven))
    };
    let value = signer
        .algorithm()
        .map_or(Strength::Refused, |algorithm| policy.signature(algorithm, proven));
    let strength = digest(&token.imprint_algorithm)
        .worst(digest(&signer.digest_algorithm))
        .worst(value)
        .worst(policy.key(certificate.key_algorithm(), proven));
    let names = acceptance::names(Some(signer), Some(certificate));
    let imprint =
        DigestAlgorithm::from_oid(&token.imprint_algorithm).map_or("?", DigestAlgorithm::name);
    let imprint = Some(format!("imprint {imprint}"));
    let text: Vec<_> =
        [imprint, names.digest, names.signature, names.key].into_iter().flatten().collect();
    acceptance::judge(strength, Check::TokenAlgorithms, text.join(", "), record);
}

/// Not in the future, and while the authority's certificate was valid.
fn time(
    context: &Context<'_>,
    token: &TimestampToken,
    certificate: &Certificate,
    record: &mut Record,
) {
    let time = token.gen_time;
    let latest = context.at.checked_add(pki::revocation::CLOCK_SKEW).unwrap_or(Timestamp::MAX);
    if time > latest {
        record.failed(Check::TokenTime, SubIndication::TimestampOrderFailure, local(time));
    } else if time < certificate.not_before() || time > certificate.not_after() {
        record.failed(Check::TokenTime, SubIndication::ChainConstraintsFailure, local(time));
    }
}
