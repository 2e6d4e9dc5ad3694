//! API clients. Tokens come as hashes: no act sees one.

use issuance::{ActName, Client, ClientId, Refusal, permit};
use jiff::Timestamp;
use store::{Act, ActError, Context, Detail, Tx, agencies, clients};

use super::agency;
use crate::entry::Who;

/// A new client.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct CreateClient {
    pub client: Client,
    /// SHA-256 of its token.
    pub token: [u8; 32],
    /// Key of the HMAC over what its webhook is sent.
    pub webhook_key: Option<Vec<u8>>,
}

/// Another token; the one before is taken for a while.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct RotateClient {
    pub client: ClientId,
    /// SHA-256 of the new token.
    pub token: [u8; 32],
    pub old_until: Timestamp,
}

/// Switched off or on.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct DisableClient {
    pub client: ClientId,
    pub active: bool,
}

impl Act for CreateClient {
    const NAME: &'static str = "create_client";
    type Done = Client;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Client, ActError> {
        tx.record(Detail::of("client", self.client.id));
        let who = Who::of(tx, at).await?;
        let home = agency(tx, self.client.agency).await?;
        let mut reach = vec![];
        for scope in &self.client.scopes {
            reach.extend(agencies::get(tx, scope.agency).await?);
        }
        let acting = who.acting();
        let made = Client::create(self.client.clone(), &home, &reach, &acting, at.now)?;
        clients::insert(tx, &made, &self.token, self.webhook_key.as_deref()).await?;
        Ok(made)
    }
}

impl Act for RotateClient {
    const NAME: &'static str = "rotate_client";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<(), ActError> {
        let who = Who::of(tx, at).await?;
        let client = client(tx, self.client).await?;
        let agency = agency(tx, client.agency).await?;
        permit(ActName::RotateClient, &who.acting(), &agency.about(), at.now)?;
        clients::rotate(tx, client.id, &self.token, self.old_until).await?;
        Ok(())
    }
}

impl Act for DisableClient {
    const NAME: &'static str = "disable_client";
    type Done = Client;

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Client, ActError> {
        let who = Who::of(tx, at).await?;
        let client = client(tx, self.client).await?;
        let agency = agency(tx, client.agency).await?;
        let changed = client.set_active(self.active, &agency, &who.acting(), at.now)?;
        clients::update(tx, &changed).await?;
        Ok(changed)
    }
}

async fn client(tx: &mut Tx<'_>, id: ClientId) -> Result<Client, ActError> {
    tx.record(Detail::of("client", id));
    Ok(clients::get(tx, id).await?.ok_or(Refusal::Unknown { what: "client" })?)
}
