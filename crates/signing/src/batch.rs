//! Many documents, one signer: the token is never kept waiting for parsing or checking.
//!
//! ```text
//!  thread 1: begin ──► [queue] ──► calling thread: the token ──► [queue] ──► thread 2: finish, validate
//! ```
//! Each item has its own outcome; one that is refused does not stop the others.

use std::sync::mpsc::sync_channel;
use std::thread;

use jiff::Timestamp;
use pades::{FileHash, Source};

use crate::{
    BaseDigest, Candidate, Earlier, Level, Order, Outcome, Refusal, Room, Signer, Terms,
    ToBeSigned, begin,
};

/// One document to sign.
pub struct Item<'a> {
    /// The order.
    pub order: &'a Order,
    /// The document.
    pub base: &'a dyn Source,
    /// Its SHA-256 as the caller knows it; the document is held against it.
    pub base_hash: FileHash,
}

/// Why one item was not signed; `E` is the token's error.
#[derive(Debug)]
pub enum BatchError<E> {
    /// Document or certificate.
    Refused(Refusal),
    /// The token.
    Token(E),
    /// The signature was larger than its room, which only a timestamp can cause.
    Room,
}

/// Signs `items` in order at level B and validates each. `value` is called on the calling thread,
/// one at a time, with the bytes to sign. `done` gets every outcome, in order.
///
/// Orders of level T are refused here: their timestamps are the edge's, one round trip each.
pub fn run<E: Send>(
    signer: &Signer,
    items: &[Item<'_>],
    terms: &Terms<'_>,
    now: Timestamp,
    mut value: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
    mut done: impl FnMut(usize, Result<Outcome, BatchError<E>>) + Send,
) {
    type Prepared = Result<ToBeSigned, Refusal>;
    let (to_token, prepared) = sync_channel::<(usize, Prepared)>(QUEUE);
    let (to_finish, valued) =
        sync_channel::<(usize, Result<(ToBeSigned, Vec<u8>), BatchError<E>>)>(QUEUE);
    thread::scope(|scope| {
        scope.spawn(move || {
            for (index, item) in items.iter().enumerate() {
                let begun = prepare(item, signer, now);
                if to_token.send((index, begun)).is_err() {
                    return;
                }
            }
        });
        scope.spawn(move || {
            for (index, signed) in valued {
                let outcome: Result<Outcome, BatchError<E>> =
                    signed.and_then(|(state, value)| match items.get(index) {
                        Some(item) => finish(item, signer, terms, now, state, value),
                        None => Err(BatchError::Room),
                    });
                done(index, outcome);
            }
        });
        for (index, begun) in prepared {
            let signed = begun.map_err(BatchError::Refused).and_then(|state| {
                let value = value(state.bytes()).map_err(BatchError::Token)?;
                Ok((state, value))
            });
            if to_finish.send((index, signed)).is_err() {
                break;
            }
        }
        drop(to_finish);
    });
}

/// Documents that are prepared ahead of the token.
const QUEUE: usize = 8;

fn prepare(item: &Item<'_>, signer: &Signer, now: Timestamp) -> Result<ToBeSigned, Refusal> {
    if item.order.level != Level::B {
        return Err(Refusal::Document {
            why: "level T is not for a batch without a TSA".to_owned(),
        });
    }
    let digest = BaseDigest::of(item.base).map_err(|e| Refusal::Document { why: e.to_string() })?;
    if digest.hash() != item.base_hash {
        return Err(Refusal::BaseChanged);
    }
    begin(item.order, signer, item.base, digest, Room::default(), now)
}

fn finish<E>(
    item: &Item<'_>,
    signer: &Signer,
    terms: &Terms<'_>,
    now: Timestamp,
    state: ToBeSigned,
    value: Vec<u8>,
) -> Result<Outcome, BatchError<E>> {
    let valued = state.with_value(signer, value).map_err(BatchError::Refused)?;
    let finished = valued.finish().map_err(BatchError::Refused)?;
    let candidate: Candidate = finished.map_err(|_| BatchError::Room)?;
    let facts = candidate.read(item.base);
    let report = candidate.judge(&facts, terms, now);
    Ok(candidate.settle(report, terms.status, Earlier::Passed))
}
