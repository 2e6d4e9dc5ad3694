//! `antin backup DIR`, `antin restore DIR`.

use std::process::ExitCode;

use office::backup::{BackupError, Manifest};
use office::log::{Folder, Standing, standing};
use serde_json::json;
use store::{Objects, Store};

use super::log::{log_key, signer_head, stop as log_stop};
use crate::cli::Backup;
use crate::config::Config;
use crate::stop::Stop;
use crate::{output, service};

pub(crate) fn backup(args: &Backup, config: Result<Config, Stop>) -> ExitCode {
    let done = config.and_then(|config| {
        let places = &config.service;
        service::runtime()?.block_on(async {
            let db = service::database(&config).await?;
            db.check_schema().await?;
            let (objects, log) = (Objects::open(&places.objects)?, Folder::at(&places.log));
            office::backup::backup(&db, &objects, &log, &args.dir).await.map_err(stop)
        })
    });
    let (manifest, sha256) = match done {
        Ok(done) => done,
        Err(stop) => return output::stopped(&stop, args.json, &[]),
    };
    if args.json {
        output::object(&json!({
            "outcome": "ok", "code": "ok", "dir": args.dir, "manifest_sha256": sha256.to_string(),
            "manifest": manifest,
        }));
        return ExitCode::SUCCESS;
    }
    output::line(&format!("Đã sao lưu · backed up: {}", args.dir.display()));
    summary(&manifest);
    output::line(&format!("  manifest.json SHA-256: {sha256}"));
    output::line("Hãy giữ dòng trên ở nơi khác · keep the line above somewhere else");
    ExitCode::SUCCESS
}

pub(crate) fn restore(args: &Backup, config: Result<Config, Stop>) -> ExitCode {
    let done = config.and_then(|config| {
        let places = &config.service;
        service::runtime()?.block_on(async {
            // Before anything is written: what lies outside the database is asked first.
            let key = log_key(&config).await?;
            let head = signer_head(&config).await?;
            let (objects, log) = (Objects::open(&places.objects)?, Folder::at(&places.log));
            let db = service::database(&config).await?;
            let restored = office::backup::restore(&db, &objects, &log, &args.dir).await;
            let restored = restored.map_err(stop)?;
            let store = Store::new(db).await?;
            let found = standing(&store, &log, &key, head.as_ref()).await.map_err(log_stop)?;
            Ok((restored, found))
        })
    });
    let (restored, found) = match done {
        Ok(done) => done,
        Err(stop) => return output::stopped(&stop, args.json, &[]),
    };
    let (vi, en) = found.texts();
    if args.json {
        output::object(&json!({
            "outcome": "ok", "code": found.code(), "text_vi": vi, "text_en": en,
            "dir": args.dir, "log_from_backup": restored.log_from_backup,
            "manifest": restored.manifest,
        }));
    } else {
        output::line(&format!("Đã khôi phục · restored: {}", args.dir.display()));
        summary(&restored.manifest);
        output::line(&format!("  {vi}\n  {en}  [{}]", found.code()));
    }
    // Restored it is; that the log knows more is for two people to look at.
    match found {
        Standing::Open { .. } => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    }
}

fn summary(manifest: &Manifest) {
    let rows: u64 = manifest.tables.values().map(|table| table.rows).sum();
    output::line(&format!("  lúc · at: {}", manifest.at));
    output::line(&format!("  bảng · tables: {}, dòng · rows: {rows}", manifest.tables.len()));
    output::line(&format!("  tệp · objects: {}", manifest.objects));
    let head = manifest.checkpoint.as_ref().map(|note| tlog::read_unverified(note.as_bytes()));
    if let Some(Ok(head)) = head {
        output::line(&format!("  nhật ký · log: {} mục · leaves, {}", head.size, head.root));
    }
}

fn stop(error: BackupError) -> Stop {
    let en = format!("{error}.");
    let (code, vi) = match error {
        BackupError::Store(error) => return error.into(),
        BackupError::Log(error) => return log_stop(error),
        BackupError::File { path, source } => {
            return crate::stop::io("file_failed", &path, &source);
        }
        BackupError::NotEmpty(dir) => {
            ("folder_not_empty", format!("Thư mục {} không trống.", dir.display()))
        }
        BackupError::NoBackup(dir) => {
            ("no_backup", format!("{}: không có bản sao lưu, hoặc bản chưa xong.", dir.display()))
        }
        BackupError::Damaged(what) => {
            ("backup_damaged", format!("Bản sao lưu bị hỏng: {what}. Không khôi phục gì."))
        }
        BackupError::DatabaseNotEmpty(table) => (
            "database_not_empty",
            format!("Cơ sở dữ liệu đích đã có dữ liệu (bảng {table}). Không khôi phục gì."),
        ),
        BackupError::Schema { found, needed } => {
            ("schema", format!("Bản sao lưu có lược đồ {found}, chương trình này cần {needed}."))
        }
    };
    Stop::refused(code, vi, en)
}
