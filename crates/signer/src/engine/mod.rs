//! The process itself.

mod activation;
mod ceremony;
mod config;
mod fault;
mod heads;
mod journal;
mod keys;
mod knowledge;
mod listen;
mod owner;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use signing::Room;
use token::{Module, Pin, TokenError};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::protocol::{
    Activate, Answer, Fault, MAX_ACTIVATION_SECONDS, MAX_ITEMS, MAX_ORDERS, MAX_PIN_BYTES,
    SignItem, Then, hex,
};
use activation::{Activation, Activations, Answered, State};
use heads::Heads;
use journal::{Event, Journal};
use keys::SigningKey;
use knowledge::{Knowledge, now};
use owner::{Make, Owner};

pub use config::{Config, ConfigError, KeyConfig, Limits, Padding, Tsa};
pub use journal::JournalError;

/// Why the process does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration, or a file that it names.
    #[error("{0}")]
    Wrong(String),
    /// The system says no.
    #[error("{path}: {why}", path = .0.display(), why = .1)]
    Io(PathBuf, io::Error),
    /// Another signer uses the same state.
    #[error("{}: another signer works here", .0.display())]
    Locked(PathBuf),
    /// Its own log.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The PKCS#11 library, or the token of the checkpoint key.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// A signer that is ready to listen. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    config: Config,
    module: Module,
    keys: Vec<Arc<SigningKey>>,
    heads: Option<Heads>,
    knowledge: Knowledge,
    tsa: Option<String>,
    journal: Journal,
    activations: Activations,
    in_flight: Arc<Semaphore>,
    room: Mutex<Room>,
    /// Held as long as the process lives: two signers over one log would break its chain.
    _lock: File,
}

/// No core dump and no debugger of another process reads what a PIN was. To be called first thing.
///
/// # Errors
/// The system does not allow it.
pub fn harden() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(io::Error::from)
}

impl Engine {
    /// Opens log, anchors, module and checkpoint key. Tokens of people are opened by activations alone.
    /// `network`: the runtime on which TSA and responders are asked.
    ///
    /// # Errors
    /// [`StartError`]: nothing was changed but that a torn end of the log was cut off.
    pub fn start(config: Config, network: Handle) -> Result<Engine, StartError> {
        config.check().map_err(StartError::Wrong)?;
        let state = &config.state;
        let fail = |path: &PathBuf| {
            let path = path.clone();
            move |e| StartError::Io(path, e)
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(state).map_err(fail(state))?;
        let lock_path = state.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .map_err(fail(&lock_path))?;
        lock.try_lock().map_err(|_| StartError::Locked(state.clone()))?;

        let module = Module::open(&config.module)?;
        let wrong = |e: io::Error| StartError::Wrong(e.to_string());
        let knowledge = Knowledge::gather(&config, network).map_err(wrong)?;
        let mut turns: HashMap<String, Arc<Semaphore>> = HashMap::new();
        let mut keys = vec![];
        for key in config.keys.iter().filter(|k| k.origin.is_none()) {
            let certificates = match &key.certificate {
                Some(path) => knowledge::certificates_at(path).map_err(wrong)?,
                None => vec![],
            };
            let turn = turns.entry(key.token.clone().unwrap_or_default());
            let turn = turn.or_insert_with(|| Arc::new(Semaphore::new(1)));
            let given = certificates.into_iter().next();
            keys.push(Arc::new(SigningKey::new(key, given, Arc::clone(turn))));
        }
        let (journal, past) = Journal::open(&state.join("log.jsonl"))?;
        let heads = match config.keys.iter().find(|k| k.origin.is_some()) {
            Some(key) => Some(Heads::open(key, state, &module, past.checkpoint.as_deref())?),
            None => None,
        };
        Ok(Engine(Arc::new(Inner {
            tsa: config.tsa.as_ref().map(|tsa| tsa.url.clone()),
            in_flight: Arc::new(Semaphore::new(config.limits.in_flight)),
            activations: Activations::new(past.activations),
            room: Mutex::default(),
            config,
            module,
            keys,
            heads,
            knowledge,
            journal,
            _lock: lock,
        })))
    }

    /// Listens until `stop` ends; then lets running items finish and logs all tokens out.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub async fn serve(&self, stop: impl Future<Output = ()>) -> Result<(), StartError> {
        listen::serve(&self.0, stop).await
    }
}

