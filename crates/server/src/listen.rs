//! Two listeners, TLS by files, a stop that lets requests under way finish.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::edge::{self, Door};
use crate::routes;

/// Both listeners, bound and not answering yet.
pub struct Server {
    app: App,
    staff: TcpListener,
    public: TcpListener,
    tls: Option<RustlsConfig>,
}

impl Server {
    /// Binds both addresses and reads the TLS files.
    ///
    /// # Errors
    /// An address is taken, or a file cannot be read as what it should be.
    pub async fn bind(app: App) -> io::Result<Server> {
        let config = app.config();
        let bind = |address: SocketAddr| {
            let listener = TcpListener::bind(address);
            let listener = listener
                .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))?;
            listener.set_nonblocking(true)?;
            Ok::<_, io::Error>(listener)
        };
        let (staff, public) = (bind(config.staff)?, bind(config.public)?);
        let tls = match &config.tls {
            Some(files) => {
                // Said twice it stays the first: both are ring.
                let _ = rustls::crypto::ring::default_provider().install_default();
                Some(RustlsConfig::from_pem_chain_file(&files.certificate, &files.key).await?)
            }
            None => None,
        };
        Ok(Server { app, staff, public, tls })
    }

    /// Where the staff listener really is.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn staff(&self) -> io::Result<SocketAddr> {
        self.staff.local_addr()
    }

    /// Where the public listener really is.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn public(&self) -> io::Result<SocketAddr> {
        self.public.local_addr()
    }

    /// Answers until `stop`, then lets requests under way finish.
    ///
    /// # Errors
    /// A listener broke.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let limits = self.app.config().limits;
        let staff = Handle::new();
        let public = Handle::new();
        let app = self.app.clone();
        let both = async {
            tokio::try_join!(
                one(
                    self.staff,
                    self.tls.clone(),
                    door("staff", &self.app),
                    routes::staff(),
                    staff.clone()
                ),
                one(
                    self.public,
                    self.tls,
                    door("public", &self.app),
                    routes::public(),
                    public.clone()
                ),
            )
        };
        tokio::pin!(both);
        tokio::select! {
            ended = &mut both => return ended.map(|_| ()),
            () = app.watch_log() => {}
            () = stop => {}
        }
        let patience = Some(Duration::from_secs(limits.stop_seconds));
        staff.graceful_shutdown(patience);
        public.graceful_shutdown(patience);
        both.await.map(|_| ())
    }
}

fn door(name: &'static str, app: &App) -> Door {
    let room = Arc::new(Semaphore::new(app.config().limits.in_flight));
    Door { name, app: app.clone(), room }
}

async fn one(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    door: Door,
    routes: Router<App>,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    let header = Duration::from_secs(door.app.config().limits.header_seconds);
    let routes = routes
        .fallback(edge::no_such_address)
        .method_not_allowed_fallback(edge::no_such_method)
        .with_state(door.app.clone())
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(axum::middleware::from_fn_with_state(door, edge::around));
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    macro_rules! serve {
        ($server:expr) => {{
            let mut server = $server.handle(handle);
            let http = server.http_builder();
            http.http1().timer(TokioTimer::new()).header_read_timeout(header);
            http.http2().timer(TokioTimer::new()).keep_alive_interval(Some(header));
            server.serve(service).await
        }};
    }
    match tls {
        Some(tls) => serve!(axum_server::from_tcp_rustls(listener, tls)?),
        None => serve!(axum_server::from_tcp(listener)?),
    }
}
