//! Roles, who acts, and the one question asked before every act: may they?

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ActName, AgencyId, By, Client, PersonId, Position, PositionId, ProcedureId, Refusal, Where,
};

/// What a position is for. The words are those of the table of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Prepares and submits drafts, adds initials (cán bộ thụ lý).
    CaseOfficer,
    /// Approves and signs (người có thẩm quyền).
    Official,
    /// Numbers, seals, issues (văn thư).
    RegistryClerk,
    /// Releases, prints, hands over (cán bộ trả kết quả).
    CounterClerk,
    /// Approves reprints, voids, the end of the day (trưởng ca).
    ShiftLead,
    /// Users, positions, tokens, anchors, printers; never signs, numbers, seals or issues.
    Administrator,
    /// Reads everything, changes nothing (kiểm soát viên).
    Auditor,
}

impl Role {
    /// All roles, in the order of the table.
    pub const ALL: [Role; 7] = [
        Role::CaseOfficer,
        Role::Official,
        Role::RegistryClerk,
        Role::CounterClerk,
        Role::ShiftLead,
        Role::Administrator,
        Role::Auditor,
    ];

    /// The stable word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Role::CaseOfficer => "case_officer",
            Role::Official => "official",
            Role::RegistryClerk => "registry_clerk",
            Role::CounterClerk => "counter_clerk",
            Role::ShiftLead => "shift_lead",
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
        }
    }

    /// The word that people read.
    pub const fn text_vi(&self) -> &'static str {
        match self {
            Role::CaseOfficer => "cán bộ thụ lý",
            Role::Official => "người có thẩm quyền",
            Role::RegistryClerk => "văn thư",
            Role::CounterClerk => "cán bộ trả kết quả",
            Role::ShiftLead => "trưởng ca",
            Role::Administrator => "quản trị viên",
            Role::Auditor => "kiểm soát viên",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.as_str())
    }
}

/// Who does an act.
#[derive(Clone, Copy, Debug)]
pub enum Acting<'a> {
    /// A person through a position.
    Person {
        /// Who is logged in.
        person: PersonId,
        /// The position through which they act.
        position: &'a Position,
    },
    /// Another system by its token.
    Client(&'a Client),
    /// A worker, a job, set-up on the command line.
    System,
}

impl Acting<'_> {
    /// The person, if one acts.
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Acting::Person { person, .. } => Some(*person),
            Acting::Client(client) => client.acts_for,
            Acting::System => None,
        }
    }

    /// The position, if one is used.
    pub fn position(&self) -> Option<PositionId> {
        match self {
            Acting::Person { position, .. } => Some(position.id),
            Acting::Client(_) | Acting::System => None,
        }
    }
}

/// What the act is about, as far as permission asks.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The agency to which the object belongs (of a result: which decides).
    pub agency: AgencyId,
    /// The receiving place of a result.
    pub place: Option<AgencyId>,
    /// The procedure of a result.
    pub procedure: Option<ProcedureId>,
    /// The position named for the act.
    pub named: Option<PositionId>,
    /// The agencies above `agency`, nearest last: an administrator's reach goes down.
    pub above: &'a [AgencyId],
}

impl About<'_> {
    /// An object of one agency.
    pub fn of(agency: AgencyId) -> Self {
        Self { agency, place: None, procedure: None, named: None, above: &[] }
    }
}

/// May `who` do `act` now? Asks the table [`crate::ACTS`]; nothing else decides.
///
/// # Errors
/// The refusal says which condition failed first: position held and in force, role, agency, name.
pub fn permit(
    act: ActName,
    who: &Acting<'_>,
    about: &About<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let rule = act.rule();
    match who {
        Acting::System => match rule.by.contains(&By::Worker) || rule.by.contains(&By::SetUp) {
            true => Ok(()),
            false => Err(Refusal::NotYourRole { act }),
        },
        Acting::Client(client) => {
            if !rule.by.contains(&By::Client) {
                return Err(Refusal::NotYourRole { act });
            }
            client.may(about.agency, about.procedure)
        }
        Acting::Person { person, position } => {
            position.held_by(*person, now)?;
            let allowed = |role: &Role| rule.by.contains(&By::Role(*role));
            if !position.roles.iter().any(allowed) {
                return Err(Refusal::NotYourRole { act });
            }
            let own = position.agency == about.agency;
            let at_place = about.place == Some(position.agency);
            let within = match rule.place {
                Where::Agency | Where::Named => own,
                Where::AgencyOrPlace => own || at_place,
                Where::Place => at_place,
                Where::Below => own || about.above.contains(&position.agency),
            };
            if !within {
                return Err(Refusal::OtherAgency { act });
            }
            match (rule.place, about.named) {
                (Where::Named, Some(named)) if position.stands_for(named) => Ok(()),
                (Where::Named, _) => Err(Refusal::NotSigningPosition),
                _ => Ok(()),
            }
        }
    }
}
