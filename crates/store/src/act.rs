//! An act: one change of the service's state, one struct, one transaction.

use std::future::Future;
use std::net::IpAddr;

use issuance::{ActivationId, ClientId, FileHash, PersonId, PositionId, Refusal};
use jiff::Timestamp;

use crate::{StoreError, Tx};

/// One change of the service's state with its input. It does no I/O but through `tx`, and it may run
/// again from the start: ids, hashes and whatever must not change between two tries are fields.
pub trait Act: Send + Sync + 'static {
    /// The stable word in the audit, the one of `issuance::ActName` where it has one.
    const NAME: &'static str;
    /// What the caller gets once the act is on the disk.
    type Done: Send + 'static;
    /// How much PostgreSQL has to watch; SQLite runs one act after another.
    const ISOLATION: Isolation = Isolation::Serializable;

    /// Changes rows, or refuses. Whatever it wrote before it refused is taken back.
    ///
    /// # Errors
    /// The rules say no, or the database failed.
    fn run(
        &self,
        tx: &mut Tx<'_>,
        at: &Context,
    ) -> impl Future<Output = Result<Self::Done, ActError>> + Send;
}

/// What PostgreSQL promises to an act (docs/decisions/0012).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// As if acts ran one after another. PostgreSQL watches what was read by the page, so that acts
    /// on neighbouring rows get into each other's way and run again: for acts that are rare.
    Serializable,
    /// One instant's view, and no row is changed that another changed since. For frequent acts of
    /// which this holds: they write the very row that they decide on (compare-and-set on a version,
    /// a unique key), or no other act decides on what they write.
    Snapshot,
}

/// Why an act ended without a change.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not work.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the caller of [`Store::perform`](crate::Store::perform) gets instead of an answer.
#[derive(Debug, thiserror::Error)]
pub enum PerformError {
    /// The rules say no; the refusal is in the audit.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not work.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ActError> for PerformError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Refused(refusal) => Self::Refused(refusal),
            ActError::Store(error) => Self::Store(error),
        }
    }
}

/// When and by whom.
#[derive(Clone, Debug)]
pub struct Context {
    /// Whole microseconds, never earlier than that of an act before it in this process.
    pub now: Timestamp,
    /// Who.
    pub actor: Actor,
}

/// Who does it, and through what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person, or the officer a client acts for.
    pub person: Option<PersonId>,
    /// Through which position.
    pub position: Option<PositionId>,
    /// Through what.
    pub via: Via,
    /// Network address of the caller.
    pub address: Option<IpAddr>,
}

/// Through what an act came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A session: SHA-256 of its cookie.
    Session([u8; 32]),
    /// An API client.
    Client(ClientId),
    /// The service's own worker.
    Worker,
    /// Set-up of the installation and of the demo.
    Setup,
    /// Somebody at the machine.
    CommandLine,
    /// Nobody known: a log-in, a page of the public.
    Nobody,
}

impl Actor {
    /// The service's own worker.
    pub fn worker() -> Self {
        Self { person: None, position: None, via: Via::Worker, address: None }
    }

    /// Set-up.
    pub fn setup() -> Self {
        Self { via: Via::Setup, ..Self::worker() }
    }

    /// Somebody at the machine.
    pub fn command_line() -> Self {
        Self { via: Via::CommandLine, ..Self::worker() }
    }
}

impl Via {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Session(_) => "session",
            Self::Client(_) => "client",
            Self::Worker => "worker",
            Self::Setup => "setup",
            Self::CommandLine => "command_line",
            Self::Nobody => "nobody",
        }
    }

    pub(crate) fn id(&self) -> Option<String> {
        match self {
            Self::Session(hash) => Some(FileHash(*hash).to_string()),
            Self::Client(client) => Some(client.to_string()),
            _ => None,
        }
    }
}

/// What an act changed, for its audit row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Kind and id, "result 0190…".
    pub object: String,
    /// SHA-256 of the revision before.
    pub before: Option<FileHash>,
    /// SHA-256 of the revision after.
    pub after: Option<FileHash>,
    /// The activation that signed.
    pub activation: Option<ActivationId>,
    /// Why, as the person wrote it.
    pub reason: Option<String>,
}

impl Detail {
    /// About this object.
    pub fn of(kind: &str, id: impl std::fmt::Display) -> Self {
        Self { object: format!("{kind} {id}"), ..Self::default() }
    }

    /// With the hashes before and after.
    #[must_use]
    pub fn changed(self, before: Option<FileHash>, after: Option<FileHash>) -> Self {
        Self { before, after, ..self }
    }

    /// With the activation.
    #[must_use]
    pub fn activation(self, activation: ActivationId) -> Self {
        Self { activation: Some(activation), ..self }
    }

    /// With a reason.
    #[must_use]
    pub fn reason(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }
}
