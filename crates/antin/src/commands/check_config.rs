//! `antin check-config`.

use std::os::unix::fs::PermissionsExt as _;
use std::process::ExitCode;

use serde_json::json;

use crate::cli::CheckConfig;
use crate::config::{Config, Service};
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
    let warnings = warnings(&config.service);
    if args.json {
        output::object(&json!({
            "outcome": "ok", "code": "ok", "config": path, "trust": folder,
            "anchors": trusted.anchors.anchors.len(), "policy": policy,
            "tsa": config.tsa.url, "hosts": config.hosts,
            "service": {
                "database": without_password(&config.service.database),
                "objects": config.service.objects, "log": config.service.log,
                "signer": config.service.signer, "staff": config.service.staff,
                "public": config.service.public, "public_url": config.service.public_url,
                "tls": config.service.tls.is_some(), "proxies": config.service.proxies,
            },
            "warnings": warnings.iter().map(|(vi, en)| json!({"text_vi": vi, "text_en": en})).collect::<Vec<_>>(),
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
    let service = &config.service;
    output::line(&format!("  cơ sở dữ liệu · database: {}", without_password(&service.database)));
    output::line(&format!("  tệp kết quả · objects: {}", service.objects.display()));
    output::line(&format!("  nhật ký · log:     {}", service.log.display()));
    output::line(&format!("  bộ ký · signer:    {}", service.signer.display()));
    let tls = if service.tls.is_some() { "TLS" } else { "không TLS · no TLS" };
    output::line(&format!(
        "  cổng · listeners:  {} (cán bộ · staff), {} (công dân · public), {tls}",
        service.staff, service.public
    ));
    output::line(&format!(
        "  địa chỉ công khai · public_url: {} (cố định trước lần ban hành đầu tiên · fixed before the first issue)",
        service.public_url
    ));
    for (vi, en) in &warnings {
        output::note(&format!("Lưu ý: {vi}\nNote: {en}"));
    }
    for (host, address) in &config.hosts {
        output::line(&format!("  máy · host:        {host} → {address}"));
    }
    ExitCode::SUCCESS
}

/// What is permitted and still worth a second look.
fn warnings(service: &Service) -> Vec<(String, String)> {
    let mut found = vec![];
    let mut say = |vi: String, en: String| found.push((vi, en));
    if service.public_url.starts_with("http://") {
        say(
            "public_url dùng http: chỉ để chạy thử; điện thoại cần https.".to_owned(),
            "public_url is http: for trials only; phones want https.".to_owned(),
        );
    }
    if !service.public.ip().is_loopback() && service.tls.is_none() && service.proxies.is_empty() {
        say(
            "cổng công dân mở ra ngoài mà không có TLS.".to_owned(),
            "the public listener is open to the network without TLS.".to_owned(),
        );
    }
    if let Some(tls) = &service.tls {
        match std::fs::metadata(&tls.key) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => say(
                format!("khóa TLS {} cho người khác đọc: chmod 600.", tls.key.display()),
                format!("the TLS key {} can be read by others: chmod 600.", tls.key.display()),
            ),
            Ok(_) => {}
            Err(error) => say(
                format!("không đọc được khóa TLS {}: {error}.", tls.key.display()),
                format!("the TLS key {} cannot be read: {error}.", tls.key.display()),
            ),
        }
    }
    if !service.signer.exists() {
        say(
            format!("chưa có socket {}: antin signer chưa chạy.", service.signer.display()),
            format!("no socket {}: antin signer is not running.", service.signer.display()),
        );
    }
    found
}

/// For people to read: everything before the last `@` may hold a password.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => url.to_owned(),
    }
}
