//! People who log in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::line;
use crate::{ActName, Acting, Agency, AgencyId, PersonId, Refusal, permit};

/// A person. What they may do comes from their positions; their password is not part of this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Person {
    pub id: PersonId,
    /// Where the account is administered.
    pub agency: AgencyId,
    /// Lower-case word with which they log in.
    pub login: String,
    pub name: String,
    pub active: bool,
    pub created: Timestamp,
}

impl Person {
    /// A new account of an agency.
    ///
    /// # Errors
    /// Not permitted, or login or name cannot be taken.
    pub fn create(
        id: PersonId,
        agency: &Agency,
        login: &str,
        name: &str,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Person, Refusal> {
        permit(ActName::CreatePerson, who, &agency.about(), now)?;
        let login = line("login", login, 60)?.to_lowercase();
        if !login.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@')) {
            return Err(Refusal::field(
                "login",
                "chỉ gồm chữ không dấu, số và . - _ @",
                "only letters, digits and . - _ @",
            ));
        }
        let name = line("name", name, 120)?;
        Ok(Person { id, agency: agency.id, login, name, active: true, created: now })
    }

    /// Switched off or on.
    ///
    /// # Errors
    /// Not permitted.
    pub fn set_active(
        &self,
        active: bool,
        agency: &Agency,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Person, Refusal> {
        if agency.id != self.agency {
            return Err(Refusal::Unknown { what: "person" });
        }
        permit(ActName::DisablePerson, who, &agency.about(), now)?;
        Ok(Person { active, ..self.clone() })
    }

    /// # Errors
    /// The account is switched off.
    pub fn must_be_active(&self) -> Result<(), Refusal> {
        if self.active { Ok(()) } else { Err(Refusal::Disabled) }
    }
}
