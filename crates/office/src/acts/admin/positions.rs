//! Positions: given by a decision, ended, never rewritten.

use issuance::{Position, PositionId, Refusal};
use jiff::Timestamp;
use store::{Act, ActError, Context, Detail, Tx, people, positions};

use super::agency;
use crate::entry::Who;

/// Gives a position to a person.
#[derive(Clone, Debug)]
pub struct GivePosition(pub Position);

/// Ends one, now or later.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct EndPosition {
    pub position: PositionId,
    /// `None`: now.
    pub at: Option<Timestamp>,
}

impl Act for GivePosition {
    const NAME: &'static str = "give_position";
    type Done = Position;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Position, ActError> {
        let wanted = &self.0;
        tx.record(Detail::of("position", wanted.id).reason(wanted.decision.clone()));
        let who = Who::of(tx, at).await?;
        let agency = agency(tx, wanted.agency).await?;
        let person = people::get(tx, wanted.person).await?;
        person.ok_or(Refusal::Unknown { what: "person" })?.must_be_active()?;
        let others = positions::of_person(tx, wanted.person).await?;
        let deputised = match wanted.deputy_of {
            Some(of) => positions::get(tx, of).await?,
            None => None,
        };
        let acting = who.acting();
        let deputised = deputised.as_ref();
        let given = Position::give(wanted.clone(), &agency, &others, deputised, &acting, at.now)?;
        positions::insert(tx, &given).await?;
        Ok(given)
    }
}

impl Act for EndPosition {
    const NAME: &'static str = "end_position";
    type Done = Position;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Position, ActError> {
        tx.record(Detail::of("position", self.position));
        let who = Who::of(tx, at).await?;
        let position = positions::get(tx, self.position).await?;
        let position = position.ok_or(Refusal::Unknown { what: "position" })?;
        let agency = agency(tx, position.agency).await?;
        let end = self.at.unwrap_or(at.now);
        let ended = position.end(end, &agency, &who.acting(), at.now)?;
        positions::update(tx, &ended).await?;
        Ok(ended)
    }
}
