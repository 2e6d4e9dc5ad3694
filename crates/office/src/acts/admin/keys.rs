//! Keys: bound by one person, confirmed by another, retired.

use issuance::{Key, KeyId, KeyOwner, Refusal};
use store::{Act, ActError, Context, Detail, Tx, keys, people};

use super::agency;
use crate::entry::Who;

/// The first of two. Certificate and pictures are objects already.
#[derive(Clone, Debug)]
pub struct BindKey(pub Key);

/// The second.
#[derive(Clone, Debug)]
pub struct ConfirmKey(pub KeyId);

/// Never again.
#[derive(Clone, Debug)]
pub struct RetireKey(pub KeyId);

impl Act for BindKey {
    const NAME: &'static str = "bind_key";
    type Done = Key;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Key, ActError> {
        tx.record(Detail::of("key", self.0.id).changed(None, Some(self.0.certificate)));
        let who = Who::of(tx, at).await?;
        let agency = agency(tx, self.0.agency).await?;
        if let KeyOwner::Person(person) = self.0.owner
            && people::get(tx, person).await?.is_none()
        {
            return Err(Refusal::Unknown { what: "person" }.into());
        }
        let bound = Key::bind(self.0.clone(), &agency, &who.acting(), at.now)?;
        if keys::get(tx, bound.id).await?.is_some() {
            return Err(Refusal::Exists { what: "key" }.into());
        }
        keys::insert(tx, &bound).await?;
        Ok(bound)
    }
}

impl Act for ConfirmKey {
    const NAME: &'static str = "confirm_key";
    type Done = Key;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Key, ActError> {
        let key = key(tx, self.0).await?;
        let who = Who::of(tx, at).await?;
        let agency = agency(tx, key.agency).await?;
        let confirmed = key.confirm(&agency, &who.acting(), at.now)?;
        keys::update(tx, &confirmed).await?;
        Ok(confirmed)
    }
}

impl Act for RetireKey {
    const NAME: &'static str = "retire_key";
    type Done = Key;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Key, ActError> {
        let key = key(tx, self.0).await?;
        let who = Who::of(tx, at).await?;
        let agency = agency(tx, key.agency).await?;
        let retired = key.retire(&agency, &who.acting(), at.now)?;
        keys::update(tx, &retired).await?;
        Ok(retired)
    }
}

async fn key(tx: &mut Tx<'_>, id: KeyId) -> Result<Key, ActError> {
    tx.record(Detail::of("key", id));
    Ok(keys::get(tx, id).await?.ok_or(Refusal::Unknown { what: "key" })?)
}
