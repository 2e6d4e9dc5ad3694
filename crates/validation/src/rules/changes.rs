//! Rule 5: every later revision by an allow-list that starts from nothing. Signatures, DSS, document timestamps and
//! metadata may follow; a certification narrows that, and nothing here widens it: form fill and annotations are not
//! permitted under any certification yet, which is safe.

use super::docmdp::Limits;
use super::overlap::{self, Covering};
use crate::checks::{Check, Outcome};
use crate::facts::Facts;
use crate::record::Record;
use crate::report::{Indication, LaterChanges, SignatureReport, Warning};
use pades::{Change, ChangeKind};

/// What one later revision did, judged.
#[derive(Debug, Default)]
struct Revision {
    number: u32,
    /// What it may: for the report's detail.
    permitted: Vec<String>,
    refused: Vec<String>,
    /// Refused because of DocMDP or FieldMDP.
    beyond: Vec<String>,
    /// Refused because an appearance covers what it may not.
    covering: Vec<String>,
    /// Covered with a loud statement.
    loud: Vec<String>,
}

/// Fills `later_changes` and its checks into every report, once all signatures have been validated.
pub(crate) fn judge(
    facts: &Facts,
    sound: bool,
    reports: &mut [SignatureReport],
    warnings: &mut Vec<Warning>,
) {
    let revisions: Vec<_> = facts
        .pdf
        .revision_changes
        .iter()
        .map(|changes| {
            let limits = Limits::before(&facts.pdf, changes.revision);
            let mut revision = Revision { number: changes.revision, ..Revision::default() };
            for change in &changes.changes {
                judge_change(facts, change, &limits, reports, &mut revision, warnings);
            }
            revision
        })
        .collect();
    let last =
        facts.pdf.revision_ends.len().checked_sub(1).and_then(|last| u32::try_from(last).ok());
    for report in reports.iter_mut() {
        let mut record = Record::default();
        report.later_changes = after(report, &revisions, last, sound, &mut record);
        report.checks.extend(record.checks);
        let own = facts.covers.iter().filter(|cover| cover.field == report.field);
        report.covers = own.filter(|cover| cover.what != "nothing").cloned().collect();
    }
}

/// The worst of all revisions after the one that a signature ends.
fn after(
    report: &SignatureReport,
    revisions: &[Revision],
    last: Option<u32>,
    sound: bool,
    record: &mut Record,
) -> LaterChanges {
    let (Some(own), Some(last)) = (report.revision, last) else {
        record.line(Check::LaterChanges, Outcome::Failed, Some("ByteRange".into()));
        return LaterChanges::NotPermitted;
    };
    if !sound {
        record.line(
            Check::LaterChanges,
            Outcome::Failed,
            Some(Check::FileStructure.row().id.into()),
        );
        return LaterChanges::NotPermitted;
    }
    let later = || revisions.iter().filter(|revision| revision.number > own);
    // Each later revision must have been compared; one that was not is not permitted.
    let compared = u32::try_from(later().count()).unwrap_or(u32::MAX);
    if compared != last.saturating_sub(own) {
        record.line(Check::LaterChanges, Outcome::Failed, Some("?".into()));
        return LaterChanges::NotPermitted;
    }
    let gather =
        |part: fn(&Revision) -> &Vec<String>| later().flat_map(part).cloned().collect::<Vec<_>>();
    let refused = gather(|revision| &revision.refused);
    let beyond = gather(|revision| &revision.beyond);
    let covering = gather(|revision| &revision.covering);
    let loud = gather(|revision| &revision.loud);
    weigh(record, Check::Certification, &beyond, Outcome::Failed);
    match (covering.is_empty(), loud.is_empty()) {
        (false, _) => weigh(record, Check::Covers, &covering, Outcome::Failed),
        (true, _) => weigh(record, Check::Covers, &loud, Outcome::Warning),
    }
    let all: Vec<_> = refused.iter().chain(&beyond).chain(&covering).cloned().collect();
    if !all.is_empty() {
        weigh(record, Check::LaterChanges, &all, Outcome::Failed);
        return LaterChanges::NotPermitted;
    }
    let permitted = gather(|revision| &revision.permitted);
    record.line(Check::LaterChanges, Outcome::Passed, Some(short(&permitted)));
    if last > own { LaterChanges::Permitted } else { LaterChanges::None }
}

