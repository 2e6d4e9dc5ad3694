//! By what certificates and results are judged: anchors, policy, and answers about revocation, which
//! are used for a short while so that not every signature asks the same again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io};

use jiff::Timestamp;
use pki::{Certificate, TrustStore};
use signing::{StatusRule, Terms};
use tokio::runtime::Handle;
use validation::{Evidence, Missing, Policy};

use super::config::Config;

pub(crate) struct Knowledge {
    pub(crate) trust: TrustStore,
    pub(crate) policy: Policy,
    /// What the configuration gives: never old.
    given: Evidence,
    client: fetch::Client,
    keep: Duration,
    kept: Mutex<Kept>,
    /// One asks, the others wait and find the answer.
    asking: Mutex<()>,
    network: Handle,
}

struct Kept {
    evidence: Arc<Evidence>,
    since: Instant,
    generation: u64,
}

impl Knowledge {
    pub(crate) fn gather(config: &Config, network: Handle) -> io::Result<Knowledge> {
        let mut trust = TrustStore::default();
        let mut given = Evidence::default();
        for path in &config.trust {
            let is_folder = path.is_dir();
            for certificate in certificates_at(path)? {
                if is_folder && !certificate.is_self_signed() {
                    given.certificates.push(certificate);
                } else {
                    trust.add(certificate);
                }
            }
        }
        for path in &config.chain {
            given.certificates.extend(certificates_at(path)?);
        }
        Ok(Knowledge {
            trust,
            policy: Policy::named(&config.policy).unwrap_or_default(),
            client: fetch::Client::new(config.fetching()),
            keep: Duration::from_secs(config.limits.status_seconds),
            kept: Mutex::new(Kept {
                evidence: Arc::new(given.clone()),
                since: Instant::now(),
                generation: 0,
            }),
            given,
            asking: Mutex::default(),
            network,
        })
    }

    pub(crate) fn terms<'a>(&'a self, evidence: &'a Evidence) -> Terms<'a> {
        let (trust, policy) = (&self.trust, &self.policy);
        Terms { trust, evidence, policy, status: StatusRule::Required }
    }

    /// Grows by one whenever what was fetched became too old and was dropped.
    pub(crate) fn generation(&self) -> u64 {
        self.at_hand().1
    }

    fn at_hand(&self) -> (Arc<Evidence>, u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.since.elapsed() >= self.keep {
            kept.evidence = Arc::new(self.given.clone());
            kept.since = Instant::now();
            kept.generation += 1;
        }
        (Arc::clone(&kept.evidence), kept.generation)
    }

    /// Judges, and as long as something is missing that may be fetched, fetches and judges again.
    pub(crate) fn complete<J>(
        &self,
        mut judge: impl FnMut(&Evidence) -> (J, Vec<Missing>),
    ) -> (J, Arc<Evidence>) {
        let (evidence, _) = self.at_hand();
        let (judgement, missing) = judge(&evidence);
        if !missing.iter().any(has_address) {
            return (judgement, evidence);
        }
        let _one = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let (evidence, generation) = self.at_hand();
        let mut more = Evidence::clone(&evidence);
        let client = self.client.next_run();
        let mut asked = vec![];
        let mut nonce = || random().ok();
        let fetched =
            fetch::complete(&client, &mut more, &mut asked, &mut nonce, |evidence| judge(evidence));
        let judgement = self.network.block_on(fetched);
        for asked in &asked {
            match &asked.error {
                None => tracing::debug!(url = asked.url, subject = asked.subject, "fetched"),
                Some(error) => tracing::warn!(url = asked.url, %error, "not fetched"),
            }
        }
        let more = Arc::new(more);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.generation == generation {
            kept.evidence = Arc::clone(&more);
        }
        (judgement, more)
    }

    /// Asks the TSA, once more where it could not be reached: a second's outage is no reason to ask a
    /// person again.
    pub(crate) fn stamp(&self, url: &str, request: &[u8]) -> Result<Vec<u8>, fetch::FetchError> {
        let client = self.client.next_run();
        let tsa = fetch::Tsa { client: &client, url };
        match self.network.block_on(tsa.stamp(request.to_vec())) {
            Err(error) if error.code() == "tsa_down" => {
                tracing::warn!(%error, "timestamp, asked again");
                std::thread::sleep(TSA_PAUSE);
                self.network.block_on(tsa.stamp(request.to_vec()))
            }
            answer => answer,
        }
    }

    pub(crate) fn not_taken(
        &self,
        url: &str,
        refusal: &cades::TimestampRefusal,
    ) -> fetch::FetchError {
        fetch::Tsa { client: &self.client, url }.not_taken(refusal)
    }
}

const TSA_PAUSE: Duration = Duration::from_millis(300);

/// The clock of this process, in one place.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

fn has_address(missing: &Missing) -> bool {
    match missing {
        Missing::Issuer { urls, .. } => !urls.is_empty(),
        Missing::Status { ocsp_urls, crl_urls, .. } => {
            !ocsp_urls.is_empty() || !crl_urls.is_empty()
        }
    }
}

const CERTIFICATE_BYTES: u64 = 1 << 20;

/// Certificates of a file, or of the files of a folder.
pub(crate) fn certificates_at(path: &Path) -> io::Result<Vec<Certificate>> {
    let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    if !fs::metadata(path).map_err(named)?.is_dir() {
        return certificates_in(path);
    }
    let mut files: Vec<PathBuf> = vec![];
    for entry in fs::read_dir(path).map_err(named)? {
        let file = entry.map_err(named)?.path();
        let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if ["pem", "crt", "cer", "der"].contains(&ending) && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    let mut all = vec![];
    for file in files {
        all.extend(certificates_in(&file)?);
    }
    Ok(all)
}

fn certificates_in(file: &Path) -> io::Result<Vec<Certificate>> {
    let wrong = |why: String| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", file.display()))
    };
    let length = fs::metadata(file).map_err(|e| wrong(e.to_string()))?.len();
    if length > CERTIFICATE_BYTES {
        return Err(wrong(format!("{length} bytes")));
    }
    let bytes = fs::read(file).map_err(|e| wrong(e.to_string()))?;
    let found = match bytes.first() {
        Some(0x30) => Certificate::from_der(&bytes).map(|one| vec![one]),
        _ => Certificate::from_pem(&bytes),
    };
    let found = found.map_err(|e| wrong(e.to_string()))?;
    if found.is_empty() {
        return Err(wrong("no certificate".to_owned()));
    }
    Ok(found)
}
