use std::fmt;

use cryptoki::mechanism::MechanismType;
use cryptoki::object::ObjectHandle;

/// A private key on the token, found once and held. Valid while the [`Session`](crate::Session) that found it lives.
#[derive(Debug, Clone)]
pub struct Key {
    pub(crate) handle: ObjectHandle,
    pub(crate) allowed: Option<Vec<MechanismType>>,
    /// The bytes that must occur in the key's certificate: RSA modulus or EC point.
    pub(crate) public_part: Option<Vec<u8>>,
    /// `CKA_LABEL`; may be empty.
    pub label: String,
    /// `CKA_ID`; may be empty. [`Key::id_hex`] is how people write it.
    pub id: Vec<u8>,
    /// What kind of key.
    pub kind: KeyKind,
    /// `CKA_ALWAYS_AUTHENTICATE`: the token wants the PIN again for every signature (PIV slot 9C).
    pub always_authenticate: bool,
}

/// The kinds of keys that can sign here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA; the size of the modulus in bits, 0 if the token does not tell.
    Rsa {
        /// Size of the modulus in bits.
        bits: usize,
    },
    /// An elliptic curve key.
    Ec,
    /// An Ed25519 key (`CKK_EC_EDWARDS`): [`Session::sign_ed25519`](crate::Session::sign_ed25519) alone uses it.
    Ed25519,
    /// Something else: it is listed, but [`Session::schemes`](crate::Session::schemes) offers nothing.
    Other,
}

impl Key {
    /// `CKA_ID` in lower-case hexadecimal, the form that the command line takes.
    pub fn id_hex(&self) -> String {
        hex(&self.id)
    }

    pub(crate) fn has_id(&self, text: &str) -> bool {
        is_id(&self.id, text)
    }
}

/// Whether `text` is this `CKA_ID`, with or without colons.
pub(crate) fn is_id(id: &[u8], text: &str) -> bool {
    let wanted: String =
        text.chars().filter(|c| *c != ':').collect::<String>().to_ascii_lowercase();
    !wanted.is_empty() && wanted == hex(id)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            KeyKind::Rsa { bits } => format!("RSA-{bits}"),
            KeyKind::Ec => "EC".to_owned(),
            KeyKind::Ed25519 => "Ed25519".to_owned(),
            KeyKind::Other => "?".to_owned(),
        };
        write!(f, "{} [{}] {kind}", self.label, self.id_hex())
    }
}
