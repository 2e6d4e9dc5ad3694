//! The lab: a whole PKI on one machine, for the demo, for tests and for xtask. Never part of a product.
//!
//! ```text
//! certs/lab.toml ──► Lab::set_up(dir, now) ──► dir/tokens   SoftHSM2 tokens, one a holder: keys born inside
//!                                              dir/pins     HOLDER.pin, mode 0600, every one different
//!                                              dir/certs    NAME.pem
//!                                              dir/trust    root.pem alone: what `--trust` takes
//!                                              dir/crl      ISSUER.crl
//! responder::start(&lab, 127.0.0.1:0, faults) ──► CRL, AIA, OCSP (RFC 6960) and TSA (RFC 3161) over HTTP,
//!                                                 honest or lying as `Faults` says
//! ```
//!
//! All certificates name one host, [`Lab::host`]; configuration maps it to the responder's address of the day.
//!
//! SoftHSM2 finds its tokens by the environment variable `SOFTHSM2_CONF` alone, and a program cannot safely change
//! its own environment once threads run. So a process that uses the lab begins with [`enter`], which starts the
//! same program again with the variable set; child processes get [`env`]. Tests call [`testing::lab`].
//!
//! What it writes (certificates, CRLs, OCSP answers, timestamps) is composed by hand in [`asn1`](self): it shares no
//! encoder with the product, so the two cannot agree on the same mistake.

mod asn1;
mod certificate;
pub mod documents;
mod lab;
mod ocsp;
pub mod postgres;
mod provision;
pub mod responder;
mod spec;
pub mod testing;
mod tsa;

pub use lab::{Issued, Lab, enter, env, softhsm_module};
