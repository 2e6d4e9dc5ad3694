//! The one serialisation that pages and API render: `antin.report/1`.

use super::{CheckResult, Report, SCHEMA, SignatureReport, TimestampReport, Warning};
use crate::checks::{self, Outcome};
use serde_json::{Value, json};

impl Report {
    /// One line of JSON; `file` is the name the caller knows the file by.
    pub fn to_json(&self, file: &str) -> String {
        json!({
            "schema": SCHEMA,
            "file": file,
            "sha256": self.sha256,
            "policy": self.policy,
            "at": self.at,
            "conclusion": self.conclusion,
            "later_changes": self.later_changes,
            "checks": self.checks.iter().map(check).collect::<Vec<_>>(),
            "signatures": self.signatures.iter().map(signature).collect::<Vec<_>>(),
            "warnings": self.warnings.iter().map(warning).collect::<Vec<_>>(),
            "missing": self.missing,
            "evidence_used": self.evidence_used,
        })
        .to_string()
    }
}

fn signature(signature: &SignatureReport) -> Value {
    let certificate = signature.certificate.as_ref();
    json!({
        "kind": signature.kind_word(),
        "field": signature.field,
        "revision": signature.revision,
        "indication": signature.indication,
        "sub_indication": signature.sub_indication,
        "integrity": signature.integrity,
        "later_changes": signature.later_changes,
        "level": signature.level,
        "signer": certificate.map(|certificate| &certificate.subject),
        "issuer": certificate.map(|certificate| &certificate.issuer),
        "certificate": certificate,
        "anchor": signature.anchor,
        "hierarchy": signature.hierarchy,
        "status": signature.status,
        "claimed_time": signature.claimed_time,
        "best_time": signature.best_time,
        "best_time_from": signature.best_time_from,
        "algorithms": signature.algorithms,
        "timestamps": signature.timestamps.iter().map(timestamp).collect::<Vec<_>>(),
        "covers": signature.covers,
        "checks": signature.checks.iter().map(check).collect::<Vec<_>>(),
    })
}

fn timestamp(timestamp: &TimestampReport) -> Value {
    json!({
        "indication": timestamp.indication,
        "sub_indication": timestamp.sub_indication,
        "time": timestamp.time,
        "intact": timestamp.intact,
        "authority": timestamp.authority,
        "anchor": timestamp.anchor,
        "checks": timestamp.checks.iter().map(check).collect::<Vec<_>>(),
    })
}

fn check(check: &CheckResult) -> Value {
    let (text_vi, text_en) = check.words();
    json!({
        "id": check.id,
        "clause": check.id.row().clause(),
        "result": check.result,
        "text_vi": text_vi,
        "text_en": text_en,
    })
}

fn warning(warning: &Warning) -> Value {
    let (text_vi, text_en) = warning.words();
    json!({ "code": warning.code, "field": warning.field, "text_vi": text_vi, "text_en": text_en })
}

impl SignatureReport {
    /// "signature" or "document_timestamp".
    pub fn kind_word(&self) -> &'static str {
        match self.kind {
            pades::SignatureKind::Signature => "signature",
            pades::SignatureKind::DocumentTimestamp => "document_timestamp",
        }
    }
}

impl CheckResult {
    /// Vietnamese and English, from the table.
    pub fn words(&self) -> (String, String) {
        let row = self.id.row();
        let (vi, en) = if self.result == Outcome::Passed { row.holds } else { row.fails };
        (with_detail(vi, self.detail.as_deref()), with_detail(en, self.detail.as_deref()))
    }
}

impl Warning {
    /// Vietnamese and English, from the table.
    pub fn words(&self) -> (String, String) {
        let (vi, en) = checks::warning(&self.code);
        let place = match (&self.field, &self.detail) {
            (Some(field), Some(detail)) => Some(format!("{field}: {detail}")),
            (Some(field), None) => Some(field.clone()),
            (None, detail) => detail.clone(),
        };
        (with_detail(vi, place.as_deref()), with_detail(en, place.as_deref()))
    }
}

fn with_detail(text: &str, detail: Option<&str>) -> String {
    detail.map_or_else(|| text.to_owned(), |detail| format!("{text} ({detail})"))
}
