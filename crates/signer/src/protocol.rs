//! What goes over the socket: frames, requests, answers, and how large they may be.
//!
//! ```text
//!  frame = length of header (u32, big endian) ‖ header (JSON) ‖ blob ‖ blob …
//!  header = { "v": 1, "blobs": [lengths], "body": Request | Answer }
//! ```
//!
//! Lengths are held against the limits before anything is allocated. Secrets travel as blobs, which
//! are read straight into a buffer of their size: a JSON parser leaves copies behind.

mod frame;

use std::fmt;

use jiff::Timestamp;
use pades::FileHash;
use pki::SignatureAlgorithm;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use signing::{Level, Order};
use uuid::Uuid;

#[cfg(feature = "engine")]
pub(crate) use frame::wipe;
pub use frame::{Frame, FrameError, read_frame, write_frame};

/// Version of the protocol; another one is refused.
pub const VERSION: u32 = 1;
/// A header, pictures inside orders included.
pub const MAX_HEADER_BYTES: usize = 8 << 20;
/// One blob: a document is the largest.
pub const MAX_BLOB_BYTES: usize = 64 << 20;
/// Blobs of a frame: two for each step of an item.
pub const MAX_BLOBS: usize = 2 * MAX_ORDERS;
/// All blobs of a frame together.
pub const MAX_FRAME_BYTES: usize = 96 << 20;
/// Items of an activation.
pub const MAX_ITEMS: usize = 1000;
/// Signatures of one key on one result that are made one upon the other.
pub const MAX_ORDERS: usize = 8;
/// Life of an activation.
pub const MAX_ACTIVATION_SECONDS: i64 = 300;
/// More than any token takes.
pub const MAX_PIN_BYTES: usize = 255;
/// Hashes in a proof that one tree begins with another.
pub const MAX_PROOF: usize = 64;

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask", deny_unknown_fields)]
pub enum Request {
    /// Which keys there are. Answer: [`Answer::Keys`].
    Keys,
    /// Blob: the PIN. Answer: [`Answer::Activated`].
    Activate(Activate),
    /// Blob: the document. Answer: [`Answer::Signed`].
    Sign(SignItem),
    /// Ends an activation before its time; what was kept of it is dropped. Answer: [`Answer::Done`].
    Close {
        /// Which.
        activation: Uuid,
    },
    /// Signs the head of the transparency log. Answer: [`Answer::Checkpoint`].
    Checkpoint {
        /// The text to sign (C2SP tlog-checkpoint: origin, size, root).
        body: String,
        /// Base64 hashes that prove that the tree begins with the one signed last (RFC 6962, 2.1.2);
        /// empty for the first and where the size is the same.
        proof: Vec<String>,
    },
    /// The head that was signed last. Answer: [`Answer::Head`].
    Head,
}

/// One typing of a PIN over an exact list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activate {
    /// Made by the caller; used once, ever.
    pub activation: Uuid,
    /// [`KeyInfo::name`].
    pub key: String,
    /// In the order shown; [`SignItem::index`] counts from 0.
    pub items: Vec<ItemHash>,
    /// At most [`MAX_ACTIVATION_SECONDS`] from now.
    pub expires: Timestamp,
}

/// One item of an activated list: what a person approved, in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignItem {
    /// Of which activation.
    pub activation: Uuid,
    /// Which item.
    pub index: u32,
    /// The result that the document is of.
    pub result: Uuid,
    /// Its revision.
    pub revision: u32,
    /// Made one upon the other with the activated key. `base` of the first is the document's hash; of
    /// the others it is [`NO_BASE`], since what they build upon does not exist yet.
    pub orders: Vec<Order>,
}

/// `base` of an order that builds upon the one before it.
pub const NO_BASE: FileHash = FileHash([0; 32]);

/// What one item of an activation binds: SHA-256 over result, revision and orders.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemHash(pub [u8; 32]);

/// SHA-256("antin.item/1\n" ‖ result ‖ "\n" ‖ revision ‖ "\n" ‖ orders as JSON).
pub fn item_hash(result: Uuid, revision: u32, orders: &[Order]) -> ItemHash {
    let mut hash = Sha256::new();
    hash.update(format!("antin.item/1\n{result}\n{revision}\n"));
    // Plain data without maps: equal orders have equal bytes, and writing them to memory does not
    // fail; if it did, the hash of nothing would be in no list.
    hash.update(serde_json::to_vec(orders).unwrap_or_default());
    ItemHash(hash.finalize().into())
}

