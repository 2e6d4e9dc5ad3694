//! CMS SignedData for PDF: what is signed is built here, what was signed is read here exactly as
//! received. No private key ever enters; a value comes from outside and [`assemble`] refuses one
//! the certificate does not verify.
//!
//! ```text
//!  build: digest + certificate ─► SignedAttributes::der() ─► (token) ─► value ─► assemble ─► DER for /Contents
//!  read:  /Contents ─► SignedData { signer infos, certificates, attributes as received, timestamps }
//! ```
//!
//! | room | holds |
//! |---|---|
//! | `wire`, `raw_set` | `der` structures of everything that is written |
//! | `ber` | elements as received: BER is read, nothing is re-encoded before hashing |
//! | `signed_data`, `signer_info`, `ess` | what a signature says, duplicates and oddities kept |
//! | `attributes`, `assemble`, `unsigned` | PAdES-BASELINE-B and -T as this program writes them |
//! | `timestamp` | RFC 3161 requests, answers, tokens |
//!
//! Nothing here judges: whether there is one signer, one messageDigest, an ESS attribute, is a
//! fact for `validation`.

mod assemble;
mod attributes;
mod ber;
mod error;
mod ess;
mod raw_set;
mod signed_data;
mod signer_info;
mod timestamp;
mod unsigned;
mod wire;

pub use assemble::{assemble, assembled_bytes_estimate};
pub use attributes::SignedAttributes;
pub use error::Error;
pub use ess::EssCertId;
pub use signed_data::{Encoding, Limits, SignedData, read};
pub use signer_info::{SignerIdentifier, SignerInfo};
pub use timestamp::{
    TimestampRefusal, TimestampToken, read_timestamp, read_timestamp_response, timestamp_request,
};
