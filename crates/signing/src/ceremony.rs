//! From an order to a signed update, one step at a time.

use cades::{SignedAttributes, TimestampToken};
use jiff::Timestamp;
use pades::{FileHash, Limits, NewSignature, Prepared, SignatureKind, Source, SourceError};
use pki::{DigestAlgorithm, Digester, SignatureAlgorithm};
use serde::{Deserialize, Serialize};

use crate::certificate::name_of;
use crate::{Candidate, Level, Order, OrderHash, Refusal, Signer};

/// Room for the signature in `/Contents`, bytes of DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Kept free for a timestamp; what the TSA really sends can be learned: [`Valued::room`].
    pub timestamp_bytes: usize,
    /// At least this much in all.
    pub least_bytes: usize,
}

impl Default for Room {
    /// A timestamp with its chain of RSA certificates has 3 to 7 KB.
    fn default() -> Room {
        Room { timestamp_bytes: 10 << 10, least_bytes: 0 }
    }
}

/// The bytes that the key shall sign, and all that is needed to go on with the value: a one-time
/// state that can be kept or sent while the value is made elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ToBeSigned {
    /// The order that was approved.
    pub order: OrderHash,
    level: Level,
    algorithm: SignatureAlgorithm,
    prepared: Prepared,
    attributes: SignedAttributes,
    certificate_sha256: [u8; 32],
}

/// A value that the certificate verifies.
#[derive(Clone, Debug)]
pub struct Valued<'a> {
    state: ToBeSigned,
    signer: &'a Signer,
    value: Vec<u8>,
    timestamp: Option<TimestampToken>,
}

/// `/Contents` is too small: begin again with this room and ask for another value, since what is
/// signed changes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} bytes of room are needed for the signature", .0.least_bytes)]
pub struct NeedsRoom(pub Room);

/// A document's SHA-256 and, where it was taken here, the state to go on hashing from its end: what
/// is signed begins with the whole document, which so is hashed once.
#[derive(Clone)]
pub struct BaseDigest {
    hash: FileHash,
    state: Option<Digester>,
}

impl BaseDigest {
    /// Hashes the document.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn of(source: &dyn Source) -> Result<BaseDigest, SourceError> {
        let mut state = Digester::new(DigestAlgorithm::Sha256);
        pdf::for_each_chunk(source, 0, source.len(), |piece| state.update(piece))?;
        let hash = FileHash(state.clone().finish().try_into().unwrap_or_default());
        Ok(BaseDigest { hash, state: Some(state) })
    }

    /// The hash.
    pub fn hash(&self) -> FileHash {
        self.hash
    }
}

impl From<FileHash> for BaseDigest {
    fn from(hash: FileHash) -> BaseDigest {
        BaseDigest { hash, state: None }
    }
}

/// SHA-256 of a whole document.
///
/// # Errors
/// The source cannot be read.
pub fn file_hash(source: &dyn Source) -> Result<FileHash, SourceError> {
    Ok(BaseDigest::of(source)?.hash)
}

/// Lays the signature's field, appearance and dictionary with a hole after `base`, whose hash the
/// caller has taken ([`BaseDigest::of`]), and gives the attributes to sign. `now` becomes `/M`.
///
/// # Errors
/// What the document, the place or the look does not permit; the signer is of another order; the
/// document is not that of the order.
pub fn begin(
    order: &Order,
    signer: &Signer,
    base: &dyn Source,
    base_digest: impl Into<BaseDigest>,
    room: Room,
    now: Timestamp,
) -> Result<ToBeSigned, Refusal> {
    let BaseDigest { hash: base_hash, state } = base_digest.into();
    if base_hash != order.base {
        return Err(Refusal::BaseChanged);
    }
    if order.certificate != signer.certificate.der() || order.algorithm != signer.algorithm {
        return Err(Refusal::KeyMismatch { subject: signer.name() });
    }
    let appearance = match &order.appearance {
        Some(appearance) => Some(appearance.place.with(signer.draw(appearance, now)?)),
        None => None,
    };
    let mut contents_bytes = cades::assembled_bytes_estimate(&signer.embedded, signer.algorithm);
    if order.level == Level::T {
        contents_bytes = contents_bytes.saturating_add(room.timestamp_bytes);
    }
    let signature = NewSignature {
        field: order.field.as_deref(),
        kind: SignatureKind::Signature,
        sub_filter: "ETSI.CAdES.detached",
        claimed_time: Some(now),
        name: order.name.as_deref(),
        reason: order.reason.as_deref(),
        location: order.location.as_deref(),
        certify: order.certify,
        appearance,
        contents_bytes: contents_bytes.max(room.least_bytes),
    };
    let prepared = pades::prepare(base, base_hash, &signature, &Limits::default())?;
    let digest = match state {
        Some(state) if order.algorithm.digest() == DigestAlgorithm::Sha256 => {
            prepared.digest_after(state)
        }
        _ => prepared
            .digest(base, order.algorithm.digest())
            .map_err(|e| Refusal::Document { why: e.to_string() })?,
    };
    let attributes = SignedAttributes::new(&digest, order.algorithm, &signer.certificate)
        .map_err(|e| Refusal::BadCertificate { why: e.to_string() })?;
    Ok(ToBeSigned {
        order: order.hash(),
        level: order.level,
        algorithm: order.algorithm,
        prepared,
        attributes,
        certificate_sha256: signer.certificate.sha256(),
    })
}

