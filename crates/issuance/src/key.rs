//! Signing keys: bound to a person or to an agency's seal, by two people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::line;
use crate::{
    ActName, Acting, Agency, AgencyId, FileHash, KeyId, KeyUse, PersonId, Refusal, permit,
};

/// A key on a token of the signer. The service knows its certificate and its label, nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Key {
    pub id: KeyId,
    pub agency: AgencyId,
    pub owner: KeyOwner,
    /// Under which the signer finds it.
    pub label: String,
    /// SHA-256 of the certificate (DER), which is an object of the store.
    pub certificate: FileHash,
    /// PNG of the handwritten signature, or of the seal; an object.
    pub image: Option<FileHash>,
    /// PNG of the initials; an object.
    pub initials: Option<FileHash>,
    pub state: KeyState,
    pub bound_by: Option<PersonId>,
    pub bound: Timestamp,
    pub confirmed_by: Option<PersonId>,
}

/// Whose signature it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyOwner {
    /// A person's.
    Person(PersonId),
    /// The seal of the key's agency.
    Seal,
}

/// Bound by one, confirmed by another, at last retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Waits for the second person.
    Proposed,
    /// Signs.
    Bound,
    /// Never again.
    Retired,
}

impl Key {
    /// The first of two people binds it; set-up on the machine's own command line may be both.
    ///
    /// # Errors
    /// Not permitted, or the label cannot be taken.
    pub fn bind(
        key: Key,
        agency: &Agency,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Key, Refusal> {
        permit(ActName::BindKey, who, &agency.about(), now)?;
        if key.agency != agency.id {
            return Err(Refusal::Unknown { what: "agency" });
        }
        Ok(Key {
            label: line("label", &key.label, 120)?,
            state: KeyState::Proposed,
            bound_by: who.person(),
            bound: now,
            confirmed_by: None,
            ..key
        })
    }

    /// The second person confirms.
    ///
    /// # Errors
    /// Not permitted, the same person, or not waiting.
    pub fn confirm(
        &self,
        agency: &Agency,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Key, Refusal> {
        self.at(agency)?;
        permit(ActName::ConfirmKey, who, &agency.about(), now)?;
        if self.state != KeyState::Proposed {
            return Err(Refusal::ProposalClosed);
        }
        if self.bound_by.is_some() && who.person() == self.bound_by {
            return Err(Refusal::SamePerson);
        }
        Ok(Key { state: KeyState::Bound, confirmed_by: who.person(), ..self.clone() })
    }

    /// Ends its use.
    ///
    /// # Errors
    /// Not permitted, or ended already.
    pub fn retire(
        &self,
        agency: &Agency,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Key, Refusal> {
        self.at(agency)?;
        permit(ActName::RetireKey, who, &agency.about(), now)?;
        if self.state == KeyState::Retired {
            return Err(Refusal::ProposalClosed);
        }
        Ok(Key { state: KeyState::Retired, ..self.clone() })
    }

    /// May this person sign with it a step of that kind, for that agency?
    ///
    /// # Errors
    /// Not bound by two; somebody else's; the seal of another agency; the wrong kind.
    pub fn usable(&self, step: KeyUse, agency: AgencyId, person: PersonId) -> Result<(), Refusal> {
        if self.state != KeyState::Bound {
            return Err(Refusal::KeyNotBound);
        }
        match (self.owner, step) {
            (KeyOwner::Person(owner), KeyUse::Person) if owner == person => Ok(()),
            (KeyOwner::Seal, KeyUse::Seal) if self.agency == agency => Ok(()),
            _ => Err(Refusal::KeyNotYours),
        }
    }

    fn at(&self, agency: &Agency) -> Result<(), Refusal> {
        if agency.id == self.agency { Ok(()) } else { Err(Refusal::Unknown { what: "key" }) }
    }
}
