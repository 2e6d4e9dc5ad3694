//! Verdicts. [`read`] meets hostile bytes and says what they say ([`Facts`]); [`judge`] weighs facts, evidence,
//! trust, policy and time into a [`Report`] (EN 319 102-1). Both are total and deterministic: a bad file gives a
//! report, not an error. Nothing here asks a clock, a file or the network, trusts what a file brings along, or
//! answers with a bool.
//!
//! ```text
//!  bytes ─► read ─► Facts ─┐                        ┌─► conclusion, signatures, checks ─► total_passed()
//!           Evidence ──────┼─► judge(policy, at) ─► Report
//!           TrustStore ────┘                        └─► missing ─► (edge fetches, judges again)
//! ```
//!
//! A rule is found by its name: the file as a whole and what came after a signature in `rules`, one building block
//! of the standard each in `blocks`, every check with its clause and words in [`checks`], what may be narrowed or
//! widened in `policies/*.toml`.

mod blocks;
pub mod checks;
mod digests;
mod evidence;
mod facts;
mod level;
mod policy;
mod read;
mod record;
mod report;
mod rules;
mod verdict;

pub use evidence::{Evidence, EvidenceError};
pub use facts::{CmsFacts, Cover, Facts, Limits};
pub use pki::Hierarchy;
pub use policy::{FailingTimestamp, Past, Policy, PolicyError};
pub use read::read;
pub use report::{
    Algorithms, CertificateSummary, CheckResult, Conclusion, Indication, Integrity, LaterChanges,
    Missing, Report, RevocationSummary, SignatureReport, SubIndication, TimeSource,
    TimestampReport, TotalPassed, Warning,
};
pub use verdict::judge;

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
