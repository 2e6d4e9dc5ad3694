//! One activation: the list in hand, the PIN to the signer, a worker for the rest.

use issuance::{ActivationId, FileHash, KeyId, Refusal, RefusalKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signer::client::ClientError;
use signer::protocol::{Activate, KeyInfo};
use store::{Actor, keys};
use zeroize::Zeroizing;

use super::{Desk, DeskError, new_id, refusal};
use crate::acts::{ActivationOpened, ActivationRefused, BeginActivation, Begun, Ink, Wish};

/// An activation ends this long after it began: less than the signer permits, so that its clock and
/// ours may differ a little.
const SECONDS: i64 = issuance::ACTIVATION_SECONDS - 5;

impl Desk {
    /// Puts the list in hand and opens the key with the PIN, which is tried once and kept nowhere.
    /// What changed since it was shown is refused alone: see the items of the answer. Signing goes on
    /// after this returns, whether the page stays open or not.
    ///
    /// # Errors
    /// Refused: the key is not theirs, the PIN is wrong or locked, the certificate may not sign. Then
    /// nothing is in hand any more.
    pub async fn activate(
        &self,
        key: KeyId,
        items: Vec<Wish>,
        pin: Zeroizing<String>,
        actor: Actor,
    ) -> Result<Begun, DeskError> {
        let id = ActivationId::new(new_id(self.store.now())?);
        let ink = self.ink(key).await?;
        let expires = self.store.now().saturating_add(SignedDuration::from_secs(SECONDS));
        let expires = expires.unwrap_or(Timestamp::MAX);
        let level = self.level;
        let begin = BeginActivation { id, key, ink, items, expires, level };
        let begun = self.store.perform(begin, actor.clone()).await?;
        let hashes: Vec<_> = begun.items.iter().filter_map(|i| i.hash.clone().ok()).collect();
        if hashes.is_empty() {
            return Ok(begun);
        }
        // If we die from here on, the signer may have an activation that nobody uses, and job
        // `release` puts the results out of hand after its time.
        let key = begun.key.clone();
        let activate = Activate { activation: id.uuid(), key, items: hashes, expires };
        let opened = self.signer.activate(activate, &pin).await;
        drop(pin);
        match opened {
            Ok(_) => {
                self.store.perform(ActivationOpened { id }, actor).await?;
                Ok(begun)
            }
            Err(error) => {
                let said = match &error {
                    ClientError::Fault(fault) => refusal(fault).said(),
                    _ => signer_away().said(),
                };
                let refused = ActivationRefused { id, said, lost: false };
                self.store.perform(refused, actor).await?;
                Err(error.into())
            }
        }
    }

    /// The key as the signer has it now, with its pictures.
    ///
    /// # Errors
    /// No such key, not bound, another certificate on the token than the bound one, no signer.
    pub async fn ink(&self, key: KeyId) -> Result<Ink, DeskError> {
        let mut tx = self.store.read().await?;
        let key = keys::get(&mut tx, key).await?.ok_or(Refusal::Unknown { what: "key" })?;
        drop(tx);
        let KeyInfo { ready, .. } = self
            .signer
            .keys()
            .await?
            .keys
            .into_iter()
            .find(|info| info.name == key.label)
            .ok_or_else(not_at_the_signer)?;
        let ready = ready.map_err(ClientError::Fault)?;
        if FileHash::of(&ready.certificate) != key.certificate {
            return Err(other_certificate().into());
        }
        let image = match &key.image {
            Some(hash) => Some(self.objects.get(hash).await?),
            None => None,
        };
        let initials = match &key.initials {
            Some(hash) => Some(self.objects.get(hash).await?),
            None => None,
        };
        Ok(Ink { certificate: ready.certificate, algorithm: ready.algorithm, image, initials })
    }
}

fn not_at_the_signer() -> Refusal {
    Refusal::other(
        "key_not_at_signer",
        RefusalKind::Conflict,
        "Tiến trình ký không có khóa này. Hãy báo quản trị viên.",
        "The signer does not have this key. Tell the administrator.",
        Value::Null,
    )
}

fn other_certificate() -> Refusal {
    Refusal::other(
        "other_certificate",
        RefusalKind::Conflict,
        "Thiết bị có chứng thư khác với chứng thư đã được hai người gắn. Hãy gắn lại khóa.",
        "The token holds another certificate than the one that two people bound. Bind the key again.",
        Value::Null,
    )
}

pub(crate) fn signer_away() -> Refusal {
    Refusal::other(
        "signer_away",
        RefusalKind::Conflict,
        "Tiến trình ký không trả lời. Chưa ký văn bản nào.",
        "The signer does not answer. Nothing was signed.",
        Value::Null,
    )
}
