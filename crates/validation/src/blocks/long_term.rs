//! Document timestamps and the proofs of existence they give (EN 319 102-1 §5.6, as far as baseline LTA needs it):
//! from the last to the first, each judged at the time that those after it prove.

use super::context::Context;
use super::timestamp::{self, Judged};
use super::{acceptance, format};
use crate::checks::Check;
use crate::facts::CmsFacts;
use crate::record::Record;
use crate::report::{
    CertificateSummary, Indication, Integrity, LaterChanges, SignatureReport, SubIndication,
    TimeSource, Warning,
};
use jiff::Timestamp;
use pades::SignatureFacts;

/// What timestamps elsewhere in the file prove about one signature.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Proof {
    /// It existed at this time: the earliest good document timestamp that covers it.
    pub(crate) until: Option<Timestamp>,
    /// A covering document timestamp for which only evidence is wanting.
    pub(crate) pending: Option<Timestamp>,
    /// It was made after this: the latest good timestamp that it covers.
    pub(crate) made_after: Option<Timestamp>,
}

/// Good timestamps of the file so far, by the revision they end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proofs {
    documents: Vec<(u32, Timestamp)>,
    pending: Vec<(u32, Timestamp)>,
    signatures: Vec<(u32, Timestamp)>,
}

impl Proofs {
    /// For a signature that ends `revision`.
    pub(crate) fn of(&self, revision: Option<u32>) -> Proof {
        let Some(revision) = revision else { return Proof::default() };
        let later = |all: &[(u32, Timestamp)]| {
            all.iter().filter(|(at, _)| *at > revision).map(|(_, time)| *time).min()
        };
        let earlier =
            self.documents.iter().chain(&self.signatures).filter(|(at, _)| *at < revision);
        Proof {
            until: later(&self.documents),
            pending: later(&self.pending),
            made_after: earlier.map(|(_, time)| *time).max(),
        }
    }

    pub(crate) fn add_document(&mut self, revision: Option<u32>, judged: &Judged) {
        let Some(revision) = revision else { return };
        self.documents.extend(judged.proof().map(|time| (revision, time)));
        self.pending.extend(judged.pending().map(|time| (revision, time)));
    }

    /// A judged signature: its good timestamps bound what was made after it.
    pub(crate) fn add_signature(&mut self, report: &SignatureReport) {
        let Some(revision) = report.revision.filter(|_| report.integrity == Integrity::Intact)
        else {
            return;
        };
        let good =
            report.timestamps.iter().filter(|token| token.indication == Indication::TotalPassed);
        self.signatures.extend(good.filter_map(|token| token.time).map(|time| (revision, time)));
    }
}

/// One document timestamp (EN 319 142-1 §5.4.3, ISO 32000-2 §12.8.5).
pub(crate) fn document_timestamp<'a>(
    context: &Context<'a>,
    place: usize,
    signature: &'a SignatureFacts,
    cms: &'a CmsFacts,
    proofs: &mut Proofs,
    warnings: &mut Vec<Warning>,
) -> SignatureReport {
    let proof = proofs.of(signature.revision);
    let mut record = Record::default();
    format::dictionary(context, place, signature, &mut record);
    if let Ok(data) = &cms.signed_data {
        format::padding(signature, data, &mut record);
    }
    let token = match cms.timestamps.first() {
        Some(token) => token.as_ref().map_err(ToString::to_string),
        None => Err("-".to_owned()),
    };
    let is_token = token.is_ok();
    let judged = timestamp::validate(context, token, |_| cms.digest.clone(), proof.until);
    let exact = !record.has_failed();
    let integrity = match (is_token, exact && judged.report.intact) {
        (_, true) => Integrity::Intact,
        (false, false) if exact => Integrity::Unreadable,
        _ if exact && judged.record.verdict().0 != Indication::TotalFailed => Integrity::Unreadable,
        _ => Integrity::Broken,
    };
    if let Some(sub) = judged.report.sub_indication {
        let detail = format!("{sub:?}");
        warnings.push(Warning {
            code: "document_timestamp_failed".into(),
            field: Some(signature.field.clone()),
            detail: Some(detail),
        });
        record.line(Check::SignatureTimestamp, crate::checks::Outcome::Inconclusive, None);
    }
    let (indication, sub_indication) = worse(&record, &judged.record);
    if exact {
        proofs.add_document(signature.revision, &judged);
    }
    let signer = cms.signed_data.as_ref().ok().and_then(|data| data.signers.first());
    SignatureReport {
        kind: signature.kind,
        field: signature.field.clone(),
        revision: signature.revision,
        indication,
        sub_indication,
        integrity,
        later_changes: LaterChanges::None,
        level: judged.report.intact.then(|| "RFC3161".to_owned()),
        certificate: judged.certificate.as_ref().map(CertificateSummary::of),
        anchor: judged.report.anchor.clone(),
        hierarchy: judged.hierarchy,
        status: judged.status,
        claimed_time: judged.report.time,
        best_time: proof.until.unwrap_or(context.at),
        best_time_from: if proof.until.is_some() {
            TimeSource::DocumentTimestamp
        } else {
            TimeSource::Validation
        },
        algorithms: acceptance::names(signer, judged.certificate.as_ref()),
        timestamps: vec![judged.report],
        covers: Vec::new(),
        checks: record.checks,
    }
}

fn worse(dictionary: &Record, token: &Record) -> (Indication, Option<SubIndication>) {
    let mut both = dictionary.clone();
    both.append(token.clone());
    both.verdict()
}
