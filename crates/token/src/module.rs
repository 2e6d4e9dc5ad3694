use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::UserType;
use cryptoki::slot::{Slot, TokenInfo as RawTokenInfo};

use crate::error::TokenError;
use crate::pin::Pin;
use crate::scheme::Scheme;
use crate::session::{self, Session};

/// A vendor's PKCS#11 library, loaded and initialised. Cheap to clone.
///
/// A library is initialised once in a process and never finalised: `C_Finalize` would end the sessions of every
/// other user of the same library in the process, and the operating system does the same at exit.
#[derive(Debug, Clone)]
pub struct Module {
    context: Pkcs11,
}

/// What the token says about the PIN tries left. PKCS#11 has only these flags, no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinState {
    /// Nothing noteworthy.
    Ok,
    /// `CKF_USER_PIN_COUNT_LOW`: a wrong PIN was given since the last right one.
    CountLow,
    /// `CKF_USER_PIN_FINAL_TRY`: one more wrong PIN locks it.
    FinalTry,
    /// `CKF_USER_PIN_LOCKED`.
    Locked,
}

/// A token in a slot, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// The name given at initialisation; what `--token` takes.
    pub label: String,
    /// Who made it.
    pub manufacturer: String,
    /// Its model.
    pub model: String,
    /// Its serial number, unique per maker; `--token` takes it where two labels are the same.
    pub serial: String,
    /// `CK_SLOT_ID`; may change when tokens come and go.
    pub slot_id: u64,
    /// Tries left, as far as the token tells.
    pub pin_state: PinState,
    /// The PIN is typed on the reader (`CKF_PROTECTED_AUTHENTICATION_PATH`).
    pub protected_pin_path: bool,
    /// Signature schemes that the token can do, strongest kind first; a key may allow fewer.
    pub schemes: Vec<Scheme>,
}

impl Module {
    /// Loads and initialises the library at `path` (a bare file name is searched as the system does it).
    pub fn open(path: impl AsRef<Path>) -> Result<Module, TokenError> {
        let path = path.as_ref();
        let is_bare_name = path.components().count() == 1;
        if !is_bare_name && !path.is_file() {
            return Err(TokenError::ModuleNotFound { path: path.to_owned() });
        }
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());

