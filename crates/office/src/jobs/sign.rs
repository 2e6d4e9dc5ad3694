//! Job `sign`: one activation, its items one after the other or beside each other, each finished or
//! failed; and job `release`, for activations that nobody opened.
//!
//! ```text
//!  item waiting ─► orders again (they follow from the result in hand) ─► signer.sign
//!      ─► file and evidence as objects ─► act finish_item          the same answer again until it expires
//!      └► a fault that ends the item ────► act fail_item
//! ```
//!
//! If this worker dies, another takes the job when its lease is over and asks the signer for the
//! items that still wait; one that was signed already is answered from the signer's memory. If the
//! signer dies, what is not finished is failed as `activation_lost` and can be signed anew.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use issuance::{ActivationId, FileHash, ProcedureResult, Refusal, ResultId, day_in_vietnam};
use jiff::{SignedDuration, Timestamp};
use signer::client::{ClientError, Signed};
use signer::protocol::{SignItem, Then};
use store::activations::{Activation, Item};
use store::{
    Actor, End, Job, PerformError, StoreError, activations, agencies, jobs, keys, people, results,
};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::work::LEASE_SECONDS;
use crate::acts::activation::{activation_lost, item, state};
use crate::acts::{ActivationRefused, CloseActivation, FailItem, FinishItem, Ink, StepMade, Steps};
use crate::desk::{Desk, DeskError, refusal};
use crate::draft::{Header, KeyInk, orders};

/// Results that are signed beside each other: enough to keep a token busy while others wait for
/// timestamps.
const BESIDE: usize = 8;
/// Between two tries of what may work again.
const PAUSE: Duration = Duration::from_millis(300);

/// Runs the job to its end.
///
/// # Errors
/// Database or objects could not work: the job stays, and its items wait.
pub(super) async fn sign(desk: &Desk, job: &Job) -> Result<(), StoreError> {
    let id = activation_of(job)?;
    let mut tx = desk.store.read().await?;
    let Some(activation) = activations::get(&mut tx, id).await? else {
        return jobs::end(&desk.store, job, End::Failed("no such activation".to_owned())).await;
    };
    let items = activations::items::<Steps>(&mut tx, id).await?;
    drop(tx);
    if activation.state != state::OPEN {
        return jobs::end(&desk.store, job, End::Done).await;
    }
    // The signer counts the items that it was given: refused ones are not among them.
    let bound = items.iter().filter(|item| item.item_hash.is_some()).map(|item| item.ordinal);
    let indexes: BTreeMap<u32, u32> = bound.zip(0..).collect();
    let waiting: Vec<Item<Steps>> =
        items.into_iter().filter(|i| i.state == item::WAITING).collect();
    if !waiting.is_empty() {
        let run = match Run::new(desk, &activation, indexes).await {
            Ok(run) => Arc::new(run),
            Err(DeskError::Store(error)) => return Err(error),
            // The signer is away or has another key now: for this activation that is the end, once
            // its time is over; until then it may come back.
            Err(error) if desk.store.now() < activation.expires => {
                let at = desk.store.now().saturating_add(SignedDuration::from_secs(1));
                let at = at.unwrap_or(activation.expires);
                return jobs::end(&desk.store, job, End::RetryAt(at, error.to_string())).await;
            }
            Err(_) => {
                fail_all(desk, id, &waiting).await?;
                return close(desk, job, id).await;
            }
        };
        all(run, job, waiting).await?;
    }
    close(desk, job, id).await
}

/// What nobody opened in its time goes out of hand.
///
/// # Errors
/// The database could not work.
pub(super) async fn release(desk: &Desk, job: &Job) -> Result<(), StoreError> {
    let id = activation_of(job)?;
    let said = activation_lost().said();
    let refused = ActivationRefused { id, said, lost: true };
    match desk.store.perform(refused, Actor::worker()).await {
        // Opened or ended: nothing to release.
        Ok(()) | Err(PerformError::Refused(_)) => {}
        Err(PerformError::Store(error)) => return Err(error),
    }
    jobs::end(&desk.store, job, End::Done).await
}

async fn close(desk: &Desk, job: &Job, id: ActivationId) -> Result<(), StoreError> {
    // Told or not, the signer forgets it at its end.
    let _ = desk.signer.close(id.uuid()).await;
    let closed = CloseActivation { id, job: job.clone() };
    match desk.store.perform(closed, Actor::worker()).await {
        Ok(()) => Ok(()),
        Err(PerformError::Refused(_)) => jobs::end(&desk.store, job, End::Done).await,
        Err(PerformError::Store(error)) => Err(error),
    }
}

