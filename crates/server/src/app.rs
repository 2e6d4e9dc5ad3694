//! What every handler can reach. Cheap to clone.

use std::sync::Arc;

use office::desk::Desk;
use office::log::Folder;
use office::verify::Verifier;
use store::{Objects, Store};
use tlog::VerifierKey;

use crate::config::Config;
use crate::password::{PasswordError, Passwords};
use crate::rate::Rate;
use crate::standing::LogState;

/// The rooms below, opened by whoever starts the server.
pub struct Parts {
    /// As it was read and checked.
    pub config: Config,
    /// Store, objects and signer.
    pub desk: Desk,
    /// With the configured trust.
    pub verifier: Verifier,
    /// The public key of the transparency log; `None`: the signer is asked. Without it nothing is ever
    /// valid on the public page.
    pub log_key: Option<VerifierKey>,
}

/// What every handler can reach.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    parts: Parts,
    passwords: Passwords,
    rates: Rates,
    log: LogState,
}

/// How often, for what strangers may ask.
pub(crate) struct Rates {
    pub(crate) verify: Rate,
    pub(crate) check: Rate,
    /// Wrong passwords of one name.
    pub(crate) name: Rate,
    /// Wrong passwords, and wrong tokens, of one address.
    pub(crate) address: Rate,
}

impl App {
    /// # Errors
    /// The system has no randomness.
    pub fn new(parts: Parts) -> Result<App, PasswordError> {
        let limits = parts.config.limits;
        let rates = Rates {
            verify: Rate::new(limits.verifications_a_minute, 60),
            check: Rate::new(limits.checks_a_minute, 60),
            name: Rate::new(limits.wrong_passwords, 300),
            // Many people sit behind one address of an agency.
            address: Rate::new(limits.wrong_passwords.saturating_mul(5), 300),
        };
        let log = LogState::new(parts.log_key.clone());
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let passwords = Passwords::new(processors)?;
        Ok(App(Arc::new(Inner { parts, passwords, rates, log })))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.parts.config
    }

    pub(crate) fn store(&self) -> &Store {
        self.0.parts.desk.store()
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.0.parts.verifier
    }

    pub(crate) fn signer(&self) -> &office::SignerClient {
        self.0.parts.desk.signer()
    }

    pub(crate) fn objects(&self) -> &Objects {
        self.0.parts.desk.objects()
    }

    pub(crate) fn log_key(&self) -> Option<VerifierKey> {
        self.0.log.key()
    }

    pub(crate) fn log(&self) -> &LogState {
        &self.0.log
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.0.parts.desk
    }

    /// Compares database and log as long as the server runs.
    pub(crate) async fn watch_log(&self) {
        let folder = Folder::at(&self.config().log_folder);
        self.0.log.watch(self.store(), self.signer(), &folder).await;
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn rates(&self) -> &Rates {
        &self.0.rates
    }
}
