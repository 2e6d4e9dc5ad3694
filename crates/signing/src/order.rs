//! What is to be signed, by whom, where and how.

use pades::FileHash;
use pki::SignatureAlgorithm;
use serde::{Deserialize, Serialize};

use crate::{Look, Place};

/// The whole wish, before any time or token is involved. Serialisable; a person approves its
/// [`Order::hash`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// SHA-256 of the document as it is now.
    pub base: FileHash,
    /// An empty signature field to fill, or the name of a new one; `None`: a new name.
    pub field: Option<String>,
    /// What people see and where; `None`: nothing.
    pub appearance: Option<Appearance>,
    /// The signer's certificate, DER.
    #[serde(with = "base64_text")]
    pub certificate: Vec<u8>,
    /// How the value is made.
    pub algorithm: SignatureAlgorithm,
    /// With or without a timestamp.
    pub level: Level,
    /// DocMDP permission (1 to 3) of a certifying first signature; `None`: an approval.
    pub certify: Option<u8>,
    /// `/Reason` of the signature dictionary.
    pub reason: Option<String>,
    /// `/Location` of the signature dictionary.
    pub location: Option<String>,
    /// `/Name` of the signature dictionary.
    pub name: Option<String>,
}

/// A look at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appearance {
    /// Page and box.
    pub place: Place,
    /// What is drawn in it.
    pub look: Look,
}

/// The baseline levels that can be made (EN 319 142-1, 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// PAdES-BASELINE-B.
    B,
    /// PAdES-BASELINE-T: with a signature timestamp (RFC 3161).
    T,
}

/// SHA-256 over an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderHash(pub [u8; 32]);

impl Order {
    /// What a person approves: it binds document, certificate, place, look and level.
    pub fn hash(&self) -> OrderHash {
        // The order's JSON has its fields in the order of the struct and no map, so equal orders
        // have equal bytes. Writing plain data to memory does not fail; if it did, the hash of
        // nothing would match no approval.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let mut hash = pki::Digester::new(pki::DigestAlgorithm::Sha256);
        hash.update(b"antin.order/1\n");
        hash.update(&json);
        OrderHash(hash.finish().try_into().unwrap_or_default())
    }
}

/// Bytes as base64 text.
pub(crate) mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(de::Error::custom)
    }
}
