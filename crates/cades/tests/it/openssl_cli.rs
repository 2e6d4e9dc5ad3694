//! The openssl command line: a judge of what we write, and a producer of what we read.

use crate::mint::Key;
use pki::Certificate;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of files for one test, gone afterwards.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn certificate(&self, name: &str, certificate: &Certificate) -> PathBuf {
        let x509 = openssl::x509::X509::from_der(certificate.der()).unwrap();
        self.file(name, &x509.to_pem().unwrap())
    }

    pub(crate) fn key(&self, name: &str, key: &Key) -> PathBuf {
        self.file(name, &key.private_key_to_pem_pkcs8().unwrap())
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }

    /// `openssl …` in this folder; its whole answer.
    pub(crate) fn openssl(&self, arguments: &str) -> Output {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(self.path());
        command.output().expect("Debian package openssl")
    }

    pub(crate) fn openssl_ok(&self, arguments: &str) {
        let output = self.openssl(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {said}");
    }
}
