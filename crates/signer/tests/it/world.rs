//! A signer's process with the lab around it.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use lab::responder::{self, Faults, Running};
use lab::{Lab, documents};
use pades::FileHash;
use signer::client::{Client, ClientError, Signed};
use signer::protocol::{Activate, Fault, ItemHash, KeyReady, NO_BASE, SignItem};
use signing::{Appearance, Level, Look, Order, Picture, Place};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::process::CONFIG;

pub(crate) struct World {
    pub(crate) lab: Lab,
    pub(crate) servers: Running,
    pub(crate) dir: TempDir,
    pub(crate) runtime: Runtime,
    pub(crate) client: Client,
    envs: Vec<(OsString, OsString)>,
    child: Option<Child>,
    /// SoftHSM2 rewrites a token's file at every login after a wrong PIN, and other processes then may
    /// not see the token: signers of the same token take turns.
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

/// What differs from test to test.
#[derive(Default)]
pub(crate) struct Setting {
    pub(crate) module: Option<PathBuf>,
    pub(crate) envs: Vec<(OsString, OsString)>,
    /// Further text of the configuration, before the keys.
    pub(crate) more: String,
    /// Keys in place of the usual ones.
    pub(crate) keys: Option<String>,
}

impl World {
    pub(crate) fn new() -> World {
        World::with(Setting::default())
    }

