//! The steps that people and the case system do, each by its own door.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::house::House;
use super::http::{Answer, Caller};
use super::town::Town;

/// The sample client, as a case system would call it.
pub(crate) fn sample_client(house: &House, town: &Town, words: &[&str]) -> Result<Vec<Value>> {
    let token = house.path("client.token");
    std::fs::write(&token, &town.client_token)?;
    let done = Command::new(script())
        .args(["--url", &format!("http://{}", house.staff), "--token-file"])
        .arg(&token)
        .args(words)
        .output()?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    ensure!(
        done.status.success(),
        "sample-client {words:?}: {} {said}{}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
    said.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/sample-client")
}

/// Submits by the sample client; gives the id.
pub(crate) fn submit(house: &House, town: &Town, data: &Value, pdf: &[u8]) -> Result<String> {
    let (case, draft) = (house.path("case.json"), house.path("draft.pdf"));
    std::fs::write(&case, data.to_string())?;
    std::fs::write(&draft, pdf)?;
    let text = |path: &Path| path.display().to_string();
    let made = sample_client(house, town, &["submit", &text(&draft), "--data", &text(&case)])?;
    id_of(made.first().context("no answer")?)
}

pub(crate) fn id_of(made: &Value) -> Result<String> {
    let id = made["id"].as_str();
    Ok(id.with_context(|| format!("no id: {made}"))?.to_owned())
}

pub(crate) fn result(caller: &Caller, id: &str) -> Result<Value> {
    caller.get(&format!("/api/v1/results/{id}"))?.good()
}

pub(crate) fn seen(result: &Value) -> Value {
    json!({"revision": result["revision"], "sha256": result["files"][0]["current"]})
}

/// What is on the list of an activation.
pub(crate) fn item(result: &Value) -> Value {
    let mut item = seen(result);
    item["result"] = result["id"].clone();
    item
}

pub(crate) fn approve(town: &Town, id: &str) -> Result<Value> {
    let official = town.person("chutich");
    let seen = seen(&result(official, id)?);
    official.post(&format!("/api/v1/results/{id}/approve"), &seen)?.good()
}

/// One activation; gives what the service answered.
pub(crate) fn activate(caller: &Caller, key: &str, items: &[Value], pin: &str) -> Result<Answer> {
    caller.post("/api/v1/activations", &json!({"key": key, "items": items, "pin": pin}))
}

/// The official signs these, and it is waited for.
pub(crate) fn sign(house: &House, town: &Town, ids: &[String]) -> Result<()> {
    let official = town.person("chutich");
    let items = items(official, ids)?;
    activate(official, &town.official_key, &items, &house.pin("official")?)?.good()?;
    ids.iter().try_for_each(|id| wait_for(official, id, "signed").map(drop))
}

/// Văn thư numbers and seals these, and it is waited for.
pub(crate) fn number_and_seal(house: &House, town: &Town, ids: &[String]) -> Result<()> {
    let clerk = town.person("vanthu");
    let items = items(clerk, ids)?;
    activate(clerk, &town.seal_key, &items, &house.pin("seal")?)?.good()?;
    ids.iter().try_for_each(|id| wait_for(clerk, id, "sealed").map(drop))
}

pub(crate) fn items(caller: &Caller, ids: &[String]) -> Result<Vec<Value>> {
    ids.iter().map(|id| Ok(item(&result(caller, id)?))).collect()
}

pub(crate) fn issue(town: &Town, id: &str) -> Result<Value> {
    let clerk = town.person("vanthu");
    let seen = seen(&result(clerk, id)?);
    clerk.post(&format!("/api/v1/results/{id}/issue"), &json!({"seen": seen}))?.good()
}

/// Until the result is in this state.
pub(crate) fn wait_for(caller: &Caller, id: &str, state: &str) -> Result<Value> {
    until(&format!("{id} is {state}"), || {
        let result = result(caller, id)?;
        match result["state"] == state {
            true => Ok(Ok(result)),
            false => Ok(Err(format!("{} {}", result["state"], result["reasons"]))),
        }
    })
}

/// Until the public is told this.
pub(crate) fn wait_for_verdict(house: &House, code: &str, verdict: &str) -> Result<Value> {
    let anybody = Caller::nobody(house.public);
    until(&format!("the public is told {verdict}"), || {
        let answer = anybody.get(&format!("/api/v1/public/{code}"))?;
        let said = answer.json();
        match said["verdict"] == verdict {
            true => Ok(Ok(said)),
            false => Ok(Err(said.to_string())),
        }
    })
}

const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again until it is so.
pub(crate) fn until<T>(
    what: &str,
    mut ask: impl FnMut() -> Result<Result<T, String>>,
) -> Result<T> {
    let began = Instant::now();
    loop {
        match ask()? {
            Ok(found) => return Ok(found),
            Err(last) if began.elapsed() > PATIENCE => {
                bail!("not so after a minute: {what}; last: {last}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// The receiver of the webhook, as the sample client has it.
pub(crate) struct Receiver {
    process: Child,
    pub(crate) url: String,
    key: PathBuf,
    events: PathBuf,
}

impl Receiver {
    /// Listens before its key is known: whoever makes the client learns it afterwards.
    pub(crate) fn start(dir: &Path, port: u16) -> Result<Receiver> {
        let (key, events) = (dir.join("webhook.key"), dir.join("events.jsonl"));
        if !key.exists() {
            std::fs::write(&key, "")?;
        }
        let mut process = Command::new(script())
            .args(["listen", "--port", &port.to_string(), "--key-file"])
            .arg(&key)
            .arg("--out")
            .arg(&events)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let said = process.stdout.take().context("no output")?;
        BufReader::new(said).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)?;
        let url = said["listening"].as_str().context("not listening")?.to_owned();
        Ok(Receiver { process, url, key, events })
    }

    /// The same address with the key.
    pub(crate) fn with_key(self, dir: &Path, webhook_key: &str) -> Result<Receiver> {
        std::fs::write(&self.key, webhook_key)?;
        let port = self.url.trim_end_matches('/').rsplit(':').next().context("port")?.parse()?;
        drop(self);
        Receiver::start(dir, port)
    }

    pub(crate) fn events(&self) -> Result<Vec<Value>> {
        let text = std::fs::read_to_string(&self.events)?;
        text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
