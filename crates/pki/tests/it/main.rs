//! Tests of pki: everything is minted in the test itself (see `mint`), apart from the third-party
//! sets, whose folder is named by ANTIN_CORPUS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod algorithm;
mod certificate;
mod corpus;
mod crypto;
mod mint;
mod openssl_cli;
mod path;
mod revocation;
