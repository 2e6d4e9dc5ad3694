//! A person, one key, a list: what may be signed is put in hand, the rest is refused alone.

use std::collections::BTreeMap;

use issuance::{
    ActKind, ActName, ActivationId, Begin, Effect, FileHash, KeyId, KeyOwner, ProcedureResult,
    Refusal, ResultId, Said, Seen, State, day_in_vietnam, year_in_vietnam,
};
use jiff::{SignedDuration, Timestamp};
use pki::SignatureAlgorithm;
use serde::{Deserialize, Serialize};
use serde_json::json;
use signer::protocol::{ItemHash, item_hash};
use signing::Level;
use store::activations::{Activation, Item};
use store::{
    Act, ActError, Context, Detail, NewJob, Tx, activations, agencies, jobs, keys, people,
    registers, results,
};

use super::super::keep::{Why, keep};
use super::{Steps, item, state};
use crate::draft::{Header, KeyInk, orders};
use crate::entry::Who;

/// One line of the list that the person saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Wish {
    pub result: ResultId,
    /// Which of its files; 0 is the main one.
    #[serde(default)]
    pub file: u16,
    pub revision: u32,
    /// SHA-256 of the file shown.
    pub sha256: FileHash,
    /// `None`: changes that left revision and file alone are accepted.
    #[serde(default)]
    pub version: Option<u64>,
}

/// The key as it signs, read from the signer and the objects before the act.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Ink {
    /// DER; its hash has to be the bound one.
    pub certificate: Vec<u8>,
    pub algorithm: SignatureAlgorithm,
    pub image: Option<Vec<u8>>,
    pub initials: Option<Vec<u8>>,
}

/// Puts a list in hand. A submitted draft is approved by it, if its holder signs next.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct BeginActivation {
    pub id: ActivationId,
    pub key: KeyId,
    pub ink: Ink,
    pub items: Vec<Wish>,
    /// At most five minutes from now.
    pub expires: Timestamp,
    pub level: Level,
}

/// What the PIN will be typed for.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Begun {
    pub id: ActivationId,
    /// Name of the key at the signer.
    pub key: String,
    pub expires: Timestamp,
    /// In the order of the list.
    pub items: Vec<BegunItem>,
}

/// One line and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct BegunItem {
    pub ordinal: u32,
    pub result: ResultId,
    pub file: u16,
    /// What the signer is bound to, or why it is not in the list.
    pub hash: Result<ItemHash, Said>,
}

impl Act for BeginActivation {
    const NAME: &'static str = "begin_activation";
    type Done = Begun;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Begun, ActError> {
        tx.record(Detail::of("activation", self.id).activation(self.id));
        let who = Who::of(tx, at).await?;
        let Who::Person(person, position) = &who else {
            return Err(Refusal::NotYourRole { act: ActName::Sign }.into());
        };
        if self.items.is_empty() || self.items.len() > signer::protocol::MAX_ITEMS {
            let (vi, en) = ("từ 1 đến 1000 văn bản", "1 to 1000 items");
            return Err(Refusal::field("items", vi, en).into());
        }
        let key = keys::get(tx, self.key).await?.ok_or(Refusal::Unknown { what: "key" })?;
        if FileHash::of(&self.ink.certificate) != key.certificate {
            // The token holds another certificate than the one that two people bound.
            return Err(Refusal::KeyNotBound.into());
        }
        let name = match key.owner {
            KeyOwner::Person(owner) => people::get(tx, owner).await?.map(|person| person.name),
            KeyOwner::Seal => agencies::get(tx, key.agency).await?.map(|agency| agency.name),
        };
        let name = name.ok_or(Refusal::KeyNotYours)?;
        let by = KeyInk {
            certificate: &self.ink.certificate,
            algorithm: self.ink.algorithm,
            name: &name,
            image: self.ink.image.as_deref(),
            initials: self.ink.initials.as_deref(),
        };
        let mut held: BTreeMap<ResultId, ProcedureResult> = BTreeMap::new();
        let (mut begun, mut rows) = (vec![], vec![]);
        for (ordinal, wish) in (0_u32..).zip(&self.items) {
            let found = match held.get(&wish.result) {
                Some(result) => Some(result.clone()),
                None => results::get(tx, wish.result).await?,
            };
            let put = match &found {
                Some(was) => self.put(tx, was, wish, &key, &by, &who, at).await?,
                None => Err(Refusal::Unknown { what: "result" }),
            };
            let (hash, steps, row_state, outcome) = match (put, found) {
                (Ok(put), Some(was)) => {
                    let approved = put.approved.then(|| "approve".to_owned());
                    let why = Why { reason: approved, activation: Some(self.id) };
                    keep(tx, &was, &put.result, &put.effects, why).await?;
                    held.insert(wish.result, put.result);
                    (Ok(put.hash), put.steps, item::WAITING, None)
                }
                (Ok(_), None) => (unknown(), vec![], item::REFUSED, None),
                (Err(refusal), _) => {
                    let said = refusal.said();
                    let detail = Detail::of("result", wish.result).activation(self.id);
                    tx.record(detail.reason(said.code.clone()));
                    let outcome = Some(json!(super::ItemState::Failed(said.clone())));
                    (Err(said), vec![], item::REFUSED, outcome)
                }
            };
            rows.push(Item {
                activation: self.id,
                ordinal,
                result: wish.result,
                file: u32::from(wish.file),
                revision: wish.revision,
                item_hash: hash.as_ref().ok().map(|hash| hash.0),
                orders: Steps { steps },
                state: row_state.to_owned(),
                outcome,
            });
            begun.push(BegunItem { ordinal, result: wish.result, file: wish.file, hash });
        }
        let any = begun.iter().any(|item| item.hash.is_ok());
        let activation = Activation {
            id: self.id,
            person: *person,
            position: position.id,
            key: key.id,
            began: at.now,
            expires: self.expires,
            state: if any { state::BEGUN } else { state::CLOSED }.to_owned(),
            reason: None,
        };
        activations::insert(tx, &activation, &rows).await?;
        if any {
            let grace = SignedDuration::from_secs(issuance::IN_HAND_GRACE_SECONDS);
            let job = NewJob {
                kind: "release".to_owned(),
                key: Some(format!("release {}", self.id)),
                payload: json!({ "activation": self.id }),
                run_at: self.expires.saturating_add(grace).unwrap_or(self.expires),
            };
            jobs::enqueue(tx, &job).await?;
        }
        Ok(Begun { id: self.id, key: key.label, expires: self.expires, items: begun })
    }
}

