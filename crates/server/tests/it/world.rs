//! One server over a database of its own, with a clock that can be put forward.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use issuance::{AgencyId, PersonId, PositionId, Role};
use jiff::{SignedDuration, Timestamp};
use office::SignerClient;
use office::children::{ChildLimits, Reader};
use office::desk::Desk;
use office::entry::AddUser;
use office::verify::Verifier;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use server::{App, Config, Limits, Parts, Server, Sessions, hash_password};
use store::{Actor, Db, Objects, Store};
use tempfile::TempDir;
use tokio::sync::oneshot;
use uuid::Uuid;
use validation::{Evidence, Policy};

pub(crate) const PASSWORD: &str = "mật khẩu của mọi người";

pub(crate) struct World {
    pub(crate) staff: String,
    pub(crate) public: String,
    pub(crate) store: Store,
    pub(crate) http: reqwest::Client,
    ahead_seconds: Arc<AtomicI64>,
    _dir: TempDir,
    _stop: oneshot::Sender<()>,
}

/// What differs from test to test.
#[derive(Default)]
pub(crate) struct Setting {
    pub(crate) limits: Limits,
    pub(crate) proxies: Vec<std::net::IpAddr>,
    pub(crate) reader: Option<PathBuf>,
    pub(crate) child: ChildLimits,
    pub(crate) anchors: pki::TrustStore,
    pub(crate) evidence: Evidence,
}

/// The example that plays `antin child read`.
pub(crate) fn child() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target: &Path = test.parent().unwrap().parent().unwrap();
    target.join("examples/child")
}

impl World {
    pub(crate) async fn new() -> World {
        World::with(Setting::default()).await
    }

    pub(crate) async fn with(setting: Setting) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", dir.path().join("db").display())).await.unwrap();
        db.migrate().await.unwrap();
        let ahead_seconds = Arc::new(AtomicI64::new(0));
        let ahead = ahead_seconds.clone();
        let clock = move || {
            let ahead = SignedDuration::from_secs(ahead.load(Ordering::SeqCst));
            Timestamp::now().checked_add(ahead).unwrap()
        };
        let store = Store::with_clock(db, clock).await.unwrap();
        let objects = Objects::open(&dir.path().join("objects")).unwrap();
        let signer = SignerClient::new(dir.path().join("no-signer.sock"));
        let url = "https://tthc.example.invalid";
        let desk = Desk::new(store.clone(), objects, signer, url, signing::Level::B);
        let reader = Reader::new(setting.reader.unwrap_or_else(child), setting.child, 2);
        let verifier =
            Verifier::new(reader, setting.anchors, setting.evidence, Policy::default(), None);
        let config = Config {
            staff: ([127, 0, 0, 1], 0).into(),
            public: ([127, 0, 0, 1], 0).into(),
            tls: None,
            proxies: setting.proxies,
            public_url: url.to_owned(),
            log_folder: dir.path().join("log"),
            data_folder: dir.path().to_owned(),
            limits: setting.limits,
            sessions: Sessions::default(),
        };
        let app = App::new(Parts { config, desk, verifier, log_key: None }).unwrap();
        let server = Server::bind(app).await.unwrap();
        let (staff, public) = (server.staff().unwrap(), server.public().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        World {
            staff: format!("http://{staff}"),
            public: format!("http://{public}"),
            store,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            ahead_seconds,
            _dir: dir,
            _stop: stop,
        }
    }

    pub(crate) fn put_clock_forward(&self, seconds: i64) {
        self.ahead_seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A person with one role at an agency, which is made when it is not there; gives all three ids.
    pub(crate) async fn add(&self, agency: &str, login: &str, role: Role) -> [String; 3] {
        let ids = (
            AgencyId::new(Uuid::now_v7()),
            PersonId::new(Uuid::now_v7()),
            PositionId::new(Uuid::now_v7()),
        );
        let act = AddUser {
            ids,
            agency_word: agency.to_owned(),
            agency_name: format!("Cơ quan {agency}"),
            login: login.to_owned(),
            name: format!("Người {login}"),
            password: hash_password(PASSWORD).unwrap(),
            role,
            title: "Chức vụ".to_owned(),
        };
        let (agency, person) = self.store.perform(act, Actor::setup()).await.unwrap();
        [agency.id.to_string(), person.id.to_string(), ids.2.to_string()]
    }

    pub(crate) async fn log_in(&self, login: &str) -> Caller<'_> {
        let body = json!({ "login": login, "password": PASSWORD });
        let answer = self.nobody().post("/api/v1/login", &body).await;
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let me: Value = body_of(answer).await;
        let csrf = me["csrf"].as_str().unwrap().to_owned();
        Caller { world: self, headers: vec![("cookie", cookie), ("x-csrf-token", csrf)] }
    }

    pub(crate) fn nobody(&self) -> Caller<'_> {
        Caller { world: self, headers: vec![] }
    }

    /// Audit rows, events and leaves get their places, as a worker gives them.
    pub(crate) async fn sequence(&self) {
        let (name, seconds) = (store::sequence::LEASE, 60);
        let lease = store::leases::take(&self.store, name, "test", seconds).await.unwrap().unwrap();
        store::sequence::place(&self.store, &lease).await.unwrap();
        store::leases::give_back(&self.store, &lease).await.unwrap();
    }

    /// Rows of the audit with this act: outcome and refusal.
    pub(crate) async fn audit(&self, act: &str) -> Vec<(String, Option<String>)> {
        self.sequence().await;
        let act = Some(act.to_owned());
        let search = store::audit::Search { act, limit: 1000, ..Default::default() };
        let mut tx = self.store.read().await.unwrap();
        let rows = store::audit::search(&mut tx, &search).await.unwrap();
        rows.into_iter().map(|row| (outcome(&row.refusal), row.refusal)).collect()
    }
}

fn outcome(refusal: &Option<String>) -> String {
    if refusal.is_some() { "refused" } else { "done" }.to_owned()
}

/// Who calls.
#[derive(Clone)]
pub(crate) struct Caller<'a> {
    world: &'a World,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl<'a> Caller<'a> {
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Caller<'a> {
        let mut caller = self.clone();
        caller.headers.retain(|(known, _)| *known != name);
        caller.headers.push((name, value.to_owned()));
        caller
    }

    pub(crate) fn without(&self, name: &str) -> Caller<'a> {
        let mut caller = self.clone();
        caller.headers.retain(|(known, _)| *known != name);
        caller
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Response {
        self.ask(Method::PUT, path, Some(body)).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let mut request = self.world.http.request(method, format!("{}{path}", self.world.staff));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request.send().await.unwrap()
    }
}

pub(crate) async fn body_of(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// A refusal has its status, its code, both languages, and the id of the request.
pub(crate) async fn refused(answer: Response, status: u16, code: &str) -> Value {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let got = answer.status().as_u16();
    let problem = body_of(answer).await;
    assert_eq!((got, problem["code"].as_str().unwrap()), (status, code), "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("urn:antin:problem:{code}"));
    assert_eq!(problem["request_id"], id);
    for text in ["title", "detail", "detail_vi", "detail_en"] {
        assert!(problem[text].as_str().is_some_and(|text| !text.is_empty()), "{text}: {problem}");
    }
    problem
}
