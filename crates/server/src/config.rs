//! What the server needs to know, as plain values; `antin` reads them from a file.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Addresses, secrets' places and limits.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Config {
    /// For people of the agencies and for API clients.
    pub staff: SocketAddr,
    /// For everybody.
    pub public: SocketAddr,
    /// Certificate chain and key as PEM files: both listeners speak TLS.
    pub tls: Option<TlsFiles>,
    /// Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
    pub proxies: Vec<IpAddr>,
    /// "https://host": stands in every QR.
    pub public_url: String,
    /// The published files of the transparency log.
    pub log_folder: PathBuf,
    /// Where the files of results lie: the health page looks at its disk.
    pub data_folder: PathBuf,
    pub limits: Limits,
    pub sessions: Sessions,
}

/// Certificate chain and private key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What a stranger may cost us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Limits {
    /// Of one PDF; a submission is four thirds of it and a little.
    pub document_bytes: u64,
    /// Of any other request body.
    pub body_bytes: usize,
    pub header_seconds: u64,
    pub body_seconds: u64,
    pub request_seconds: u64,
    /// Requests being answered at a time, on one listener.
    pub in_flight: usize,
    /// In a minute, of one address.
    pub verifications_a_minute: u32,
    pub checks_a_minute: u32,
    /// Wrong passwords in five minutes: of one name, and of one address.
    pub wrong_passwords: u32,
    /// On stopping, requests under way get this long.
    pub stop_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 64 << 20,
            body_bytes: 1 << 20,
            header_seconds: 10,
            body_seconds: 60,
            request_seconds: 120,
            in_flight: 512,
            verifications_a_minute: 30,
            checks_a_minute: 60,
            wrong_passwords: 10,
            stop_seconds: 20,
        }
    }
}

/// How long a log-in lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Sessions {
    pub idle_seconds: u32,
    pub absolute_seconds: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { idle_seconds: 30 * 60, absolute_seconds: 12 * 3600 }
    }
}
