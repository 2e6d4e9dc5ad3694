//! Agencies.

use issuance::{Agency, AgencyId, Refusal};
use store::{Act, ActError, Context, Detail, Tx, agencies};

use super::agency;
use crate::entry::Who;

/// A new agency below another; at the top only from the command line.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct CreateAgency {
    pub id: AgencyId,
    pub word: String,
    pub name: String,
    pub code: Option<String>,
    pub parent: Option<AgencyId>,
}

impl Act for CreateAgency {
    const NAME: &'static str = "create_agency";
    type Done = Agency;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Agency, ActError> {
        tx.record(Detail::of("agency", self.id));
        let who = Who::of(tx, at).await?;
        let parent = match self.parent {
            Some(parent) => Some(agency(tx, parent).await?),
            None => None,
        };
        let made = Agency::create(
            self.id,
            &self.word,
            &self.name,
            self.code.as_deref(),
            parent.as_ref(),
            &who.acting(),
            at.now,
        )?;
        if agencies::by_word(tx, &made.word).await?.is_some() {
            return Err(Refusal::Exists { what: "agency" }.into());
        }
        agencies::insert(tx, &made).await?;
        Ok(made)
    }
}
