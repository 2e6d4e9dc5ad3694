//! `antin log verify`; `antin log recover` is in `recover`.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use fetch::{Client, What, Why};
use office::SignerClient;
use office::log::{Folder, Known, LogError, Verified, verify};
use serde_json::{Value, json};
use tlog::{Checkpoint, VerifierKey};

use crate::cli::{Log, LogVerify};
use crate::config::Config;
use crate::stop::Stop;
use crate::{net, output};

pub(crate) fn run(command: &Log, config: Result<Config, Stop>) -> ExitCode {
    match command {
        Log::Recover(args) => super::recover::run(args, config),
        Log::Verify(args) => match config.and_then(|config| verify_log(args, &config)) {
            Ok(verified) => report(args, &verified),
            Err(stop) => {
                output::stopped(&stop, args.json, &[("log", Value::from(args.log.as_str()))])
            }
        },
    }
}

fn verify_log(args: &LogVerify, config: &Config) -> Result<Verified, Stop> {
    let key = args.key.as_deref().map(str::parse).transpose().map_err(|_| bad_key())?;
    let known = args.known.as_deref().map(|path| known_head(path, key.as_ref())).transpose()?;
    if !args.log.starts_with("http://") && !args.log.starts_with("https://") {
        let folder = Folder::at(&args.log);
        return verify(|path| folder.read(path), key.as_ref(), known.as_ref()).map_err(stop);
    }
    let client = Client::new(fetch::Config {
        run_requests: u64::MAX,
        run_bytes: u64::MAX,
        ..config.fetching()
    });
    let prefix = args.log.trim_end_matches('/');
    let read = |path: &str| get(&client, &format!("{prefix}/{path}"));
    verify(read, key.as_ref(), known.as_ref()).map_err(stop)
}

fn get(client: &Client, url: &str) -> Result<Option<Vec<u8>>, LogError> {
    let answer =
        net::run(client.get_named(What::File, url)).map_err(|stop| LogError::Fetch(stop.en))?;
    match answer {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.why, Why::Status(404 | 410)) => Ok(None),
        Err(error) => Err(LogError::Fetch(error.text_en())),
    }
}

fn known_head(path: &Path, key: Option<&VerifierKey>) -> Result<Known, Stop> {
    let note = fs::read(path).map_err(|error| crate::stop::io("file_missing", path, &error))?;
    let opened = match key {
        Some(key) => key.open(&note).map(|signed| signed.checkpoint().clone()),
        None => tlog::read_unverified(&note),
    };
    opened.map(Known).map_err(|error| {
        Stop::refused(
            "known_head",
            format!("{}: không phải điểm kiểm của nhật ký này ({error}).", path.display()),
            format!("{}: not a checkpoint of this log ({error}).", path.display()),
        )
    })
}

fn report(args: &LogVerify, verified: &Verified) -> ExitCode {
    let head = &verified.checkpoint;
    let code = if verified.signed { "ok" } else { "key_missing" };
    let kinds: serde_json::Map<String, Value> = verified
        .kinds
        .iter()
        .map(|(kind, count)| (kind.to_string(), Value::from(*count)))
        .collect();
    if args.json {
        output::object(&json!({
            "outcome": if verified.signed { "ok" } else { "refused" }, "code": code,
            "log": args.log, "origin": head.origin, "size": head.size,
            "root": head.root.to_string(), "signed": verified.signed, "kinds": kinds,
        }));
    } else {
        output::line(&format!("Nhật ký · log: {}", head.origin));
        output::line(&format!("  số mục · leaves: {}", head.size));
        output::line(&format!("  gốc · root:      {}", head.root));
        for (kind, count) in &kinds {
            output::line(&format!("  {kind}: {count}"));
        }
        match verified.signed {
            true => output::line(
                "Mọi mục, mọi ô băm và chữ ký của điểm kiểm đều khớp · every entry, every tile and the checkpoint's signature hold",
            ),
            false => output::note(
                "Các tệp khớp nhau, nhưng CHƯA kiểm tra chữ ký của điểm kiểm: hãy đưa khóa công khai bằng --key\nThe files agree, but the checkpoint's signature was NOT checked: give the public key with --key  [key_missing]",
            ),
        }
    }
    // Files that only agree with each other are no evidence of whose they are.
    if verified.signed { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

pub(crate) fn stop(error: LogError) -> Stop {
    let error = match error {
        LogError::Store(error) => return error.into(),
        other => other,
    };
    match &error {
        LogError::Locked => Stop::failed(
            "log_busy",
            "Một tiến trình khác đang công bố nhật ký: hãy dừng hệ thống trước.",
            "Another process publishes the log: stop the service first.",
        ),
        LogError::File { .. } | LogError::Fetch(_) => Stop::failed(
            "log_unreadable",
            format!("Không đọc được nhật ký: {error}."),
            format!("The log cannot be read: {error}."),
        ),
        LogError::Log(tlog::Error::Missing(path)) if path == tlog::CHECKPOINT_PATH => Stop::failed(
            "log_missing",
            "Ở đây không có nhật ký (không có tệp checkpoint).",
            "There is no log here (no file named checkpoint).",
        ),
        _ => Stop::refused(
            "log_broken",
            format!("NHẬT KÝ KHÔNG KHỚP: {error}. Đừng tin nhật ký này."),
            format!("THE LOG DOES NOT HOLD: {error}. Do not believe this log."),
        ),
    }
}

fn bad_key() -> Stop {
    Stop::failed(
        "key_malformed",
        "--key: không phải khóa công khai của nhật ký (tên+mã+khóa).",
        "--key: not the public key of a log (name+id+key).",
    )
}

/// The public key of the log: configured, else as the signer says.
pub(crate) async fn log_key(config: &Config) -> Result<VerifierKey, Stop> {
    let text = match &config.service.log_key {
        Some(text) => Some(text.clone()),
        None => {
            let keys = SignerClient::new(&config.service.signer).keys().await;
            keys.map_err(|error| signer_stop(&error.to_string()))?.log
        }
    };
    text.ok_or_else(bad_key)?.parse().map_err(|_| bad_key())
}

/// What the signer signed last. A signer that does not answer leaves the published files as the only
/// witness, and that is said.
pub(crate) async fn signer_head(config: &Config) -> Result<Option<Checkpoint>, Stop> {
    match SignerClient::new(&config.service.signer).head().await {
        Ok(None) => Ok(None),
        Ok(Some(body)) => {
            let head = Checkpoint::from_body(&body);
            head.map(Some).map_err(|error| signer_stop(&error.to_string()))
        }
        Err(error) => {
            let stop = signer_stop(&error.to_string());
            output::note(&format!(
                "{} Chỉ so được với các tệp đã công bố.\n{} Only the published files are compared with.  [{}]",
                stop.vi, stop.en, stop.code
            ));
            Ok(None)
        }
    }
}

fn signer_stop(why: &str) -> Stop {
    Stop::failed(
        "signer_unreachable",
        format!("Không hỏi được bộ ký: {why}."),
        format!("The signer cannot be asked: {why}."),
    )
}
