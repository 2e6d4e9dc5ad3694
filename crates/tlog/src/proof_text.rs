//! A proof that stands alone (C2SP tlog-proof@v1): index, inclusion proof and signed checkpoint as
//! text. Kept as a file it ends in `.tlog-proof`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::proof::{MAX_PROOF, verify_inclusion};
use crate::{Error, Hash, SignedCheckpoint, VerifierKey, leaf_hash};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
const MAX_TEXT_BYTES: usize = 256 * 1024;

/// A proof as it was read: nothing in it is believed before [`ProofText::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofText {
    /// Bytes that the proof carries along unauthenticated.
    pub extra: Option<Vec<u8>>,
    /// Of the leaf, from 0.
    pub index: u64,
    /// From the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The checkpoint, verbatim.
    pub note: Vec<u8>,
}

impl ProofText {
    /// The text.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{FIRST_LINE}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", STANDARD.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            text.push_str(&format!("{hash}\n"));
        }
        text.push('\n');
        let mut bytes = text.into_bytes();
        bytes.extend(&self.note);
        bytes
    }

    /// Reads the text.
    ///
    /// # Errors
    /// [`Error::ProofText`] names the part that is missing or malformed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_TEXT_BYTES {
            return Err(Error::ProofText("too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Error::ProofText("encoding"))?;
        let (head, note) = text.split_once("\n\n").ok_or(Error::ProofText("no checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(Error::ProofText("format"));
        }
        let extra = lines
            .next_if(|line| line.starts_with("extra "))
            .and_then(|line| line.strip_prefix("extra "))
            .map(|text| STANDARD.decode(text).map_err(|_| Error::ProofText("extra")))
            .transpose()?;
        let digits = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .ok_or(Error::ProofText("index"))?;
        let index: u64 = digits.parse().map_err(|_| Error::ProofText("index"))?;
        if index.to_string() != digits {
            return Err(Error::ProofText("index"));
        }
        let hashes =
            lines.take(MAX_PROOF + 1).map(str::parse).collect::<Result<Vec<Hash>, Error>>()?;
        if hashes.len() > MAX_PROOF {
            return Err(Error::ProofText("too many hashes"));
        }
        Ok(Self { extra, index, hashes, note: note.as_bytes().to_vec() })
    }

    /// Verifies that the log with this key holds `entry` (a leaf's canonical bytes) at this index,
    /// under the checkpoint that the proof carries.
    ///
    /// # Errors
    /// [`Error::Note`] and [`Error::Checkpoint`] for the checkpoint, [`Error::Proof`] and
    /// [`Error::Index`] for the path.
    pub fn verify(&self, key: &VerifierKey, entry: &[u8]) -> Result<SignedCheckpoint, Error> {
        let signed = key.open(&self.note)?;
        let head = signed.checkpoint();
        verify_inclusion(&self.hashes, self.index, head.size, head.root, leaf_hash(entry))?;
        Ok(signed)
    }
}