        // Held over load and C_Initialize, so that two threads do not initialise the same library.
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = opened.get_or_insert_default();
        if let Some(context) = opened.get(&resolved) {
            return Ok(Module { context: context.clone() });
        }
        let context = load(path)?;
        opened.insert(resolved, context.clone());
        Ok(Module { context })
    }

    /// The initialised tokens that are present now.
    pub fn tokens(&self) -> Result<Vec<TokenInfo>, TokenError> {
        Ok(self.slots()?.into_iter().map(|(_, info)| info).collect())
    }

    /// Opens a session on the token named `token_label` (or with that serial number) and logs in, with one try.
    pub fn open_session(&self, token_label: &str, pin: &Pin) -> Result<Session, TokenError> {
        let (slot, info, raw) = self.find(token_label)?;
        if info.pin_state == PinState::Locked {
            return Err(TokenError::PinLocked);
        }
        let (min, max) = (raw.min_pin_length(), raw.max_pin_length());
        if pin.len_bytes() < min || (max >= min && max > 0 && pin.len_bytes() > max) {
            return Err(TokenError::PinLength { min, max });
        }
        let session = self.session(slot, info)?;
        session
            .raw()
            .login(UserType::User, Some(&pin.for_login()))
            .map_err(|e| self.login_failure(slot, session.token(), e, (min, max)))?;
        Ok(session)
    }

    /// Logs in on the reader's own keys: the token asks the person, we never see the PIN.
    pub fn open_session_on_pin_pad(&self, token_label: &str) -> Result<Session, TokenError> {
        let (slot, info, raw) = self.find(token_label)?;
        if !info.protected_pin_path {
            return Err(TokenError::PinPadMissing { label: info.label });
        }
        let session = self.session(slot, info)?;
        session.raw().login(UserType::User, None).map_err(|e| {
            self.login_failure(
                slot,
                session.token(),
                e,
                (raw.min_pin_length(), raw.max_pin_length()),
            )
        })?;
        Ok(session)
    }

    /// Opens a session without login: it sees certificates and public keys, private keys only on some tokens.
    pub fn open_public_session(&self, token_label: &str) -> Result<Session, TokenError> {
        let (slot, info, _) = self.find(token_label)?;
        self.session(slot, info)
    }

    fn session(&self, slot: Slot, info: TokenInfo) -> Result<Session, TokenError> {
        let raw = self.context.open_ro_session(slot).map_err(TokenError::from)?;
        let mechanisms = self.context.get_mechanism_list(slot).map_err(TokenError::from)?;
        Ok(session::new(self.clone(), slot, info, raw, mechanisms))
    }

    /// A further session of the same slot; it shares the login, which PKCS#11 keeps per process and token.
    pub(crate) fn sibling(&self, slot: Slot, info: &TokenInfo) -> Result<Session, TokenError> {
        self.session(slot, info.clone())
    }

    fn find(&self, label: &str) -> Result<(Slot, TokenInfo, RawTokenInfo), TokenError> {
        let slots = self.slots()?;
        let by_label: Vec<_> = slots.iter().filter(|(_, t)| t.label == label).collect();
        let found = match by_label.as_slice() {
            [] => slots.iter().find(|(_, t)| t.serial == label),
            [one] => Some(*one),
            many => {
                let serials = many.iter().map(|(_, t)| t.serial.clone()).collect();
                return Err(TokenError::TokenAmbiguous { label: label.to_owned(), serials });
            }
        };
        let Some((slot, info)) = found else {
            let seen = slots.into_iter().map(|(_, t)| t.label).collect();
            return Err(TokenError::TokenAbsent { label: label.to_owned(), seen });
        };
        let raw = self.context.get_token_info(*slot).map_err(TokenError::from)?;
        Ok((*slot, info.clone(), raw))
    }

    fn slots(&self) -> Result<Vec<(Slot, TokenInfo)>, TokenError> {
        let mut found = Vec::new();
        for slot in self.context.get_slots_with_token().map_err(TokenError::from)? {
            // A token pulled out between the two calls, or one that cannot be read, must not hide the others.
            let Ok(raw) = self.context.get_token_info(slot) else { continue };
            if !raw.token_initialized() {
                continue;
            }
            let mechanisms = self.context.get_mechanism_list(slot).unwrap_or_default();
            found.push((
                slot,
                TokenInfo {
                    label: raw.label().trim_end_matches('\0').to_owned(),
                    manufacturer: raw.manufacturer_id().to_owned(),
                    model: raw.model().to_owned(),
                    serial: raw.serial_number().trim_end_matches('\0').to_owned(),
                    slot_id: slot.id(),
                    pin_state: pin_state(&raw),
                    protected_pin_path: raw.protected_authentication_path(),
                    schemes: Scheme::all().filter(|s| s.plan(&mechanisms).is_some()).collect(),
                },
            ));
        }
        Ok(found)
    }

    fn login_failure(
        &self,
        slot: Slot,
        token: &TokenInfo,
        error: Error,
        length: (usize, usize),
    ) -> TokenError {
        let Error::Pkcs11(rv, _) = &error else { return TokenError::from(error) };
        match rv {
            RvError::PinIncorrect | RvError::PinInvalid => {
                // Asked anew: the try that has just failed is what the person needs to know about.
                let state =
                    self.context.get_token_info(slot).map_or(PinState::Ok, |raw| pin_state(&raw));
                match state {
                    PinState::Locked => TokenError::PinLocked,
                    state => TokenError::PinIncorrect { state },
                }
            }
            RvError::PinLocked => TokenError::PinLocked,
            RvError::PinLenRange => TokenError::PinLength { min: length.0, max: length.1 },
            RvError::PinExpired | RvError::UserPinNotInitialized => TokenError::PinExpired,
            RvError::UserAlreadyLoggedIn | RvError::UserAnotherAlreadyLoggedIn => {
                TokenError::AlreadyLoggedIn { label: token.label.clone() }
            }
            _ => TokenError::from(error),
        }
    }
}

static OPENED: Mutex<Option<HashMap<PathBuf, Pkcs11>>> = Mutex::new(None);

fn load(path: &Path) -> Result<Pkcs11, TokenError> {
    let unusable =
        |e: Error| TokenError::ModuleUnusable { path: path.to_owned(), reason: e.to_string() };
    let context = Pkcs11::new(path).map_err(unusable)?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another user of the library in this process was first; its initialisation serves us too.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(context),
        Err(e) => Err(unusable(e)),
    }
}

fn pin_state(raw: &RawTokenInfo) -> PinState {
    if raw.user_pin_locked() {
        return PinState::Locked;
    }
    if raw.user_pin_final_try() {
        return PinState::FinalTry;
    }
    if raw.user_pin_count_low() {
        return PinState::CountLow;
    }
    PinState::Ok
}
