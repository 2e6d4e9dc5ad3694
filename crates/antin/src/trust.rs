//! Certificates and status answers from files: what is trusted, what only helps.

use std::path::{Path, PathBuf};

use pki::{Certificate, Crl, OcspResponse, TrustStore};
use validation::Evidence;

use crate::config::Config;
use crate::files;
use crate::output;
use crate::stop::{Stop, unfit};

/// Endings of certificate files in a folder.
pub(crate) const CERTIFICATE_ENDINGS: [&str; 4] = ["pem", "crt", "cer", "der"];
const CRL_ENDINGS: [&str; 3] = ["crl", "pem", "der"];
const OCSP_ENDINGS: [&str; 3] = ["ocsp", "ors", "der"];
const CERTIFICATE_BYTES: u64 = 1 << 20;
const ANSWER_BYTES: u64 = 32 << 20;

/// Anchors, and certificates that help paths.
#[derive(Default)]
pub(crate) struct Trusted {
    pub(crate) anchors: TrustStore,
    pub(crate) helpers: Vec<Certificate>,
}

/// What `--trust` names, else the configured folder. A file is an anchor; of a folder only the
/// self-signed ones are, the others help paths.
pub(crate) fn load(named: &[PathBuf], config: &Config) -> Result<Trusted, Stop> {
    let mut trusted = Trusted::default();
    if named.is_empty() {
        if let Some(folder) = config.trust_folder().filter(|f| f.exists()) {
            add(&folder, &mut trusted)?;
        }
        return Ok(trusted);
    }
    for path in named {
        add(path, &mut trusted)?;
    }
    Ok(trusted)
}

fn add(path: &Path, trusted: &mut Trusted) -> Result<(), Stop> {
    let (files, is_folder) = files::list(path, &CERTIFICATE_ENDINGS)?;
    for file in files {
        let Some(certificates) = readable(certificates(&file), is_folder)? else { continue };
        for certificate in certificates {
            if is_folder && !certificate.is_self_signed() {
                trusted.helpers.push(certificate);
            } else {
                trusted.anchors.add(certificate);
            }
        }
    }
    Ok(())
}

/// Certificates from files and folders, as they come.
pub(crate) fn certificates_of(paths: &[PathBuf]) -> Result<Vec<Certificate>, Stop> {
    let mut all = vec![];
    for path in paths {
        let (files, is_folder) = files::list(path, &CERTIFICATE_ENDINGS)?;
        for file in files {
            all.extend(readable(certificates(&file), is_folder)?.unwrap_or_default());
        }
    }
    Ok(all)
}

/// CRLs and OCSP responses from files and folders.
pub(crate) fn answers(crls: &[PathBuf], ocsp: &[PathBuf]) -> Result<Evidence, Stop> {
    let mut evidence = Evidence::default();
    for path in crls {
        let (files, is_folder) = files::list(path, &CRL_ENDINGS)?;
        for file in files {
            let bytes = files::read(&file, ANSWER_BYTES)?;
            let parsed = Crl::from_bytes(&bytes).map_err(|e| unfit("file_unreadable", &file, &e));
            evidence.crls.extend(readable(parsed, is_folder)?);
        }
    }
    for path in ocsp {
        let (files, is_folder) = files::list(path, &OCSP_ENDINGS)?;
        for file in files {
            let bytes = files::read(&file, ANSWER_BYTES)?;
            let parsed =
                OcspResponse::from_der(&bytes).map_err(|e| unfit("file_unreadable", &file, &e));
            evidence.ocsp.extend(readable(parsed, is_folder)?);
        }
    }
    Ok(evidence)
}

/// Evidence kept before.
pub(crate) fn evidence(path: &Path) -> Result<Evidence, Stop> {
    let bytes = files::read(path, 4 * ANSWER_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|e| unfit("file_unreadable", path, &e))?;
    Evidence::from_json(&text).map_err(|e| unfit("file_unreadable", path, &e))
}

/// Every certificate in a PEM or DER file; one at least.
pub(crate) fn certificates(path: &Path) -> Result<Vec<Certificate>, Stop> {
    let bytes = files::read(path, CERTIFICATE_BYTES)?;
    let fail = |e: &dyn std::fmt::Display| unfit("file_unreadable", path, e);
    if bytes.starts_with(&[0x30]) {
        return Ok(vec![Certificate::from_der(&bytes).map_err(|e| fail(&e))?]);
    }
    let found = Certificate::from_pem(&bytes).map_err(|e| fail(&e))?;
    if found.is_empty() {
        return Err(fail(&"không có chứng thư nào · no certificate in it"));
    }
    Ok(found)
}

/// A file that was named must be right; one that merely lies in a folder is passed over, aloud.
fn readable<T>(result: Result<T, Stop>, is_folder: bool) -> Result<Option<T>, Stop> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(stop) if is_folder => {
            output::note(&format!("Bỏ qua · skipped: {}", stop.en));
            Ok(None)
        }
        Err(stop) => Err(stop),
    }
}
