//! `[service]`: what `antin serve` and `antin work` need. Every key may be absent.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Where things lie, where it listens, what a stranger may cost.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Service {
    /// `sqlite:PATH` or `postgres://…`; the path is relative to the file.
    pub(crate) database: String,
    /// Folder of the files of results.
    pub(crate) objects: PathBuf,
    /// Folder of the published transparency log.
    pub(crate) log: PathBuf,
    /// Public key of the log, name+id+key; absent: the signer is asked.
    pub(crate) log_key: Option<String>,
    /// Socket of `antin signer`.
    pub(crate) signer: PathBuf,
    /// For people of the agencies and API clients.
    pub(crate) staff: SocketAddr,
    /// For everybody.
    pub(crate) public: SocketAddr,
    /// Stands in every QR: fixed before the first issue.
    pub(crate) public_url: String,
    pub(crate) tls: Option<Tls>,
    /// Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
    pub(crate) proxies: Vec<IpAddr>,
    /// Level of every signature: "b" or "t".
    pub(crate) level: Level,
    /// Whether missing evidence is fetched when files are judged.
    pub(crate) fetch: bool,
    pub(crate) session_idle_seconds: u32,
    pub(crate) session_absolute_seconds: u32,
    pub(crate) limits: ServiceLimits,
}

/// PEM files.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    B,
    T,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServiceLimits {
    pub(crate) document_bytes: u64,
    pub(crate) request_seconds: u64,
    pub(crate) in_flight: usize,
    pub(crate) verifications_a_minute: u32,
    pub(crate) checks_a_minute: u32,
    pub(crate) wrong_passwords: u32,
    /// Processes that read strangers' files, at a time.
    pub(crate) readers: usize,
    pub(crate) reader_cpu_seconds: u64,
    pub(crate) reader_memory_bytes: u64,
}

impl Default for Service {
    fn default() -> Service {
        let sessions = server::Sessions::default();
        Service {
            database: "sqlite:var/antin.db".to_owned(),
            objects: "var/objects".into(),
            log: "var/log".into(),
            log_key: None,
            signer: "var/signer.sock".into(),
            staff: ([127, 0, 0, 1], 8440).into(),
            public: ([127, 0, 0, 1], 8441).into(),
            public_url: "http://localhost:8441".to_owned(),
            tls: None,
            proxies: vec![],
            level: Level::T,
            fetch: true,
            session_idle_seconds: sessions.idle_seconds,
            session_absolute_seconds: sessions.absolute_seconds,
            limits: ServiceLimits::default(),
        }
    }
}

impl Default for ServiceLimits {
    fn default() -> ServiceLimits {
        let usual = server::Limits::default();
        let child = office::children::ChildLimits::default();
        ServiceLimits {
            document_bytes: usual.document_bytes,
            request_seconds: usual.request_seconds,
            in_flight: usual.in_flight,
            verifications_a_minute: usual.verifications_a_minute,
            checks_a_minute: usual.checks_a_minute,
            wrong_passwords: usual.wrong_passwords,
            readers: 2,
            reader_cpu_seconds: child.cpu_seconds,
            reader_memory_bytes: child.memory_bytes,
        }
    }
}

impl Service {
    /// Paths that are named in the file are relative to it; the defaults to the current folder.
    pub(super) fn anchor(&mut self, folder: &Path) {
        let usual = Service::default();
        for (path, usual) in [
            (&mut self.objects, &usual.objects),
            (&mut self.log, &usual.log),
            (&mut self.signer, &usual.signer),
        ] {
            if path != usual {
                *path = folder.join(&*path);
            }
        }
        if let Some(tls) = &mut self.tls {
            tls.certificate = folder.join(&tls.certificate);
            tls.key = folder.join(&tls.key);
        }
        if self.database != usual.database
            && let Some(path) = self.database.strip_prefix("sqlite:")
        {
            let path = path.strip_prefix("//").unwrap_or(path);
            self.database = format!("sqlite:{}", folder.join(path).display());
        }
    }

