//! A small HTTP/1.1 client of the tests' own: it shares nothing with the service but the standard.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The stable word of a problem.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Fails unless it went well.
    pub(crate) fn good(self) -> Result<Value> {
        match self.status {
            200..=299 => Ok(self.json()),
            _ => bail!("{}: {}", self.status, String::from_utf8_lossy(&self.body)),
        }
    }
}

/// One who calls: nobody, a person with a session, or a client with a token.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    address: SocketAddr,
    pub(crate) cookie: Option<String>,
    pub(crate) csrf: Option<String>,
    pub(crate) bearer: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Caller {
    pub(crate) fn nobody(address: SocketAddr) -> Caller {
        Caller { address, cookie: None, csrf: None, bearer: None, headers: vec![] }
    }

    pub(crate) fn client(address: SocketAddr, token: &str) -> Caller {
        Caller { bearer: Some(token.to_owned()), ..Caller::nobody(address) }
    }

    /// Logs in.
    pub(crate) fn person(address: SocketAddr, login: &str, password: &str) -> Result<Caller> {
        let mut caller = Caller::nobody(address);
        let body = serde_json::json!({"login": login, "password": password});
        let answer = caller.post("/api/v1/login", &body)?;
        let cookie = answer.header("set-cookie").map(str::to_owned);
        let me = answer.good().with_context(|| format!("log-in of {login}"))?;
        let cookie = cookie.context("no cookie")?;
        caller.cookie = Some(cookie.split(';').next().unwrap_or_default().to_owned());
        caller.csrf = Some(me["csrf"].as_str().context("no csrf")?.to_owned());
        Ok(caller)
    }

    /// The same with one more header.
    pub(crate) fn with(&self, name: &str, value: &str) -> Caller {
        let mut caller = self.clone();
        caller.headers.push((name.to_owned(), value.to_owned()));
        caller
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        self.ask("GET", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.ask("POST", path, Some(body.to_string().into_bytes()))
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.ask("PUT", path, Some(body.to_string().into_bytes()))
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept: application/json\r\n",
            self.address
        );
        let mut add = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        if let Some(cookie) = &self.cookie {
            add("Cookie", cookie);
        }
        if let Some(csrf) = &self.csrf {
            add("X-CSRF-Token", csrf);
        }
        if let Some(bearer) = &self.bearer {
            add("Authorization", &format!("Bearer {bearer}"));
        }
        for (name, value) in &self.headers {
            add(name, value);
        }
        if let Some(body) = &body {
            if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                add("Content-Type", "application/json");
            }
            add("Content-Length", &body.len().to_string());
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        // An early answer may close the other direction: what it says counts.
        let sent = stream.write_all(body.as_deref().unwrap_or_default());
        let mut raw = vec![];
        match (stream.read_to_end(&mut raw), sent) {
            (Err(error), _) if raw.is_empty() => return Err(error.into()),
            (_, Err(error)) if raw.is_empty() => return Err(error.into()),
            _ => {}
        }
        parse(&raw)
    }
}

fn parse(raw: &[u8]) -> Result<Answer> {
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n").context("no answer")?;
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status: status.parse()?, headers, body: raw[end + 4..].to_vec() };
    if answer.header("transfer-encoding").is_some_and(|t| t.eq_ignore_ascii_case("chunked")) {
        answer.body = unchunked(&answer.body)?;
    }
    Ok(answer)
}

fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = vec![];
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n").context("chunk")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end])?.trim(), 16)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size).context("chunk")?);
        rest = rest.get(end + 4 + size..).context("chunk")?;
    }
}
