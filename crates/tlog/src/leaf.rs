//! The leaf: what the log says about a result, without personal data.
//!
//! Canonical bytes: UTF-8 text, one `name value` a line, every line ended by U+000A, in this order;
//! a line whose value is absent is left out, nothing else may vary:
//!
//! ```text
//! antin.leaf/1
//! type issue
//! id 32 lower-case hexadecimal digits
//! commit 64 lower-case hexadecimal digits
//! file 64 lower-case hexadecimal digits
//! prev 64 lower-case hexadecimal digits
//! kid 8 lower-case hexadecimal digits
//! time microseconds since 1970-01-01T00:00:00Z, decimal
//! ```
//!
//! What is hashed into the tree is these bytes as received, never an encoding made again.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{Error, Hash, leaf_hash};

const FIRST_LINE: &str = "antin.leaf/1";

/// More bytes than any leaf of this format has.
pub const MAX_LEAF_BYTES: usize = 1024;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeafKind {
    /// A result was issued.
    Issue,
    /// A result was revoked for good.
    Revoke,
    /// A result was replaced by a newer one.
    Supersede,
    /// A result is suspended.
    Suspend,
    /// A suspension ended.
    Resume,
    /// A certified copy was made.
    Copy,
    /// A number or a copy was made void.
    Void,
    /// A status list was published.
    StatusList,
    /// A list of trust anchors was published.
    TrustList,
}

impl LeafKind {
    /// All kinds, in the order of the specification.
    pub const ALL: [Self; 9] = [
        Self::Issue,
        Self::Revoke,
        Self::Supersede,
        Self::Suspend,
        Self::Resume,
        Self::Copy,
        Self::Void,
        Self::StatusList,
        Self::TrustList,
    ];

    /// The word in the canonical bytes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Revoke => "revoke",
            Self::Supersede => "supersede",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Copy => "copy",
            Self::Void => "void",
            Self::StatusList => "statuslist",
            Self::TrustList => "trustlist",
        }
    }

    /// The kind that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Lists belong to no result: they carry no id and no commitment.
    pub fn is_list(self) -> bool {
        matches!(self, Self::StatusList | Self::TrustList)
    }
}

impl fmt::Display for LeafKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// SHA-256("id" ‖ code), first 16 bytes: finds a result's leaves for whoever holds its code, and
/// nothing for anyone else.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeafId(pub [u8; 16]);

impl LeafId {
    /// `code`: the 128 bits of the check code, not its letters.
    pub fn of(code: &[u8; 16]) -> Self {
        let digest: [u8; 32] =
            Sha256::new().chain_update(b"id").chain_update(code).finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

impl fmt::Display for LeafId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for LeafId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for LeafId {
    type Err = Error;

    /// 32 lower-case hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(Self(read_hex(text).ok_or(Error::Leaf("id"))?))
    }
}

/// HMAC-SHA256(code, claims): binds the leaf to what the result says. Once the code is destroyed it
/// says nothing, so that erasure stays possible.
pub fn commitment(code: &[u8; 16], claims: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length (RFC 2104 §2): the error has no way to happen.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(code) else {
        return [0; 32];
    };
    mac.update(claims);
    mac.finalize().into_bytes().into()
}

/// One leaf. Made by [`Leaf::of_result`] or [`Leaf::of_list`], read by [`Leaf::from_bytes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// What happened.
    pub kind: LeafKind,
    /// The result; none for lists.
    pub id: Option<LeafId>,
    /// [`commitment`] over the claims; none for lists.
    pub commit: Option<[u8; 32]>,
    /// SHA-256 of the final PDF, or of the list.
    pub file: Option<[u8; 32]>,
    /// [`leaf_hash`] of the leaf that this one follows: the last one about the same result, or, where
    /// a result replaces another, the last one about that other.
    pub prev: Option<Hash>,
    /// Identifier of the key that seals: the first four bytes of its certificate's SHA-256.
    pub kid: Option<[u8; 4]>,
    /// Microseconds since 1970-01-01T00:00:00Z of the act's transaction.
    pub time_us: i64,
}

impl Leaf {
    /// A leaf about a result. `code`: the 128 bits of its check code; `claims`: the canonical bytes
    /// of what is committed to.
    pub fn of_result(kind: LeafKind, code: &[u8; 16], claims: &[u8], at: Timestamp) -> Self {
        Self {
            kind,
            id: Some(LeafId::of(code)),
            commit: Some(commitment(code, claims)),
            file: None,
            prev: None,
            kid: None,
            time_us: at.as_microsecond(),
        }
    }

