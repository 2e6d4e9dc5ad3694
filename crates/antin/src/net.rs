//! The edge to the network: a runtime only when something must be fetched.

use std::future::Future;

use fetch::{Asked, Client, Config};
use validation::{Evidence, Missing};

use crate::output;
use crate::stop::Stop;

/// Fetches for one run of the command, or refuses to when offline.
pub(crate) struct Net {
    client: Client,
    offline: bool,
    asked: Vec<Asked>,
}

impl Net {
    pub(crate) fn new(config: Config, offline: bool) -> Net {
        Net { client: Client::new(config), offline, asked: vec![] }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Judges, and as long as something is missing that may be fetched, fetches and judges again.
    pub(crate) fn complete<J>(
        &mut self,
        evidence: &mut Evidence,
        mut judge: impl FnMut(&Evidence) -> (J, Vec<Missing>),
    ) -> Result<J, Stop> {
        let (judgement, missing) = judge(evidence);
        if self.offline || !missing.iter().any(has_address) {
            return Ok(judgement);
        }
        let mut first = Some((judgement, missing));
        let mut nonce = || random().ok();
        let asked_before = self.asked.len();
        let judgement = run(fetch::complete(
            &self.client,
            evidence,
            &mut self.asked,
            &mut nonce,
            |evidence| first.take().unwrap_or_else(|| judge(evidence)),
        ))?;
        for asked in self.asked.iter().skip(asked_before) {
            if let Some(error) = &asked.error {
                output::note(&format!("{}\n{}", error.text_vi(), error.text_en()));
            }
        }
        Ok(judgement)
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

/// Runs one piece of network work on this thread.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> Result<T, Stop> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| unable(&e.to_string()))?;
    Ok(runtime.block_on(work))
}

/// Fresh random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Stop> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| unable(&e.to_string()))?;
    Ok(bytes)
}

fn unable(why: &str) -> Stop {
    Stop::failed(
        "system_error",
        format!("Hệ điều hành báo lỗi: {why}."),
        format!("The operating system reports an error: {why}."),
    )
}
