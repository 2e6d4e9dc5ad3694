//! `antin migrate`: the schema of the database as this program knows it.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::Migrate;
use crate::config::Config;
use crate::stop::Stop;
use crate::{output, service};

pub(crate) fn run(args: &Migrate, config: Result<Config, Stop>) -> ExitCode {
    let done = config.and_then(|config| {
        service::runtime()?.block_on(async {
            let db = service::database(&config).await?;
            let applied = db.migrate().await?;
            let version = db.schema_version().await?;
            let engine = db.engine();
            db.close().await;
            Ok((applied, version, engine))
        })
    });
    let (applied, version, engine) = match done {
        Ok(done) => done,
        Err(stop) => return output::stopped(&stop, args.json, &[]),
    };
    if args.json {
        output::object(&json!({
            "outcome": "ok", "code": "ok", "engine": engine, "applied": applied, "schema": version,
        }));
    } else {
        let count = applied.len();
        output::line(&format!(
            "{engine}: lược đồ phiên bản {version}, {count} bước mới · schema version {version}, {count} new steps"
        ));
    }
    ExitCode::SUCCESS
}
