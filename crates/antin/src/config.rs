//! The configuration file: plain, refuses unknown keys, can be checked alone.

mod service;

use std::collections::BTreeMap;
use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::files;
use crate::stop::Stop;

pub(crate) use service::{Level, Service};

/// `antin.toml`. Every key may be absent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Folder of trusted certificates; relative to the file.
    pub(crate) trust: Option<PathBuf>,
    /// Name of the validation policy.
    pub(crate) policy: Option<String>,
    /// Host names to addresses, as "127.0.0.1:8080".
    #[serde(default)]
    pub(crate) hosts: BTreeMap<String, SocketAddr>,
    #[serde(default)]
    pub(crate) tsa: TsaConfig,
    #[serde(default)]
    pub(crate) limits: Limits,
    #[serde(default)]
    pub(crate) service: Service,
    /// Where it was read from.
    #[serde(skip)]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TsaConfig {
    /// Address used where `--tsa` is absent.
    pub(crate) url: Option<String>,
}

/// Limits of downloading.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    pub(crate) connect_seconds: u64,
    pub(crate) request_seconds: u64,
    pub(crate) run_bytes: u64,
    pub(crate) run_requests: u64,
    pub(crate) rounds: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        let usual = fetch::Config::default();
        Limits {
            connect_seconds: usual.connect_seconds,
            request_seconds: usual.request_seconds,
            run_bytes: usual.run_bytes,
            run_requests: usual.run_requests,
            rounds: usual.rounds,
        }
    }
}

impl Config {
    /// The named file, else that of `ANTIN_CONFIG`, else the user's, else the machine's, else nothing.
    /// Never one of the current folder: whoever can write there could choose the anchors.
    pub(crate) fn load(named: Option<&Path>) -> Result<Config, Stop> {
        if let Some(path) = named {
            return Config::read(path);
        }
        if let Some(path) = env::var_os("ANTIN_CONFIG").filter(|p| !p.is_empty()) {
            return Config::read(Path::new(&path));
        }
        let user = home("XDG_CONFIG_HOME", ".config").map(|dir| dir.join("antin/antin.toml"));
        let usual = user.into_iter().chain([PathBuf::from("/etc/antin/antin.toml")]);
        match usual.into_iter().find(|path| path.is_file()) {
            Some(path) => Config::read(&path),
            None => Ok(Config::default()),
        }
    }

    fn read(path: &Path) -> Result<Config, Stop> {
        let bytes = files::read(path, CAP_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|e| wrong(path, &e.to_string()))?;
        let mut config: Config = toml::from_str(&text).map_err(|e| wrong(path, &e.to_string()))?;
        config.check().map_err(|why| wrong(path, &why))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        config.trust = config.trust.map(|trust| folder.join(trust));
        config.service.anchor(folder);
        config.path = Some(path.to_owned());
        Ok(config)
    }

    /// What the types do not say.
    fn check(&self) -> Result<(), String> {
        if let Some(policy) = &self.policy
            && validation::Policy::named(policy).is_none()
        {
            let known = validation::Policy::names().join(", ");
            return Err(format!("policy = \"{policy}\": {known}"));
        }
        if let Some(url) = &self.tsa.url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            return Err(format!("tsa.url = \"{url}\": http://… | https://…"));
        }
        self.service.check()?;
        let limits = &self.limits;
        let zero =
            [limits.connect_seconds, limits.request_seconds, limits.run_bytes, limits.run_requests]
                .contains(&0);
        if zero || limits.rounds == 0 {
            return Err("limits: 0".to_owned());
        }
        Ok(())
    }

    /// The trust folder: `ANTIN_TRUST`, else the configured one, else the user's.
    pub(crate) fn trust_folder(&self) -> Option<PathBuf> {
        let named = env::var_os("ANTIN_TRUST").filter(|p| !p.is_empty()).map(PathBuf::from);
        named
            .or_else(|| self.trust.clone())
            .or_else(|| home("XDG_DATA_HOME", ".local/share").map(|dir| dir.join("antin/trust")))
    }

    pub(crate) fn fetching(&self) -> fetch::Config {
        fetch::Config {
            hosts: self.hosts.clone(),
            connect_seconds: self.limits.connect_seconds,
            request_seconds: self.limits.request_seconds,
            run_bytes: self.limits.run_bytes,
            run_requests: self.limits.run_requests,
            rounds: self.limits.rounds,
        }
    }
}

const CAP_BYTES: u64 = 1 << 20;

fn wrong(path: &Path, why: &str) -> Stop {
    let path = path.display();
    Stop::failed(
        "config_wrong",
        format!("Tệp cấu hình {path} sai: {why}"),
        format!("The configuration file {path} is wrong: {why}"),
    )
}

fn home(variable: &str, below: &str) -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set(variable).or_else(|| set("HOME").map(|home| home.join(below)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn unknown_keys_are_refused_and_all_may_be_absent() {
        let empty: Config = toml::from_str("").unwrap();
        assert_eq!(empty, Config::default());
        let full: Config = toml::from_str(
            "trust = \"t\"\n[hosts]\n\"pki.lab.invalid\" = \"127.0.0.1:4711\"\n[tsa]\nurl = \"http://x/\"\n[limits]\nrounds = 2\n",
        )
        .unwrap();
        assert_eq!(full.hosts["pki.lab.invalid"].port(), 4711);
        assert_eq!(full.limits.rounds, 2);
        for wrong in
            ["trsut = \"t\"", "[tsa]\nURL = \"x\"", "[limits]\nround = 1", "[hosts]\na = \"b\""]
        {
            assert!(toml::from_str::<Config>(wrong).is_err(), "{wrong}");
        }
    }
}