    /// What the types do not say.
    pub(super) fn check(&self) -> Result<(), String> {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| self.database.starts_with(scheme)) {
            return Err("service.database: sqlite:PATH | postgres://…".to_owned());
        }
        let host =
            self.public_url.strip_prefix("https://").or(self.public_url.strip_prefix("http://"));
        let host = host.map(|rest| rest.trim_end_matches('/'));
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', ' '])) {
            return Err("service.public_url: https://HOST".to_owned());
        }
        if self.public_url.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(
                "service.public_url: chữ thường · lower case (some cameras show capitals as text)"
                    .to_owned(),
            );
        }
        if !self.staff.ip().is_loopback() && self.tls.is_none() && self.proxies.is_empty() {
            return Err(
                "service.staff: ngoài máy này cần service.tls hoặc service.proxies · beyond this machine it needs service.tls or service.proxies"
                    .to_owned(),
            );
        }
        let limits = &self.limits;
        let zero = limits.document_bytes == 0
            || limits.document_bytes > 256 << 20
            || limits.request_seconds == 0
            || limits.in_flight == 0
            || limits.readers == 0
            || limits.reader_cpu_seconds == 0
            || limits.reader_memory_bytes < 128 << 20
            || limits.wrong_passwords == 0;
        if zero || self.session_idle_seconds == 0 || self.session_absolute_seconds == 0 {
            return Err("service.limits: 0, or out of bounds".to_owned());
        }
        if let Some(key) = &self.log_key {
            key.parse::<tlog::VerifierKey>().map_err(|e| format!("service.log_key: {e}"))?;
        }
        Ok(())
    }

    pub(crate) fn children(&self) -> office::children::ChildLimits {
        office::children::ChildLimits {
            cpu_seconds: self.limits.reader_cpu_seconds,
            memory_bytes: self.limits.reader_memory_bytes,
            wall_seconds: self.limits.reader_cpu_seconds.saturating_add(10),
            document_bytes: self.limits.document_bytes,
            ..office::children::ChildLimits::default()
        }
    }

    /// As the server wants it.
    pub(crate) fn server(&self) -> server::Config {
        let limits = &self.limits;
        server::Config {
            staff: self.staff,
            public: self.public,
            tls: self.tls.as_ref().map(|tls| server::TlsFiles {
                certificate: tls.certificate.clone(),
                key: tls.key.clone(),
            }),
            proxies: self.proxies.clone(),
            public_url: self.public_url.trim_end_matches('/').to_owned(),
            log_folder: self.log.clone(),
            data_folder: self.objects.clone(),
            limits: server::Limits {
                document_bytes: limits.document_bytes,
                request_seconds: limits.request_seconds,
                in_flight: limits.in_flight,
                verifications_a_minute: limits.verifications_a_minute,
                checks_a_minute: limits.checks_a_minute,
                wrong_passwords: limits.wrong_passwords,
                ..server::Limits::default()
            },
            sessions: server::Sessions {
                idle_seconds: self.session_idle_seconds,
                absolute_seconds: self.session_absolute_seconds,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Service, String> {
        let mut service: Service = toml::from_str(text).map_err(|e| e.to_string())?;
        service.check()?;
        service.anchor(Path::new("/etc/antin"));
        Ok(service)
    }

    #[test]
    fn defaults_are_safe_and_named_paths_belong_to_the_file() {
        let service = read("").unwrap();
        assert_eq!(service, Service::default());
        assert!(service.staff.ip().is_loopback() && service.public.ip().is_loopback());
        let named = read(
            "database = \"sqlite:a.db\"\nobjects = \"o\"\n[tls]\ncertificate = \"c\"\nkey = \"k\"",
        )
        .unwrap();
        assert_eq!(named.database, "sqlite:/etc/antin/a.db");
        assert_eq!(named.objects, Path::new("/etc/antin/o"));
        assert_eq!(named.tls.unwrap().key, Path::new("/etc/antin/k"));
    }

    #[test]
    fn what_would_be_unsafe_is_refused() {
        for wrong in [
            "staff = \"0.0.0.0:443\"",
            "public_url = \"ftp://x\"",
            "public_url = \"https://x/k\"",
            "public_url = \"https://TTHC.vn\"",
            "database = \"mysql://x\"",
            "[limits]\nreaders = 0",
            "log_key = \"x\"",
            "databse = \"x\"",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("staff = \"0.0.0.0:443\"\nproxies = [\"10.0.0.1\"]").is_ok());
    }
}