struct Put {
    result: ProcedureResult,
    effects: Vec<Effect>,
    approved: bool,
    steps: Vec<u16>,
    hash: ItemHash,
}

impl BeginActivation {
    /// One item, in memory: approved where it waits for that, its next steps in hand, its orders.
    #[allow(clippy::too_many_arguments)]
    async fn put(
        &self,
        tx: &mut Tx<'_>,
        was: &ProcedureResult,
        wish: &Wish,
        key: &issuance::Key,
        by: &KeyInk<'_>,
        who: &Who,
        at: &Context,
    ) -> Result<Result<Put, Refusal>, ActError> {
        let Wish { revision, sha256, version, .. } = *wish;
        let already = was.in_hand.as_ref().is_some_and(|hand| hand.activation == self.id);
        // The list shows one version of a result; its other files come later in the same list.
        let seen = Seen { revision, sha256, version: version.filter(|_| !already) };
        let register = match &was.terms.series {
            Some(series) => {
                registers::of_series(tx, was.agency(), series, year_in_vietnam(at.now)).await?
            }
            None => None,
        };
        let next = was.next_act().map(|(_, act)| act.kind);
        let approves = was.state == State::Submitted && next == Some(ActKind::Sign);
        let taken = || -> Result<Put, Refusal> {
            let (mut result, mut effects) = (was.clone(), vec![]);
            let mut seen = seen;
            if approves {
                (result, effects) = was.approve(&seen, &who.acting(), at.now)?;
                seen.version = None;
            }
            let held: Vec<u16> = result
                .in_hand
                .as_ref()
                .filter(|_| already)
                .map(|h| h.acts.clone())
                .unwrap_or_default();
            let begin = Begin {
                activation: self.id,
                until: self.expires,
                key,
                seen,
                file: wish.file,
                most_steps: u16::try_from(signer::protocol::MAX_ORDERS).ok(),
                register: register.as_ref(),
            };
            let (result, more) = result.begin(&begin, &who.acting(), at.now)?;
            effects.extend(more);
            let hand = result.in_hand.as_ref().ok_or(Refusal::NotInHand)?;
            let steps: Vec<u16> =
                hand.acts.iter().copied().filter(|step| !held.contains(step)).collect();
            let header = Header { number: result.number.as_ref(), today: day_in_vietnam(at.now) };
            let orders = orders(&result, &steps, by, header, self.level)?;
            let hash = item_hash(result.id.uuid(), result.revision, &orders);
            Ok(Put { result, effects, approved: approves, steps, hash })
        };
        Ok(taken())
    }
}

fn unknown() -> Result<ItemHash, Said> {
    Err(Refusal::Unknown { what: "result" }.said())
}
