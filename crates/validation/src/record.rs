//! What one signature's validation collects: a line per check, and the findings that decide the indication.

use crate::checks::{Check, Outcome};
use crate::report::{CheckResult, Indication, SubIndication};

/// Lines and findings of one signature or token.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) checks: Vec<CheckResult>,
    /// With its weight: smaller counts more.
    findings: Vec<(u8, SubIndication)>,
}

impl Record {
    pub(crate) fn passed(&mut self, id: Check) {
        self.line(id, Outcome::Passed, None);
    }

    pub(crate) fn passed_with(&mut self, id: Check, detail: impl Into<String>) {
        self.line(id, Outcome::Passed, Some(detail.into()));
    }

    pub(crate) fn warning(&mut self, id: Check, detail: impl Into<String>) {
        self.line(id, Outcome::Warning, Some(detail.into()));
    }

    /// The check does not hold; `finding` says what that means for the whole.
    pub(crate) fn failed(&mut self, id: Check, finding: SubIndication, detail: impl Into<String>) {
        self.failed_weighing(id, finding, weight(finding), detail);
    }

    /// The same, but a missing status (TRY_LATER) is told first: EN 319 102-1 §5.2.6 asks for status before it
    /// holds the certificates above the signer's against cryptographic constraints.
    pub(crate) fn failed_after_status(
        &mut self,
        id: Check,
        finding: SubIndication,
        detail: impl Into<String>,
    ) {
        self.failed_weighing(id, finding, AFTER_STATUS, detail);
    }

    fn failed_weighing(
        &mut self,
        id: Check,
        finding: SubIndication,
        weight: u8,
        detail: impl Into<String>,
    ) {
        let outcome = match indication(finding) {
            Indication::TotalFailed => Outcome::Failed,
            _ => Outcome::Inconclusive,
        };
        self.line(id, outcome, Some(detail.into()));
        self.findings.push((weight, finding));
    }

    /// Passed, or failed with this detail.
    pub(crate) fn holds(
        &mut self,
        id: Check,
        holds: bool,
        finding: SubIndication,
        detail: impl Into<String>,
    ) -> bool {
        if holds {
            self.passed(id)
        } else {
            self.failed(id, finding, detail)
        }
        holds
    }

    /// A line without weight for the indication (later changes have their own statement).
    pub(crate) fn line(&mut self, id: Check, result: Outcome, detail: Option<String>) {
        let detail = detail.filter(|detail| !detail.is_empty());
        self.checks.push(CheckResult { id, result, detail });
    }

    pub(crate) fn append(&mut self, other: Record) {
        self.checks.extend(other.checks);
        self.findings.extend(other.findings);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.verdict().0 == Indication::TotalFailed
    }

    /// The weightiest finding, else TOTAL_PASSED.
    pub(crate) fn verdict(&self) -> (Indication, Option<SubIndication>) {
        let weightiest =
            self.findings.iter().min_by_key(|(weight, _)| *weight).map(|(_, sub)| *sub);
        (weightiest.map_or(Indication::TotalPassed, indication), weightiest)
    }
}

/// Which indication a sub-indication belongs to (EN 319 102-1 tables 5 and 6).
pub(crate) fn indication(sub: SubIndication) -> Indication {
    use SubIndication::{
        Expired, FormatFailure, HashFailure, NotYetValid, Revoked, SigCryptoFailure,
    };
    match sub {
        FormatFailure | HashFailure | SigCryptoFailure | Revoked | Expired | NotYetValid => {
            Indication::TotalFailed
        }
        _ => Indication::Indeterminate,
    }
}

/// Just behind TRY_LATER.
const AFTER_STATUS: u8 = 31;

/// Smaller weighs more: what is disproved before what is undecided, and what no further evidence can mend
/// before what it can (TRY_LATER last).
fn weight(sub: SubIndication) -> u8 {
    use SubIndication as S;
    match sub {
        S::FormatFailure => 0,
        S::HashFailure => 1,
        S::SigCryptoFailure => 2,
        S::NotYetValid => 3,
        S::Revoked => 4,
        S::Expired => 5,
        S::SignedDataNotFound => 10,
        S::NoSigningCertificateFound => 11,
        S::CryptoConstraintsFailure => 12,
        S::CryptoConstraintsFailureNoPoe => 13,
        S::NoCertificateChainFound => 14,
        S::ChainConstraintsFailure => 15,
        S::CertificateChainGeneralFailure => 16,
        S::RevokedNoPoe => 17,
        S::RevokedCaNoPoe => 18,
        S::OutOfBoundsNoPoe => 19,
        S::OutOfBoundsNotRevoked => 20,
        S::RevocationOutOfBoundsNoPoe => 21,
        S::PolicyProcessingError => 22,
        S::SignaturePolicyNotAvailable => 23,
        S::TimestampOrderFailure => 24,
        S::TryLater => 30,
        S::SigConstraintsFailure => 33,
        S::NoPoe => 34,
    }
}
