//! Validation of one signature with what time is known of it (EN 319 102-1 §5.3 and §5.5): the blocks in order,
//! going on after a failure so that the report says everything that can be said.

use super::context::Context;
use super::long_term::Proof;
use super::timestamp::{self, Judged};
use super::x509::{self, When};
use super::{acceptance, crypto, format, identification};
use crate::checks::Check;
use crate::facts::CmsFacts;
use crate::level::{self, Witness};
use crate::policy::FailingTimestamp;
use crate::record::Record;
use crate::report::{
    CertificateSummary, Integrity, LaterChanges, RevocationSummary, SignatureReport, SubIndication,
    TimeSource, Warning, local,
};
use cades::SignerInfo;
use jiff::{SignedDuration, Timestamp};
use pades::SignatureFacts;
use pki::DigestAlgorithm;

/// Clocks of two authorities may differ by this much before their order counts.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

pub(crate) fn validate<'a>(
    context: &Context<'a>,
    place: usize,
    signature: &'a SignatureFacts,
    cms: &'a CmsFacts,
    proof: Proof,
    warnings: &mut Vec<Warning>,
) -> SignatureReport {
    let mut report = empty(context, signature);
    let mut record = Record::default();
    format::dictionary(context, place, signature, &mut record);
    let data = match &cms.signed_data {
        Ok(data) => data,
        Err(error) => {
            let broken = record.has_failed();
            record.failed(Check::Cms, SubIndication::FormatFailure, error.to_string());
            report.integrity = if broken { Integrity::Broken } else { Integrity::Unreadable };
            return finish(report, record);
        }
    };
    record.passed(Check::Cms);
    if data.oddities.iter().any(|oddity| oddity == "certificate_unreadable") {
        warnings.push(about(signature, "certificate_unreadable", None));
    }
    format::padding(signature, data, &mut record);
    let Some(signer) = format::cms(signature, data, &mut record) else {
        report.integrity = Integrity::Unreadable;
        return finish(report, record);
    };
    let well_formed = !record.has_failed();
    let same_digest = crypto::digest(signer, cms.digest.as_deref(), &mut record);
    report.claimed_time = signature.claimed_time.or(signer.signing_times.first().copied());
    report.algorithms = acceptance::names(Some(signer), None);

    let own = context.parse(&data.certificates);
    let pool = context.pool(&own);
    let Some(certificate) = identification::find(signer, &pool) else {
        record.failed(Check::SignerCertificate, SubIndication::NoSigningCertificateFound, "");
        report.integrity =
            if well_formed && same_digest { Integrity::Unreadable } else { Integrity::Broken };
        return finish(report, record);
    };
    report.certificate = Some(CertificateSummary::of(certificate));
    report.algorithms = acceptance::names(Some(signer), Some(certificate));
    record.passed_with(Check::SignerCertificate, certificate.subject().text());
    identification::ess(signer, certificate, &signature.sub_filter, &mut record);
    let value = crypto::value(signer, certificate, Check::Value, &mut record);
    report.integrity = match (well_formed && same_digest, value) {
        (true, value) => value,
        (false, _) => Integrity::Broken,
    };

    let tokens = timestamps(context, cms, signer, proof);
    let when = when(context, &tokens, proof, &mut report);
    time_lines(context, signature, &tokens, when, proof, &mut record, warnings);
    let chain = x509::validate(context, certificate, &pool, when, &x509::SIGNER);
    report.anchor = chain.anchor.as_ref().map(|anchor| crate::hex(&anchor.sha256()));
    report.hierarchy = chain.hierarchy;
    report.status = chain.status;
    record.append(chain.record);
    acceptance::key_usage(context, certificate, &mut record);
    acceptance::algorithms(
        context,
        signer,
        certificate,
        when.proven.then_some(when.time),
        &mut record,
    );

    since(context, &report, warnings);
    claims(signature, signer, &tokens, warnings);
    if data.encoding == cades::Encoding::Ber {
        warnings.push(about(signature, "ber", None));
    }
    if report.integrity == Integrity::Intact {
        let witness = Witness {
            place,
            signature,
            data,
            signer,
            tokens: &tokens,
            status_in_dss: chain.status_in_dss,
        };
        report.level = Some(level::of(context, &witness));
    }
    report.timestamps = tokens.into_iter().map(|token| token.report).collect();
    finish(report, record)
}

/// Nothing found yet, nothing granted.
pub(crate) fn empty(context: &Context<'_>, signature: &SignatureFacts) -> SignatureReport {
    SignatureReport {
        kind: signature.kind,
        field: signature.field.clone(),
        revision: signature.revision,
        indication: crate::report::Indication::Indeterminate,
        sub_indication: None,
        integrity: Integrity::Broken,
        later_changes: LaterChanges::None,
        level: None,
        certificate: None,
        anchor: None,
        hierarchy: None,
        status: RevocationSummary::NotAsked,
        claimed_time: signature.claimed_time,
        best_time: context.at,
        best_time_from: TimeSource::Validation,
        algorithms: Default::default(),
        timestamps: Vec::new(),
        covers: Vec::new(),
        checks: Vec::new(),
    }
}

fn finish(mut report: SignatureReport, record: Record) -> SignatureReport {
    (report.indication, report.sub_indication) = record.verdict();
    report.checks = record.checks;
    report
}

