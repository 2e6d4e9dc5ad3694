//! Positions: an office with roles, held by one person from one day to another, by a decision.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::{line, optional_line};
use crate::{ActName, Acting, Agency, AgencyId, PersonId, PositionId, Refusal, Role, permit};

/// In whose name a title signs (NĐ 30/2020/NĐ-CP, PL I).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Authority {
    #[serde(rename = "TM.")]
    OnBehalf,
    #[serde(rename = "KT.")]
    ActingFor,
    #[serde(rename = "TL.")]
    ByOrder,
    #[serde(rename = "TUQ.")]
    ByAuthorisation,
    #[serde(rename = "Q.")]
    Acting,
}

impl Authority {
    /// "TM.", "KT.", …
    pub const fn as_str(&self) -> &'static str {
        match self {
            Authority::OnBehalf => "TM.",
            Authority::ActingFor => "KT.",
            Authority::ByOrder => "TL.",
            Authority::ByAuthorisation => "TUQ.",
            Authority::Acting => "Q.",
        }
    }
}

/// One office and who holds it. Another holder is another position; a deputy has a dated position
/// of their own that names the one it stands in for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Position {
    pub id: PositionId,
    pub agency: AgencyId,
    pub person: PersonId,
    pub roles: BTreeSet<Role>,
    /// "CHỦ TỊCH"
    pub title: String,
    pub authority: Option<Authority>,
    pub from: Timestamp,
    /// The first moment at which it is no longer held.
    pub to: Option<Timestamp>,
    /// Number of the decision that gave it.
    pub decision: String,
    pub deputy_of: Option<PositionId>,
}

impl Position {
    /// In force from `from` on and before `to`.
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }

    /// # Errors
    /// Another person's, or not in force.
    pub fn held_by(&self, person: PersonId, now: Timestamp) -> Result<(), Refusal> {
        if self.person != person {
            return Err(Refusal::PositionNotHeld);
        }
        if !self.in_force(now) {
            return Err(Refusal::PositionNotInForce { from: self.from, to: self.to });
        }
        Ok(())
    }

    /// Is that position, or its deputy.
    pub fn stands_for(&self, position: PositionId) -> bool {
        self.id == position || self.deputy_of == Some(position)
    }

    /// Gives a position. `others` are all positions of the same person, past ones included, at any
    /// agency; `deputised` is the position that it stands in for.
    ///
    /// # Errors
    /// Not permitted; to oneself; administration together with signing, numbering, sealing or
    /// issuing at the same time, in one position or in two.
    #[allow(clippy::too_many_arguments)]
    pub fn give(
        position: Position,
        agency: &Agency,
        others: &[Position],
        deputised: Option<&Position>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Position, Refusal> {
        permit(ActName::GivePosition, who, &agency.about(), now)?;
        if agency.id != position.agency {
            return Err(Refusal::OtherAgency { act: ActName::GivePosition });
        }
        if who.person() == Some(position.person) {
            return Err(Refusal::OwnPosition);
        }
        if position.roles.is_empty() {
            return Err(Refusal::field("roles", "cần ít nhất một vai trò", "at least one role"));
        }
        if position.to.is_some_and(|to| to <= position.from) {
            return Err(Refusal::field("to", "phải sau ngày bắt đầu", "must be after `from`"));
        }
        match (position.deputy_of, deputised) {
            (None, _) => {}
            (Some(named), Some(of)) if of.id == named && of.agency == position.agency => {
                // A deputy without an end is a second holder.
                if position.to.is_none() {
                    return Err(Refusal::field(
                        "to",
                        "giao thay phải có ngày kết thúc",
                        "a deputy's position has an end",
                    ));
                }
                if of.deputy_of.is_some() || !position.roles.is_subset(&of.roles) {
                    return Err(Refusal::field(
                        "deputy_of",
                        "người được giao thay không giao lại, và không có vai trò rộng hơn",
                        "a deputy has no deputy, and no further roles",
                    ));
                }
            }
            _ => return Err(Refusal::Unknown { what: "position" }),
        }
        let together = |other: &&Position| other.overlaps(&position);
        let mut all: BTreeSet<Role> = position.roles.clone();
        all.extend(others.iter().filter(together).flat_map(|p| p.roles.iter().copied()));
        if all.contains(&Role::Administrator)
            && all.iter().any(|r| *r != Role::Administrator && *r != Role::Auditor)
        {
            return Err(Refusal::AdministratorNeverSigns);
        }
        Ok(Position {
            title: line("title", &position.title, 120)?,
            decision: optional_line("decision", &position.decision, 120)?,
            ..position
        })
    }

    /// Ends it at `at`, not earlier than now: what was done stays done in its name.
    ///
    /// # Errors
    /// Not permitted, or in the past.
    pub fn end(
        &self,
        at: Timestamp,
        agency: &Agency,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Position, Refusal> {
        if agency.id != self.agency {
            return Err(Refusal::Unknown { what: "position" });
        }
        permit(ActName::EndPosition, who, &agency.about(), now)?;
        if at < now || self.to.is_some_and(|to| to < at) {
            return Err(Refusal::field(
                "to",
                "không thể ở quá khứ hoặc sau ngày kết thúc đã định",
                "neither in the past nor after the end that is set",
            ));
        }
        Ok(Position { to: Some(at), ..self.clone() })
    }

    fn overlaps(&self, other: &Position) -> bool {
        let before = |end: Option<Timestamp>, start| end.is_some_and(|end| end <= start);
        self.person == other.person && !before(self.to, other.from) && !before(other.to, self.from)
    }
}
