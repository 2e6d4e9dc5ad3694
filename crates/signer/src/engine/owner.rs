//! One thread a token session. The login lasts as long as the activation; keys are found once.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use token::{Key, Module, Pin, Scheme, Session, TokenError};
use tokio::sync::OwnedSemaphorePermit;

/// What a session shall sign, and who waits for the value.
struct Job {
    bytes: Vec<u8>,
    answer: Sender<Result<Vec<u8>, TokenError>>,
}

/// How values are made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Make {
    Scheme(Scheme),
    Ed25519,
}

/// A token that is logged in, with its threads. While it lives nobody else can log in to the token.
pub(crate) struct Owner {
    jobs: RwLock<Option<Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// The public key of an Ed25519 key.
    pub(crate) ed25519_public: Option<[u8; 32]>,
    turn: Mutex<Option<OwnedSemaphorePermit>>,
}

const ABSENT_LOOKS: u32 = 3;
const ABSENT_PAUSE: Duration = Duration::from_millis(100);

impl Owner {
    /// Logs in, with one try, and wipes the PIN. `turn` is given back when the last session is closed.
    pub(crate) fn open(
        module: &Module,
        (token, key): (&str, &str),
        make: Make,
        pin: Pin,
        sessions: usize,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Result<Owner, TokenError> {
        let mut opened = module.open_session(token, &pin);
        for _ in 0..ABSENT_LOOKS {
            // A reader that is just busy (or a software token whose file is just being written) shows
            // no token for a moment. It is looked for again; no PIN was sent to a token that is not there.
            let Err(TokenError::TokenAbsent { .. }) = opened else { break };
            thread::sleep(ABSENT_PAUSE);
            opened = module.open_session(token, &pin);
        }
        drop(pin);
        let first = opened?;
        let key = first.key(key)?;
        if let Make::Scheme(scheme) = make
            && !first.schemes(&key).contains(&scheme)
        {
            return Err(TokenError::MechanismNotOffered { scheme });
        }
        if key.always_authenticate {
            return Err(TokenError::ContextLoginNeeded { key: key.label.clone() });
        }
        let ed25519_public = first.ed25519_public(&key);
        let mut all = vec![];
        for _ in 1..sessions {
            all.push(first.sibling()?);
        }
        all.push(first);
        let (jobs, waiting) = mpsc::channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let mut threads = vec![];
        for session in all {
            let (waiting, key) = (Arc::clone(&waiting), key.clone());
            let run = move || serve(&session, &key, make, &waiting);
            let thread = thread::Builder::new().name("token".to_owned()).spawn(run);
            threads.push(thread.map_err(|e| TokenError::Other {
                function: "thread".to_owned(),
                rv: e.to_string(),
            })?);
        }
        Ok(Owner {
            jobs: RwLock::new(Some(jobs)),
            threads: Mutex::new(threads),
            ed25519_public,
            turn: Mutex::new(turn),
        })
    }

    /// Waits for the value.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, TokenError> {
        let (answer, answered) = mpsc::channel();
        let job = Job { bytes: bytes.to_vec(), answer };
        {
            let jobs = self.jobs.read().unwrap_or_else(PoisonError::into_inner);
            let jobs = jobs.as_ref().ok_or(TokenError::SessionLost)?;
            jobs.send(job).map_err(|_| TokenError::SessionLost)?;
        }
        answered.recv().map_err(|_| TokenError::SessionLost)?
    }

    /// Logs out when what is queued is done, and waits for it.
    pub(crate) fn close(&self) {
        drop(self.jobs.write().unwrap_or_else(PoisonError::into_inner).take());
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has closed its session all the same.
            let _ = thread.join();
        }
        drop(self.turn.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.close();
    }
}

/// Ends when nobody can ask any more; the session is dropped with it.
fn serve(session: &Session, key: &Key, make: Make, waiting: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting: one thread takes the next job, the others wait behind it.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { bytes, answer }) = next else { return };
        let value = match make {
            Make::Scheme(scheme) => session.sign(key, scheme, &bytes),
            Make::Ed25519 => session.sign_ed25519(key, &bytes),
        };
        // Whoever asked may have given up.
        let _ = answer.send(value);
    }
}