impl ToBeSigned {
    /// What the key signs (the bytes, not their digest).
    pub fn bytes(&self) -> &[u8] {
        self.attributes.der()
    }

    /// How.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The field that will hold the signature.
    pub fn field(&self) -> &str {
        &self.prepared.field
    }

    /// Takes the value.
    ///
    /// # Errors
    /// [`Refusal::KeyMismatch`] for a value that the certificate does not verify.
    pub fn with_value(self, signer: &Signer, value: Vec<u8>) -> Result<Valued<'_>, Refusal> {
        let mismatch = || Refusal::KeyMismatch { subject: name_of(&signer.certificate) };
        if self.certificate_sha256 != signer.certificate.sha256() {
            return Err(mismatch());
        }
        // Nobody is asked to stamp a wrong value. Without a timestamp `finish` comes next, which
        // checks it anyway.
        if self.level == Level::T {
            let key = signer.certificate.spki();
            pki::crypto::verify(key, self.algorithm, self.bytes(), &value)
                .map_err(|_| mismatch())?;
        }
        Ok(Valued { state: self, signer, value, timestamp: None })
    }
}

impl Valued<'_> {
    /// The value: what a signature timestamp is over.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// Whether the order wants a timestamp and there is none yet.
    pub fn wants_timestamp(&self) -> bool {
        self.state.level == Level::T && self.timestamp.is_none()
    }

    /// The request for a timestamp over the value (RFC 3161), with the caller's randomness.
    pub fn timestamp_request(&self, nonce: &[u8]) -> Vec<u8> {
        let digest = DigestAlgorithm::Sha256;
        cades::timestamp_request(digest, &digest.digest(&self.value), nonce)
    }

    /// Takes the TSA's answer, held against the request. Its signature, path and status are judged
    /// with the finished file.
    ///
    /// # Errors
    /// The TSA refused, or answered something else than what was asked.
    pub fn with_timestamp(
        mut self,
        response: &[u8],
        nonce: &[u8],
    ) -> Result<Self, cades::TimestampRefusal> {
        let digest = DigestAlgorithm::Sha256;
        let imprint = digest.digest(&self.value);
        let token = cades::read_timestamp_response(response, digest, &imprint, nonce)?;
        self.timestamp = Some(token);
        Ok(self)
    }

    /// Room that fits what the TSA sent, for the next signatures.
    pub fn room(&self) -> Room {
        match &self.timestamp {
            Some(token) => Room {
                timestamp_bytes: token.der.len() + token.der.len() / 8 + 256,
                least_bytes: 0,
            },
            None => Room::default(),
        }
    }

    /// The signed update, to be validated before it is used.
    ///
    /// # Errors
    /// `Ok(Err(NeedsRoom))` when the hole is too small; [`Refusal::KeyMismatch`] for a value that
    /// the certificate does not verify.
    pub fn finish(self) -> Result<Result<Candidate, NeedsRoom>, Refusal> {
        let Valued { state, signer, value, timestamp } = self;
        let assembled = cades::assemble(
            &state.attributes,
            state.algorithm,
            &value,
            &signer.embedded,
            timestamp.as_ref(),
        );
        let der = assembled.map_err(|e| match e {
            cades::Error::WrongValue | cades::Error::Pki(pki::Error::SignatureInvalid) => {
                Refusal::KeyMismatch { subject: signer.name() }
            }
            other => Refusal::BadCertificate { why: other.to_string() },
        })?;
        let field = state.prepared.field.clone();
        Ok(match state.prepared.finish(&der) {
            Ok(update) => Ok(Candidate {
                update,
                field,
                timestamp_time: timestamp.map(|token| token.gen_time),
            }),
            Err(too_small) => {
                let timestamp_bytes = timestamp.map_or(0, |token| token.der.len() + 256);
                Err(NeedsRoom(Room { timestamp_bytes, least_bytes: too_small.wanted + 256 }))
            }
        })
    }
}
