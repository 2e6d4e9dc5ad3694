//! The lab's servers on one loopback port: `/crl/ISSUER.crl`, `/crt/ISSUER.crt`, `/ocsp` (POST and GET) and `/tsa`.
//!
//! They run in a thread of their own, so that callers need no async. They can lie: see [`Faults`].

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::certificate::day;
pub use crate::ocsp::OcspFault;
pub use crate::tsa::TsaFault;
use crate::{Lab, ocsp, tsa};

/// How the servers misbehave; the default is honest. What is said and how it is delivered combine freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// What the timestamps say.
    pub tsa: TsaFault,
    /// How timestamps are delivered.
    pub tsa_transport: Transport,
    /// What OCSP answers say.
    pub ocsp: OcspFault,
    /// How OCSP answers are delivered.
    pub ocsp_transport: Transport,
    /// What the CRLs say.
    pub crl: CrlFault,
    /// How CRLs and certificates are delivered.
    pub crl_transport: Transport,
}

/// How an answer is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// At once and whole.
    #[default]
    Good,
    /// After this time.
    Slow(Duration),
    /// Followed by this many bytes of zeros.
    Huge(usize),
    /// HTTP 500 with a page of text.
    ServerError,
    /// HTTP 200 with a web page in place of DER, under the right media type.
    NotDer,
    /// HTTP 302 to an address that must not be followed.
    Redirect,
}

/// What the CRLs say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CrlFault {
    /// Fresh and complete.
    #[default]
    None,
    /// 404.
    Missing,
    /// nextUpdate was yesterday.
    Stale,
    /// Right name, wrong signature value.
    BrokenSignature,
}

/// Why the servers did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there: choose another port, or 0 for any.
    #[error("the address {0} is taken by another program")]
    PortTaken(SocketAddr),
    /// Anything else.
    #[error("cannot listen on {address}: {source}")]
    Io {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// Servers that run until stopped or dropped.
pub struct Running {
    /// `http://127.0.0.1:PORT`, what [`Lab::host`] is to be mapped to.
    pub url: String,
    /// Where they listen.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the servers of `lab` on `address` (port 0 takes a free one).
pub fn start(lab: &Lab, address: SocketAddr, faults: Faults) -> Result<Running, StartError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken(address),
        _ => StartError::Io { address, source },
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;

    let shared = Arc::new(Shared {
        lab: lab.clone(),
        faults: Mutex::new(faults),
        requests: Mutex::default(),
    });
    let router = router(shared.clone());
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::Builder::new()
        .name("lab-responder".to_owned())
        .spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                // Not a graceful shutdown: an idle kept-alive connection must not hold up whoever stops us.
                tokio::select! {
                    _ = axum::serve(listener, router).into_future() => {}
                    _ = stopped => {}
                }
            });
        })
        .map_err(failed)?;
    Ok(Running {
        url: format!("http://{address}"),
        address,
        shared,
        stop: Some(stop),
        thread: Some(thread),
    })
}

impl Running {
    /// Where timestamps are asked for.
    pub fn tsa_url(&self) -> String {
        format!("{}/tsa", self.url)
    }

    /// Where certificate status is asked for.
    pub fn ocsp_url(&self) -> String {
        format!("{}/ocsp", self.url)
    }

    /// Changes how the servers misbehave from the next request on.
    pub fn set_faults(&self, faults: Faults) {
        *self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// The requests so far, each as `METHOD /path`.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops the servers and waits until the port is free.
    pub fn stop(self) {}
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Fails only if the thread is gone already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Shared {
    lab: Lab,
    faults: Mutex<Faults>,
    requests: Mutex<Vec<String>>,
}

impl Shared {
    fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/crl/{file}", get(crl))
        .route("/crt/{file}", get(authority_certificate))
        .route("/ocsp", post(ocsp_post))
        .route("/ocsp/{*request}", get(ocsp_get))
        .route("/tsa", post(timestamp))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(axum::middleware::from_fn_with_state(shared.clone(), note))
        .with_state(shared)
}

async fn note(
    State(shared): State<Arc<Shared>>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let line = format!("{} {}", request.method(), request.uri().path());
    shared.requests.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    next.run(request).await
}

async fn crl(State(shared): State<Arc<Shared>>, Path(file): Path<String>) -> Response {
    let faults = shared.faults();
    let now = Timestamp::now();
    let Some(authority) = file.strip_suffix(".crl") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let der = match faults.crl {
        CrlFault::Missing => return StatusCode::NOT_FOUND.into_response(),
        CrlFault::Stale => shared.lab.crl_between(authority, day(now, -8), day(now, -1)),
        CrlFault::None | CrlFault::BrokenSignature => shared.lab.crl(authority, now),
    };
    let Ok(mut der) = der else { return StatusCode::NOT_FOUND.into_response() };
    if let (CrlFault::BrokenSignature, Some(last)) = (faults.crl, der.last_mut()) {
        *last ^= 1;
    }
    deliver("application/pkix-crl", der, faults.crl_transport).await
}

async fn authority_certificate(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
) -> Response {
    let issued = file.strip_suffix(".crt").and_then(|name| shared.lab.certificate(name).ok());
    let Some(issued) = issued else { return StatusCode::NOT_FOUND.into_response() };
    deliver("application/pkix-cert", issued.der.clone(), shared.faults().crl_transport).await
}

async fn ocsp_post(State(shared): State<Arc<Shared>>, request: Bytes) -> Response {
    ocsp_answer(&shared, &request).await
}

/// RFC 6960 appendix A.1: the request in base64, percent-encoded, as the rest of the path.
async fn ocsp_get(State(shared): State<Arc<Shared>>, Path(request): Path<String>) -> Response {
    match BASE64.decode(request) {
        Ok(request) => ocsp_answer(&shared, &request).await,
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn ocsp_answer(shared: &Shared, request: &[u8]) -> Response {
    let faults = shared.faults();
    match ocsp::answer(&shared.lab, request, Timestamp::now(), faults.ocsp) {
        Ok(der) => deliver("application/ocsp-response", der, faults.ocsp_transport).await,
        Err(e) => broken(&e),
    }
}

async fn timestamp(State(shared): State<Arc<Shared>>, request: Bytes) -> Response {
    let faults = shared.faults();
    match tsa::answer(&shared.lab, &request, Timestamp::now(), faults.tsa) {
        Ok(der) => deliver("application/timestamp-reply", der, faults.tsa_transport).await,
        Err(e) => broken(&e),
    }
}

async fn deliver(media_type: &'static str, mut der: Vec<u8>, transport: Transport) -> Response {
    let with = |body: Body| ([(header::CONTENT_TYPE, media_type)], body).into_response();
    match transport {
        Transport::Good => with(der.into()),
        Transport::Slow(time) => {
            tokio::time::sleep(time).await;
            with(der.into())
        }
        Transport::Huge(bytes) => {
            der.resize(der.len().saturating_add(bytes), 0);
            with(der.into())
        }
        Transport::ServerError => {
            (StatusCode::INTERNAL_SERVER_ERROR, "the lab fails, as it was told").into_response()
        }
        Transport::NotDer => with("<html><body>Please log in to the network.</body></html>".into()),
        Transport::Redirect => {
            let elsewhere = Uri::from_static("http://127.0.0.1:1/elsewhere");
            (StatusCode::FOUND, [(header::LOCATION, elsewhere.to_string())]).into_response()
        }
    }
}

fn broken(error: &anyhow::Error) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("the lab itself failed: {error:#}")).into_response()
}