    pub(crate) fn with(setting: Setting) -> World {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let lab = lab::testing::lab().unwrap();
        let servers =
            responder::start(&lab, "127.0.0.1:0".parse().unwrap(), Faults::default()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let module = setting.module.unwrap_or_else(|| lab::softhsm_module().unwrap());
        let usual = "
[[keys]]
name = \"official\"
kind = \"official\"
token = \"official\"
key = \"official-rsa2048\"
[[keys]]
name = \"seal\"
kind = \"seal\"
token = \"seal\"
key = \"seal\"
[[keys]]
name = \"revoked\"
kind = \"official\"
token = \"revoked\"
key = \"revoked\"
[[keys]]
name = \"log\"
kind = \"checkpoint\"
origin = \"log.anlanh.invalid\"
file = \"log.key\"
";
        let config = format!(
            "socket = \"signer.sock\"\nstate = \"state\"\nmodule = {module:?}\ntrust = [{trust:?}]\nchain = [{chain:?}]\n{more}\n[hosts]\n{host:?} = \"{address}\"\n[tsa]\nurl = \"{tsa}\"\n{keys}",
            trust = lab.trust_dir(),
            chain = lab.certificate("issuing").unwrap().pem_path,
            more = setting.more,
            host = lab.host(),
            address = servers.address,
            tsa = servers.tsa_url(),
            keys = setting.keys.as_deref().unwrap_or(usual),
        );
        fs::write(dir.path().join("signer.toml"), config).unwrap();
        let mut envs: Vec<(OsString, OsString)> =
            lab::env(lab.dir()).into_iter().map(|(k, v)| (k.into(), v)).collect();
        envs.extend(setting.envs);
        let mut world = World {
            client: Client::new(dir.path().join("signer.sock")),
            runtime: tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap(),
            lab,
            servers,
            dir,
            envs,
            child: None,
            _turn: turn,
        };
        world.start().unwrap();
        world
    }

    /// Starts the process and waits until it listens, or ends with what it said.
    pub(crate) fn start(&mut self) -> Result<(), String> {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["process::engine_process", "--exact", "--nocapture", "--test-threads=1"])
            .env(CONFIG, self.dir.path().join("signer.toml"))
            .envs(self.envs.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        loop {
            let answer = self.runtime.block_on(self.client.keys());
            if matches!(answer, Ok(_) | Err(ClientError::Fault(_))) {
                self.child = Some(child);
                return Ok(());
            }
            if child.try_wait().unwrap().is_some() {
                let said = child.wait_with_output().unwrap().stderr;
                return Err(String::from_utf8_lossy(&said).into_owned());
            }
            assert!(began.elapsed() < Duration::from_secs(20), "the signer does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// As a power cut does it.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// As an operator does it.
    pub(crate) fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }

    pub(crate) fn pin(&self, holder: &str) -> Zeroizing<String> {
        Zeroizing::new(fs::read_to_string(self.lab.pin_file(holder)).unwrap())
    }

    pub(crate) fn ready(&self, key: &str) -> KeyReady {
        let keys = self.runtime.block_on(self.client.keys()).unwrap().keys;
        keys.into_iter().find(|k| k.name == key).unwrap().ready.unwrap()
    }

    pub(crate) fn activate(&self, key: &str, items: &[SignItem]) -> Result<Timestamp, ClientError> {
        let activation = items[0].activation;
        let hashes = items.iter().map(SignItem::hash).collect();
        let asked = listed(activation, key, hashes, 120);
        self.runtime.block_on(self.client.activate(asked, &self.pin(key)))
    }

    pub(crate) fn sign(&self, item: &SignItem, document: &[u8]) -> Result<Signed, ClientError> {
        self.runtime.block_on(self.client.sign(item.clone(), document))
    }

    /// The lines of the signer's own log.
    pub(crate) fn log(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.log_path()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.dir.path().join("state/log.jsonl")
    }

    pub(crate) fn events(&self, event: &str) -> Vec<serde_json::Value> {
        self.log().into_iter().filter(|line| line["event"] == event).collect()
    }

    /// Whether a whole file passes, judged apart from the signer, with the evidence that it gave.
    pub(crate) fn passes(&self, signed: &Signed, document: &[u8]) -> FileHash {
        let file = signed.apply(document);
        let facts = validation::read(&file, &validation::Limits::default());
        let mut evidence = validation::Evidence::default();
        for step in &signed.steps {
            let text = std::str::from_utf8(&step.evidence).unwrap();
            evidence.merge(validation::Evidence::from_json(text).unwrap());
        }
        let mut trust = pki::TrustStore::default();
        trust.add(pki::Certificate::from_der(&self.lab.certificate("root").unwrap().der).unwrap());
        let policy = validation::Policy::default();
        let report = validation::judge(&facts, &evidence, &trust, &policy, Timestamp::now());
        let passed = report.total_passed().unwrap_or_else(|| panic!("{}", report.to_text("")));
        assert_eq!(Some(passed.file()), signed.file());
        passed.file()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn listed(activation: Uuid, key: &str, items: Vec<ItemHash>, seconds: i64) -> Activate {
    let expires = Timestamp::now() + SignedDuration::from_secs(seconds);
    Activate { activation, key: key.to_owned(), items, expires }
}

/// The lab's one-page certificate; `n` makes it another file.
pub(crate) fn document(n: u8) -> documents::LabDocument {
    let created: Timestamp = "2026-11-24T01:00:00Z".parse().unwrap();
    documents::household_business(created + SignedDuration::from_secs(i64::from(n))).unwrap()
}

pub(crate) fn uuid(n: u64) -> Uuid {
    Uuid::from_u64_pair(0x0193_0000_0000_7000, 0x8000_0000_0000_0000 | n)
}

/// An approval without picture.
pub(crate) fn order(key: &KeyReady, base: Option<&[u8]>, level: Level) -> Order {
    Order {
        base: base.map_or(NO_BASE, |bytes| signing::file_hash(&bytes).unwrap()),
        field: None,
        appearance: None,
        certificate: key.certificate.clone(),
        algorithm: key.algorithm,
        level,
        certify: None,
        reason: None,
        location: None,
        name: None,
    }
}

pub(crate) fn picture(place: documents::Place, png: Vec<u8>) -> Option<Appearance> {
    Some(Appearance {
        place: Place {
            page: u32::try_from(place.page).unwrap() - 1,
            x_mm: place.x_mm,
            y_mm: place.y_mm,
            width_mm: place.width_mm,
            height_mm: place.height_mm,
        },
        look: Look::Picture(Picture { png }),
    })
}

/// Items 0 … n of one activation, each with its document.
pub(crate) fn items(
    world: &World,
    key: &str,
    activation: Uuid,
    count: u32,
    level: Level,
) -> (Vec<SignItem>, Vec<Vec<u8>>) {
    let ready = world.ready(key);
    (0..count)
        .map(|index| {
            let pdf = document(u8::try_from(index % 250).unwrap()).pdf;
            let orders = vec![order(&ready, Some(&pdf), level)];
            let result = uuid(u64::from(index) + 1000);
            (SignItem { activation, index, result, revision: 1, orders }, pdf)
        })
        .unzip()
}

pub(crate) fn fault<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> Fault {
    match answer {
        Err(ClientError::Fault(fault)) => fault,
        other => panic!("no fault: {other:?}"),
    }
}
