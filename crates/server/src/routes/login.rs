//! Log-in, log-out, who am I.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, StatusCode};
use issuance::{Authority, PersonId, Position, Role};
use jiff::Timestamp;
use office::entry::{LogIn, LogOut, WRONG_PASSWORD};
use serde::{Deserialize, Serialize};
use store::sessions::Session;
use store::{Actor, PerformError, Via, people, positions};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::app::App;
use crate::input::Input;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::rate;
use crate::session::{self, LoggedIn};

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    #[schema(example = "vanthu", max_length = 60)]
    login: String,
    #[schema(value_type = String, format = Password, max_length = 256)]
    password: Zeroizing<String>,
}

/// Who is logged in, and what their requests have to send back.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    #[schema(value_type = String, format = Uuid)]
    person: PersonId,
    login: String,
    name: String,
    /// To be sent as `X-CSRF-Token` with every request that changes something.
    csrf: String,
    /// When the session ends, unless it is used before.
    #[schema(value_type = String, format = DateTime)]
    expires: Timestamp,
    positions: Vec<PositionView>,
}

/// A position.
#[derive(Serialize, ToSchema)]
pub(crate) struct PositionView {
    #[schema(value_type = String, format = Uuid)]
    id: issuance::PositionId,
    #[schema(value_type = String, format = Uuid)]
    agency: issuance::AgencyId,
    title: String,
    /// TM. | KT. | TL. | TUQ. | Q.
    #[schema(value_type = Option<String>)]
    authority: Option<Authority>,
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = Uuid)]
    deputy_of: Option<issuance::PositionId>,
    in_force: bool,
}

impl PositionView {
    pub(crate) fn of(position: &Position, now: Timestamp) -> PositionView {
        PositionView {
            id: position.id,
            agency: position.agency,
            title: position.title.clone(),
            authority: position.authority,
            roles: position.roles.iter().copied().collect(),
            from: position.from,
            to: position.to,
            deputy_of: position.deputy_of,
            in_force: position.in_force(now),
        }
    }
}

type WithCookie = ([(HeaderName, String); 1], Json<Me>);

/// Logs in: the answer sets the cookie of the session. Name and password are checked for as long
/// whether the name is known or not.
#[utoipa::path(
    post, path = "/api/v1/login", tag = "session", operation_id = "log_in",
    request_body = Credentials,
    responses((status = 200, description = "Logged in.", body = Me)),
    security(())
)]
pub(crate) async fn log_in(
    State(app): State<App>,
    peer: Peer,
    Input(given): Input<Credentials>,
) -> Result<WithCookie, Problem> {
    peer.must_be_private()?;
    let login = given.login.trim().to_lowercase();
    let network = rate::network(peer.address);
    let (by_name, by_address) = (&app.rates().name, &app.rates().address);
    by_name.look(login.as_bytes()).map_err(Problem::too_many)?;
    by_address.look(&network).map_err(Problem::too_many)?;
    let mut tx = app.store().read().await?;
    let found = people::by_login(&mut tx, &login).await?;
    drop(tx);
    let stored = found.as_ref().and_then(|(_, stored)| stored.clone());
    let right = app.passwords().check(stored, &given.password).await;
    let person = found.map(|(person, _)| person);
    let actor =
        |person| Actor { person, position: None, via: Via::Nobody, address: Some(peer.address) };
    let Some(person) = person.clone().filter(|person| right && person.active) else {
        let tried = person.map(|person| person.id);
        // What they give back only says when to come again: the answer is that it was wrong.
        let _ = (by_name.count(login.as_bytes()), by_address.count(&network));
        let refused = app.store().perform(LogIn::Wrong { person: tried }, actor(None)).await;
        return Err(match refused {
            Err(PerformError::Store(error)) => error.into(),
            _ => wrong(),
        });
    };
    let cookie = session::secret()?;
    let now = app.store().now();
    let begun = Session {
        hash: session::hash(&cookie),
        person: person.id,
        csrf: session::secret()?,
        began: now,
        last_use: now,
        expires: session::expires(now, now, &app.config().sessions),
        address: Some(peer.address.to_string()),
    };
    app.store().perform(LogIn::Right(begun.clone()), actor(Some(person.id))).await?;
    by_name.forget(login.as_bytes());
    let mut tx = app.store().read().await?;
    let positions = positions::of_person(&mut tx, person.id).await?;
    let me = Me {
        person: person.id,
        login: person.login,
        name: person.name,
        csrf: begun.csrf,
        expires: begun.expires,
        positions: positions.iter().map(|position| PositionView::of(position, now)).collect(),
    };
    Ok(([(SET_COOKIE, session::set_cookie(peer, Some(&cookie)))], Json(me)))
}

fn wrong() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        WRONG_PASSWORD,
        "Tên đăng nhập hoặc mật khẩu không đúng. Sau nhiều lần sai liên tiếp phải đợi vài phút.",
        "Name or password is not right. After several wrong ones in a row one has to wait some minutes.",
    )
}

/// Logs out: the session is over, its cookie is removed.
#[utoipa::path(
    post, path = "/api/v1/logout", tag = "session", operation_id = "log_out",
    responses((status = 204, description = "Logged out.")),
    security(("session" = []))
)]
pub(crate) async fn log_out(
    State(app): State<App>,
    peer: Peer,
    person: LoggedIn,
) -> Result<(StatusCode, [(HeaderName, String); 1]), Problem> {
    let actor = person.through(None);
    app.store().perform(LogOut(person.session), actor).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, session::set_cookie(peer, None))]))
}

/// Who is logged in.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "session", operation_id = "me",
    responses((status = 200, description = "Who.", body = Me)),
    security(("session" = []))
)]
pub(crate) async fn me(State(app): State<App>, person: LoggedIn) -> Json<Me> {
    let now = app.store().now();
    Json(Me {
        person: person.person.id,
        login: person.person.login,
        name: person.person.name,
        csrf: person.session.csrf,
        expires: person.session.expires,
        positions: person.positions.iter().map(|p| PositionView::of(p, now)).collect(),
    })
}
