use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use token::{Digest, Module, Pin, Scheme, Session};

use crate::asn1;
use crate::certificate::{self, Authority, Revoked, Subject};
use crate::provision::{Pair, Provisioner, Writer};
use crate::spec::{self, CertificateSpec, KeySpec, Spec};

/// A lab that is set up in a folder. Cheap to clone.
#[derive(Clone)]
pub struct Lab(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    spec: Spec,
    issued: BTreeMap<String, Issued>,
}

/// A certificate of the lab and where its key is.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Its name in certs/lab.toml.
    pub name: String,
    /// The holder: label of the token, and name of the PIN file.
    pub holder: String,
    /// Label of the key on the token.
    pub key_label: String,
    /// Name of the issuing certificate.
    pub issuer: String,
    /// The certificate.
    pub der: Vec<u8>,
    /// The certificate as a PEM file.
    pub pem_path: PathBuf,
    /// When it begins to be valid.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// The environment for processes that use the lab in `dir`.
pub fn env(dir: &Path) -> Vec<(&'static str, OsString)> {
    vec![(SOFTHSM2_CONF, conf_path(dir).into_os_string())]
}

/// Makes sure that this process runs with [`env`]: if it does not, it is replaced by the same program with the same
/// arguments and the environment set, and the call does not return. To be called first thing in `main`.
pub fn enter(dir: &Path) -> Result<()> {
    let dir = std::path::absolute(dir)?;
    if is_inside(&dir) {
        return Ok(());
    }
    let program = std::env::current_exe().context("finding this program to start it again")?;
    let error = Command::new(program).args(std::env::args_os().skip(1)).envs(env(&dir)).exec();
    Err(error).context("starting this program again with SOFTHSM2_CONF")
}

/// The SoftHSM2 library of this machine.
pub fn softhsm_module() -> Result<PathBuf> {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    let found = places.iter().map(PathBuf::from).find(|p| p.is_file());
    found.context("SoftHSM2 is not installed: apt-get install softhsm2")
}

