//! Policies: files with versions, compiled in, unknown keys refused. A policy may narrow or, for the past,
//! widen what algorithms and formats count; it can never switch a building block off.

use jiff::Timestamp;
use pki::{Curve, DigestAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A policy file, versioned (`crates/validation/policies/*.toml`, compiled in).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// File name without its ending.
    pub name: String,
    /// Grows with every change of the file.
    pub version: u32,
    /// Sub-filters accepted for signatures of people and agencies.
    pub sub_filters: Vec<String>,
    /// Names of accepted digests, as [`DigestAlgorithm::name`] writes them.
    pub digests: Vec<String>,
    /// Smallest RSA modulus.
    pub rsa_min_bits: u32,
    /// Smallest curve.
    pub ec_min_bits: u32,
    /// Paddings accepted for the signer's own value: "pkcs1", "pss".
    pub signer_paddings: Vec<String>,
    /// Extended key usages of which a signer's certificate must carry one, if it carries any (dotted OIDs).
    pub signer_extended_key_usages: Vec<String>,
    /// What a timestamp that is present and fails does to its signature.
    pub failing_timestamp: FailingTimestamp,
    /// What was good enough before a cut-off date, given a proof of existence.
    pub past: Vec<Past>,
}

/// What a present but failing timestamp does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailingTimestamp {
    /// The signature is INDETERMINATE at best (TT 15/2025 Art 6.1g).
    Indeterminate,
    /// Passed over with a warning (EN 319 102-1 §5.5.4).
    Warning,
}

/// An algorithm that was acceptable until a date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// Name of the digest.
    #[serde(default)]
    pub digest: Option<String>,
    /// Smallest RSA modulus.
    #[serde(default)]
    pub rsa_bits: Option<u32>,
    /// A proof of existence must lie before this.
    pub until: Timestamp,
}

/// How the policy sees an algorithm at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    Accepted,
    /// It would have been good enough with a proof of existence before its cut-off.
    NeedsProof,
    Refused,
}

const FILES: [&str; 3] = [
    include_str!("../policies/pades-baseline.toml"),
    include_str!("../policies/strict-tt15.toml"),
    include_str!("../policies/legacy-vn.toml"),
];
static POLICIES: LazyLock<Vec<Policy>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| Policy::from_toml(text).ok()).collect());

impl Policy {
    /// By name ("pades-baseline") or by name and version ("pades-baseline@1").
    pub fn named(name: &str) -> Option<Self> {
        POLICIES.iter().find(|policy| policy.name == name || policy.id() == name).cloned()
    }
    /// Names that [`Policy::named`] knows, the default first.
    pub fn names() -> &'static [&'static str] {
        &["pades-baseline", "strict-tt15", "legacy-vn"]
    }
    /// Reads a policy file; unknown keys are refused.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        toml::from_str(text).map_err(|error| PolicyError(error.to_string()))
    }
    /// "pades-baseline@1", as reports write it.
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    pub(crate) fn digest(&self, algorithm: DigestAlgorithm, proven: Option<Timestamp>) -> Strength {
        if self.digests.iter().any(|name| name == algorithm.name()) {
            return Strength::Accepted;
        }
        let past = self.past.iter().find(|past| past.digest.as_deref() == Some(algorithm.name()));
        before(past, proven)
    }

    pub(crate) fn key(&self, key: KeyAlgorithm, proven: Option<Timestamp>) -> Strength {
        match key {
            KeyAlgorithm::Rsa { bits } if bits >= self.rsa_min_bits => Strength::Accepted,
            KeyAlgorithm::Rsa { bits } => before(
                self.past
                    .iter()
                    .find(|past| past.rsa_bits.is_some_and(|smallest| bits >= smallest)),
                proven,
            ),
            KeyAlgorithm::Ec { curve } if curve_bits(curve) >= self.ec_min_bits => {
                Strength::Accepted
            }
            KeyAlgorithm::Ec { .. } | KeyAlgorithm::Other => Strength::Refused,
        }
    }

    /// The digests inside a signature algorithm.
    pub(crate) fn signature(
        &self,
        algorithm: SignatureAlgorithm,
        proven: Option<Timestamp>,
    ) -> Strength {
        let digest = self.digest(algorithm.digest(), proven);
        match algorithm {
            SignatureAlgorithm::RsaPss { mgf_digest, .. } => {
                digest.worst(self.digest(mgf_digest, proven))
            }
            _ => digest,
        }
    }

    pub(crate) fn signer_padding(&self, algorithm: SignatureAlgorithm) -> Strength {
        let padding = match algorithm {
            SignatureAlgorithm::RsaPkcs1 { .. } => "pkcs1",
            SignatureAlgorithm::RsaPss { .. } => "pss",
            SignatureAlgorithm::Ecdsa { .. } => return Strength::Accepted,
        };
        if self.signer_paddings.iter().any(|allowed| allowed == padding) {
            Strength::Accepted
        } else {
            Strength::Refused
        }
    }
}

impl Default for Policy {
    /// `pades-baseline`.
    fn default() -> Self {
        // The file is compiled in and a test parses it; a policy that accepts nothing stands in, never one that accepts more.
        Self::named("pades-baseline").unwrap_or_else(|| Self {
            name: "nothing".into(),
            version: 0,
            sub_filters: Vec::new(),
            digests: Vec::new(),
            rsa_min_bits: u32::MAX,
            ec_min_bits: u32::MAX,
            signer_paddings: Vec::new(),
            signer_extended_key_usages: Vec::new(),
            failing_timestamp: FailingTimestamp::Indeterminate,
            past: Vec::new(),
        })
    }
}

/// A policy file that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("policy file: {0}")]
pub struct PolicyError(pub String);

impl Strength {
    pub(crate) fn worst(self, other: Self) -> Self {
        match (self, other) {
            (Self::Refused, _) | (_, Self::Refused) => Self::Refused,
            (Self::NeedsProof, _) | (_, Self::NeedsProof) => Self::NeedsProof,
            _ => Self::Accepted,
        }
    }
}

fn before(past: Option<&Past>, proven: Option<Timestamp>) -> Strength {
    match (past, proven) {
        (None, _) => Strength::Refused,
        (Some(past), Some(proven)) if proven < past.until => Strength::Accepted,
        (Some(_), _) => Strength::NeedsProof,
    }
}

fn curve_bits(curve: Curve) -> u32 {
    match curve {
        Curve::P256 => 256,
        Curve::P384 => 384,
        Curve::P521 => 521,
        Curve::Other => 0,
    }
}
