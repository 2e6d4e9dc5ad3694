//! The configuration of the process: plain, refuses unknown keys, can be checked alone.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::protocol::KeyKind;

/// `signer.toml`. Paths are relative to the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The socket, made with mode 0660: its group may be that of the service's other processes.
    pub socket: PathBuf,
    /// Folder of the signer's own log and of the head it signed last.
    pub state: PathBuf,
    /// PKCS#11 library.
    pub module: PathBuf,
    /// Users that may connect; empty: only the one that the signer runs as.
    #[serde(default)]
    pub allow_uids: Vec<u32>,
    /// Anchors: files, and folders of which only self-signed certificates are anchors and the others
    /// help paths.
    pub trust: Vec<PathBuf>,
    /// Further certificates that help paths.
    #[serde(default)]
    pub chain: Vec<PathBuf>,
    /// Policy that a result must pass.
    #[serde(default = "usual_policy")]
    pub policy: String,
    /// Timestamp authority; without it only level B can be signed.
    #[serde(default)]
    pub tsa: Option<Tsa>,
    /// Host names to addresses, as "127.0.0.1:8080".
    #[serde(default)]
    pub hosts: BTreeMap<String, SocketAddr>,
    /// Limits of the process.
    #[serde(default)]
    pub limits: Limits,
    /// The keys.
    pub keys: Vec<KeyConfig>,
}

/// Where timestamps come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tsa {
    /// http or https.
    pub url: String,
}

/// How much, how long.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Items that are worked on at a time; each may hold a document.
    pub in_flight: usize,
    /// Sessions (and so signatures at a time) of an activated token.
    pub sessions: usize,
    /// How long an answer about revocation is used before it is asked for again.
    pub status_seconds: u64,
    /// How long an activation waits for the one before it on the same token.
    pub busy_seconds: u64,
    /// How long a peer may take for a frame, or say nothing.
    pub peer_seconds: u64,
    /// For connecting to TSA and responders.
    pub connect_seconds: u64,
    /// For a whole request to them.
    pub request_seconds: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 64,
            in_flight: 16,
            sessions: 2,
            status_seconds: 120,
            busy_seconds: 10,
            peer_seconds: 60,
            connect_seconds: 5,
            request_seconds: 20,
        }
    }
}

/// One key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// How callers name it.
    pub name: String,
    /// What it is for.
    pub kind: KeyKind,
    /// Label or serial number of the token.
    #[serde(default)]
    pub token: Option<String>,
    /// Label or id of the key on it.
    #[serde(default)]
    pub key: Option<String>,
    /// Certificate (PEM or DER); else the one on the token with the key's label or id.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// Which RSA padding is made; PSS where the token offers it.
    #[serde(default)]
    pub scheme: Option<Padding>,
    /// Of a checkpoint key: the name of the log.
    #[serde(default)]
    pub origin: Option<String>,
    /// Of a checkpoint key on a token: the file with its PIN, mode 0600.
    #[serde(default)]
    pub pin_file: Option<PathBuf>,
    /// Of a checkpoint key that is no token's: the file with its seed, mode 0600; made where it is
    /// absent.
    #[serde(default)]
    pub file: Option<PathBuf>,
}

/// RSA paddings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// RSASSA-PSS.
    Pss,
    /// RSASSA-PKCS1-v1_5.
    Pkcs1,
}

/// A configuration that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{path}: {why}", path = .path.display())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub why: String,
}

fn usual_policy() -> String {
    "pades-baseline".to_owned()
}