impl Lab {
    /// Makes the lab in `dir`, or opens the one that is there and still young enough (300 days); CRLs are written
    /// anew in either case. Validity counts from `now`.
    ///
    /// Several processes may call it at once: a lock file lets one work and the others find the result. If we die
    /// in the middle, the marker is missing and the next call starts over.
    pub fn set_up(dir: &Path, now: Timestamp) -> Result<Lab> {
        let dir = std::path::absolute(dir)?;
        ensure!(
            is_inside(&dir),
            "the lab in {} needs SOFTHSM2_CONF={} in the environment (lab::enter sets it)",
            dir.display(),
            conf_path(&dir).display()
        );
        private_dir(&dir)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(dir.join("lock"))?;
        lock.lock().context("waiting for another set-up of the same lab")?;

        let spec = Spec::read()?;
        let set_up_at = match usable_since(&dir, now) {
            Some(at) => at,
            None => {
                create(&dir, &spec, now)
                    .with_context(|| format!("setting up the lab in {}", dir.display()))?;
                now
            }
        };
        let lab = load(dir, spec, set_up_at)?;
        lab.write_crls(now)?;
        Ok(lab)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// The host name in all addresses of its certificates.
    pub fn host(&self) -> &str {
        &self.0.spec.host
    }

    /// The folder with the root alone, for `--trust`.
    pub fn trust_dir(&self) -> PathBuf {
        self.0.dir.join("trust")
    }

    /// The folder with the CRLs of all authorities, DER, for `--crl`.
    pub fn crl_dir(&self) -> PathBuf {
        self.0.dir.join("crl")
    }

    /// The names of all holders.
    pub fn holders(&self) -> impl Iterator<Item = &str> {
        self.0.spec.holders.iter().map(|h| h.name.as_str())
    }

    /// All certificates by name.
    pub fn certificates(&self) -> impl Iterator<Item = &Issued> {
        self.0.issued.values()
    }

    /// The certificate named so in certs/lab.toml.
    pub fn certificate(&self, name: &str) -> Result<&Issued> {
        self.0.issued.get(name).with_context(|| format!("the lab has no certificate {name}"))
    }

    /// The certificate's issuers from the nearest to below the root.
    pub fn chain(&self, name: &str) -> Result<Vec<&Issued>> {
        let mut chain = Vec::new();
        let mut at = self.certificate(name)?;
        while at.issuer != at.name {
            at = self.certificate(&at.issuer)?;
            if at.issuer != at.name {
                chain.push(at);
            }
        }
        Ok(chain)
    }

    /// The file with the holder's PIN, and nothing else in it.
    pub fn pin_file(&self, holder: &str) -> PathBuf {
        pin_path(&self.0.dir, holder)
    }

    /// The holder's PIN.
    pub fn pin(&self, holder: &str) -> Result<Pin> {
        let path = self.pin_file(holder);
        Ok(Pin::new(
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?,
        ))
    }

    /// A logged-in session on the holder's token. PKCS#11 logs a process in, not a session: the first call does,
    /// the login is kept for the life of the process, and each caller gets a session of its own.
    pub fn session(&self, holder: &str) -> Result<Session> {
        let mut open = LOGINS.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.get_or_insert_default();
        let place = (self.0.dir.clone(), holder.to_owned());
        if let Some(login) = open.get(&place) {
            return Ok(login.sibling()?);
        }
        let login = Module::open(softhsm_module()?)?.open_session(holder, &self.pin(holder)?)?;
        let session = login.sibling()?;
        open.insert(place, login);
        Ok(session)
    }

    /// The complete CRL of an authority as of `this_update`, good for seven days.
    pub fn crl(&self, authority: &str, this_update: Timestamp) -> Result<Vec<u8>> {
        self.crl_between(authority, this_update, certificate::day(this_update, 7))
    }

    /// A CRL with any dates, for tests with stale ones.
    pub fn crl_between(
        &self,
        authority: &str,
        this_update: Timestamp,
        next_update: Timestamp,
    ) -> Result<Vec<u8>> {
        let issuer = self.certificate(authority)?;
        let issuer_spec = self.spec_of(authority)?;
        ensure!(issuer_spec.is_authority(), "{authority} is not an authority");
        let revoked = self
            .certificates()
            .filter(|c| c.issuer == authority)
            .filter_map(|c| Some((c.revoked_at?, c)))
            .map(|(at, c)| {
                Ok(Revoked { serial: asn1::certificate_parts(&c.der)?.serial.to_vec(), at })
            })
            .collect::<Result<Vec<_>>>()?;
        let parts = asn1::certificate_parts(&issuer.der)?;
        let authority = Authority { spec: issuer_spec, public_key_info: parts.public_key_info };
        let signer = self.signer(&issuer.name)?;
        certificate::crl(&authority, &revoked, this_update, next_update, |tbs| signer.sign(tbs))
    }

    /// Writes the CRLs of all authorities to [`Lab::crl_dir`].
    pub fn write_crls(&self, this_update: Timestamp) -> Result<()> {
        for authority in self.0.spec.certificates().filter(|c| c.is_authority()) {
            let der = self.crl(&authority.name, this_update)?;
            replace(&self.crl_dir().join(format!("{}.crl", authority.name)), &der)?;
        }
        Ok(())
    }

    /// The key of a certificate, ready to sign as authorities and responders do.
    pub(crate) fn signer(&self, name: &str) -> Result<Signer> {
        let issued = self.certificate(name)?;
        let session = self.session(&issued.holder)?;
        let key = session.key(&issued.key_label)?;
        Ok(Signer { session, key })
    }

    fn spec_of(&self, name: &str) -> Result<&CertificateSpec> {
        self.0
            .spec
            .certificates()
            .find(|c| c.name == name)
            .with_context(|| format!("the lab has no {name}"))
    }
}

/// An RSA key that signs with PKCS#1 v1.5 and SHA-256.
pub(crate) struct Signer {
    session: Session,
    key: token::Key,
}

impl Signer {
    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        Ok(self.session.sign(&self.key, Scheme::RsaPkcs1(Digest::Sha256), bytes)?)
    }
}

const SOFTHSM2_CONF: &str = "SOFTHSM2_CONF";

static LOGINS: Mutex<Option<HashMap<(PathBuf, String), Session>>> = Mutex::new(None);

fn conf_path(dir: &Path) -> PathBuf {
    dir.join("softhsm2.conf")
}

fn pin_path(dir: &Path, holder: &str) -> PathBuf {
    dir.join("pins").join(format!("{holder}.pin"))
}

fn pem_path(dir: &Path, name: &str) -> PathBuf {
    dir.join("certs").join(format!("{name}.pem"))
}

fn marker_path(dir: &Path) -> PathBuf {
    dir.join("complete")
}

fn is_inside(dir: &Path) -> bool {
    std::env::var_os(SOFTHSM2_CONF).is_some_and(|conf| Path::new(&conf) == conf_path(dir))
}