    /// A leaf about a published list, whose SHA-256 is `file`.
    pub fn of_list(kind: LeafKind, file: [u8; 32], at: Timestamp) -> Self {
        Self {
            kind,
            id: None,
            commit: None,
            file: Some(file),
            prev: None,
            kid: None,
            time_us: at.as_microsecond(),
        }
    }

    /// With the SHA-256 of the final PDF.
    #[must_use]
    pub fn file(mut self, sha256: [u8; 32]) -> Self {
        self.file = Some(sha256);
        self
    }

    /// With the hash of the leaf that this one follows.
    #[must_use]
    pub fn prev(mut self, leaf: Hash) -> Self {
        self.prev = Some(leaf);
        self
    }

    /// With the sealing key.
    #[must_use]
    pub fn kid(mut self, kid: [u8; 4]) -> Self {
        self.kid = Some(kid);
        self
    }

    /// Whether this leaf commits to these claims under this code.
    pub fn commits_to(&self, code: &[u8; 16], claims: &[u8]) -> bool {
        self.commit == Some(commitment(code, claims))
    }

    /// The canonical bytes: the log entry.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{FIRST_LINE}\ntype {}\n", self.kind);
        let mut line = |name: &str, bytes: Option<&[u8]>| {
            if let Some(bytes) = bytes {
                text.push_str(&format!("{name} {}\n", Hex(bytes)));
            }
        };
        line("id", self.id.as_ref().map(|id| id.0.as_slice()));
        line("commit", self.commit.as_ref().map(<[u8; 32]>::as_slice));
        line("file", self.file.as_ref().map(<[u8; 32]>::as_slice));
        line("prev", self.prev.as_ref().map(|prev| prev.0.as_slice()));
        line("kid", self.kid.as_ref().map(<[u8; 4]>::as_slice));
        text.push_str(&format!("time {}\n", self.time_us));
        text.into_bytes()
    }

    /// The hash of this leaf in the tree.
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.to_bytes())
    }

    /// Reads canonical bytes; anything else, however slightly, is refused.
    ///
    /// # Errors
    /// [`Error::Leaf`] names the line that is missing or wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_LEAF_BYTES {
            return Err(Error::Leaf("size"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Error::Leaf("encoding"))?;
        let mut lines = text.split_inclusive('\n').peekable();
        if lines.next() != Some("antin.leaf/1\n") {
            return Err(Error::Leaf("format"));
        }
        let mut value = |name: &'static str| -> Option<&str> {
            let rest = lines.peek()?.strip_prefix(name)?.strip_prefix(' ')?;
            let value = rest.strip_suffix('\n')?;
            lines.next();
            Some(value)
        };
        let kind = value("type").and_then(LeafKind::from_word).ok_or(Error::Leaf("type"))?;
        let id = value("id").map(str::parse).transpose()?;
        let commit = optional_hex("commit", value("commit"))?;
        let file = optional_hex("file", value("file"))?;
        let prev = optional_hex("prev", value("prev"))?.map(Hash);
        let kid = optional_hex("kid", value("kid"))?;
        let time_us =
            value("time").and_then(|digits| digits.parse().ok()).ok_or(Error::Leaf("time"))?;
        let leaf = Self { kind, id, commit, file, prev, kid, time_us };
        leaf.check_fields()?;
        // One encoding only: "+5", "007" and trailing lines end here.
        if leaf.to_bytes() != bytes {
            return Err(Error::Leaf("form"));
        }
        Ok(leaf)
    }

    fn check_fields(&self) -> Result<(), Error> {
        if self.kind.is_list() {
            if self.file.is_none() {
                return Err(Error::Leaf("file"));
            }
            return match (self.id, self.commit) {
                (None, None) => Ok(()),
                _ => Err(Error::Leaf("id")),
            };
        }
        if self.id.is_none() {
            return Err(Error::Leaf("id"));
        }
        if self.commit.is_none() {
            return Err(Error::Leaf("commit"));
        }
        Ok(())
    }
}

fn optional_hex<const N: usize>(
    name: &'static str,
    text: Option<&str>,
) -> Result<Option<[u8; N]>, Error> {
    text.map(|text| read_hex(text).ok_or(Error::Leaf(name))).transpose()
}

fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.0)
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