async fn fail_all(
    desk: &Desk,
    activation: ActivationId,
    items: &[Item<Steps>],
) -> Result<(), StoreError> {
    let ordinals = items.iter().map(|item| item.ordinal).collect();
    let fail = FailItem { activation, ordinals, said: activation_lost().said() };
    match desk.store.perform(fail, Actor::worker()).await {
        Ok(()) | Err(PerformError::Refused(_)) => Ok(()),
        Err(PerformError::Store(error)) => Err(error),
    }
}

/// Items of one result in their order, different results beside each other.
async fn all(run: Arc<Run>, job: &Job, items: Vec<Item<Steps>>) -> Result<(), StoreError> {
    let mut of_results: BTreeMap<ResultId, Vec<Item<Steps>>> = BTreeMap::new();
    for item in items {
        of_results.entry(item.result).or_default().push(item);
    }
    // In the order of the list, by the first item of each result.
    let mut lists: Vec<Vec<Item<Steps>>> = of_results.into_values().collect();
    lists.sort_by_key(|list| list.first().map(|item| item.ordinal));
    let places = Arc::new(Semaphore::new(BESIDE));
    let mut running = JoinSet::new();
    for list in lists {
        let (run, places) = (run.clone(), places.clone());
        running.spawn(async move {
            let _place = places.acquire_owned().await;
            for item in &list {
                run.item(item).await?;
            }
            Ok::<(), StoreError>(())
        });
    }
    let mut worst = Ok(());
    let mut renew = tokio::time::interval(Duration::from_secs(LEASE_SECONDS.unsigned_abs() / 3));
    loop {
        tokio::select! {
            _ = renew.tick() => {
                // Another worker has it: whatever we still bring in is refused, item by item.
                jobs::renew(&run.desk.store, job, LEASE_SECONDS).await?;
            }
            ended = running.join_next() => match ended {
                None => return worst,
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(error))) => worst = Err(error),
                Some(Err(error)) => {
                    worst = Err(StoreError::Database(error.to_string()));
                }
            },
        }
    }
}

/// What all items of an activation have in common.
struct Run {
    desk: Desk,
    activation: Activation,
    ink: Ink,
    name: String,
    /// From an item's ordinal to its index in the activated list.
    indexes: BTreeMap<u32, u32>,
}

impl Run {
    async fn new(
        desk: &Desk,
        activation: &Activation,
        indexes: BTreeMap<u32, u32>,
    ) -> Result<Self, DeskError> {
        let ink = desk.ink(activation.key).await?;
        let mut tx = desk.store.read().await?;
        let key = keys::get(&mut tx, activation.key).await?;
        let key = key.ok_or(Refusal::Unknown { what: "key" })?;
        let name = match key.owner {
            issuance::KeyOwner::Person(owner) => {
                people::get(&mut tx, owner).await?.map(|person| person.name)
            }
            issuance::KeyOwner::Seal => {
                agencies::get(&mut tx, key.agency).await?.map(|agency| agency.name)
            }
        };
        let name = name.ok_or(Refusal::KeyNotYours)?;
        Ok(Self { desk: desk.clone(), activation: activation.clone(), ink, name, indexes })
    }

