//! The signer's answer to the PIN.

use issuance::{ActivationId, Refusal, Said};
use serde_json::json;
use store::{Act, ActError, Context, Detail, NewJob, Tx, activations, jobs};

use super::finish::fail;
use super::{Steps, item, state};

/// The signer took the PIN: a worker signs from here on.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ActivationOpened {
    pub id: ActivationId,
}

/// The signer did not: everything goes out of hand, and nothing was signed. Or nobody ever asked it.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ActivationRefused {
    pub id: ActivationId,
    pub said: Said,
    /// Nobody knows whether the signer was asked: its time is over.
    pub lost: bool,
}

impl Act for ActivationOpened {
    const NAME: &'static str = "open_activation";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        tx.record(Detail::of("activation", self.id).activation(self.id));
        activations::set_state(tx, self.id, state::BEGUN, state::OPEN, None).await?;
        let job = NewJob {
            kind: "sign".to_owned(),
            key: Some(format!("sign {}", self.id)),
            payload: json!({ "activation": self.id }),
            run_at: at.now,
        };
        jobs::enqueue(tx, &job).await?;
        Ok(())
    }
}

impl Act for ActivationRefused {
    const NAME: &'static str = "refuse_activation";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        let detail = Detail::of("activation", self.id).activation(self.id);
        tx.record(detail.reason(self.said.code.clone()));
        let found = activations::get(tx, self.id).await?;
        if found.is_none() {
            return Err(Refusal::Unknown { what: "activation" }.into());
        }
        let to = if self.lost { state::LOST } else { state::REFUSED };
        activations::set_state(tx, self.id, state::BEGUN, to, Some(&self.said.code)).await?;
        for row in activations::items::<Steps>(tx, self.id).await? {
            if row.state == item::WAITING {
                fail(tx, at, self.id, &row, &self.said).await?;
            }
        }
        Ok(())
    }
}
