//! Coming in and looking: log-in, log-out, the first administrator, views and downloads. Each is an
//! act, since each is a row of the audit.

use issuance::{
    ActName, Acting, Agency, AgencyId, Client, FileHash, Person, PersonId, Position, PositionId,
    ProcedureResult, Refusal, RefusalKind, ResultId, Role, permit,
};
use jiff::Timestamp;
use serde_json::Value;
use store::sessions::{self, Session};
use store::{Act, ActError, Context, Detail, StoreError, Tx, Via};
use store::{agencies, clients, people, positions, results};

/// Who acts, read in the act's own transaction.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)]
pub enum Who {
    /// A person through a position.
    Person(PersonId, Position),
    /// Another system.
    Client(Client),
    /// The service itself, or set-up.
    System,
}

impl Who {
    /// From the actor of an act.
    ///
    /// # Errors
    /// No such position, a person without one, a client that is switched off.
    pub async fn of(tx: &mut Tx<'_>, at: &Context) -> Result<Who, ActError> {
        let unknown = |what| ActError::from(Refusal::Unknown { what });
        match (&at.actor.via, at.actor.person, at.actor.position) {
            (Via::Client(id), _, _) => {
                let client = clients::get(tx, *id).await?.ok_or_else(|| unknown("client"))?;
                match client.active {
                    true => Ok(Who::Client(client)),
                    false => Err(Refusal::Disabled.into()),
                }
            }
            (Via::Session(_), Some(person), Some(position)) => {
                let found = people::get(tx, person).await?.ok_or_else(|| unknown("person"))?;
                found.must_be_active()?;
                let position = positions::get(tx, position).await?;
                let position = position.ok_or_else(|| unknown("position"))?;
                position.held_by(person, at.now)?;
                Ok(Who::Person(person, position))
            }
            (Via::Worker | Via::Setup | Via::CommandLine, _, _) => Ok(Who::System),
            _ => Err(Refusal::PositionNotHeld.into()),
        }
    }

    /// As the rules ask for it.
    pub fn acting(&self) -> Acting<'_> {
        match self {
            Who::Person(person, position) => Acting::Person { person: *person, position },
            Who::Client(client) => Acting::Client(client),
            Who::System => Acting::System,
        }
    }
}

/// Of the positions of a person, the one in force through which an act of this name can be done; for
/// callers who name none.
pub fn through(positions: &[Position], act: ActName, now: Timestamp) -> Option<PositionId> {
    let rule = act.rule();
    let may = |role: &Role| rule.by.contains(&issuance::By::Role(*role));
    let mut in_force = positions.iter().filter(|position| position.in_force(now));
    in_force.clone().find(|p| p.roles.iter().any(may)).or_else(|| in_force.next()).map(|p| p.id)
}

/// A log-in, right or wrong: both stand in the audit.
#[derive(Clone, Debug)]
pub enum LogIn {
    /// Name and password were right.
    Right(Session),
    /// They were not. `person`: who was tried, if there is such a name.
    Wrong {
        /// Who was tried.
        person: Option<PersonId>,
    },
}

/// The stable word for a wrong name or password; both are answered alike.
pub const WRONG_PASSWORD: &str = "wrong_password";

impl Act for LogIn {
    const NAME: &'static str = "log_in";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        match self {
            LogIn::Right(session) => {
                tx.record(Detail::of("person", session.person));
                sessions::insert(tx, session).await?;
                Ok(())
            }
            LogIn::Wrong { person } => {
                if let Some(person) = person {
                    tx.record(Detail::of("person", person));
                }
                Err(Refusal::other(
                    WRONG_PASSWORD,
                    RefusalKind::Forbidden,
                    "Tên đăng nhập hoặc mật khẩu không đúng.",
                    "Name or password is not right.",
                    Value::Null,
                )
                .into())
            }
        }
    }
}

/// The end of a session.
#[derive(Clone, Debug)]
pub struct LogOut(pub Session);

impl Act for LogOut {
    const NAME: &'static str = "log_out";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        tx.record(Detail::of("person", self.0.person));
        sessions::end(tx, &self.0.hash).await?;
        Ok(())
    }
}

/// A person with a position, made at the machine: the first administrator, or another one when all
/// are locked out. The agency is made when there is none of that word.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct AddUser {
    pub ids: (AgencyId, PersonId, PositionId),
    pub agency_word: String,
    pub agency_name: String,
    pub login: String,
    pub name: String,
    /// PHC string.
    pub password: String,
    pub role: Role,
    pub title: String,
}

impl Act for AddUser {
    const NAME: &'static str = "create_person";
    type Done = (Agency, Person);

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Self::Done, ActError> {
        let who = Acting::System;
        let (agency_id, person_id, position_id) = self.ids;
        let agency = match agencies::by_word(tx, &self.agency_word).await? {
            Some(agency) => agency,
            None => {
                let (word, name) = (&self.agency_word, &self.agency_name);
                let agency = Agency::create(agency_id, word, name, None, None, &who, at.now)?;
                agencies::insert(tx, &agency).await?;
                tx.record(Detail::of("agency", agency.id));
                agency
            }
        };
        let person = Person::create(person_id, &agency, &self.login, &self.name, &who, at.now)?;
        tx.record(Detail::of("person", person.id));
        match people::insert(tx, &person, Some(&self.password)).await {
            Err(StoreError::Exists(_)) => return Err(Refusal::Exists { what: "login" }.into()),
            other => other?,
        }
        let position = Position {
            id: position_id,
            agency: agency.id,
            person: person.id,
            roles: [self.role].into(),
            title: self.title.clone(),
            authority: None,
            from: at.now,
            to: None,
            decision: String::new(),
            deputy_of: None,
        };
        let position = Position::give(position, &agency, &[], None, &who, at.now)?;
        positions::insert(tx, &position).await?;
        tx.record(Detail::of("position", position.id));
        Ok((agency, person))
    }
}

/// A view or a download of a result.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Look {
    pub result: ResultId,
    pub what: Looked,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Its data.
    Data,
    /// One of its files, by index.
    File(u16),
    /// What its verdicts rest on.
    Evidence,
}

impl Act for Look {
    const NAME: &'static str = "look";
    type Done = ProcedureResult;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<ProcedureResult, ActError> {
        let who = Who::of(tx, at).await?;
        let result = may_look(tx, self.result, self.what, &who, at.now).await?;
        let file: Option<FileHash> = match self.what {
            Looked::File(index) => result.files.get(usize::from(index)).map(|file| file.current),
            _ => None,
        };
        tx.record(Detail::of("result", result.id).changed(None, file));
        Ok(result)
    }
}

/// The result, if this caller may see it; what belongs to others reads like what is not there.
///
/// # Errors
/// Not there, or not for this caller.
pub async fn may_look(
    tx: &mut Tx<'_>,
    id: ResultId,
    what: Looked,
    who: &Who,
    now: Timestamp,
) -> Result<ProcedureResult, ActError> {
    let unknown = || ActError::from(Refusal::Unknown { what: "result" });
    let result = results::get(tx, id).await?.ok_or_else(unknown)?;
    let act = match what {
        Looked::Data | Looked::File(_) => ActName::ReadResult,
        Looked::Evidence => ActName::ReadEvidence,
    };
    match permit(act, &who.acting(), &result.about(), now) {
        Ok(()) => Ok(result),
        Err(Refusal::OtherAgency { .. } | Refusal::ClientScope) => Err(unknown()),
        Err(other) => Err(other.into()),
    }
}