    /// To its end. An error leaves it waiting.
    async fn item(&self, item: &Item<Steps>) -> Result<(), StoreError> {
        let made = match self.made(item).await? {
            Ok(made) => made,
            Err(refusal) => return self.fail(item, refusal).await,
        };
        // Dies here: the objects are orphans until the next worker is given the same bytes.
        loop {
            match self.desk.store.perform(made.clone(), Actor::worker()).await {
                Ok(_) => return Ok(()),
                Err(PerformError::Refused(Refusal::ActivationOver)) => {
                    // Ended already: by us, when the answer of the database was lost, or by another.
                    return Ok(());
                }
                Err(PerformError::Refused(refusal)) => {
                    tracing::error!(
                        activation = %self.activation.id,
                        result = %item.result,
                        code = %refusal.code(),
                        "signed, but no longer in hand: the signature is not kept"
                    );
                    return self.fail(item, refusal).await;
                }
                Err(PerformError::Store(error)) if self.lasts() => {
                    tracing::warn!(%error, result = %item.result, "not finished yet");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(PerformError::Store(error)) => return Err(error),
            }
        }
    }

    /// Signed and kept as objects, or why it is not.
    async fn made(&self, item: &Item<Steps>) -> Result<Result<FinishItem, Refusal>, StoreError> {
        let mut tx = self.desk.store.read().await?;
        let result = results::get(&mut tx, item.result).await?;
        drop(tx);
        let Some(result) = result else { return Ok(Err(Refusal::Unknown { what: "result" })) };
        let steps = &item.orders.steps;
        let file = result.files.get(usize::try_from(item.file).unwrap_or(usize::MAX));
        let Some(file) = file else { return Ok(Err(Refusal::Unknown { what: "file" })) };
        let ask = match self.ask(&result, item) {
            Ok(ask) => ask,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let document = self.desk.objects.get(&file.current).await?;
        let signed = match self.signed(ask, &document).await {
            Ok(signed) => signed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if signed.steps.len() != steps.len() {
            return Ok(Err(activation_lost()));
        }
        let (mut base, mut whole, mut made) = (file.current, document, vec![]);
        for (step, act) in signed.steps.iter().zip(steps) {
            whole.extend_from_slice(&step.tail);
            let evidence = self.desk.objects.put(step.evidence.clone()).await?;
            let file = FileHash(step.info.file.0);
            made.push(StepMade {
                act: *act,
                base,
                file,
                bytes: u64::try_from(whole.len()).unwrap_or(u64::MAX),
                field: step.info.field.clone(),
                evidence,
                policy: step.info.policy.clone(),
                at: step.info.at,
                best_time: step.info.best_time,
            });
            base = file;
        }
        let hash = self.desk.objects.put(whole).await?;
        if hash != base {
            tracing::error!(result = %item.result, "the signer's hash is not that of its bytes");
            return Ok(Err(Refusal::OtherFile));
        }
        Ok(Ok(FinishItem {
            activation: self.activation.id,
            ordinal: item.ordinal,
            result: item.result,
            steps: made,
            signer_line: (signed.log.line, signed.log.hash.clone()),
        }))
    }

    fn ask(&self, result: &ProcedureResult, item: &Item<Steps>) -> Result<SignItem, Refusal> {
        let hand = result.in_hand.as_ref().filter(|hand| hand.activation == self.activation.id);
        hand.ok_or(Refusal::NotInHand)?;
        let index = self.indexes.get(&item.ordinal).copied().ok_or(Refusal::NotInHand)?;
        let by = KeyInk {
            certificate: &self.ink.certificate,
            algorithm: self.ink.algorithm,
            name: &self.name,
            image: self.ink.image.as_deref(),
            initials: self.ink.initials.as_deref(),
        };
        let today = day_in_vietnam(self.activation.began);
        let header = Header { number: result.number.as_ref(), today };
        let orders = orders(result, &item.orders.steps, &by, header, self.desk.level)?;
        Ok(SignItem {
            activation: self.activation.id.uuid(),
            index,
            result: result.id.uuid(),
            revision: result.revision,
            orders,
        })
    }

    /// Asks until there is an answer or the activation is over.
    async fn signed(&self, ask: SignItem, document: &[u8]) -> Result<Signed, Refusal> {
        loop {
            let error = match self.desk.signer.sign(ask.clone(), document).await {
                Ok(signed) => return Ok(signed),
                Err(error) => error,
            };
            match &error {
                ClientError::Fault(fault) if fault.then == Then::NewActivation => {
                    return Err(activation_lost());
                }
                ClientError::Fault(fault) if fault.then == Then::Over => {
                    return Err(refusal(fault));
                }
                ClientError::Fault(fault) if !self.lasts() => return Err(refusal(fault)),
                ClientError::Unreachable { .. } | ClientError::Protocol(_) if !self.lasts() => {
                    return Err(activation_lost());
                }
                _ => {
                    tracing::info!(%error, "signer: again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn fail(&self, item: &Item<Steps>, refusal: Refusal) -> Result<(), StoreError> {
        let fail = FailItem {
            activation: self.activation.id,
            ordinals: vec![item.ordinal],
            said: refusal.said(),
        };
        match self.desk.store.perform(fail, Actor::worker()).await {
            Ok(()) | Err(PerformError::Refused(_)) => Ok(()),
            Err(PerformError::Store(error)) => Err(error),
        }
    }

    fn lasts(&self) -> bool {
        let grace = SignedDuration::from_secs(issuance::IN_HAND_GRACE_SECONDS / 2);
        let end = self.activation.expires.saturating_add(grace).unwrap_or(Timestamp::MAX);
        self.desk.store.now() < end
    }
}

fn activation_of(job: &Job) -> Result<ActivationId, StoreError> {
    let id = job.payload.get("activation").and_then(|id| id.as_str());
    id.and_then(|id| id.parse().ok()).ok_or_else(|| StoreError::Unreadable {
        what: "job".into(),
        why: format!("{} without an activation", job.kind),
    })
}