impl SignItem {
    /// The hash that must stand in the activated list.
    pub fn hash(&self) -> ItemHash {
        item_hash(self.result, self.revision, &self.orders)
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer", deny_unknown_fields)]
pub enum Answer {
    /// To [`Request::Keys`].
    Keys {
        /// Keys that sign for people and agencies.
        keys: Vec<KeyInfo>,
        /// The public key of checkpoints, `name+id+key`; `None`: this signer has none.
        log: Option<String>,
    },
    /// To [`Request::Activate`].
    Activated {
        /// When it ends.
        until: Timestamp,
    },
    /// To [`Request::Sign`]. Blobs: for each step its tail, then its evidence.
    Signed {
        /// One a step, in order.
        steps: Vec<StepInfo>,
        /// Where the signer's own log says so.
        log: LogPlace,
    },
    /// To [`Request::Close`].
    Done,
    /// To [`Request::Checkpoint`].
    Checkpoint {
        /// The signed note.
        note: String,
    },
    /// To [`Request::Head`].
    Head {
        /// Body of the checkpoint that was signed last; `None`: none yet.
        body: Option<String>,
    },
    /// Instead of any of these.
    Fault(Fault),
}

/// A key as callers may know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyInfo {
    /// How it is asked for.
    pub name: String,
    /// What it is for.
    pub kind: KeyKind,
    /// Certificate and algorithm that its orders must have; or why it cannot be used now.
    pub ready: Result<KeyReady, Fault>,
}

/// What orders for a key must say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyReady {
    /// DER.
    #[serde(with = "bytes")]
    pub certificate: Vec<u8>,
    /// What the token makes.
    pub algorithm: SignatureAlgorithm,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// A person's.
    Official,
    /// An agency's seal.
    Seal,
    /// Heads of the transparency log; needs no activation.
    Checkpoint,
}

/// What a step made. The file is the document, then the tails of all steps so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepInfo {
    /// The signature field.
    pub field: String,
    /// SHA-256 of the file after this step.
    #[serde(with = "file_hex")]
    pub file: FileHash,
    /// With or without a timestamp.
    pub level: Level,
    /// The policy under which the file passed: "name@version".
    pub policy: String,
    /// The instant at which it was judged.
    pub at: Timestamp,
    /// When the signature is proven to have existed.
    pub best_time: Timestamp,
}

/// A line of the signer's own log: kept with the result, it fixes the log up to there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogPlace {
    /// Line, from 0.
    pub line: u64,
    /// SHA-256 of the line, hexadecimal.
    pub hash: String,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{text_en} [{code}]")]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A stable word: those of `signing::Refusal`, `token::TokenError` and `fetch::FetchError`, and
    /// `activation_unknown`, `activation_used`, `activation_expired`, `activation_too_long`,
    /// `token_busy`, `key_unknown`, `item_unknown`, `item_changed`, `item_refused`, `status_unknown`,
    /// `result_not_valid`, `checkpoint_smaller`, `checkpoint_inconsistent`, `checkpoint_other_log`,
    /// `bad_request`, `not_allowed`, `overloaded`, `signer_failed`.
    pub code: String,
    /// Said no (true), or could not work (false).
    pub refused: bool,
    /// What is left to the caller.
    pub then: Then,
    /// For people.
    pub text_vi: String,
    /// For people.
    pub text_en: String,
}

/// What a fault leaves to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The same request may be sent again as long as the activation lasts.
    Again,
    /// This item (or request) is over; other items of the activation are not touched.
    Over,
    /// The activation is over or unknown: what is unsigned needs a new one.
    NewActivation,
}

impl fmt::Display for ItemHash {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(to, "{byte:02x}"))
    }
}

impl fmt::Debug for ItemHash {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "ItemHash({self})")
    }
}

impl Serialize for ItemHash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ItemHash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_hex(&String::deserialize(from)?).map(Self).ok_or_else(not_hex)
    }
}

fn not_hex<E: de::Error>() -> E {
    E::custom("not 64 hexadecimal digits")
}

/// 32 bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .bytes()
        .map(|digit| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let pairs =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, half| byte << 4 | half));
    pairs.collect::<Vec<u8>>().try_into().ok().filter(|_| digits.len() == 64)
}

mod file_hex {
    use super::{Deserialize, Deserializer, FileHash, Serializer, from_hex, hex, not_hex};

    pub(super) fn serialize<S: Serializer>(file: &FileHash, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex(&file.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<FileHash, D::Error> {
        from_hex(&String::deserialize(from)?).map(FileHash).ok_or_else(not_hex)
    }
}

mod bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(de::Error::custom)
    }
}
