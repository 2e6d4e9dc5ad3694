//! `antin work`: signing after the PIN, intake, the sequencer of the log, webhooks. Several may run; the
//! sequencer is in one of them at a time.

use std::process::ExitCode;
use std::time::Duration;

use office::jobs::sequence::{self, SequenceError, Sequencer};
use office::jobs::{webhook, work};
use office::log::{Folder, LogError};
use store::sessions;
use tlog::VerifierKey;
use tokio::sync::watch;

use crate::cli::Work;
use crate::config::Config;
use crate::output;
use crate::service::{self, Service, unable};
use crate::stop::Stop;

/// Between two looks.
const SEQUENCE_EVERY: Duration = Duration::from_millis(200);
const WEBHOOK_IDLE: Duration = Duration::from_millis(500);
const SWEEP_EVERY: Duration = Duration::from_secs(600);

pub(crate) fn run(args: &Work, config: Result<Config, Stop>) -> ExitCode {
    match config.and_then(|config| work(&config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => output::stopped(&stop, args.json, &[]),
    }
}

fn work(config: &Config) -> Result<(), Stop> {
    service::log_lines();
    let runtime = service::runtime()?;
    runtime.block_on(async {
        let told = service::told_to_stop()?;
        let service = service::open(config).await?;
        let (stopping, stop) = watch::channel(false);
        let holder = service::holder("work");
        // Before any job: a database that was set back is not worked on.
        let log = log(config, &service, &holder, stop.clone());
        let sender = webhook::Sender::new(service.desk.store().clone(), &holder);
        let sender = sender.map_err(|e| unable(&e))?;
        let jobs = work::run(service.desk.clone(), service.verifier.clone(), &holder, stop.clone());
        let hooks = hooks(sender, stop.clone());
        let sweep = sweep(&service, stop.clone());
        tokio::pin!(log);
        let rest = async { tokio::join!(jobs, hooks, sweep) };
        tokio::pin!(rest);
        let ended = tokio::select! {
            ended = &mut log => Some(ended),
            _ = &mut rest => None,
            () = told => None,
        };
        // What is under way is finished.
        let _ = stopping.send(true);
        let ended = match ended {
            Some(ended) => {
                rest.await;
                ended
            }
            None => tokio::join!(log, rest).0,
        };
        ended.map_err(|error| log_stop(&error))
    })
}

/// The sequencer, for as long as no other process has it.
async fn log(
    config: &Config,
    service: &Service,
    holder: &str,
    stop: watch::Receiver<bool>,
) -> Result<(), SequenceError> {
    let folder = Folder::at(&config.service.log);
    let signer = service.desk.signer();
    let start = async || {
        let key = key(service).await?;
        let notary = sequence::by_signer(signer.clone());
        Sequencer::start(service.desk.store().clone(), folder.clone(), key, notary, holder).await
    };
    sequence::run(start, SEQUENCE_EVERY, stop).await
}

/// The public key of the log: configured, or the signer's.
async fn key(service: &Service) -> Result<VerifierKey, SequenceError> {
    if let Some(key) = &service.log_key {
        return Ok(key.clone());
    }
    let unknown = |why: String| SequenceError::Notary(why);
    let keys = service.desk.signer().keys().await.map_err(|e| unknown(e.to_string()))?;
    let text = keys.log.ok_or_else(|| unknown("the signer has no key of the log".to_owned()))?;
    Ok(text.parse::<VerifierKey>().map_err(LogError::from)?)
}

async fn hooks(sender: webhook::Sender, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let tried = sender.round().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "webhooks cannot be sent");
            0
        });
        if tried == 0 {
            tokio::select! {
                () = tokio::time::sleep(WEBHOOK_IDLE) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

/// Sessions whose time is over.
async fn sweep(service: &Service, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = sessions::sweep(service.desk.store()).await {
            tracing::warn!(%error, "old sessions cannot be removed");
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

fn log_stop(error: &SequenceError) -> Stop {
    match error {
        SequenceError::Standing(standing) => {
            let (vi, en) = standing.texts();
            Stop::failed(standing.code(), vi, en)
        }
        other => Stop::failed(
            "log_failed",
            format!("Nhật ký minh bạch không ghi được: {other}."),
            format!("The transparency log cannot be written: {other}."),
        ),
    }
}
