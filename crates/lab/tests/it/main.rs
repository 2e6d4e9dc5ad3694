//! The lab against outside judges: openssl as verifier and as client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod documents;
mod pki;
mod responders;

use std::ffi::OsStr;
use std::process::Command;

/// Runs openssl; everything that it prints, and whether it was content.
fn openssl<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> (bool, String) {
    let output = Command::new("openssl").args(args).output().expect("openssl is not installed");
    let said = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)];
    (output.status.success(), said.concat())
}

fn lab() -> lab::Lab {
    lab::testing::lab().expect("the lab")
}
