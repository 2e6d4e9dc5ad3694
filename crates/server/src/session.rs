//! Who calls: a person by the cookie of their session, or another system by its bearer token. Of both
//! only the hash is stored.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE as COOKIE_HEADER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use issuance::{ActName, Client, Person, Position, PositionId, Refusal};
use jiff::{SignedDuration, Timestamp};
use office::entry;
use sha2::{Digest as _, Sha256};
use store::sessions::Session;
use store::{Actor, Via, clients, people, positions, sessions};
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::config::Sessions;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::rate;

/// Name of the cookie; over https with the prefix that binds it to this host.
pub(crate) const COOKIE: &str = "antin";
const HOST_COOKIE: &str = "__Host-antin";
/// What a request that changes something sends back.
pub(crate) const CSRF: &str = "x-csrf-token";
/// Through which position a person acts; where it is absent, the one that fits.
pub(crate) const POSITION: &str = "x-position";
/// A use is written down this often.
const TOUCH_SECONDS: i64 = 60;

/// A person who is logged in.
pub(crate) struct LoggedIn {
    pub(crate) session: Session,
    pub(crate) person: Person,
    pub(crate) positions: Vec<Position>,
    named: Option<PositionId>,
    peer: Peer,
}

/// A person or another system.
pub(crate) enum Caller {
    Person(Box<LoggedIn>),
    Client(Box<Client>, Peer),
}

impl Caller {
    /// For an act of this name.
    pub(crate) fn actor(&self, act: ActName, now: Timestamp) -> Actor {
        match self {
            Caller::Person(person) => person.actor(act, now),
            Caller::Client(client, peer) => Actor {
                person: client.acts_for,
                position: None,
                via: Via::Client(client.id),
                address: Some(peer.address),
            },
        }
    }
}

impl LoggedIn {
    /// For an act of this name.
    pub(crate) fn actor(&self, act: ActName, now: Timestamp) -> Actor {
        let position = self.named.or_else(|| entry::through(&self.positions, act, now));
        self.through(position)
    }

    /// Through this position.
    pub(crate) fn through(&self, position: Option<PositionId>) -> Actor {
        Actor {
            person: Some(self.person.id),
            position,
            via: Via::Session(self.session.hash),
            address: Some(self.peer.address),
        }
    }
}

impl FromRequestParts<App> for LoggedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Caller::from_request_parts(parts, app).await? {
            Caller::Person(person) => Ok(*person),
            Caller::Client(..) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "people_only",
                "Chỉ người đăng nhập mới làm được việc này, không phải hệ thống kết nối.",
                "Only a person who is logged in may do this, not an API client.",
            )),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = Peer::from_request_parts(parts, app).await?;
        if parts.headers.contains_key(AUTHORIZATION) {
            return client(&parts.headers, peer, app).await;
        }
        let person = person(&parts.headers, peer, app).await?;
        let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if changes {
            own_page(&parts.headers, &person.session.csrf)?;
        }
        Ok(Caller::Person(Box::new(person)))
    }
}

async fn person(headers: &HeaderMap, peer: Peer, app: &App) -> Result<LoggedIn, Problem> {
    let cookie = cookie(headers, peer).ok_or_else(Problem::not_logged_in)?;
    let hash = hash(cookie);
    let mut tx = app.store().read().await?;
    let session = sessions::get(&mut tx, &hash).await?.ok_or_else(Problem::not_logged_in)?;
    let person = people::get(&mut tx, session.person).await?.ok_or_else(Problem::not_logged_in)?;
    if !person.active {
        return Err(Problem::not_logged_in());
    }
    let positions = positions::of_person(&mut tx, person.id).await?;
    drop(tx);
    let now = app.store().now();
    if now.as_second() - session.last_use.as_second() >= TOUCH_SECONDS {
        sessions::touch(app.store(), hash, expires(session.began, now, &app.config().sessions))
            .await?;
    }
    let named = match headers.get(POSITION).map(|v| v.to_str().unwrap_or_default()) {
        Some(text) => Some(text.parse::<PositionId>()?),
        None => None,
    };
    if named.is_some_and(|named| !positions.iter().any(|position| position.id == named)) {
        return Err(Refusal::PositionNotHeld.into());
    }
    Ok(LoggedIn { session, person, positions, named, peer })
}

async fn client(headers: &HeaderMap, peer: Peer, app: &App) -> Result<Caller, Problem> {
    peer.must_be_private()?;
    let unknown = || {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "token_unknown",
            "Mã truy cập của hệ thống kết nối không đúng hoặc đã thay đổi.",
            "The token of the API client is not known, or was rotated.",
        )
    };
    let network = rate::network(peer.address);
    app.rates().address.look(&network).map_err(Problem::too_many)?;
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (_, token) = token.ok_or_else(unknown)?;
    let mut tx = app.store().read().await?;
    let Some(client) = clients::by_token(&mut tx, &hash(token.trim())).await? else {
        // What it gives back only says when to come again: the answer is that it is unknown.
        let _ = app.rates().address.count(&network);
        return Err(unknown());
    };
    if !client.active {
        return Err(Refusal::Disabled.into());
    }
    let last = clients::last_use(&mut tx, client.id).await?;
    drop(tx);
    let now = app.store().now();
    if last.is_none_or(|last| now.as_second() - last.as_second() >= TOUCH_SECONDS) {
        clients::touch(app.store(), client.id).await?;
    }
    Ok(Caller::Client(Box::new(client), peer))
}

/// The request comes from a page of ours: it knows the session's token, and the browser does not say
/// otherwise.
fn own_page(headers: &HeaderMap, csrf: &str) -> Result<(), Problem> {
    let given = headers.get(CSRF).map_or(&b""[..], |value| value.as_bytes());
    let knows = bool::from(given.ct_eq(csrf.as_bytes()));
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    let own = site.is_none_or(|site| matches!(site, b"same-origin" | b"none"));
    if knows && own {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "csrf",
        "Yêu cầu này không đến từ trang của hệ thống, hoặc trang đã cũ. Hãy tải lại trang rồi làm lại.",
        "This request does not come from a page of this system, or the page is old. Reload it and try again.",
    ))
}

/// When a session that is used now ends.
pub(crate) fn expires(began: Timestamp, now: Timestamp, sessions: &Sessions) -> Timestamp {
    let after = |from: Timestamp, seconds: u32| {
        from.saturating_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(from)
    };
    after(now, sessions.idle_seconds).min(after(began, sessions.absolute_seconds))
}

fn cookie(headers: &HeaderMap, peer: Peer) -> Option<&str> {
    let wanted = name(peer);
    let all = headers.get_all(COOKIE_HEADER).iter().filter_map(|value| value.to_str().ok());
    let mut all = all.flat_map(|list| list.split(';')).filter_map(|one| one.trim().split_once('='));
    all.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

fn name(peer: Peer) -> &'static str {
    if peer.https { HOST_COOKIE } else { COOKIE }
}

/// As the browser gets it; without a value it is removed.
pub(crate) fn set_cookie(peer: Peer, value: Option<&str>) -> String {
    let secure = if peer.https { "; Secure" } else { "" };
    let age = if value.is_none() { "; Max-Age=0" } else { "" };
    let value = value.unwrap_or_default();
    format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}", name(peer))
}

/// What is stored of a cookie or a token.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// 256 random bits as text.
pub(crate) fn secret() -> Result<String, Problem> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "no randomness");
        Problem::internal()
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
