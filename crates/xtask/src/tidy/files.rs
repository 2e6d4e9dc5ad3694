//! The tracked files: short sources, shared lints, no private keys, no paths of one machine.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Findings;
use super::metadata::Metadata;

/// A source near this length asks to be two (docs/ARCHITECTURE.md).
const LONG_LINES: usize = 600;
const TOO_LONG_LINES: usize = 800;

/// Written in two pieces, so that this file does not find itself.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
const CONFLICT: &str = concat!("<<<<", "<<< ");
const PRIVATE_KEY: &str = concat!("PRIVATE ", "KEY-----");
const KEY_FILES: &[&str] = &["key", "p12", "pfx", "p8", "jks", "pin"];

pub(super) fn check(root: &Path, metadata: &Metadata, findings: &mut Findings) -> Result<()> {
    for package in metadata.members() {
        let text = std::fs::read_to_string(&package.manifest_path).context("manifest")?;
        let manifest: toml::Table = text.parse().context("manifest")?;
        let shared =
            manifest.get("lints").and_then(|l| l.get("workspace")).and_then(|w| w.as_bool());
        if shared != Some(true) {
            findings.error(format!("{}: [lints] workspace = true is missing", package.name));
        }
    }
    for name in tracked(root)? {
        let Ok(bytes) = std::fs::read(root.join(&name)) else { continue }; // deleted, not yet committed
        check_file(&name, &bytes, findings);
    }
    Ok(())
}

fn tracked(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git ls-files")?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    }
    let names = output.stdout.split(|b| *b == 0).filter(|n| !n.is_empty());
    Ok(names.map(|n| String::from_utf8_lossy(n).into_owned()).collect())
}

fn check_file(name: &str, bytes: &[u8], findings: &mut Findings) {
    let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or("");
    if KEY_FILES.contains(&extension) || is_der_private_key(bytes) {
        findings.error(format!(
            "{name}: looks like a private key; keys are generated, never committed"
        ));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if text.contains(PRIVATE_KEY) {
        findings.error(format!("{name}: holds a private key; keys are generated, never committed"));
    }
    for path in MACHINE_PATHS.iter().filter(|p| names_machine_path(text, p)) {
        findings.error(format!("{name}: names a path of one machine ({path})"));
    }
    if text.lines().any(|l| l.starts_with(CONFLICT)) {
        findings.error(format!("{name}: an unresolved merge"));
    }
    let lines = text.lines().count();
    if extension == "rs" && lines >= TOO_LONG_LINES {
        findings.error(format!("{name}: {lines} lines; at {TOO_LONG_LINES} a file is two"));
    } else if extension == "rs" && lines > LONG_LINES {
        findings.warn(format!("{name}: {lines} lines, near {TOO_LONG_LINES}"));
    }
}

/// The path at the beginning of a word: `net/work/x` and `$ROOT/root/` are other things.
fn names_machine_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "_-}.])*~".contains(c))
    })
}

/// PKCS#8, PKCS#1, SEC 1 or PKCS#12: a SEQUENCE that begins with a small version number and goes on
/// as only those do (a timestamp query begins with a number too, but then with a SEQUENCE).
fn is_der_private_key(bytes: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    const OCTETS: u8 = 0x04;
    let [SEQUENCE, length, rest @ ..] = bytes else { return false };
    let skip = if *length < 0x80 { 0 } else { usize::from(length & 0x7f) };
    let Some([INTEGER, 1, version, next, ..]) = rest.get(skip..) else { return false };
    matches!((*version, *next), (0, SEQUENCE | INTEGER) | (1, OCTETS) | (3, SEQUENCE))
}

#[cfg(test)]
mod tests {
    use super::{is_der_private_key, names_machine_path};

    #[test]
    fn keys_in_der() {
        assert!(is_der_private_key(&[0x30, 0x82, 4, 0xbd, 2, 1, 0, 0x30, 13])); // PKCS#8
        assert!(is_der_private_key(&[0x30, 0x77, 2, 1, 1, 4, 32])); // SEC 1
        assert!(!is_der_private_key(&[0x30, 0x39, 2, 1, 1, 0x30, 0x31])); // timestamp query
        assert!(!is_der_private_key(&[0x30, 0x82, 4, 0xbd, 0x30, 0x82])); // certificate
        assert!(!is_der_private_key(b""));
    }

    #[test]
    fn paths_of_one_machine() {
        let path = concat!("/wo", "rk/");
        assert!(names_machine_path(&format!("see {path}x"), path));
        assert!(!names_machine_path(&format!("net{path}x"), path));
    }
}
