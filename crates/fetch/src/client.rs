//! One HTTP client with caps.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Request, Response, StatusCode};

use crate::error::{FetchError, What, Why};
use crate::guard::{self, GuardedResolver, Hosts};

/// Limits and names.
#[derive(Clone, Debug)]
pub struct Config {
    /// Host name to the address of the day; such a host may be private.
    pub hosts: BTreeMap<String, SocketAddr>,
    /// For connecting.
    pub connect_seconds: u64,
    /// For a whole request.
    pub request_seconds: u64,
    /// Bytes of all answers together.
    pub run_bytes: u64,
    /// Requests in all.
    pub run_requests: u64,
    /// Rounds of asking for what is still missing.
    pub rounds: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            hosts: BTreeMap::new(),
            connect_seconds: 5,
            request_seconds: 20,
            run_bytes: 96 << 20,
            run_requests: 64,
            rounds: 6,
        }
    }
}

/// Fetches on behalf of one run. Built without touching the network.
pub struct Client {
    config: Config,
    hosts: Arc<Hosts>,
    guarded: Arc<OnceLock<Result<reqwest::Client, String>>>,
    named: Arc<OnceLock<Result<reqwest::Client, String>>>,
    bytes: AtomicU64,
    requests: AtomicU64,
}

impl Client {
    /// With these limits.
    pub fn new(config: Config) -> Client {
        let lower = |(host, address): (&String, &SocketAddr)| (host.to_ascii_lowercase(), *address);
        let hosts = Arc::new(config.hosts.iter().map(lower).collect());
        Client {
            config,
            hosts,
            guarded: Arc::default(),
            named: Arc::default(),
            bytes: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        }
    }

    /// For the next piece of work of a process that goes on: the limits of a run begin anew, the
    /// connections are the same.
    #[must_use]
    pub fn next_run(&self) -> Client {
        Client {
            config: self.config.clone(),
            hosts: Arc::clone(&self.hosts),
            guarded: Arc::clone(&self.guarded),
            named: Arc::clone(&self.named),
            bytes: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        }
    }

    /// The limits.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// GET of an address that a certificate names.
    ///
    /// # Errors
    /// [`FetchError`] with place and reason.
    pub async fn get(&self, what: What, url: &str) -> Result<Vec<u8>, FetchError> {
        self.ask(what, url, None, false).await
    }

    /// GET of an address that a person or the product names.
    ///
    /// # Errors
    /// [`FetchError`] with place and reason.
    pub async fn get_named(&self, what: What, url: &str) -> Result<Vec<u8>, FetchError> {
        self.ask(what, url, None, true).await
    }

    pub(crate) async fn post(
        &self,
        what: What,
        url: &str,
        content_type: &'static str,
        body: Vec<u8>,
        named: bool,
    ) -> Result<Vec<u8>, FetchError> {
        self.ask(what, url, Some((content_type, body)), named).await
    }

    async fn ask(
        &self,
        what: What,
        url: &str,
        body: Option<(&'static str, Vec<u8>)>,
        named: bool,
    ) -> Result<Vec<u8>, FetchError> {
        let fail = |why: Why| FetchError { what, url: url.to_owned(), why };
        if self.requests.fetch_add(1, Ordering::Relaxed) >= self.config.run_requests {
            return Err(fail(Why::Spent));
        }
        let address = guard::admit(url, &self.hosts, named).map_err(fail)?;
        let http = self.http(named).map_err(fail)?;
        let request = match body {
            None => http.get(address),
            Some((content_type, bytes)) => {
                http.post(address).header("Content-Type", content_type).body(bytes)
            }
        };
        let request = request.build().map_err(|e| fail(down(&e)))?;
        self.answer(http, request, what).await.map_err(fail)
    }

    async fn answer(
        &self,
        http: &reqwest::Client,
        request: Request,
        what: What,
    ) -> Result<Vec<u8>, Why> {
        let response = http.execute(request).await.map_err(|e| down(&e))?;
        if response.status().is_redirection() {
            return Err(Why::Redirect);
        }
        if response.status() != StatusCode::OK {
            return Err(Why::Status(response.status().as_u16()));
        }
        self.body(response, what.cap_bytes()).await
    }

    /// Chunk by chunk, so that a lying Content-Length or none costs no memory.
    async fn body(&self, mut response: Response, cap_bytes: u64) -> Result<Vec<u8>, Why> {
        let mut bytes = vec![];
        while let Some(chunk) = response.chunk().await.map_err(|e| down(&e))? {
            let length = chunk.len() as u64;
            let all = self.bytes.fetch_add(length, Ordering::Relaxed).saturating_add(length);
            if all > self.config.run_bytes {
                return Err(Why::Spent);
            }
            if bytes.len() as u64 + length > cap_bytes {
                return Err(Why::TooLarge { cap_bytes });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn http(&self, named: bool) -> Result<&reqwest::Client, Why> {
        let cell = if named { &self.named } else { &self.guarded };
        cell.get_or_init(|| self.build(named)).as_ref().map_err(|e| Why::Down(e.clone()))
    }

    fn build(&self, named: bool) -> Result<reqwest::Client, String> {
        // Fails when a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let resolver = GuardedResolver { hosts: Arc::clone(&self.hosts), named };
        reqwest::Client::builder()
            .redirect(Policy::none())
            // A proxy would resolve names by itself, past the guard.
            .no_proxy()
            .connect_timeout(Duration::from_secs(self.config.connect_seconds))
            .timeout(Duration::from_secs(self.config.request_seconds))
            .dns_resolver(Arc::new(resolver))
            .user_agent("antin")
            .build()
            .map_err(|e| chain(&e))
    }
}

fn down(error: &reqwest::Error) -> Why {
    Why::Down(chain(error))
}

/// The innermost reason says most.
fn chain(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
