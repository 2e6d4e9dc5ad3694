//! The end of an activation, with the job that signed.

use issuance::ActivationId;
use store::{Act, ActError, Context, Detail, End, Job, Tx, activations, jobs};

use super::state;

/// All items ended.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct CloseActivation {
    pub id: ActivationId,
    pub job: Job,
}

impl Act for CloseActivation {
    const NAME: &'static str = "close_activation";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        tx.record(Detail::of("activation", self.id).activation(self.id));
        jobs::finish(tx, self.job.id, self.job.fence, &End::Done).await?;
        activations::set_state(tx, self.id, state::OPEN, state::CLOSED, None).await
    }
}
