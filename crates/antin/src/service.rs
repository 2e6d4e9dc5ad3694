//! Opening the rooms of the service from its configuration, for the commands that run it.

use std::future::Future;
use std::sync::Arc;

use office::children::Reader;
use office::desk::Desk;
use office::verify::Verifier;
use store::{Db, Objects, Store, StoreError};
use tlog::VerifierKey;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, Level};
use crate::stop::{Kind, Stop};
use crate::{commands, trust};

/// What `serve` and `work` stand on.
pub(crate) struct Service {
    pub(crate) desk: Desk,
    pub(crate) verifier: Verifier,
    pub(crate) log_key: Option<VerifierKey>,
}

/// Opens everything; nothing is made that is not there, but for SQLite's file and the folder of objects.
pub(crate) async fn open(config: &Config) -> Result<Service, Stop> {
    let service = &config.service;
    let trusted = trust::load(&[], config)?;
    let policy = commands::verify::policy(None, config)?;
    let program = std::env::current_exe().map_err(|e| unable(&e.to_string()))?;
    let reader = Reader::new(program, service.children(), service.limits.readers);
    let fetching = service.fetch.then(|| fetch::Client::new(config.fetching()));
    let evidence =
        validation::Evidence { certificates: trusted.helpers, ..validation::Evidence::default() };
    let verifier = Verifier::new(reader.clone(), trusted.anchors, evidence, policy, fetching);
    let store = store(config).await?;
    let objects = Objects::open(&service.objects)?;
    objects.self_test().await?;
    let signer = office::SignerClient::new(&service.signer);
    let level = match service.level {
        Level::B => signing::Level::B,
        Level::T => signing::Level::T,
    };
    let desk = Desk::new(store, objects, signer, &service.public_url, level).with_children(reader);
    let log_key = match &service.log_key {
        Some(key) => Some(key.parse().map_err(|e: tlog::Error| unable(&e.to_string()))?),
        None => None,
    };
    Ok(Service { desk, verifier, log_key })
}

/// The store alone.
pub(crate) async fn store(config: &Config) -> Result<Store, Stop> {
    Ok(Store::new(database(config).await?).await?)
}

/// The database alone; its folder is made where it lies below `./var`.
pub(crate) async fn database(config: &Config) -> Result<Db, Stop> {
    let url = &config.service.database;
    if let Some(path) = url.strip_prefix("sqlite:")
        && let Some(folder) = std::path::Path::new(path).parent()
        && !folder.as_os_str().is_empty()
    {
        std::fs::create_dir_all(folder)
            .map_err(|e| crate::stop::io("database_folder", folder, &e))?;
    }
    Ok(Db::open(url).await?)
}

/// A runtime for as long as the command runs, with ring as the only TLS.
pub(crate) fn runtime() -> Result<Runtime, Stop> {
    // Said twice it stays the first: both are ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|e| unable(&e.to_string()))
}

/// Lines of JSON on stderr; `RUST_LOG` says how much. Nothing personal is ever logged.
pub(crate) fn log_lines() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_writer(std::io::stderr);
    // A second call finds the first: tests start commands in one process.
    let _ = lines.with_env_filter(filter).try_init();
}

/// Ends with SIGTERM or SIGINT.
pub(crate) fn told_to_stop() -> Result<impl Future<Output = ()>, Stop> {
    let fail = |e: std::io::Error| unable(&e.to_string());
    let mut terminated = signal(SignalKind::terminate()).map_err(fail)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(fail)?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

/// A word of this process alone, for leases.
pub(crate) fn holder(command: &str) -> Arc<str> {
    format!("{command}-{}-{}", std::process::id(), uuid::Uuid::now_v7()).into()
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        let (vi, en) = error.texts();
        Stop::failed(error.code(), format!("{vi} ({error})"), format!("{en} ({error})"))
    }
}

impl From<store::PerformError> for Stop {
    fn from(error: store::PerformError) -> Stop {
        match error {
            store::PerformError::Refused(refusal) => {
                let said = refusal.said();
                Stop {
                    kind: Kind::Refused,
                    code: said.code.into_owned(),
                    vi: said.text_vi,
                    en: said.text_en,
                }
            }
            store::PerformError::Store(error) => error.into(),
        }
    }
}

pub(crate) fn unable(why: &str) -> Stop {
    Stop::failed(
        "system_error",
        format!("Hệ điều hành báo lỗi: {why}."),
        format!("The operating system reports an error: {why}."),
    )
}
