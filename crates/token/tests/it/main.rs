//! The token crate against SoftHSM2, and against the fault shim over it. Signature values are checked by openssl with
//! the public key of the certificate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod faults;
mod signatures;
mod tokens;

use lab::Lab;

fn lab() -> Lab {
    lab::testing::lab().expect("the lab")
}
