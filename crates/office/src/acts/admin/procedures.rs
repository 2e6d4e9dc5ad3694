//! Procedures: each change is a version; results keep the one they were submitted under.

use issuance::Procedure;
use store::{Act, ActError, Context, Detail, Tx, procedures};

use super::agency;
use crate::entry::Who;

/// Creates it, or puts the next version in its place. The version given is not read.
#[derive(Clone, Debug)]
pub struct PutProcedure(pub Procedure);

impl Act for PutProcedure {
    const NAME: &'static str = "put_procedure";
    type Done = Procedure;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Procedure, ActError> {
        tx.record(Detail::of("procedure", self.0.id));
        let who = Who::of(tx, at).await?;
        let agency = agency(tx, self.0.agency).await?;
        let before = procedures::get(tx, self.0.id).await?;
        let acting = who.acting();
        let put = Procedure::put(self.0.clone(), before.as_ref(), &agency, &acting, at.now)?;
        procedures::put(tx, &put).await?;
        Ok(put)
    }
}
