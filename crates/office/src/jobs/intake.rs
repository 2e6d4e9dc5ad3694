//! Job `intake`: a result signed elsewhere is validated in a limited child, with evidence fetched;
//! while only evidence is missing, it is tried again.

use issuance::{FileHash, Finding, ResultId, State, Validation};
use jiff::{SignedDuration, Timestamp};
use store::{Actor, End, Job, PerformError, StoreError, jobs, results};
use validation::checks::Outcome;
use validation::{Conclusion, LaterChanges, Report};

use crate::acts::JudgeIntake;
use crate::desk::Desk;
use crate::verify::{Verified, Verifier};

/// Waits before the second, third … try; the last one repeats.
const WAITS_SECONDS: [i64; 6] = [60, 300, 900, 3600, 3 * 3600, 12 * 3600];

/// Judges once.
///
/// # Errors
/// Database, objects or children could not work: the job is taken again.
pub(super) async fn intake(desk: &Desk, verifier: &Verifier, job: &Job) -> Result<(), StoreError> {
    let id = job.payload.get("result").and_then(|id| id.as_str());
    let id: Option<ResultId> = id.and_then(|id| id.parse().ok());
    let Some(id) = id else {
        return jobs::end(&desk.store, job, End::Failed("no result".to_owned())).await;
    };
    let mut tx = desk.store.read().await?;
    let result = results::get(&mut tx, id).await?;
    drop(tx);
    let Some(result) = result else {
        return jobs::end(&desk.store, job, End::Failed("no such result".to_owned())).await;
    };
    if !matches!(result.state, State::Submitted | State::AwaitingEvidence) {
        return jobs::end(&desk.store, job, End::Done).await;
    }
    let Ok(main) = result.main() else {
        return jobs::end(&desk.store, job, End::Failed("no file".to_owned())).await;
    };
    let document = desk.objects.get(&main.current).await?;
    let verified = match verifier.verify(&document).await {
        Ok(verified) => verified,
        Err(error) => {
            let at = later(desk.store.now(), 10);
            return jobs::end(&desk.store, job, End::RetryAt(at, error.to_string())).await;
        }
    };
    // Dies here: an orphan, written again by the next try.
    let evidence = desk.objects.put(verified.evidence.to_json().into_bytes()).await?;
    let finding = finding(&verified);
    let end = match finding {
        Finding::WantsEvidence { .. } => {
            let tries = usize::try_from(job.attempts).unwrap_or(usize::MAX).saturating_sub(1);
            let last = WAITS_SECONDS.last();
            let wait = WAITS_SECONDS.get(tries).or(last).copied().unwrap_or(3600);
            End::RetryAt(later(desk.store.now(), wait), "evidence is missing".to_owned())
        }
        _ => End::Done,
    };
    let validation = Validation {
        file: FileHash(verified.facts.file.0),
        finding,
        policy: verified.report.policy.clone(),
        at: verified.report.at,
        evidence,
    };
    let judged = JudgeIntake { result: id, validation, job: Some((job.clone(), end)) };
    match desk.store.perform(judged, Actor::worker()).await {
        Ok(_) => Ok(()),
        // Withdrawn meanwhile, or judged by another worker.
        Err(PerformError::Refused(refusal)) => {
            let why = End::Failed(refusal.code().into_owned());
            match jobs::end(&desk.store, job, why).await {
                Err(StoreError::LeaseLost(_)) => Ok(()),
                other => other,
            }
        }
        Err(PerformError::Store(StoreError::LeaseLost(_))) => Ok(()),
        Err(PerformError::Store(error)) => Err(error),
    }
}

/// What the report means at the second door.
pub fn finding(verified: &Verified) -> Finding {
    let report = &verified.report;
    let passed = report.total_passed().filter(|passed| passed.file() == verified.facts.file);
    if passed.is_some() {
        let hierarchy = report.signatures.iter().find_map(|signature| signature.hierarchy);
        let hierarchy = hierarchy.and_then(|h| serde_json::to_value(h).ok());
        let signers = report.signatures.iter().filter_map(|s| s.certificate.as_ref());
        return Finding::Passed {
            hierarchy: hierarchy.and_then(|h| h.as_str().map(str::to_owned)),
            signers: signers.map(|c| c.subject_name.clone()).collect(),
        };
    }
    let wants = report.conclusion == Conclusion::Indeterminate
        && report.later_changes != LaterChanges::NotPermitted
        && !report.missing.is_empty();
    if wants {
        let missing = report.missing.iter().map(validation::Missing::words).collect();
        return Finding::WantsEvidence { missing };
    }
    let (vi, en) = report.conclusion.words();
    let code = match report.conclusion {
        Conclusion::TotalPassed | Conclusion::TotalFailed => "signature_not_valid",
        Conclusion::Indeterminate => "signature_not_concluded",
        Conclusion::NoSignature => "no_signature",
    };
    let (why_vi, why_en) = why(report);
    Finding::Failed {
        code: code.to_owned(),
        text_vi: format!("{vi}. {why_vi}").trim_end().to_owned(),
        text_en: format!("{en}. {why_en}").trim_end().to_owned(),
    }
}

/// The checks that did not hold, those of the file first.
fn why(report: &Report) -> (String, String) {
    let of_signatures = report.signatures.iter().flat_map(|signature| &signature.checks);
    let failed = report
        .checks
        .iter()
        .chain(of_signatures)
        .filter(|check| matches!(check.result, Outcome::Failed | Outcome::Inconclusive));
    let (mut vi, mut en) = (vec![], vec![]);
    for (text_vi, text_en) in failed.map(validation::CheckResult::words) {
        if vi.len() < 5 && !vi.contains(&text_vi) {
            vi.push(text_vi);
            en.push(text_en);
        }
    }
    (vi.join("; "), en.join("; "))
}

fn later(from: Timestamp, seconds: i64) -> Timestamp {
    from.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
