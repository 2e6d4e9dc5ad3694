//! Heads of the transparency log: signed one after the other, never a smaller or another tree.
//!
//! The head that was signed last is kept here, outside the service's database: who rolls the
//! database back does not get a second history signed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ed25519_dalek::Signer as _;
use tlog::{Checkpoint, Hash, VerifierKey, verify_consistency};
use token::{Module, Pin, TokenError};
use zeroize::Zeroizing;

use super::StartError;
use super::config::KeyConfig;
use super::fault;
use super::journal::{Event, Journal, sync_folder, write_whole};
use super::knowledge::random;
use super::owner::{Make, Owner};
use crate::protocol::{Fault, MAX_PROOF, Then, from_hex, hex};

pub(crate) struct Heads {
    key: HeadKey,
    verifier: VerifierKey,
    path: PathBuf,
    last: Mutex<Option<Checkpoint>>,
}

enum HeadKey {
    File(Box<ed25519_dalek::SigningKey>),
    Token(Box<TokenKey>),
}

/// Logged in by the PIN in a file; opened again when the token was lost, but never after a PIN that
/// was refused.
struct TokenKey {
    module: Module,
    token: String,
    key: String,
    pin_file: PathBuf,
    owner: Mutex<Result<Option<Owner>, TokenError>>,
}

impl Heads {
    /// `from_journal`: the last head that the signer's own log names.
    pub(crate) fn open(
        config: &KeyConfig,
        state: &Path,
        module: &Module,
        from_journal: Option<&str>,
    ) -> Result<Heads, StartError> {
        let origin = config.origin.clone().unwrap_or_default();
        let (key, public) = match &config.file {
            Some(file) => {
                let key = from_file(file)?;
                let public = key.verifying_key().to_bytes();
                (HeadKey::File(Box::new(key)), public)
            }
            None => {
                let key = TokenKey {
                    module: module.clone(),
                    token: config.token.clone().unwrap_or_default(),
                    key: config.key.clone().unwrap_or_default(),
                    pin_file: config.pin_file.clone().unwrap_or_default(),
                    owner: Mutex::new(Ok(None)),
                };
                let owner = key.open()?;
                let public = owner.ed25519_public.ok_or_else(|| {
                    StartError::Wrong("the checkpoint key is no Ed25519 key".to_owned())
                })?;
                *key.owner.lock().unwrap_or_else(PoisonError::into_inner) = Ok(Some(owner));
                (HeadKey::Token(Box::new(key)), public)
            }
        };
        let verifier = VerifierKey::new(&origin, &public)
            .map_err(|e| StartError::Wrong(format!("checkpoint key: {e}")))?;
        let path = state.join("head");
        let kept = match fs::read_to_string(&path) {
            Ok(body) => Some(readable(&body, "head")?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(StartError::Io(path, e)),
        };
        let logged = from_journal.map(|body| readable(body, "log")).transpose()?;
        let last = match (kept, logged) {
            (Some(kept), Some(logged)) if kept.size == logged.size && kept.root != logged.root => {
                return Err(StartError::Wrong("the kept head and the log disagree".to_owned()));
            }
            // The file is written first: it may be one ahead, and behind only if somebody put it back.
            (Some(kept), Some(logged)) if kept.size < logged.size => Some(logged),
            (kept, logged) => kept.or(logged),
        };
        Ok(Heads { key, verifier, path, last: Mutex::new(last) })
    }

    /// `name+id+key`.
    pub(crate) fn verifier(&self) -> String {
        self.verifier.to_string()
    }

    pub(crate) fn last(&self) -> Option<String> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(Checkpoint::body)
    }

    /// The signed note of a head that follows from the last one.
    pub(crate) fn sign(
        &self,
        journal: &Journal,
        body: &str,
        proof: &[String],
    ) -> Result<String, Fault> {
        let new = Checkpoint::from_body(body).map_err(|e| fault::bad_request(&e.to_string()))?;
        if new.origin != self.verifier.name() {
            return Err(other_log(&new.origin));
        }
        // Held to the end: heads are signed one after the other.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref() == Some(&new);
        if let Some(last) = &*last {
            follows(last, &new, proof)?;
        }
        if !known {
            // If we die after this, the same head can be asked for again and no smaller one.
            let body = new.body();
            write_whole(&self.path, body.as_bytes()).map_err(|e| fault::broken(&e.to_string()))?;
            journal.append(Event::Checkpoint { body })?;
            *last = Some(new.clone());
        }
        let value = match &self.key {
            HeadKey::File(key) => key.sign(new.body().as_bytes()).to_bytes().to_vec(),
            HeadKey::Token(key) => key.sign(new.body().as_bytes())?,
        };
        let note = self.verifier.note(&new, &value).map_err(|e| fault::broken(&e.to_string()))?;
        String::from_utf8(note).map_err(|e| fault::broken(&e.to_string()))
    }
}

