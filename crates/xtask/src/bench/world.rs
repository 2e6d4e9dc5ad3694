//! The lab as both sides know it: anchors, certificates and CRLs in memory for us, as flags for the peers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use pki::{Certificate, Crl, SignatureAlgorithm, TrustStore};
use signing::{Signer, StatusRule, Terms};
use token::{Digest, Key, Scheme, Session};
use validation::{Evidence, Policy};

pub(super) struct World {
    pub(super) dir: PathBuf,
    pub(super) lab: lab::Lab,
    pub(super) module: PathBuf,
    trust: TrustStore,
    pub(super) evidence: Evidence,
    policy: Policy,
}

/// The holder whose keys sign; his token's label.
pub(super) const HOLDER: &str = "official";

/// The key that the comparisons sign with.
pub(super) const KEY: &str = "official-rsa2048";

/// A key on the held session and the signer that may use it.
pub(super) struct Hand {
    session: Session,
    key: Key,
    scheme: Scheme,
    pub(super) signer: Signer,
}

impl World {
    pub(super) fn set_up(root: &Path) -> Result<World> {
        let dir = root.join("var/bench");
        let lab = lab::Lab::set_up(&dir.join("lab"), Timestamp::now())?;
        let mut trust = TrustStore::default();
        trust.add(Certificate::from_der(&lab.certificate("root")?.der)?);
        let mut evidence = Evidence::default();
        evidence.certificates.push(Certificate::from_der(&lab.certificate("issuing")?.der)?);
        for authority in AUTHORITIES {
            evidence.crls.push(Crl::from_bytes(&fs::read(crl(&lab, authority))?)?);
        }
        let module = lab::softhsm_module()?;
        Ok(World { dir, lab, module, trust, evidence, policy: Policy::default() })
    }

    pub(super) fn terms(&self) -> Terms<'_> {
        Terms {
            trust: &self.trust,
            evidence: &self.evidence,
            policy: &self.policy,
            status: StatusRule::Required,
        }
    }

    /// `--trust`, `--cert`, `--crl`: the same words for our command and for both judges.
    pub(super) fn flags(&self) -> Result<Vec<String>> {
        let path = |path: &Path| path.display().to_string();
        let mut flags = vec!["--trust".to_owned(), path(&self.lab.certificate("root")?.pem_path)];
        flags.extend(["--cert".to_owned(), path(&self.lab.certificate("issuing")?.pem_path)]);
        for authority in AUTHORITIES {
            flags.extend(["--crl".to_owned(), path(&crl(&self.lab, authority))]);
        }
        Ok(flags)
    }

    /// The key named so, held, with PKCS#1 v1.5 or ECDSA as the peers use by default.
    pub(super) fn hand(&self, name: &str) -> Result<Hand> {
        let session = self.lab.session(HOLDER)?;
        let key = session.key(name)?;
        let scheme = match key.kind {
            token::KeyKind::Ec => Scheme::Ecdsa(Digest::Sha256),
            _ => Scheme::RsaPkcs1(Digest::Sha256),
        };
        let certificate = Certificate::from_der(&self.lab.certificate(name)?.der)?;
        let algorithm = SignatureAlgorithm::from(scheme);
        let now = Timestamp::now();
        let signer = Signer::check(&certificate, &[], algorithm, &self.terms(), now)
            .with_context(|| format!("{name} may not sign"))?;
        Ok(Hand { session, key, scheme, signer })
    }
}

impl Hand {
    /// One C_Sign.
    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, token::TokenError> {
        self.session.sign(&self.key, self.scheme, bytes)
    }
}

pub(super) const AUTHORITIES: [&str; 2] = ["root", "issuing"];

pub(super) fn crl(lab: &lab::Lab, authority: &str) -> PathBuf {
    lab.crl_dir().join(format!("{authority}.crl"))
}
