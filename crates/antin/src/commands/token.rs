//! `antin token list | show`.

use std::path::Path;
use std::process::ExitCode;

use pki::Certificate;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use token::{Module, Pin, PinState, TokenError, TokenInfo};

use crate::cli::{Token, TokenList, TokenShow};
use crate::files;
use crate::output;
use crate::stop::{Stop, unfit};

pub(crate) fn run(command: &Token) -> ExitCode {
    let (done, json) = match command {
        Token::List(args) => (list(args), args.json),
        Token::Show(args) => (show(args), args.json),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => output::stopped(&stop, json, &[]),
    }
}

fn list(args: &TokenList) -> Result<(), Stop> {
    let tokens = Module::open(&args.module)?.tokens()?;
    if args.json {
        let tokens: Vec<Value> = tokens.iter().map(describe).collect();
        output::object(&json!({ "outcome": "ok", "tokens": tokens }));
        return Ok(());
    }
    if tokens.is_empty() {
        output::line("Không có thiết bị ký nào đang cắm · no token is plugged in");
    }
    for token in &tokens {
        print(token);
    }
    Ok(())
}

fn describe(token: &TokenInfo) -> Value {
    let schemes: Vec<String> = token.schemes.iter().map(ToString::to_string).collect();
    json!({
        "label": token.label, "serial": token.serial, "manufacturer": token.manufacturer,
        "model": token.model, "slot": token.slot_id, "pin": pin_word(token.pin_state),
        "pin_pad": token.protected_pin_path, "schemes": schemes,
    })
}

fn print(token: &TokenInfo) {
    output::line(&format!(
        "{}  ({} {}, sê-ri · serial {})",
        token.label, token.manufacturer, token.model, token.serial
    ));
    let tries = match token.pin_state {
        PinState::Ok => return,
        PinState::CountLow => "số lần thử PIN còn ít · few PIN tries are left",
        PinState::FinalTry => "chỉ còn MỘT lần thử PIN · ONE PIN try is left",
        PinState::Locked => "mã PIN đã bị khóa · the PIN is locked",
    };
    output::line(&format!("  {tries}"));
}

fn pin_word(state: PinState) -> &'static str {
    match state {
        PinState::Ok => "ok",
        PinState::CountLow => "count_low",
        PinState::FinalTry => "final_try",
        PinState::Locked => "locked",
    }
}

fn show(args: &TokenShow) -> Result<(), Stop> {
    let module = Module::open(&args.module)?;
    let session = match &args.pin_file {
        Some(file) => module.open_session(&args.token, &pin_from(file)?)?,
        None => module.open_public_session(&args.token)?,
    };
    let keys = session.keys()?;
    let certificates = session.certificates()?;
    let mut key_values = vec![];
    for key in &keys {
        let schemes: Vec<String> = session.schemes(key).iter().map(ToString::to_string).collect();
        // Two certificates beside a key are a finding, not the end of the list.
        let beside = match session.certificate_for(key) {
            Ok(found) => found.map(|der| fingerprint(&der)),
            Err(TokenError::CertificateAmbiguous { .. }) => Some("?".to_owned()),
            Err(other) => return Err(other.into()),
        };
        key_values.push(json!({
            "label": key.label, "id": key.id_hex(), "kind": key.to_string(),
            "schemes": schemes, "certificate": beside,
        }));
    }
    if args.json {
        let certificates: Vec<Value> = certificates.iter().map(|der| certificate(der)).collect();
        output::object(&json!({
            "outcome": "ok", "token": describe(session.token()),
            "keys": key_values, "certificates": certificates,
        }));
        return Ok(());
    }
    print(session.token());
    if args.pin_file.is_none() {
        output::line(
            "  (không có --pin-file: chỉ thấy phần công khai · without --pin-file only what is public is seen)",
        );
    }
    for (key, value) in keys.iter().zip(&key_values) {
        output::line(&format!("  khóa · key {key}"));
        if let Some(schemes) = value["schemes"].as_array() {
            let names: Vec<&str> = schemes.iter().filter_map(Value::as_str).collect();
            output::line(&format!("    {}", names.join(", ")));
        }
    }
    for der in &certificates {
        let value = certificate(der);
        let text = |key: &str| value[key].as_str().unwrap_or("?").to_owned();
        output::line(&format!("  chứng thư · certificate {}", text("subject")));
        output::line(&format!(
            "    {} → {}  sha256 {}",
            text("not_before"),
            text("not_after"),
            text("sha256")
        ));
    }
    Ok(())
}

fn certificate(der: &[u8]) -> Value {
    match Certificate::from_der(der) {
        Ok(certificate) => json!({
            "subject": certificate.subject().text(), "issuer": certificate.issuer().text(),
            "not_before": certificate.not_before().to_string(),
            "not_after": certificate.not_after().to_string(),
            "sha256": fingerprint(der),
        }),
        Err(error) => {
            json!({ "subject": null, "error": error.to_string(), "sha256": fingerprint(der) })
        }
    }
}

pub(crate) fn fingerprint(der: &[u8]) -> String {
    let digest = pki::DigestAlgorithm::Sha256.digest(der);
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// The PIN in a file: its first line without the line end.
pub(crate) fn pin_from(path: &Path) -> Result<Pin, Stop> {
    use std::os::unix::fs::PermissionsExt as _;
    if std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o077 != 0) {
        output::note(&format!(
            "Cảnh báo: người khác đọc được tệp PIN {0} (chmod 600) · warning: others can read the PIN file {0}",
            path.display()
        ));
    }
    let bytes = Zeroizing::new(files::read(path, 4096)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| unfit("file_unreadable", path, &"UTF-8"))?;
    Ok(Pin::new(text.lines().next().unwrap_or_default().to_owned()))
}
