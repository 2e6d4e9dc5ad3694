//! The lab against outside judges: openssl, pkcs11-tool.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod pki;
