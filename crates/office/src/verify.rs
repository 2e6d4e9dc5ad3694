//! The verdict on a file that came from outside: read in a child, judged here, evidence fetched until
//! nothing is missing.

use std::sync::Arc;

use jiff::Timestamp;
use pki::TrustStore;
use validation::{Evidence, Facts, Missing, Policy, Report};

use crate::children::{ChildError, ChildLimits, Reader};

/// Judges files by the configured trust and policy. Cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    reader: Reader,
    rules: Arc<Rules>,
}

struct Rules {
    anchors: TrustStore,
    evidence: Evidence,
    policy: Policy,
    /// `None`: nothing is fetched.
    fetch: Option<fetch::Client>,
}

/// A verdict and what it rests on: kept, it can be repeated.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Verified {
    pub facts: Facts,
    /// Only what the report used.
    pub evidence: Evidence,
    pub report: Report,
}

/// Why there is no verdict. None of these speaks about the file.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// No child.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The judging thread ended.
    #[error("judging ended early: {0}")]
    Ended(String),
}

impl Verifier {
    /// `evidence`: certificates that help paths, and answers known beforehand.
    pub fn new(
        reader: Reader,
        anchors: TrustStore,
        evidence: Evidence,
        policy: Policy,
        fetch: Option<fetch::Client>,
    ) -> Verifier {
        Verifier { reader, rules: Arc::new(Rules { anchors, evidence, policy, fetch }) }
    }

    /// What reading processes may use.
    pub fn limits(&self) -> &ChildLimits {
        self.reader.limits()
    }

    /// How many certificates are trusted.
    pub fn anchors(&self) -> usize {
        self.rules.anchors.anchors.len()
    }

    /// Reads and judges as of now.
    ///
    /// # Errors
    /// [`VerifyError`]: a bad file is never one.
    pub async fn verify(&self, document: &[u8]) -> Result<Verified, VerifyError> {
        let facts = self.reader.read(document).await?;
        self.judge(facts, Evidence::default()).await
    }

    /// Judges facts again, with more evidence.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub async fn judge(&self, facts: Facts, more: Evidence) -> Result<Verified, VerifyError> {
        let rules = Arc::clone(&self.rules);
        let runtime = tokio::runtime::Handle::current();
        // Signature values cost processor time: not on a thread that answers others.
        let judged = tokio::task::spawn_blocking(move || rules.judge(&facts, more, &runtime)).await;
        judged.map_err(|error| VerifyError::Ended(error.to_string()))
    }
}

impl Rules {
    fn judge(&self, facts: &Facts, more: Evidence, runtime: &tokio::runtime::Handle) -> Verified {
        let mut evidence = self.evidence.clone();
        evidence.merge(more);
        let judge = |evidence: &Evidence| {
            // Read at every judgement: an answer may be a moment younger than the question.
            let at = Timestamp::now();
            let report = validation::judge(facts, evidence, &self.anchors, &self.policy, at);
            let missing = report.missing.clone();
            (report, missing)
        };
        let (report, missing) = judge(&evidence);
        let report = match &self.fetch {
            Some(client) if missing.iter().any(has_address) => {
                let mut first = Some((report, missing));
                let mut asked = vec![];
                let mut nonce = || {
                    let mut bytes = [0; 16];
                    getrandom::fill(&mut bytes).ok().map(|()| bytes)
                };
                runtime.block_on(fetch::complete(
                    &client.next_run(),
                    &mut evidence,
                    &mut asked,
                    &mut nonce,
                    |evidence| first.take().unwrap_or_else(|| judge(evidence)),
                ))
            }
            _ => report,
        };
        let evidence = evidence.used_by(&report);
        Verified { facts: facts.clone(), evidence, report }
    }
}

fn has_address(missing: &Missing) -> bool {
    match missing {
        Missing::Issuer { urls, .. } => !urls.is_empty(),
        Missing::Status { ocsp_urls, crl_urls, .. } => {
            !ocsp_urls.is_empty() || !crl_urls.is_empty()
        }
    }
}