fn follows(last: &Checkpoint, new: &Checkpoint, proof: &[String]) -> Result<(), Fault> {
    if new.size < last.size {
        return Err(fault::refused(
            "checkpoint_smaller",
            Then::Over,
            &format!(
                "Nhật ký minh bạch nhỏ đi: đã ký {} dòng, nay chỉ còn {}. Cơ sở dữ liệu có thể đã bị quay lui; hai người phải khôi phục nhật ký.",
                last.size, new.size
            ),
            &format!(
                "The transparency log became smaller: {} leaves were signed, now there are {}. The database may have been rolled back; two people must recover the log.",
                last.size, new.size
            ),
        ));
    }
    if new.size == last.size {
        return if new.root == last.root { Ok(()) } else { Err(inconsistent(last)) };
    }
    if last.size == 0 {
        return Ok(());
    }
    if proof.len() > MAX_PROOF {
        return Err(fault::bad_request("proof too long"));
    }
    let proof: Vec<Hash> = proof
        .iter()
        .map(|hash| hash.parse())
        .collect::<Result<_, tlog::Error>>()
        .map_err(|e| fault::bad_request(&e.to_string()))?;
    verify_consistency(&proof, last.size, last.root, new.size, new.root)
        .map_err(|_| inconsistent(last))
}

fn inconsistent(last: &Checkpoint) -> Fault {
    fault::refused(
        "checkpoint_inconsistent",
        Then::Over,
        &format!(
            "Nhật ký minh bạch không bắt đầu bằng {} dòng đã ký trước đây. Không ký đầu nhật ký mới.",
            last.size
        ),
        &format!(
            "The transparency log does not begin with the {} leaves that were signed before. The new head was not signed.",
            last.size
        ),
    )
}

fn other_log(origin: &str) -> Fault {
    fault::refused(
        "checkpoint_other_log",
        Then::Over,
        &format!("Bộ ký không giữ khóa của nhật ký “{origin}”."),
        &format!("The signer does not hold the key of the log \"{origin}\"."),
    )
}

fn readable(body: &str, place: &str) -> Result<Checkpoint, StartError> {
    Checkpoint::from_body(body).map_err(|e| StartError::Wrong(format!("{place}: {e}")))
}

impl TokenKey {
    fn open(&self) -> Result<Owner, StartError> {
        let fail = |e| StartError::Io(self.pin_file.clone(), e);
        private(&self.pin_file)?;
        let mut pin = Zeroizing::new(String::with_capacity(256));
        File::open(&self.pin_file)
            .map_err(fail)?
            .take(256)
            .read_to_string(&mut pin)
            .map_err(fail)?;
        // A line that an editor ended.
        let pin = Pin::new(pin.trim_end_matches(['\r', '\n']).to_owned());
        let key = (self.token.as_str(), self.key.as_str());
        Ok(Owner::open(&self.module, key, Make::Ed25519, pin, 1, None)?)
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        let open = match &*owner {
            Err(refused) => return Err(refused.clone().into()),
            Ok(open) => open.is_some(),
        };
        if !open {
            *owner = match self.open() {
                Ok(new) => Ok(Some(new)),
                Err(StartError::Token(refused)) if refused.is_refusal() => Err(refused),
                Err(StartError::Token(absent)) => return Err(Fault::from(absent).again()),
                Err(other) => return Err(fault::broken(&other.to_string())),
            };
        }
        match &*owner {
            Err(refused) => Err(refused.clone().into()),
            Ok(None) => Err(fault::broken("no session")),
            Ok(Some(session)) => session.sign(bytes).map_err(|error| {
                let fault = Fault::from(error).again();
                *owner = Ok(None);
                fault
            }),
        }
    }
}

/// The seed of a key that is no token's: made where it is absent.
fn from_file(path: &Path) -> Result<ed25519_dalek::SigningKey, StartError> {
    let fail = |e| StartError::Io(path.to_owned(), e);
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(mut file) => {
            let seed: Zeroizing<[u8; 32]> = Zeroizing::new(random().map_err(|e| {
                StartError::Wrong(format!("no randomness for the checkpoint key: {e}"))
            })?);
            let text = Zeroizing::new(hex(&*seed));
            file.write_all(text.as_bytes()).map_err(fail)?;
            file.sync_all().and_then(|()| sync_folder(path)).map_err(fail)?;
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => private(path)?,
        Err(e) => return Err(fail(e)),
    }
    let mut text = Zeroizing::new(String::with_capacity(128));
    File::open(path).map_err(fail)?.take(128).read_to_string(&mut text).map_err(fail)?;
    let wrong = || StartError::Wrong(format!("{}: not 64 hexadecimal digits", path.display()));
    let seed = Zeroizing::new(from_hex(text.trim()).ok_or_else(wrong)?);
    Ok(ed25519_dalek::SigningKey::from_bytes(&seed))
}

/// A secret in a file must be its owner's alone.
fn private(path: &Path) -> Result<(), StartError> {
    let metadata = fs::metadata(path).map_err(|e| StartError::Io(path.to_owned(), e))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(StartError::Wrong(format!("{}: mode 0600 is wanted", path.display())));
    }
    Ok(())
}
