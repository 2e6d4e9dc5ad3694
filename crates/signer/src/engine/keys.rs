//! Configured keys: which certificate and algorithm their orders must have, and whether they may sign
//! now.

use std::sync::{Arc, Mutex, PoisonError};

use pki::{Certificate, KeyAlgorithm, SignatureAlgorithm};
use signing::{Refusal, Signer};
use token::{Digest, Module, Scheme, TokenError};
use tokio::sync::Semaphore;

use super::config::{KeyConfig, Padding};
use super::fault;
use super::knowledge::{Knowledge, now};
use crate::protocol::{Fault, KeyInfo, KeyKind, KeyReady};

/// A key that signs for a person or an agency.
pub(crate) struct SigningKey {
    pub(crate) name: String,
    pub(crate) kind: KeyKind,
    pub(crate) token: String,
    pub(crate) label: String,
    padding: Option<Padding>,
    given: Option<Certificate>,
    /// One activation of a token at a time: PKCS#11 logs a process in, not a session, so a second PIN
    /// could not be checked.
    pub(crate) turn: Arc<Semaphore>,
    ready: Mutex<Option<Arc<Ready>>>,
    checked: Mutex<Option<(u64, Arc<Signer>)>>,
}

/// What is known of a key once its token was seen.
pub(crate) struct Ready {
    pub(crate) certificate: Certificate,
    pub(crate) scheme: Scheme,
    pub(crate) algorithm: SignatureAlgorithm,
}

impl SigningKey {
    pub(crate) fn new(
        config: &KeyConfig,
        given: Option<Certificate>,
        turn: Arc<Semaphore>,
    ) -> SigningKey {
        SigningKey {
            name: config.name.clone(),
            kind: config.kind,
            token: config.token.clone().unwrap_or_default(),
            label: config.key.clone().unwrap_or_default(),
            padding: config.scheme,
            given,
            turn,
            ready: Mutex::default(),
            checked: Mutex::default(),
        }
    }

    /// Looked for on the token until it is found once; needs no PIN.
    pub(crate) fn ready(&self, module: &Module) -> Result<Arc<Ready>, Fault> {
        let mut kept = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = &*kept {
            return Ok(Arc::clone(ready));
        }
        let ready = Arc::new(self.look(module)?);
        *kept = Some(Arc::clone(&ready));
        Ok(ready)
    }

    fn look(&self, module: &Module) -> Result<Ready, Fault> {
        let session = module.open_public_session(&self.token)?;
        let certificate = match &self.given {
            Some(certificate) => certificate.clone(),
            None => {
                let der = session.certificate_named(&self.label)?.ok_or_else(|| {
                    fault::failed(
                        "certificate_missing",
                        crate::protocol::Then::Over,
                        &format!("Thiết bị “{}” không có chứng thư “{}”. Hãy ghi tệp chứng thư vào cấu hình bộ ký.", self.token, self.label),
                        &format!("The token \"{}\" has no certificate \"{}\". Name its file in the signer's configuration.", self.token, self.label),
                    )
                })?;
                Certificate::from_der(&der)
                    .map_err(|e| Refusal::BadCertificate { why: e.to_string() })?
            }
        };
        let wanted = match (certificate.key_algorithm(), self.padding) {
            (KeyAlgorithm::Ec { .. }, _) => vec![Scheme::Ecdsa(Digest::Sha256)],
            (_, Some(Padding::Pss)) => vec![Scheme::RsaPss(Digest::Sha256)],
            (_, Some(Padding::Pkcs1)) => vec![Scheme::RsaPkcs1(Digest::Sha256)],
            (_, None) => vec![Scheme::RsaPss(Digest::Sha256), Scheme::RsaPkcs1(Digest::Sha256)],
        };
        let offered = &session.token().schemes;
        let fallback = Scheme::RsaPss(Digest::Sha256);
        let scheme = *wanted.iter().find(|scheme| offered.contains(scheme)).ok_or_else(|| {
            let scheme = wanted.first().copied().unwrap_or(fallback);
            TokenError::MechanismNotOffered { scheme }
        })?;
        Ok(Ready { certificate, scheme, algorithm: scheme.into() })
    }

    /// Period, fitness, path and status of the certificate, as long as the answers are fresh.
    pub(crate) fn signer(
        &self,
        ready: &Ready,
        knowledge: &Knowledge,
    ) -> Result<Arc<Signer>, Refusal> {
        let generation = knowledge.generation();
        {
            let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((of, signer)) = &*checked
                && *of == generation
            {
                return Ok(Arc::clone(signer));
            }
        }
        let (checked, _) = knowledge.complete(|evidence| {
            let terms = knowledge.terms(evidence);
            let (certificate, algorithm) = (&ready.certificate, ready.algorithm);
            let checked = Signer::check(certificate, &[], algorithm, &terms, now());
            let missing = checked.as_ref().err().map(|r| r.missing().to_vec()).unwrap_or_default();
            (checked, missing)
        });
        let signer = Arc::new(checked?);
        let mut kept = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((generation, Arc::clone(&signer)));
        Ok(signer)
    }

    pub(crate) fn info(&self, module: &Module) -> KeyInfo {
        let ready = self.ready(module).map(|ready| KeyReady {
            certificate: ready.certificate.der().to_vec(),
            algorithm: ready.algorithm,
        });
        KeyInfo { name: self.name.clone(), kind: self.kind, ready }
    }
}