/// What a lab was made from: another text or another way of making it asks for a new one.
fn fingerprint() -> String {
    let layout = env!("CARGO_PKG_VERSION");
    let digest = Sha256::digest(format!("{LAYOUT}\n{layout}\n{}", spec::TEXT));
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// To be raised when certificates or folders change without certs/lab.toml.
const LAYOUT: u32 = 1;

fn usable_since(dir: &Path, now: Timestamp) -> Option<Timestamp> {
    let marker = fs::read_to_string(marker_path(dir)).ok()?;
    let (made_from, at) = marker.trim().split_once(' ')?;
    let at: Timestamp = at.parse().ok()?;
    let age = now.duration_since(at);
    let young = age < SignedDuration::from_hours(24 * 300) && age > SignedDuration::from_hours(-24);
    (young && made_from == fingerprint()).then_some(at)
}

fn create(dir: &Path, spec: &Spec, now: Timestamp) -> Result<()> {
    // Only what an earlier set-up made; anything else in the folder stays.
    for made in ["complete", "tokens", "pins", "certs", "trust", "crl"] {
        let path = dir.join(made);
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_dir() => fs::remove_dir_all(&path)?,
            Ok(_) => fs::remove_file(&path)?,
            Err(_) => {}
        }
    }
    for made in ["tokens", "pins", "certs", "trust", "crl"] {
        private_dir(&dir.join(made))?;
    }
    let conf = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n",
        dir.join("tokens").display()
    );
    replace(&conf_path(dir), conf.as_bytes())?;

    let provisioner = Provisioner::open(&softhsm_module()?)?;
    let mut authorities: HashMap<&str, (usize, &CertificateSpec)> = HashMap::new();
    let mut pairs: HashMap<&str, Pair> = HashMap::new();
    let mut writers: Vec<Writer> = Vec::new();
    for (holder_at, holder) in spec.holders.iter().enumerate() {
        let pin = random_digits(10)?;
        secret_file(&pin_path(dir, &holder.name), pin.as_bytes())?;
        writers.push(provisioner.new_token(&holder.name, &pin, &random_digits(16)?)?);
        let writer = writers.last().context("no token")?;

        for (at, certificate) in holder.certificates.iter().enumerate() {
            if let Some(kind) = certificate.key {
                let id = [holder_at as u8 + 1, at as u8 + 1];
                pairs.insert(&certificate.name, writer.generate(&certificate.name, &id, kind)?);
            }
            if certificate.is_authority() {
                ensure!(certificate.key != Some(KeySpec::P256), "authorities sign with RSA");
                authorities.insert(&certificate.name, (holder_at, certificate));
            }
            let issuer = certificate.issuer.as_str();
            let (Some(pair), Some(issuer_pair), Some((issuer_at, issuer_spec))) =
                (pairs.get(certificate.key_label()), pairs.get(issuer), authorities.get(issuer))
            else {
                bail!("{}: key and issuer must come before it in certs/lab.toml", certificate.name);
            };
            let issuer_writer = writers.get(*issuer_at).context("no token of the issuer")?;
            let der = certificate::issue(
                spec,
                &Subject {
                    spec: certificate,
                    public_key_info: &pair.public_key_info,
                    serial: &random_serial()?,
                },
                &Authority { spec: issuer_spec, public_key_info: &issuer_pair.public_key_info },
                now,
                |tbs| issuer_writer.sign(issuer_pair, tbs),
            )?;
            if certificate.key.is_some() {
                writer.store(&certificate.name, &pair.id, &der)?;
            }
            replace(&pem_path(dir, &certificate.name), pem("CERTIFICATE", &der).as_bytes())?;
        }
    }
    fs::copy(pem_path(dir, "root"), dir.join("trust").join("root.pem"))?;
    // Last: from here on the lab counts as made.
    replace(&marker_path(dir), format!("{} {now}\n", fingerprint()).as_bytes())
}

fn load(dir: PathBuf, spec: Spec, set_up_at: Timestamp) -> Result<Lab> {
    let mut issued = BTreeMap::new();
    for holder in &spec.holders {
        for certificate in &holder.certificates {
            let pem_path = pem_path(&dir, &certificate.name);
            let text = fs::read_to_string(&pem_path)
                .with_context(|| format!("reading {}", pem_path.display()))?;
            issued.insert(
                certificate.name.clone(),
                Issued {
                    name: certificate.name.clone(),
                    holder: holder.name.clone(),
                    key_label: certificate.key_label().to_owned(),
                    issuer: certificate.issuer.clone(),
                    der: from_pem(&text)?,
                    pem_path,
                    not_before: certificate::day(set_up_at, certificate.from_day),
                    not_after: certificate::day(set_up_at, certificate.to_day),
                    revoked_at: certificate.revoked_day.map(|d| certificate::day(set_up_at, d)),
                },
            );
        }
    }
    Ok(Lab(Arc::new(Inner { dir, spec, issued })))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn from_pem(text: &str) -> Result<Vec<u8>> {
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    Ok(BASE64.decode(body)?)
}

fn private_dir(path: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("creating {}", path.display()))
}

fn secret_file(path: &Path, content: &[u8]) -> Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(file.write_all(content)?)
}

/// Readers see the old file or the new one, never a half.
fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let new = path.with_extension(format!("new-{}", std::process::id()));
    fs::write(&new, content).with_context(|| format!("writing {}", new.display()))?;
    fs::rename(&new, path).with_context(|| format!("writing {}", path.display()))
}

/// A positive 128-bit number (CA/Browser practice: at least 64 bits from a generator).
fn random_serial() -> Result<Vec<u8>> {
    let mut bytes = random::<16>()?.to_vec();
    if let Some(first) = bytes.first_mut() {
        *first |= 1;
    }
    Ok(bytes)
}

fn random_digits(count: usize) -> Result<String> {
    let mut digits = String::new();
    while digits.len() < count {
        // 250 is a multiple of ten: above it the digits would not be equally likely.
        let fresh = random::<32>()?;
        digits.extend(fresh.iter().filter(|b| **b < 250).map(|b| char::from(b'0' + b % 10)));
    }
    digits.truncate(count);
    Ok(digits)
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