const CAP_BYTES: u64 = 1 << 20;

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`] says which key.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let wrong = |why: String| ConfigError { path: path.to_owned(), why };
        let length = fs::metadata(path).map_err(|e| wrong(e.to_string()))?.len();
        if length > CAP_BYTES {
            return Err(wrong(format!("{length} bytes")));
        }
        let text = fs::read_to_string(path).map_err(|e| wrong(e.to_string()))?;
        let mut config: Config = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        config.anchor_paths(path.parent().unwrap_or(Path::new(".")));
        config.check().map_err(wrong)?;
        Ok(config)
    }

    /// What the types do not say.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        if validation::Policy::named(&self.policy).is_none() {
            let known = validation::Policy::names().join(", ");
            return Err(format!("policy = \"{}\": {known}", self.policy));
        }
        if let Some(tsa) = &self.tsa
            && !(tsa.url.starts_with("http://") || tsa.url.starts_with("https://"))
        {
            return Err(format!("tsa.url = \"{}\": http://… | https://…", tsa.url));
        }
        if self.trust.is_empty() {
            return Err("trust = []: no anchor".to_owned());
        }
        let limits = &self.limits;
        if [limits.connections, limits.in_flight, limits.sessions].contains(&0) {
            return Err("limits: 0".to_owned());
        }
        if limits.sessions > 32 || limits.in_flight > 256 || limits.status_seconds > 3600 {
            return Err("limits: sessions <= 32, in_flight <= 256, status_seconds <= 3600".into());
        }
        for (at, key) in self.keys.iter().enumerate() {
            key.check().map_err(|why| format!("keys, \"{}\": {why}", key.name))?;
            let before = self.keys.iter().take(at);
            if before.clone().any(|k| k.name == key.name) {
                return Err(format!("keys: \"{}\" twice", key.name));
            }
        }
        let mut checkpoints = self.keys.iter().filter(|k| k.kind == KeyKind::Checkpoint);
        if let Some(one) = checkpoints.next() {
            if checkpoints.next().is_some() {
                return Err("keys: more than one of kind checkpoint".to_owned());
            }
            // A login belongs to a process and token: a person's would open the log's key too.
            let shared = |k: &&KeyConfig| k.kind != KeyKind::Checkpoint && k.token == one.token;
            if one.token.is_some() && self.keys.iter().any(|k| shared(&k)) {
                return Err("keys: the checkpoint key must have a token of its own".to_owned());
            }
        }
        Ok(())
    }

    fn anchor_paths(&mut self, folder: &Path) {
        for path in [&mut self.socket, &mut self.state] {
            *path = folder.join(&*path);
        }
        // A bare name is looked for as the system does it.
        if self.module.components().count() > 1 {
            self.module = folder.join(&self.module);
        }
        for path in self.trust.iter_mut().chain(&mut self.chain) {
            *path = folder.join(&*path);
        }
        for key in &mut self.keys {
            let paths = [&mut key.certificate, &mut key.pin_file, &mut key.file];
            for path in paths.into_iter().flatten() {
                *path = folder.join(&*path);
            }
        }
    }

    pub(crate) fn fetching(&self) -> fetch::Config {
        fetch::Config {
            hosts: self.hosts.clone(),
            connect_seconds: self.limits.connect_seconds,
            request_seconds: self.limits.request_seconds,
            ..fetch::Config::default()
        }
    }
}

impl KeyConfig {
    fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.name.len() > 120 {
            return Err("name: 1 to 120 bytes".to_owned());
        }
        let on_token = self.token.is_some() && self.key.is_some();
        if self.kind != KeyKind::Checkpoint {
            if !on_token {
                return Err("token and key are wanted".to_owned());
            }
            if self.origin.is_some() || self.pin_file.is_some() || self.file.is_some() {
                return Err("origin, pin_file, file: of a checkpoint key only".to_owned());
            }
            return Ok(());
        }
        if self.certificate.is_some() || self.scheme.is_some() {
            return Err("a checkpoint key has neither certificate nor scheme".to_owned());
        }
        if self.origin.as_deref().is_none_or(|o| o.is_empty() || o.contains([' ', '+', '\n'])) {
            return Err("origin is wanted, without blanks or +".to_owned());
        }
        let by_token = on_token && self.pin_file.is_some() && self.file.is_none();
        let by_file = self.file.is_some() && [&self.token, &self.key].iter().all(|x| x.is_none());
        if !(by_token || by_file && self.pin_file.is_none()) {
            return Err("either token, key and pin_file, or file".to_owned());
        }
        Ok(())
    }
}
