//! Accounts. Passwords come as PHC strings of Argon2: no act sees the password itself.

use issuance::{ActName, AgencyId, Person, PersonId, Refusal, permit};
use store::{Act, ActError, Context, Detail, Tx, people, sessions};

use super::agency;
use crate::entry::Who;

/// A new account.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct CreatePerson {
    pub id: PersonId,
    pub agency: AgencyId,
    pub login: String,
    pub name: String,
    /// PHC string; `None`: cannot log in yet.
    pub password: Option<String>,
}

/// Switched off (all sessions end) or on.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct DisablePerson {
    pub person: PersonId,
    pub active: bool,
}

/// Another password; all sessions end.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct SetPassword {
    pub person: PersonId,
    /// PHC string.
    pub password: String,
    /// The person themselves, who proved the old one.
    pub own: bool,
}

impl Act for CreatePerson {
    const NAME: &'static str = "create_person";
    type Done = Person;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Person, ActError> {
        tx.record(Detail::of("person", self.id));
        let who = Who::of(tx, at).await?;
        let agency = agency(tx, self.agency).await?;
        let acting = who.acting();
        let made = Person::create(self.id, &agency, &self.login, &self.name, &acting, at.now)?;
        if people::by_login(tx, &made.login).await?.is_some() {
            return Err(Refusal::Exists { what: "login" }.into());
        }
        people::insert(tx, &made, self.password.as_deref()).await?;
        Ok(made)
    }
}

impl Act for DisablePerson {
    const NAME: &'static str = "disable_person";
    type Done = Person;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Person, ActError> {
        let word = if self.active { "on" } else { "off" };
        tx.record(Detail::of("person", self.person).reason(word));
        let who = Who::of(tx, at).await?;
        let person = person(tx, self.person).await?;
        let agency = agency(tx, person.agency).await?;
        let changed = person.set_active(self.active, &agency, &who.acting(), at.now)?;
        people::update(tx, &changed).await?;
        if !changed.active {
            sessions::end_all(tx, changed.id).await?;
        }
        Ok(changed)
    }
}

impl Act for SetPassword {
    const NAME: &'static str = "set_password";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        tx.record(Detail::of("person", self.person));
        let person = person(tx, self.person).await?;
        if self.own {
            if at.actor.person != Some(self.person) {
                return Err(Refusal::NotYourRole { act: ActName::SetPassword }.into());
            }
            person.must_be_active()?;
        } else {
            let who = Who::of(tx, at).await?;
            let agency = agency(tx, person.agency).await?;
            permit(ActName::SetPassword, &who.acting(), &agency.about(), at.now)?;
        }
        people::set_password(tx, person.id, &self.password).await?;
        Ok(())
    }
}

async fn person(tx: &mut Tx<'_>, id: PersonId) -> Result<Person, ActError> {
    Ok(people::get(tx, id).await?.ok_or(Refusal::Unknown { what: "person" })?)
}
