//! The signed head of the tree (C2SP tlog-checkpoint in a signed-note; Ed25519, type 0x01).

use std::fmt;
use std::str::FromStr;

use signed_note::{Note, StandardVerifier, Verifier, VerifierList};

use crate::{Error, Hash, MAX_SIZE};

/// More bytes than a checkpoint with sixteen signatures of the largest kind has.
pub const MAX_NOTE_BYTES: usize = 128 * 1024;

/// What a checkpoint says. Extension lines are refused: monitors cannot audit them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log: its URL without scheme and closing slash.
    pub origin: String,
    /// Leaves in the tree.
    pub size: u64,
    /// Root hash of the tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed: origin, size, root, each ended by a newline.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] names what is wrong, [`Error::Size`] an unreasonable size.
    pub fn from_body(text: &str) -> Result<Self, Error> {
        let text = text.strip_suffix('\n').ok_or(Error::Checkpoint("no newline at the end"))?;
        let lines: Vec<&str> = text.split('\n').take(4).collect();
        let [origin, size, root] = lines.as_slice() else {
            return Err(Error::Checkpoint("not three lines"));
        };
        let checkpoint = Self {
            origin: (*origin).to_owned(),
            size: size.parse().map_err(|_| Error::Checkpoint("size"))?,
            root: root.parse().map_err(|_| Error::Checkpoint("root hash"))?,
        };
        if origin.is_empty() || checkpoint.size.to_string() != *size {
            return Err(Error::Checkpoint("form"));
        }
        if checkpoint.size > MAX_SIZE {
            return Err(Error::Size(checkpoint.size));
        }
        Ok(checkpoint)
    }
}

/// The public key that signs a log's checkpoints. Its text is `name+id+key` (a "vkey"), as the tools
/// for signed notes take it.
#[derive(Clone)]
pub struct VerifierKey {
    text: String,
    verifier: StandardVerifier,
}

impl VerifierKey {
    /// `name`: the origin of the log; `key`: the Ed25519 public key of RFC 8032.
    ///
    /// # Errors
    /// [`Error::VerifierKey`]: a name with spaces or `+`, or not a point of the curve.
    pub fn new(name: &str, key: &[u8; 32]) -> Result<Self, Error> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| Error::VerifierKey)?;
        signed_note::new_ed25519_verifier_key(name, &key).parse()
    }

    /// Origin of the log.
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// The note: the body with this key's signature under it.
    ///
    /// # Errors
    /// [`Error::Note`] when the signature is not this key's over this body: it is checked here, so
    /// that no note leaves which nobody can verify.
    pub fn note(&self, checkpoint: &Checkpoint, signature: &[u8]) -> Result<Vec<u8>, Error> {
        let body = checkpoint.body();
        if checkpoint.origin != self.name() {
            return Err(Error::Note("the key is another log's"));
        }
        if !self.verifier.verify(body.as_bytes(), signature) {
            return Err(Error::Note("signature does not verify"));
        }
        let line = signed_note::Signature::new(
            self.name().to_owned(),
            self.verifier.key_id(),
            signature.to_vec(),
        )
        .map_err(|_| Error::VerifierKey)?;
        let note = Note::new(body.as_bytes(), &[line]).map_err(|_| Error::Note("malformed"))?;
        Ok(note.to_bytes())
    }

    /// The checkpoint in a note that this key signed. Signatures of unknown keys are passed over.
    ///
    /// # Errors
    /// [`Error::Note`], [`Error::Checkpoint`], [`Error::Size`].
    pub fn open(&self, note: &[u8]) -> Result<SignedCheckpoint, Error> {
        let parsed = parse(note)?;
        parsed
            .verify(&VerifierList::new(vec![Box::new(self.verifier.clone())]))
            .map_err(|_| Error::Note("not signed by this key"))?;
        let checkpoint = body_of(&parsed)?;
        if checkpoint.origin != self.name() {
            return Err(Error::Note("origin is another log's"));
        }
        Ok(SignedCheckpoint { checkpoint, note: note.to_vec() })
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(Self {
            text: text.to_owned(),
            verifier: StandardVerifier::new(text).map_err(|_| Error::VerifierKey)?,
        })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A checkpoint whose signature was verified: made by [`VerifierKey::open`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Vec<u8>,
}

impl SignedCheckpoint {
    /// What it says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note as received.
    pub fn note(&self) -> &[u8] {
        &self.note
    }
}

/// What a note says, with no key asked: for showing, and for finding out which key to ask.
///
/// # Errors
/// [`Error::Note`], [`Error::Checkpoint`], [`Error::Size`].
pub fn read_unverified(note: &[u8]) -> Result<Checkpoint, Error> {
    body_of(&parse(note)?)
}

fn parse(note: &[u8]) -> Result<Note, Error> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(Error::Note("too long"));
    }
    Note::from_bytes(note).map_err(|_| Error::Note("malformed"))
}

fn body_of(note: &Note) -> Result<Checkpoint, Error> {
    let text = std::str::from_utf8(note.text()).map_err(|_| Error::Note("malformed"))?;
    Checkpoint::from_body(text)
}
