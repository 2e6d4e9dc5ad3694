//! Digests: SHA-2 by `sha2` (SHA-NI where the processor has it), the others by openssl.

use crate::algorithm::DigestAlgorithm;
use crate::crypto::OpensslDigester;
use sha2::Digest;

/// Incremental digest. Cloning keeps what was absorbed so far, so that a long common beginning is
/// hashed once.
#[derive(Clone)]
pub struct Digester(State);

#[derive(Clone)]
enum State {
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Openssl(OpensslDigester),
}

impl Digester {
    /// Nothing absorbed yet.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(match algorithm {
            DigestAlgorithm::Sha224 => State::Sha224(Digest::new()),
            DigestAlgorithm::Sha256 => State::Sha256(Digest::new()),
            DigestAlgorithm::Sha384 => State::Sha384(Digest::new()),
            DigestAlgorithm::Sha512 => State::Sha512(Digest::new()),
            other => State::Openssl(OpensslDigester::new(other)),
        })
    }

    /// Absorbs bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha224(h) => h.update(bytes),
            State::Sha256(h) => h.update(bytes),
            State::Sha384(h) => h.update(bytes),
            State::Sha512(h) => h.update(bytes),
            State::Openssl(h) => h.update(bytes),
        }
    }

    /// The digest of everything absorbed.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            State::Sha224(h) => h.finalize().to_vec(),
            State::Sha256(h) => h.finalize().to_vec(),
            State::Sha384(h) => h.finalize().to_vec(),
            State::Sha512(h) => h.finalize().to_vec(),
            State::Openssl(h) => h.finish(),
        }
    }
}
