//! What stands around the acts: files are prepared and kept before an act names them, the PIN goes
//! to the signer between two acts. Handlers of the server call one function here, or one act.
//!
//! ```text
//!  submit     ids, code ─► draft::prepare ─► objects ─► act submit
//!  activate   keys of the signer ─► act begin_activation ─► PIN ─► act open_activation | refuse_activation
//!  then job `sign` (crate::jobs): signer ─► objects ─► act finish_item
//! ```
//!
//! If we die between two of these steps: an object that no row names, or an activation that nobody
//! opened, which job `release` ends after its time. Nothing is signed that the signer did not log.

mod activate;
mod prepare;
mod submit;

use std::sync::Arc;

use issuance::{FileHash, Refusal, RefusalKind};
use jiff::Timestamp;
use serde_json::json;
use signer::client::ClientError;
use signer::protocol::Fault;
use signing::Level;
use store::{ActError, Objects, PerformError, Store, StoreError};
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use submit::{Attachment, Submit};

use crate::children::Reader;

/// The rooms below. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) objects: Objects,
    pub(crate) signer: signer::client::Client,
    /// "https://HOST", which stands in every QR.
    public_url: Arc<str>,
    pub(crate) level: Level,
    preparing: Arc<Semaphore>,
    children: Option<Reader>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Database or objects could not work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signer could not work, or is not there.
    #[error("signer: {0}")]
    Signer(String),
    /// The system has no randomness, or a task ended.
    #[error("{0}")]
    Ended(String),
}

impl From<PerformError> for DeskError {
    fn from(error: PerformError) -> Self {
        match error {
            PerformError::Refused(refusal) => Self::Refused(refusal),
            PerformError::Store(error) => Self::Store(error),
        }
    }
}

impl From<ActError> for DeskError {
    fn from(error: ActError) -> Self {
        PerformError::from(error).into()
    }
}

impl From<ClientError> for DeskError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Fault(fault) if fault.refused => Self::Refused(refusal(&fault)),
            other => Self::Signer(other.to_string()),
        }
    }
}

impl Desk {
    /// `public_url` without a slash at its end; `level` is that of every signature.
    pub fn new(
        store: Store,
        objects: Objects,
        signer: signer::client::Client,
        public_url: &str,
        level: Level,
    ) -> Desk {
        let public_url = public_url.trim_end_matches('/').into();
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let preparing = Arc::new(Semaphore::new(processors));
        Desk { store, objects, signer, public_url, level, preparing, children: None }
    }

    /// Drafts are prepared in limited processes; without it, in this one.
    #[must_use]
    pub fn with_children(self, children: Reader) -> Desk {
        Desk { children: Some(children), ..self }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The objects.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The signer.
    pub fn signer(&self) -> &signer::client::Client {
        &self.signer
    }

    /// The file of a result, or evidence.
    ///
    /// # Errors
    /// Not there, damaged, or the objects do not answer.
    pub async fn object(&self, hash: &FileHash) -> Result<Vec<u8>, StoreError> {
        self.objects.get(hash).await
    }
}

/// What the signer says no to, as a refusal with its own code and words.
pub fn refusal(fault: &Fault) -> Refusal {
    Refusal::other(
        fault.code.clone(),
        RefusalKind::Conflict,
        fault.text_vi.clone(),
        fault.text_en.clone(),
        json!({ "then": fault.then }),
    )
}

/// A UUID of version 7, from the system's randomness.
pub(crate) fn new_id(now: Timestamp) -> Result<Uuid, DeskError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| DeskError::Ended(error.to_string()))?;
    let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Ok(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
}
