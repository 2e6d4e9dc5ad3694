//! Tests of cades: signatures are made with keys minted in the test itself; openssl's command line
//! is the outside judge and producer. Third-party files lie in the folder named by ANTIN_CORPUS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod assemble;
mod ber;
mod corpus;
#[path = "../../../pki/tests/it/mint.rs"]
mod mint;
mod openssl_cli;
mod produced;
mod read;
mod timestamp;
