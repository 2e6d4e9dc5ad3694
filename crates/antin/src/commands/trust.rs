//! `antin trust list | add | remove | fetch`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use fetch::{Client, What};
use pki::Certificate;
use serde_json::{Value, json};

use crate::cli::{Trust, TrustAdd, TrustFetch, TrustList, TrustRemove};
use crate::config::Config;
use crate::files;
use crate::net;
use crate::output;
use crate::stop::{Stop, io, unfit};
use crate::trust;

pub(crate) fn run(command: &Trust, config: Result<Config, Stop>) -> ExitCode {
    let json = match command {
        Trust::List(args) => args.json,
        Trust::Add(args) => args.json,
        Trust::Remove(args) => args.json,
        Trust::Fetch(args) => args.json,
    };
    let done = config.and_then(|config| match command {
        Trust::List(args) => list(args, &config),
        Trust::Add(args) => add(args, &config),
        Trust::Remove(args) => remove(args, &config),
        Trust::Fetch(args) => fetch_known(args, &config),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => output::stopped(&stop, json, &[]),
    }
}

fn folder(config: &Config) -> Result<PathBuf, Stop> {
    config.trust_folder().ok_or_else(|| {
        Stop::failed(
            "trust_folder_missing",
            "Chưa có thư mục kho tin cậy: hãy đặt ANTIN_TRUST hoặc trust trong cấu hình.",
            "There is no trust folder: set ANTIN_TRUST, or trust in the configuration.",
        )
    })
}

fn describe(certificate: &Certificate) -> Value {
    let hierarchy = pki::hierarchy_of(certificate);
    json!({
        "sha256": sha256(certificate), "subject": certificate.subject().text(),
        "not_after": certificate.not_after().to_string(),
        "hierarchy": hierarchy, "anchor": certificate.is_self_signed(),
    })
}

fn sha256(certificate: &Certificate) -> String {
    certificate.sha256().iter().map(|b| format!("{b:02x}")).collect()
}

fn stored(config: &Config) -> Result<(PathBuf, Vec<(PathBuf, Certificate)>), Stop> {
    let folder = folder(config)?;
    let mut all = vec![];
    if folder.exists() {
        let (paths, _) = files::list(&folder, &trust::CERTIFICATE_ENDINGS)?;
        for path in paths {
            match trust::certificates(&path) {
                Ok(found) => all.extend(found.into_iter().map(|c| (path.clone(), c))),
                Err(stop) => output::note(&format!("Bỏ qua · skipped: {}", stop.en)),
            }
        }
    }
    Ok((folder, all))
}

fn list(args: &TrustList, config: &Config) -> Result<(), Stop> {
    let (folder, all) = stored(config)?;
    if args.json {
        let certificates: Vec<Value> = all.iter().map(|(_, c)| describe(c)).collect();
        output::object(&json!({
            "outcome": "ok", "folder": folder.display().to_string(), "certificates": certificates,
        }));
        return Ok(());
    }
    output::line(&format!("Kho tin cậy · trust store: {}", folder.display()));
    for (_, certificate) in &all {
        let role = if certificate.is_self_signed() {
            "gốc · anchor"
        } else {
            "trung gian · helps paths"
        };
        output::line(&format!("{}  {role}", sha256(certificate)));
        output::line(&format!(
            "    {}  (đến · until {})",
            certificate.subject().text(),
            certificate.not_after()
        ));
    }
    if all.is_empty() {
        output::line("  (trống · empty)");
    }
    Ok(())
}

fn add(args: &TrustAdd, config: &Config) -> Result<(), Stop> {
    let folder = folder(config)?;
    let certificates = trust::certificates(&args.file)?;
    let mut added = vec![];
    for certificate in &certificates {
        store(&folder, certificate)?;
        added.push(describe(certificate));
        if !args.json {
            output::line(&format!(
                "Đã thêm · added  {}\n    {}",
                sha256(certificate),
                certificate.subject().text()
            ));
            if !certificate.is_self_signed() {
                output::line(
                    "    không tự ký: chỉ giúp tìm đường dẫn · not self-signed: it only helps paths",
                );
            }
        }
    }
    if args.json {
        output::object(&json!({ "outcome": "added", "code": "added", "certificates": added }));
    }
    Ok(())
}

/// Under its fingerprint, so that adding twice changes nothing.
fn store(folder: &std::path::Path, certificate: &Certificate) -> Result<(), Stop> {
    fs::create_dir_all(folder).map_err(|e| io("output_failed", folder, &e))?;
    let target = folder.join(format!("{}.der", sha256(certificate)));
    files::write_whole(&target, certificate.der())
}

fn remove(args: &TrustRemove, config: &Config) -> Result<(), Stop> {
    let wanted: String = args
        .sha256
        .chars()
        .filter(|c| *c != ':' && !c.is_whitespace())
        .collect::<String>()
        .to_ascii_lowercase();
    let (folder, all) = stored(config)?;
    let found: Vec<_> = all.iter().filter(|(_, c)| sha256(c) == wanted).collect();
    if found.is_empty() {
        return Err(Stop::refused(
            "not_in_store",
            format!("Trong {} không có chứng thư nào có dấu vân tay {wanted}.", folder.display()),
            format!(
                "There is no certificate with the fingerprint {wanted} in {}.",
                folder.display()
            ),
        ));
    }
    for (path, _) in found {
        if all.iter().filter(|(other, _)| other == path).count() > 1 {
            return Err(unfit(
                "output_failed",
                path,
                &"tệp chứa nhiều chứng thư, hãy sửa bằng tay · the file holds several certificates: edit it by hand",
            ));
        }
        fs::remove_file(path).map_err(|e| io("output_failed", path, &e))?;
    }
    if args.json {
        output::object(&json!({ "outcome": "removed", "code": "removed", "sha256": wanted }));
    } else {
        output::line(&format!("Đã bỏ · removed  {wanted}"));
    }
    Ok(())
}

/// Known anchors from their official addresses. The address is not trusted, the pinned fingerprint is.
fn fetch_known(args: &TrustFetch, config: &Config) -> Result<(), Stop> {
    let folder = folder(config)?;
    let client = Client::new(config.fetching());
    let mut rows = vec![];
    let mut failures = 0;
    for known in pki::known_anchors() {
        if known.address.is_empty() {
            rows.push(
                json!({ "name": known.name, "outcome": "no_address", "sha256": known.sha256 }),
            );
            continue;
        }
        match fetch_one(&client, known.address, known.sha256) {
            Ok(certificate) => {
                store(&folder, &certificate)?;
                rows.push(
                    json!({ "name": known.name, "outcome": "added", "sha256": known.sha256 }),
                );
            }
            Err(stop) => {
                failures += 1;
                rows.push(json!({ "name": known.name, "outcome": stop.code, "sha256": known.sha256, "text_vi": stop.vi, "text_en": stop.en }));
            }
        }
    }
    if args.json {
        output::object(
            &json!({ "outcome": if failures == 0 { "ok" } else { "failed" }, "certificates": rows }),
        );
    } else {
        for row in &rows {
            let text = |key: &str| row[key].as_str().unwrap_or_default();
            output::line(&format!("{:24} {:14} {}", text("name"), text("outcome"), text("sha256")));
            if !text("text_vi").is_empty() {
                output::line(&format!("    {}\n    {}", text("text_vi"), text("text_en")));
            }
        }
    }
    if failures == 0 {
        return Ok(());
    }
    Err(Stop::failed(
        "fetch_failed",
        format!(
            "{failures} chứng thư không tải được. Hãy kiểm tra mạng, hoặc tải bằng cách khác rồi dùng antin trust add (dấu vân tay ở trên)."
        ),
        format!(
            "{failures} certificates could not be fetched. Check the network, or get them another way and use antin trust add (fingerprints above)."
        ),
    ))
}

fn fetch_one(client: &Client, address: &str, sha256_pinned: &str) -> Result<Certificate, Stop> {
    let bytes = net::run(client.get_named(What::Issuer, address))??;
    let parsed = Certificate::from_der(&bytes)
        .or_else(|e| Certificate::from_pem(&bytes).ok().and_then(|mut all| all.pop()).ok_or(e));
    let certificate = parsed.map_err(|e| {
        Stop::failed(
            "fetch_unreadable",
            format!("{address}: không phải chứng thư ({e})."),
            format!("{address}: not a certificate ({e})."),
        )
    })?;
    let found = sha256(&certificate);
    if !found.eq_ignore_ascii_case(sha256_pinned) {
        return Err(Stop::failed(
            "fingerprint_mismatch",
            format!("{address}: dấu vân tay {found} KHÁC với dấu đã ghim; không thêm."),
            format!("{address}: the fingerprint {found} DIFFERS from the pinned one; not added."),
        ));
    }
    Ok(certificate)
}