fn weigh(record: &mut Record, id: Check, found: &[String], outcome: Outcome) {
    if found.is_empty() {
        record.passed(id);
    } else {
        record.line(id, outcome, Some(short(found)));
    }
}

/// A handful says enough.
fn short(found: &[String]) -> String {
    let mut text = found.iter().take(8).cloned().collect::<Vec<_>>().join("; ");
    if found.len() > 8 {
        text += &format!("; … +{}", found.len() - 8);
    }
    text
}

fn judge_change(
    facts: &Facts,
    change: &Change,
    limits: &Limits<'_>,
    reports: &[SignatureReport],
    revision: &mut Revision,
    warnings: &mut Vec<Warning>,
) {
    let detail = describe(change);
    match &change.kind {
        ChangeKind::Equal => {}
        ChangeKind::Dss | ChangeKind::Metadata => revision.permitted.push(detail),
        ChangeKind::DocumentTimestamp { field } if stands(reports, field) => {
            revision.permitted.push(detail)
        }
        ChangeKind::SignatureField { field } | ChangeKind::SignatureValue { field } => {
            let locked =
                matches!(change.kind, ChangeKind::SignatureValue { .. }) && limits.locks(field);
            if !limits.permits_signing() || locked {
                revision.beyond.push(detail);
            } else if stands(reports, field) {
                revision.permitted.push(detail);
            } else {
                revision.refused.push(detail);
            }
        }
        ChangeKind::Painted { field, .. } => {
            match overlap::judge(facts, field, find(reports, field)) {
                Covering::Fine => revision.permitted.push(detail),
                Covering::Loud(covered) => {
                    revision.permitted.push(detail);
                    revision.loud.push(format!("{field}: {covered}"));
                    let warning = overlap::warning(field, &covered);
                    if !warnings.contains(&warning) {
                        warnings.push(warning);
                    }
                }
                Covering::Refused(covered) => revision.covering.push(format!("{field}: {covered}")),
            }
        }
        ChangeKind::EmptySignatureField { field, visible } => {
            let invisible_or_signed =
                !visible || (limits.permission.is_none() && stands(reports, field));
            if invisible_or_signed && limits.permits_signing() {
                revision.permitted.push(detail);
            } else {
                revision.refused.push(detail);
            }
        }
        ChangeKind::DocumentTimestamp { .. }
        | ChangeKind::FormFill { .. }
        | ChangeKind::Annotation { .. }
        | ChangeKind::Other { .. } => revision.refused.push(detail),
    }
}

/// The field bears a signature that is in the report and did not fail.
fn stands(reports: &[SignatureReport], field: &str) -> bool {
    find(reports, field).is_some_and(|report| report.indication != Indication::TotalFailed)
}

fn find<'a>(reports: &'a [SignatureReport], field: &str) -> Option<&'a SignatureReport> {
    reports.iter().find(|report| report.field == field)
}

fn describe(change: &Change) -> String {
    let what = match &change.kind {
        ChangeKind::SignatureField { field } => format!("signature field {field}"),
        ChangeKind::SignatureValue { field } => format!("signature in field {field}"),
        ChangeKind::DocumentTimestamp { field } => format!("document timestamp {field}"),
        ChangeKind::Dss => "DSS".into(),
        ChangeKind::Metadata => "metadata".into(),
        ChangeKind::Painted { field, page, .. } => {
            format!("appearance of {field} on page {}", page.saturating_add(1))
        }
        ChangeKind::EmptySignatureField { field, .. } => format!("empty signature field {field}"),
        ChangeKind::FormFill { field } => format!("form field {field}"),
        ChangeKind::Annotation { page } => page.map_or("annotation".into(), |page| {
            format!("annotation on page {}", page.saturating_add(1))
        }),
        ChangeKind::Equal => "rewritten, equal".into(),
        ChangeKind::Other { what } => what.clone(),
    };
    match (change.detail.is_empty(), change.object) {
        (true, None) => what,
        (true, Some(object)) => format!("{what} ({} {} obj)", object.number, object.generation),
        (false, _) => format!("{what} ({})", change.detail),
    }
}
