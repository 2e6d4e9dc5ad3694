//! Whether the database is still the one that the log was made from. While it is not, nothing is
//! changed and nothing is called valid.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use office::SignerClient;
use office::log::{Folder, Standing, standing};
use store::Store;
use tlog::{Checkpoint, VerifierKey};

use crate::problem::Problem;

/// What is known of the log.
#[derive(Default)]
pub(crate) struct LogState {
    key: RwLock<Option<VerifierKey>>,
    standing: RwLock<Option<Standing>>,
}

/// Between two looks.
const OFTEN: Duration = Duration::from_secs(30);
const AT_ONCE: Duration = Duration::from_secs(3);

impl LogState {
    pub(crate) fn new(key: Option<VerifierKey>) -> LogState {
        LogState { key: RwLock::new(key), standing: RwLock::default() }
    }

    pub(crate) fn key(&self) -> Option<VerifierKey> {
        self.key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn standing(&self) -> Option<Standing> {
        self.standing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Database and log are known to agree.
    pub(crate) fn is_open(&self) -> bool {
        self.standing().is_some_and(|standing| standing.is_open())
    }

    /// Why nothing may be changed now.
    pub(crate) fn closed(&self) -> Option<Problem> {
        let standing = self.standing().filter(|standing| !standing.is_open())?;
        let (vi, en) = standing.texts();
        Some(Problem::new(StatusCode::SERVICE_UNAVAILABLE, standing.code(), vi, en))
    }

    /// Looks now; gives whether they agree.
    pub(crate) async fn look(
        &self,
        store: &Store,
        signer: &SignerClient,
        folder: &Folder,
    ) -> Result<bool, String> {
        let key = match self.key() {
            Some(key) => key,
            None => {
                let keys = signer.keys().await.map_err(|error| error.to_string())?;
                let text = keys.log.ok_or("the signer has no key of the log")?;
                let key: VerifierKey = text.parse().map_err(|error| format!("{error}"))?;
                *self.key.write().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
                key
            }
        };
        // A silent signer leaves the published files as the only witness.
        let head = signer.head().await.ok().flatten();
        let head = head.map(|body| Checkpoint::from_body(&body)).transpose();
        let head = head.map_err(|error| error.to_string())?;
        let found = standing(store, folder, &key, head.as_ref()).await;
        let found = found.map_err(|error| error.to_string())?;
        let open = found.is_open();
        if !open {
            tracing::error!(code = found.code(), "{}", found.texts().1);
        }
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok(open)
    }

    /// Looks as long as the server runs.
    pub(crate) async fn watch(&self, store: &Store, signer: &SignerClient, folder: &Folder) {
        let mut said = None;
        loop {
            let pause = match self.look(store, signer, folder).await {
                Ok(true) => OFTEN,
                Ok(false) => AT_ONCE,
                Err(error) => {
                    if said.as_ref() != Some(&error) {
                        tracing::warn!(error, "the log cannot be compared with the database");
                        said = Some(error);
                    }
                    AT_ONCE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }
}

/// What goes on while nothing may be changed: looking, coming in, checking files.
pub(crate) fn changes(method: &Method, route: &str) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let harmless = ["/api/v1/login", "/api/v1/logout", "/api/v1/verify"];
    !reads && route.starts_with("/api/") && !harmless.contains(&route)
}
