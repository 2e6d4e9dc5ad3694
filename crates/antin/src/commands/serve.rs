//! `antin serve`: the two listeners.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::Serve;
use crate::config::Config;
use crate::output;
use crate::service::{self, unable};
use crate::stop::Stop;

pub(crate) fn run(args: &Serve, config: Result<Config, Stop>) -> ExitCode {
    match config.and_then(|config| serve(&config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => output::stopped(&stop, args.json, &[]),
    }
}

fn serve(config: &Config) -> Result<(), Stop> {
    service::log_lines();
    let runtime = service::runtime()?;
    runtime.block_on(async {
        let stop = service::told_to_stop()?;
        let service = service::open(config).await?;
        if service.verifier.anchors() == 0 {
            output::note(
                "Chưa có gốc tin cậy nào: mọi tệp đều chưa kết luận được (antin trust fetch). · No anchors: no file can be concluded on.",
            );
        }
        let app = server::App::new(server::Parts {
            config: config.service.server(),
            desk: service.desk,
            verifier: service.verifier,
            log_key: service.log_key,
        })
        .map_err(|e| unable(&e.to_string()))?;
        let fail = |e: std::io::Error| {
            Stop::failed(
                "not_listening",
                format!("Không mở được cổng hoặc tệp TLS: {e}."),
                format!("A port or a TLS file cannot be opened: {e}."),
            )
        };
        let server = server::Server::bind(app).await.map_err(fail)?;
        let scheme = if config.service.tls.is_some() { "https" } else { "http" };
        output::object(&json!({
            "outcome": "listening",
            "staff": format!("{scheme}://{}", server.staff().map_err(fail)?),
            "public": format!("{scheme}://{}", server.public().map_err(fail)?),
        }));
        server.run(stop).await.map_err(fail)
    })
}