/// Each signature timestamp, over the signature value (EN 319 122-1 §5.3).
fn timestamps<'a>(
    context: &Context<'a>,
    cms: &'a CmsFacts,
    signer: &SignerInfo,
    proof: Proof,
) -> Vec<Judged> {
    let imprint = |algorithm: DigestAlgorithm| Some(algorithm.digest(&signer.value));
    let tokens = cms.timestamps.iter();
    tokens
        .map(|token| {
            timestamp::validate(
                context,
                token.as_ref().map_err(ToString::to_string),
                imprint,
                proof.until,
            )
        })
        .collect()
}

/// The best signature time: the earliest good proof, else the time of validation.
fn when(
    context: &Context<'_>,
    tokens: &[Judged],
    proof: Proof,
    report: &mut SignatureReport,
) -> When {
    let stamped = tokens
        .iter()
        .filter_map(Judged::proof)
        .min()
        .map(|time| (time, TimeSource::SignatureTimestamp));
    let covered = proof.until.map(|time| (time, TimeSource::DocumentTimestamp));
    let best = stamped.into_iter().chain(covered).min_by_key(|(time, _)| *time);
    (report.best_time, report.best_time_from) =
        best.unwrap_or((context.at, TimeSource::Validation));
    When {
        time: report.best_time,
        proven: best.is_some(),
        pending: tokens.iter().filter_map(Judged::pending).chain(proof.pending).min(),
        made_after: proof.made_after,
    }
}

fn time_lines(
    context: &Context<'_>,
    signature: &SignatureFacts,
    tokens: &[Judged],
    when: When,
    proof: Proof,
    record: &mut Record,
    warnings: &mut Vec<Warning>,
) {
    for token in tokens {
        let Some(sub) = token.report.sub_indication else {
            record.passed_with(
                Check::SignatureTimestamp,
                token.report.time.map_or(String::new(), local),
            );
            continue;
        };
        let detail = failing(token);
        warnings.push(about(signature, "timestamp_failed", Some(detail.clone())));
        match context.policy.failing_timestamp {
            FailingTimestamp::Warning => record.warning(Check::SignatureTimestamp, detail),
            FailingTimestamp::Indeterminate if sub == SubIndication::TryLater => {
                record.failed(Check::SignatureTimestamp, SubIndication::TryLater, detail);
            }
            FailingTimestamp::Indeterminate => {
                record.failed(
                    Check::SignatureTimestamp,
                    SubIndication::SigConstraintsFailure,
                    detail,
                );
            }
        }
    }
    if !when.proven {
        if tokens.is_empty() {
            warnings.push(about(signature, "no_timestamp", None));
        }
        return;
    }
    // What lies inside a document timestamp's range cannot be later than it; what it covers cannot be earlier.
    let tolerated = |time: Timestamp| time.saturating_add(CLOCK_TOLERANCE).unwrap_or(time);
    let late = when.made_after.is_some_and(|after| after > tolerated(when.time));
    let stamped = tokens.iter().filter_map(Judged::proof).max();
    let swapped =
        stamped.zip(proof.until).is_some_and(|(stamped, until)| stamped > tolerated(until));
    record.holds(
        Check::TimeOrder,
        !late && !swapped,
        SubIndication::TimestampOrderFailure,
        local(when.time),
    );
}

/// The first check of a token that does not hold, in both languages' shortest form: its id and detail.
fn failing(token: &Judged) -> String {
    let line =
        token.report.checks.iter().find(|check| check.result != crate::checks::Outcome::Passed);
    line.map_or(String::new(), |line| {
        let detail = line.detail.as_ref().map_or(String::new(), |detail| format!(": {detail}"));
        format!("{}{detail}", line.id.row().id)
    })
}

/// What happened to the certificate after the time that counts.
fn since(context: &Context<'_>, report: &SignatureReport, warnings: &mut Vec<Warning>) {
    let field = || Some(report.field.clone());
    if report.status == RevocationSummary::RevokedLater {
        warnings.push(Warning { code: "revoked_since".into(), field: field(), detail: None });
    }
    if report.status == RevocationSummary::Unknown {
        warnings.push(Warning { code: "status_unknown".into(), field: field(), detail: None });
    }
    if let Some(certificate) = &report.certificate
        && certificate.not_after < context.at
        && report.best_time <= certificate.not_after
    {
        warnings.push(Warning {
            code: "expired_since".into(),
            field: field(),
            detail: Some(local(certificate.not_after)),
        });
    }
}

/// Oddities of what the signer's machine claimed, and of the older kind of signature.
fn claims(
    signature: &SignatureFacts,
    signer: &SignerInfo,
    tokens: &[Judged],
    warnings: &mut Vec<Warning>,
) {
    if signature.sub_filter != format::PADES && signer.ess.is_empty() {
        warnings.push(about(signature, "ess_absent", None));
    }
    let stamp = tokens.iter().find(|token| token.report.intact).and_then(|token| token.report.time);
    let Some(stamp) = stamp else { return };
    let claims = signature.claimed_time.iter().chain(signer.signing_times.first());
    let worst = claims.copied().max_by_key(|claimed| claimed.duration_since(stamp).abs());
    let Some(claimed) = worst else { return };
    let minutes = claimed.duration_since(stamp).as_mins();
    let detail = format!("{} ≠ {}", local(claimed), local(stamp));
    match minutes {
        390..=450 => warnings.push(about(signature, "local_time_as_utc", Some(detail))),
        ..=-10 | 10.. => warnings.push(about(signature, "clock_differs", Some(detail))),
        _ => {}
    }
}

fn about(signature: &SignatureFacts, code: &str, detail: Option<String>) -> Warning {
    Warning { code: code.into(), field: Some(signature.field.clone()), detail }
}
