//! Activations, in memory alone: if we die they are gone, and what is unsigned needs a new PIN.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use signing::ToBeSigned;
use uuid::Uuid;

use super::fault;
use super::keys::{Ready, SigningKey};
use super::owner::Owner;
use crate::protocol::{Fault, ItemHash, LogPlace, StepInfo, Then};

/// One typing of a PIN, with the token it opened.
pub(crate) struct Activation {
    pub(crate) id: Uuid,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) ready: Arc<Ready>,
    pub(crate) until: Timestamp,
    /// As the machine counts, whatever happens to its clock.
    pub(crate) ends: Instant,
    pub(crate) items: Vec<Item>,
    pub(crate) owner: Owner,
    left: AtomicUsize,
    signed: AtomicU32,
}

/// One approved item.
pub(crate) struct Item {
    pub(crate) hash: ItemHash,
    pub(crate) state: Mutex<State>,
}

/// How far an item is. Whoever works on it holds the lock: a second asker waits for the answer.
pub(crate) enum State {
    /// Not answered; what was made so far is gone on with.
    Open(Progress),
    /// Answered, and answered the same again.
    Signed(Arc<Answered>),
    /// Ended without a result.
    Over(Fault),
}

/// What was made of an item so far.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) steps: Vec<Made>,
    /// A value that waits for its timestamp or for a status: it is not asked for twice.
    pub(crate) valued: Option<(ToBeSigned, Vec<u8>)>,
}

/// One step.
pub(crate) struct Made {
    pub(crate) info: StepInfo,
    pub(crate) tail: Vec<u8>,
    pub(crate) evidence: Vec<u8>,
}

/// The answer to an item.
pub(crate) struct Answered {
    pub(crate) steps: Vec<Made>,
    pub(crate) log: LogPlace,
}

impl Activation {
    pub(crate) fn new(
        (id, key, ready): (Uuid, Arc<SigningKey>, Arc<Ready>),
        (until, ends): (Timestamp, Instant),
        items: &[ItemHash],
        owner: Owner,
    ) -> Activation {
        let item = |hash: &ItemHash| Item {
            hash: *hash,
            state: Mutex::new(State::Open(Progress::default())),
        };
        Activation {
            id,
            key,
            ready,
            until,
            ends,
            items: items.iter().map(item).collect(),
            owner,
            left: AtomicUsize::new(items.len()),
            signed: AtomicU32::new(0),
        }
    }

    pub(crate) fn alive(&self) -> Result<(), Fault> {
        if Instant::now() < self.ends { Ok(()) } else { Err(fault::activation_expired()) }
    }

    /// An item was answered for good; with the last one the token is logged out.
    pub(crate) fn one_less(&self, signed: bool) {
        if signed {
            self.signed.fetch_add(1, Ordering::Relaxed);
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.owner.close();
        }
    }

    pub(crate) fn signed(&self) -> u32 {
        self.signed.load(Ordering::Relaxed)
    }
}

/// Those that live, and the ids of all that ever were.
pub(crate) struct Activations {
    live: Mutex<HashMap<Uuid, Arc<Activation>>>,
    used: Mutex<HashSet<Uuid>>,
}

/// Live activations at a time; each keeps its answers.
const MAX_LIVE: usize = 256;

impl Activations {
    pub(crate) fn new(used: HashSet<Uuid>) -> Activations {
        Activations { live: Mutex::default(), used: Mutex::new(used) }
    }

    /// Takes the id: nobody else gets it again.
    pub(crate) fn take(&self, id: Uuid) -> Result<(), Fault> {
        if self.live.lock().unwrap_or_else(PoisonError::into_inner).len() >= MAX_LIVE {
            return Err(fault::overloaded());
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.insert(id) { Ok(()) } else { Err(fault::activation_used()) }
    }

    /// The PIN was not tried: the id may come again.
    pub(crate) fn give_back(&self, id: Uuid) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    pub(crate) fn keep(&self, activation: Arc<Activation>) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.insert(activation.id, activation);
    }

    pub(crate) fn find(&self, id: Uuid) -> Result<Arc<Activation>, Fault> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.get(&id).cloned().ok_or_else(fault::activation_unknown)
    }

    pub(crate) fn remove(&self, id: Uuid) -> Option<Arc<Activation>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).remove(&id)
    }

    /// Takes out those that have expired, or all.
    pub(crate) fn expired(&self, all: bool) -> Vec<Arc<Activation>> {
        let now = Instant::now();
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let over: Vec<Uuid> =
            live.values().filter(|a| all || a.ends <= now).map(|a| a.id).collect();
        over.into_iter().filter_map(|id| live.remove(&id)).collect()
    }
}

impl State {
    /// What a crash of the work on an item leaves: it is not begun again.
    pub(crate) fn interrupted() -> State {
        State::Over(Fault { then: Then::Over, ..fault::broken("the item was interrupted") })
    }
}
