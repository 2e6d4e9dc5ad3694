//! `antin check-config`.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::CheckConfig;
use crate::config::Config;
use crate::output;
use crate::stop::Stop;
use crate::trust;

pub(crate) fn run(args: &CheckConfig, config: Result<Config, Stop>) -> ExitCode {
    let checked = config.and_then(|config| Ok((trust::load(&[], &config)?, config)));
    let (trusted, config) = match checked {
        Ok(checked) => checked,
        Err(stop) => return output::stopped(&stop, args.json, &[]),
    };
    let path = config.path.as_ref().map(|p| p.display().to_string());
    let folder = config.trust_folder().map(|p| p.display().to_string());
    let policy = config.policy.clone().unwrap_or_else(|| validation::Policy::default().name);
    if args.json {
        output::object(&json!({
            "outcome": "ok", "code": "ok", "config": path, "trust": folder,
            "anchors": trusted.anchors.anchors.len(), "policy": policy,
            "tsa": config.tsa.url, "hosts": config.hosts,
        }));
        return ExitCode::SUCCESS;
    }
    let none = || "—".to_owned();
    output::line("Cấu hình hợp lệ · The configuration is right");
    output::line(&format!("  tệp · file:        {}", path.unwrap_or_else(none)));
    output::line(&format!(
        "  kho tin cậy · trust: {} ({} gốc · anchors)",
        folder.unwrap_or_else(none),
        trusted.anchors.anchors.len()
    ));
    output::line(&format!("  chính sách · policy: {policy}"));
    output::line(&format!("  dấu thời gian · TSA: {}", config.tsa.url.unwrap_or_else(none)));
    for (host, address) in &config.hosts {
        output::line(&format!("  máy · host:        {host} → {address}"));
    }
    ExitCode::SUCCESS
}