impl Inner {
    fn room(&self) -> Room {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the TSA sent is what it will send.
    fn learn(&self, room: Room) {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = room;
    }

    fn keys(&self) -> Answer {
        let keys = self.keys.iter().map(|key| key.info(&self.module)).collect();
        Answer::Keys { keys, log: self.heads.as_ref().map(Heads::verifier) }
    }

    /// Everything that can be refused without the PIN is, before it is tried.
    async fn activate(
        self: &Arc<Inner>,
        ask: Activate,
        pin: Pin,
        uid: u32,
    ) -> Result<Answer, Fault> {
        let key = self.keys.iter().find(|key| key.name == ask.key);
        let key = Arc::clone(key.ok_or_else(|| fault::key_unknown(&ask.key))?);
        let ends = acceptable(&ask)?;
        self.activations.take(ask.activation)?;
        let id = ask.activation;
        let prepared = {
            let (inner, key) = (Arc::clone(self), Arc::clone(&key));
            blocking(move || {
                let ready = key.ready(&inner.module)?;
                key.signer(&ready, &inner.knowledge)?;
                Ok(ready)
            })
            .await
        };
        let ready = prepared.inspect_err(|_| self.activations.give_back(id))?;
        let patience = Duration::from_secs(self.config.limits.busy_seconds);
        let turn = Arc::clone(&key.turn).acquire_owned();
        let turn = match tokio::time::timeout(patience, turn).await {
            Ok(Ok(turn)) => turn,
            _ => {
                self.activations.give_back(id);
                return Err(fault::token_busy(&key.token));
            }
        };
        let inner = Arc::clone(self);
        blocking(move || {
            if ends <= Instant::now() {
                inner.activations.give_back(id);
                return Err(fault::activation_expired());
            }
            // If we die after this line the activation counts as used, whether the PIN was tried or not.
            inner.journal.append(Event::Activating {
                activation: id,
                key: key.name.clone(),
                items: u32::try_from(ask.items.len()).unwrap_or(u32::MAX),
                list: list_hash(&ask),
                until: ask.expires,
                uid,
            })?;
            let place = (key.token.as_str(), key.label.as_str());
            let make = Make::Scheme(ready.scheme);
            let sessions = inner.config.limits.sessions;
            match Owner::open(&inner.module, place, make, pin, sessions, Some(turn)) {
                Ok(owner) => {
                    inner.journal.append(Event::Activated { activation: id })?;
                    let (until, who) = (ask.expires, (id, key, ready));
                    let activation = Activation::new(who, (until, ends), &ask.items, owner);
                    inner.activations.keep(Arc::new(activation));
                    Ok(Answer::Activated { until })
                }
                Err(error) => {
                    let code = error.code().to_owned();
                    tracing::warn!(activation = %id, code, "not activated");
                    inner.journal.append(Event::NotActivated { activation: id, code })?;
                    Err(Fault { then: Then::NewActivation, ..error.into() })
                }
            }
        })
        .await
    }

    async fn sign(
        self: &Arc<Inner>,
        item: SignItem,
        document: Vec<u8>,
    ) -> Result<Arc<Answered>, Fault> {
        let permit = Arc::clone(&self.in_flight).acquire_owned().await;
        let inner = Arc::clone(self);
        blocking(move || {
            let _permit = permit;
            inner.sign_now(&item, document)
        })
        .await
    }

    fn sign_now(&self, item: &SignItem, document: Vec<u8>) -> Result<Arc<Answered>, Fault> {
        let activation = self.activations.find(item.activation)?;
        let at = usize::try_from(item.index).unwrap_or(usize::MAX);
        let slot = activation.items.get(at).ok_or_else(fault::item_unknown)?;
        if item.orders.len() > MAX_ORDERS {
            return Err(fault::bad_request("too many orders"));
        }
        if slot.hash != item.hash() {
            return Err(fault::item_changed());
        }
        let mut state = slot.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut progress = match std::mem::replace(&mut *state, State::interrupted()) {
            State::Open(progress) => progress,
            State::Signed(answered) => {
                *state = State::Signed(Arc::clone(&answered));
                return Ok(answered);
            }
            State::Over(fault) => {
                *state = State::Over(fault.clone());
                return Err(fault);
            }
        };
        let done = activation
            .alive()
            .and_then(|()| ceremony::perform(self, &activation, item, document, &mut progress));
        match done {
            Ok(answered) => {
                let answered = Arc::new(answered);
                *state = State::Signed(Arc::clone(&answered));
                activation.one_less(true);
                Ok(answered)
            }
            Err(fault) => {
                tracing::warn!(activation = %item.activation, index = item.index, code = fault.code, "not signed");
                match fault.then {
                    Then::Over => {
                        *state = State::Over(fault.clone());
                        drop(state);
                        activation.one_less(false);
                        self.journal.append(Event::Refused {
                            activation: activation.id,
                            index: item.index,
                            code: fault.code.clone(),
                        })?;
                    }
                    Then::Again => *state = State::Open(progress),
                    Then::NewActivation => {
                        *state = State::Open(progress);
                        drop(state);
                        // A token that was pulled out stays dead: its sessions do not come back.
                        if let Some(activation) = self.activations.remove(activation.id) {
                            self.end(&activation, &fault.code);
                        }
                    }
                }
                Err(fault)
            }
        }
    }

    async fn close(self: &Arc<Inner>, id: Uuid) -> Result<Answer, Fault> {
        let inner = Arc::clone(self);
        blocking(move || {
            if let Some(activation) = inner.activations.remove(id) {
                inner.end(&activation, "closed");
            }
            Ok(Answer::Done)
        })
        .await
    }

    /// Logs out; the log says how many were signed.
    fn end(&self, activation: &Activation, why: &str) {
        activation.owner.close();
        let ended = Event::Ended {
            activation: activation.id,
            why: why.to_owned(),
            signed: activation.signed(),
        };
        // The log has failed already if this fails, and says so to whoever signs next.
        let _ = self.journal.append(ended);
    }

    fn sweep(&self, all: bool) {
        let why = if all { "stopped" } else { "expired" };
        for activation in self.activations.expired(all) {
            tracing::info!(activation = %activation.id, until = %activation.until, why, "ended");
            self.end(&activation, why);
        }
    }

    async fn checkpoint(
        self: &Arc<Inner>,
        body: String,
        proof: Vec<String>,
    ) -> Result<Answer, Fault> {
        let inner = Arc::clone(self);
        blocking(move || {
            let heads = inner.heads.as_ref().ok_or_else(|| fault::key_unknown("checkpoint"))?;
            Ok(Answer::Checkpoint { note: heads.sign(&inner.journal, &body, &proof)? })
        })
        .await
    }

    fn head(&self) -> Result<Answer, Fault> {
        let heads = self.heads.as_ref().ok_or_else(|| fault::key_unknown("checkpoint"))?;
        Ok(Answer::Head { body: heads.last() })
    }
}

/// Bounds of a list and its time; gives the end as the machine counts.
fn acceptable(ask: &Activate) -> Result<Instant, Fault> {
    if ask.items.is_empty() || ask.items.len() > MAX_ITEMS {
        return Err(fault::bad_request(&format!("{} items, 1 to {MAX_ITEMS}", ask.items.len())));
    }
    let distinct: HashSet<_> = ask.items.iter().collect();
    if distinct.len() != ask.items.len() {
        return Err(fault::bad_request("an item twice in the list"));
    }
    let left = ask.expires.duration_since(now());
    if !left.is_positive() {
        return Err(fault::activation_expired());
    }
    if left.as_secs() > MAX_ACTIVATION_SECONDS {
        return Err(fault::refused(
            "activation_too_long",
            Then::Over,
            "Phiên kích hoạt dài quá năm phút. PIN chưa được thử.",
            "The activation would last more than five minutes. The PIN was not tried.",
        ));
    }
    let left = Duration::try_from(left).unwrap_or_default();
    Ok(Instant::now() + left)
}

fn list_hash(ask: &Activate) -> String {
    let mut hash = Sha256::new();
    ask.items.iter().for_each(|item| hash.update(item.0));
    hex(&hash.finalize())
}

/// The PIN of a frame, moved and never copied.
fn pin_of(blobs: &mut Vec<Vec<u8>>) -> Result<Pin, Fault> {
    use zeroize::Zeroize;
    let mut bytes = blobs.pop().unwrap_or_default();
    if !blobs.is_empty() || bytes.is_empty() || bytes.len() > MAX_PIN_BYTES {
        bytes.zeroize();
        blobs.iter_mut().for_each(Zeroize::zeroize);
        return Err(fault::bad_request("one PIN is wanted"));
    }
    String::from_utf8(bytes).map(Pin::new).map_err(|e| {
        e.into_bytes().zeroize();
        fault::bad_request("the PIN is no text")
    })
}

/// Off the event loop. A panic ends this request, not the process.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(fault::broken("interrupted")),
    }
}

impl Fault {
    fn again(self) -> Fault {
        Fault { then: Then::Again, ..self }
    }
}
