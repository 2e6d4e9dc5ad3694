//! Validated before anybody keeps it.

use jiff::Timestamp;
use pades::{Source, Update};
use pdf::Chained;
use validation::{
    Conclusion, Facts, Indication, Integrity, LaterChanges, Limits, Report, SubIndication,
    TotalPassed,
};

use crate::{Refusal, StatusRule, Terms};

/// A signed update that nobody has validated yet.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub(crate) update: Update,
    pub(crate) field: String,
    pub(crate) timestamp_time: Option<Timestamp>,
}

/// How the ceremony ends.
#[derive(Debug)]
pub enum Outcome {
    /// The whole file passed.
    Proven {
        /// The bytes to append.
        update: Update,
        /// Proof for exactly that file.
        passed: TotalPassed,
        /// The report behind it.
        report: Report,
    },
    /// The new signature is right as far as can be known, but the file did not pass.
    Unproven(Unproven),
    /// The result is not good: nothing may be kept.
    Rejected(Box<Report>),
}

/// A signed file whose validation ends INDETERMINATE for a reason that the caller accepted.
#[derive(Debug)]
pub struct Unproven {
    /// The bytes to append.
    pub update: Update,
    /// The report.
    pub report: Report,
    /// What is wanting.
    pub why: WhyUnproven,
}

/// What a file lacks to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyUnproven {
    /// The status of a certificate of the new signature.
    Status,
    /// An earlier signature could not be proven (and was not before this one).
    EarlierSignature,
}

/// What the signatures that a document has already amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// There is none.
    None,
    /// All passed.
    Passed,
    /// Not broken, but not proven either (an unknown authority, no status).
    Unproven,
}

/// The facts of a document that has signatures already; `None` where it has none, which costs one
/// look at its fields only.
///
/// # Errors
/// The document cannot be signed at all.
pub fn read_earlier(base: &dyn Source) -> Result<Option<Facts>, Refusal> {
    if pades::signed_fields(base, &pades::Limits::default())?.is_empty() {
        return Ok(None);
    }
    Ok(Some(validation::read(base, &Limits::default())))
}

/// Whether further signatures may be added to a document with this report.
///
/// # Errors
/// [`Refusal::EarlierSignature`] where one of them is broken, or changes that are not permitted came
/// after it.
pub fn earlier(report: &Report) -> Result<Earlier, Refusal> {
    match report.conclusion {
        Conclusion::TotalPassed => Ok(Earlier::Passed),
        Conclusion::NoSignature => Ok(Earlier::None),
        Conclusion::Indeterminate => Ok(Earlier::Unproven),
        Conclusion::TotalFailed => {
            let bad = report.signatures.iter().find(|s| {
                s.indication == Indication::TotalFailed || s.integrity != Integrity::Intact
            });
            Err(match bad {
                Some(s) => Refusal::EarlierSignature {
                    field: s.field.clone(),
                    why: s.sub_indication.map_or("TOTAL_FAILED".to_owned(), word),
                },
                None => Refusal::EarlierSignature {
                    field: report.signatures.first().map(|s| s.field.clone()).unwrap_or_default(),
                    why: "later changes: not permitted".to_owned(),
                },
            })
        }
    }
}

impl Candidate {
    /// The field that was signed.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Bytes that are appended.
    pub fn tail_bytes(&self) -> usize {
        self.update.tail.len()
    }

    /// What the signed file says. A large base is read where it is, without copying; a small one is
    /// joined with its tail, since one slice is read faster than two.
    pub fn read(&self, base: &dyn Source) -> Facts {
        if let Some(bytes) = base.as_slice().filter(|_| base.len() <= JOINED_BYTES) {
            return validation::read(
                &[bytes, self.update.tail.as_slice()].concat(),
                &Limits::default(),
            );
        }
        let file = Chained { base, tail: &self.update.tail };
        validation::read(&file, &Limits::default())
    }

    /// The instant at which the result is judged: now, or the timestamp's time where the TSA's clock
    /// is a little ahead of ours (a proof from the future proves nothing).
    pub fn judged_at(&self, now: Timestamp) -> Timestamp {
        match self.timestamp_time {
            Some(stamped)
                if stamped > now && seconds_between(now, stamped) <= CLOCK_SKEW_SECONDS =>
            {
                stamped
            }
            _ => now,
        }
    }

    /// Judges once, with the evidence at hand.
    pub fn judge(&self, facts: &Facts, terms: &Terms<'_>, now: Timestamp) -> Report {
        validation::judge(facts, terms.evidence, terms.trust, terms.policy, self.judged_at(now))
    }

    /// The end: what the last report lets the caller do with the update.
    pub fn settle(self, report: Report, rule: StatusRule, earlier: Earlier) -> Outcome {
        if let Some(passed) = report.total_passed() {
            return Outcome::Proven { update: self.update, passed, report };
        }
        let why = self.why_unproven(&report, rule, earlier);
        match why {
            Some(why) => Outcome::Unproven(Unproven { update: self.update, report, why }),
            None => Outcome::Rejected(Box::new(report)),
        }
    }

    fn why_unproven(
        &self,
        report: &Report,
        rule: StatusRule,
        earlier: Earlier,
    ) -> Option<WhyUnproven> {
        if report.conclusion != Conclusion::Indeterminate
            || report.later_changes == LaterChanges::NotPermitted
        {
            return None;
        }
        let new = report.signatures.iter().find(|s| s.field == self.field)?;
        if new.integrity != Integrity::Intact {
            return None;
        }
        match new.indication {
            Indication::TotalPassed if earlier == Earlier::Unproven => {
                Some(WhyUnproven::EarlierSignature)
            }
            Indication::Indeterminate
                if rule == StatusRule::UnknownAllowed
                    && new.sub_indication == Some(SubIndication::TryLater) =>
            {
                Some(WhyUnproven::Status)
            }
            _ => None,
        }
    }
}

/// Up to this size base and tail are joined for reading.
const JOINED_BYTES: u64 = 1 << 20;
const CLOCK_SKEW_SECONDS: i64 = 300;

fn seconds_between(earlier: Timestamp, later: Timestamp) -> i64 {
    later.as_second().saturating_sub(earlier.as_second())
}

fn word(sub: SubIndication) -> String {
    serde_json::to_value(sub)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
