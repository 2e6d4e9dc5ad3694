//! X.509 as received bytes: certificates, CRLs and OCSP responses are parsed once, kept beside
//! their bytes, and judged by RFC 5280. This crate never trusts anything by itself, never asks
//! the clock or the network, and is the only one that calls openssl (`crypto`).
//!
//! ```text
//!  bytes ─► Certificate / Crl / OcspResponse ─► path::build ─► path::check(at) ─► defects
//!                                     └───────► revocation::status(at) ─► Good | Revoked | Unknown
//! ```
//!
//! | room | holds |
//! |---|---|
//! | [`Certificate`], [`Crl`], [`OcspResponse`] | received bytes and the view of them |
//! | [`Name`] | distinguished names: compared (RFC 5280 §7.1) and shown |
//! | [`DigestAlgorithm`], [`SignatureAlgorithm`], [`KeyAlgorithm`] | the closed list of algorithms |
//! | [`crypto`] | signature values: the only proof that a value verifies |
//! | [`TrustStore`], [`Hierarchy`] | own anchors, and where they belong |
//! | [`path`] | RFC 5280 §6.1: candidates, then defects |
//! | [`revocation`] | RFC 5280 §6.3, RFC 6960: status at an instant |
//!
//! Parsing is tolerant where real certificates break the profile and judging is strict: what
//! cannot be understood is a fact of the certificate, and a defect of its path.

mod algorithm;
mod certificate;
mod crl;
pub mod crypto;
mod digest;
mod error;
mod extension;
mod name;
mod ocsp;
pub mod path;
pub mod revocation;
mod trust;
mod wire;

pub use algorithm::{Curve, DigestAlgorithm, KeyAlgorithm, SignatureAlgorithm};
pub use certificate::Certificate;
pub use crl::Crl;
pub use crypto::SignatureVerified;
pub use digest::Digester;
pub use error::Error;
pub use extension::KeyUsage;
pub use name::Name;
pub use ocsp::{OcspResponse, ocsp_request};
pub use trust::{Anchor, Hierarchy, KnownAnchor, TrustStore, hierarchy_of, known_anchors};
pub use wire::read_time;
