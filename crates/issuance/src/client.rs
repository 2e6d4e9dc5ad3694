//! API clients: other systems, by a token that is stored hashed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::line;
use crate::{ActName, Acting, Agency, AgencyId, ClientId, PersonId, ProcedureId, Refusal, permit};

/// A system that submits and asks. The token's hash, its rotation and last use are rows of `store`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Client {
    pub id: ClientId,
    /// Where it is administered.
    pub agency: AgencyId,
    pub name: String,
    pub scopes: Vec<Scope>,
    /// The officer acted for: stands in the audit beside the client.
    pub acts_for: Option<PersonId>,
    /// Where its webhook listens.
    pub webhook: Option<String>,
    pub active: bool,
    pub created: Timestamp,
}

/// One agency, all or some of its procedures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Scope {
    pub agency: AgencyId,
    /// `None`: all.
    pub procedures: Option<Vec<ProcedureId>>,
}

impl Client {
    /// A new client; its scopes lie within the reach of whoever creates it: `reach` are the
    /// agencies that the scopes name.
    ///
    /// # Errors
    /// Not permitted here or at an agency of a scope; no scope; a name that cannot be taken.
    pub fn create(
        client: Client,
        agency: &Agency,
        reach: &[Agency],
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Client, Refusal> {
        permit(ActName::CreateClient, who, &agency.about(), now)?;
        if client.agency != agency.id {
            return Err(Refusal::Unknown { what: "agency" });
        }
        if client.scopes.is_empty() {
            return Err(Refusal::field("scopes", "cần ít nhất một phạm vi", "at least one scope"));
        }
        for scope in &client.scopes {
            let named = reach.iter().find(|a| a.id == scope.agency);
            let named = named.ok_or(Refusal::Unknown { what: "agency" })?;
            permit(ActName::CreateClient, who, &named.about(), now)?;
        }
        Ok(Client { name: line("name", &client.name, 120)?, ..client })
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
    ) -> Result<Client, Refusal> {
        if agency.id != self.agency {
            return Err(Refusal::Unknown { what: "client" });
        }
        permit(ActName::DisableClient, who, &agency.about(), now)?;
        Ok(Client { active, ..self.clone() })
    }

    /// # Errors
    /// Switched off, or outside its scopes.
    pub fn may(&self, agency: AgencyId, procedure: Option<ProcedureId>) -> Result<(), Refusal> {
        if !self.active {
            return Err(Refusal::Disabled);
        }
        let covers = |scope: &&Scope| {
            scope.agency == agency
                && match (&scope.procedures, procedure) {
                    (None, _) => true,
                    (Some(some), Some(one)) => some.contains(&one),
                    (Some(_), None) => false,
                }
        };
        self.scopes.iter().find(covers).map(|_| ()).ok_or(Refusal::ClientScope)
    }
}
