//! API clients, found by the SHA-256 of their token.

use issuance::{AgencyId, Client, ClientId};
use jiff::Timestamp;

use crate::value::{json, values};
use crate::{Store, StoreError, Tx, doc};

/// Adds it. `token` is the SHA-256 of the token; `webhook_key` the key of its webhook's HMAC.
///
/// # Errors
/// The database failed.
pub async fn insert(
    tx: &mut Tx<'_>,
    client: &Client,
    token: &[u8; 32],
    webhook_key: Option<&[u8]>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO clients (id, agency, token, webhook, webhook_key, doc) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![
            client.id,
            client.agency,
            *token,
            client.webhook.as_ref(),
            webhook_key,
            json(client)?
        ],
    )
    .await?;
    Ok(())
}

/// Changes it. Tokens and the webhook's key stay.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &mut Tx<'_>, client: &Client) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE clients SET webhook = $2, doc = $3 WHERE id = $1",
        values![client.id, client.webhook.as_ref(), json(client)?],
    )
    .await?;
    Ok(())
}

/// Another token; the one before is taken until `old_until`.
///
/// # Errors
/// The database failed.
pub async fn rotate(
    tx: &mut Tx<'_>,
    id: ClientId,
    token: &[u8; 32],
    old_until: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE clients SET old_token = token, old_token_until = $3, token = $2 WHERE id = $1",
        values![id, *token, old_until],
    )
    .await?;
    Ok(())
}

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: ClientId) -> Result<Option<Client>, StoreError> {
    doc::one(tx, "clients", "SELECT doc FROM clients WHERE id = $1", values![id]).await
}

/// By the SHA-256 of a token that is taken now.
///
/// # Errors
/// The database does not answer.
pub async fn by_token(tx: &mut Tx<'_>, token: &[u8; 32]) -> Result<Option<Client>, StoreError> {
    let sql = "SELECT doc FROM clients WHERE token = $1";
    if let Some(client) = doc::one(tx, "clients", sql, values![*token]).await? {
        return Ok(Some(client));
    }
    let now = tx.now;
    let sql = "SELECT doc FROM clients WHERE old_token = $1 AND old_token_until > $2";
    doc::one(tx, "clients", sql, values![*token, now]).await
}

/// The key of its webhook's HMAC.
///
/// # Errors
/// The database does not answer.
pub async fn webhook_key(tx: &mut Tx<'_>, id: ClientId) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT webhook_key FROM clients WHERE id = $1";
    Ok(tx.one::<Option<Vec<u8>>>(sql, values![id]).await?.flatten())
}

/// When it was last used.
///
/// # Errors
/// The database does not answer.
pub async fn last_use(tx: &mut Tx<'_>, id: ClientId) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT last_use FROM clients WHERE id = $1";
    Ok(tx.one::<Option<Timestamp>>(sql, values![id]).await?.flatten())
}

/// It was used now. No act: call it once a minute, not at each request.
///
/// # Errors
/// The database failed.
pub async fn touch(store: &Store, id: ClientId) -> Result<(), StoreError> {
    store
        .step("touch_client", move |tx| {
            Box::pin(async move {
                let now = tx.now;
                let sql = "UPDATE clients SET last_use = $2 WHERE id = $1";
                tx.execute(sql, values![id, now]).await?;
                Ok(())
            })
        })
        .await
}

/// Those that an agency administers.
///
/// # Errors
/// The database does not answer.
pub async fn of_agency(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<Client>, StoreError> {
    let sql = "SELECT doc FROM clients WHERE agency = $1 ORDER BY id";
    doc::all(tx, "clients", sql, values![agency]).await
}
