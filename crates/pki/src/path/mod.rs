//! RFC 5280 §6: candidates first, then each judged.
//!
//! [`build`] finds chains whose names meet and whose signatures verify; [`check`] says everything
//! that is wrong with one of them at an instant. Status (revocation) and what the leaf may be used
//! for are asked elsewhere.

mod build;
mod check;
mod constraints;
mod policy;

pub use build::build;
pub use check::{check, check_with};

use crate::certificate::Certificate;
use crate::trust::Hierarchy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Leaf first, anchor last; length 1 when the leaf itself is an anchor.
#[derive(Clone, Debug)]
pub struct Path {
    /// Never empty when made by [`build`].
    pub certificates: Vec<Certificate>,
    /// Of the anchor.
    pub hierarchy: Hierarchy,
}

impl Path {
    /// The last certificate.
    ///
    /// # Panics
    /// On a path without certificates, which [`build`] never makes.
    pub fn anchor(&self) -> &Certificate {
        &self.certificates[self.certificates.len() - 1]
    }
}

/// Bounds on the work of [`build`].
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Issuers tried for one certificate, and paths given back.
    pub candidates: u32,
    /// Signatures checked in all.
    pub signature_checks: u32,
    /// Longest path, anchor included.
    pub depth: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { candidates: 16, signature_checks: 128, depth: 8 }
    }
}

/// Inputs of RFC 5280 §6.1.1 (c) to (g). The default asks for no policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyInputs {
    /// user-initial-policy-set, dotted OIDs; empty means any-policy.
    pub user_initial_policy_set: Vec<String>,
    /// initial-explicit-policy.
    pub explicit_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
}

/// One reason why a path is not good at a time, with the certificate's place (0 = leaf).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathDefect {
    /// 0 = leaf.
    pub place: usize,
    /// Subject of that certificate, as text.
    pub subject: String,
    /// What is wrong.
    pub kind: PathDefectKind,
}

/// What is wrong with one certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum PathDefectKind {
    Expired {
        not_after: Timestamp,
    },
    NotYetValid {
        not_before: Timestamp,
    },
    NotCa,
    PathLength,
    KeyCertSignMissing,
    NameConstraints(String),
    UnknownCriticalExtension(String),
    Policy(String),
    Algorithm(String),
    /// An extension that a path depends on does not parse or comes twice (RFC 5280 §4.2).
    Malformed(String),
}
