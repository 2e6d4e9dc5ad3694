//! `certs/lab.toml` as types.

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// The text that describes the lab's PKI.
pub(crate) const TEXT: &str = include_str!("../../../certs/lab.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    pub(crate) host: String,
    #[serde(rename = "holder")]
    pub(crate) holders: Vec<HolderSpec>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolderSpec {
    pub(crate) name: String,
    #[serde(rename = "certificate")]
    pub(crate) certificates: Vec<CertificateSpec>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateSpec {
    pub(crate) name: String,
    pub(crate) profile: Profile,
    pub(crate) issuer: String,
    /// Absent where `same_key_as` names an existing key.
    pub(crate) key: Option<KeySpec>,
    pub(crate) same_key_as: Option<String>,
    pub(crate) from_day: i64,
    pub(crate) to_day: i64,
    pub(crate) revoked_day: Option<i64>,
    pub(crate) email: Option<String>,
    pub(crate) subject: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    Root,
    Ca,
    Tsa,
    Ocsp,
    Person,
    Vn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeySpec {
    Rsa2048,
    Rsa3072,
    P256,
}

impl Spec {
    pub(crate) fn read() -> Result<Spec> {
        let spec: Spec = toml::from_str(TEXT).context("certs/lab.toml")?;
        for certificate in spec.certificates() {
            ensure!(
                spec.certificates().any(|c| c.name == certificate.issuer),
                "{}: issuer {} is not described",
                certificate.name,
                certificate.issuer
            );
            ensure!(
                certificate.key.is_some() != certificate.same_key_as.is_some(),
                "{}: either key or same_key_as",
                certificate.name
            );
        }
        Ok(spec)
    }

    pub(crate) fn certificates(&self) -> impl Iterator<Item = &CertificateSpec> {
        self.holders.iter().flat_map(|h| &h.certificates)
    }
}

impl CertificateSpec {
    /// The label of its key on the token.
    pub(crate) fn key_label(&self) -> &str {
        self.same_key_as.as_deref().unwrap_or(&self.name)
    }

    pub(crate) fn is_authority(&self) -> bool {
        matches!(self.profile, Profile::Root | Profile::Ca)
    }
}
