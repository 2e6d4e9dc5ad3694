//! `antin signer`: the process that holds the tokens of the service, and nothing else.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use signer::engine::{Config, ConfigError, Engine, StartError, harden};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Signer;
use crate::output;
use crate::stop::Stop;

pub(crate) fn run(args: &Signer, config: Option<&Path>) -> ExitCode {
    match serve(args, config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => output::stopped(&stop, args.json, &[]),
    }
}

fn serve(args: &Signer, config: Option<&Path>) -> Result<(), Stop> {
    // Before anything secret is read.
    harden().map_err(|e| unable(&e.to_string()))?;
    let path = config.ok_or_else(|| {
        Stop::failed(
            "config_missing",
            "Hãy chỉ tệp cấu hình của bộ ký: antin signer --config FILE.",
            "Name the signer's configuration file: antin signer --config FILE.",
        )
    })?;
    let config = Config::read(path)?;
    if args.check {
        if args.json {
            let keys: Vec<_> = config.keys.iter().map(|key| key.name.as_str()).collect();
            output::object(&json!({ "outcome": "ok", "code": "ok", "keys": keys }));
        } else {
            output::line("Cấu hình hợp lệ · The configuration is right");
        }
        return Ok(());
    }
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_env_filter(filter).init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| unable(&e.to_string()))?;
    let engine = Engine::start(config, runtime.handle().clone())?;
    runtime.block_on(async {
        let fail = |e: std::io::Error| unable(&e.to_string());
        let mut terminated = signal(SignalKind::terminate()).map_err(fail)?;
        let mut interrupted = signal(SignalKind::interrupt()).map_err(fail)?;
        let stop = async {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
        };
        Ok(engine.serve(stop).await?)
    })
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Stop {
        Stop::failed(
            "config_wrong",
            format!("Tệp cấu hình sai: {error}"),
            format!("The configuration file is wrong: {error}"),
        )
    }
}

impl From<StartError> for Stop {
    fn from(error: StartError) -> Stop {
        match error {
            StartError::Token(error) => error.into(),
            other => Stop::failed(
                "signer_not_started",
                format!("Bộ ký không khởi động được: {other}."),
                format!("The signer does not start: {other}."),
            ),
        }
    }
}

fn unable(why: &str) -> Stop {
    Stop::failed(
        "system_error",
        format!("Hệ điều hành báo lỗi: {why}."),
        format!("The operating system reports an error: {why}."),
    )
}
