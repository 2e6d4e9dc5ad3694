//! Webhooks: events of the outbox go to the clients that they concern, at least once, in order as
//! long as all arrive, and signed.
//!
//! ```text
//!  POST webhook of the client        Antin-Event: id of the event (the same on every attempt)
//!  body: {id, kind, at, position,    Antin-Timestamp: seconds since 1970
//!         object, data}              Antin-Signature: sha256=HMAC-SHA256(key, timestamp ‖ "." ‖ body)
//! ```
//!
//! 2xx is an arrival; anything else, a redirect too, is tried again after 10 s, 30 s, 1 min … 6 h,
//! and given up after two days or so. Every attempt is a row.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::Sha256;
use store::deliveries::{self, Attempt, Delivery, Next};
use store::{Store, StoreError, clients};
use tokio::task::JoinSet;

/// One request.
const PATIENCE: Duration = Duration::from_secs(15);
/// A delivery is another worker's after this long without a word.
const LEASE_SECONDS: i64 = 60;
/// Of the answer only this much is read, and thrown away.
const ANSWER_BYTES: usize = 64 << 10;
/// How many go out at a time.
const AT_A_TIME: u32 = 16;
/// Waits before the second, third … attempt.
const WAITS_SECONDS: [i64; 13] =
    [10, 30, 60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 21_600, 43_200, 43_200];

/// Sends what is due.
#[derive(Clone)]
pub struct Sender {
    store: Store,
    http: reqwest::Client,
    holder: Arc<str>,
}

impl Sender {
    /// `holder`: a word of this process alone.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(store: Store, holder: &str) -> Result<Sender, String> {
        // The address is the administrator's, named in the client's row: private networks are where
        // case systems live. A redirect would lead where nobody named.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(PATIENCE)
            .no_proxy()
            .user_agent("antin")
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Sender { store, http, holder: holder.into() })
    }

    /// One round; gives how many were tried.
    ///
    /// # Errors
    /// The database failed. What was sent is then sent again.
    pub async fn round(&self) -> Result<usize, StoreError> {
        let due = deliveries::claim(&self.store, &self.holder, LEASE_SECONDS, AT_A_TIME).await?;
        let tried = due.len();
        let mut sending = JoinSet::new();
        for delivery in due {
            let sender = self.clone();
            sending.spawn(async move { sender.deliver(&delivery).await });
        }
        let mut worst = Ok(tried);
        while let Some(sent) = sending.join_next().await {
            match sent {
                Ok(Ok(())) | Ok(Err(StoreError::LeaseLost(_))) => {}
                Ok(Err(error)) => worst = Err(error),
                Err(error) => tracing::error!(%error, "delivery ended early"),
            }
        }
        worst
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let mut tx = self.store.read().await?;
        let client = clients::get(&mut tx, delivery.client).await?;
        let key = clients::webhook_key(&mut tx, delivery.client).await?;
        drop(tx);
        let target = client.filter(|client| client.active).and_then(|client| client.webhook);
        let began = Instant::now();
        let (status, error) = match (target, key) {
            (Some(url), Some(key)) => self.post(&url, &key, delivery).await,
            // Switched off meanwhile: it is not sent, and not tried for days.
            _ => (None, Some("the client has no webhook".to_owned())),
        };
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let arrived = status.is_some_and(|status| (200..300).contains(&status));
        let next = match arrived {
            true => Next::Delivered,
            false => next(delivery.attempt, self.store.now()),
        };
        let error = error.or_else(|| (!arrived).then(|| "not a 2xx answer".to_owned()));
        tracing::info!(
            client = %delivery.client,
            event = %delivery.event.id,
            attempt = delivery.attempt,
            status,
            milliseconds,
            "webhook"
        );
        let attempt = Attempt { status, error, milliseconds, next };
        deliveries::attempted(&self.store, delivery, attempt).await
    }

    async fn post(
        &self,
        url: &str,
        key: &[u8],
        delivery: &Delivery,
    ) -> (Option<u32>, Option<String>) {
        let placed = &delivery.event;
        let body = json!({
            "id": placed.id,
            "kind": placed.event.kind,
            "at": placed.at,
            "position": placed.position,
            "object": placed.event.object,
            "data": placed.event.data,
        })
        .to_string();
        let timestamp = self.store.now().as_second().to_string();
        let request = self
            .http
            .post(url)
            .header("content-type", "application/json")
            .header("antin-event", placed.id.to_string())
            .header("antin-timestamp", &timestamp)
            .header("antin-signature", signature(key, &timestamp, body.as_bytes()))
            .body(body);
        let mut answer = match request.send().await {
            Ok(answer) => answer,
            // Without the URL: it may hold a secret of the client.
            Err(error) => return (None, Some(error.without_url().to_string())),
        };
        let status = Some(u32::from(answer.status().as_u16()));
        // Reading a little lets the connection be used again.
        let mut read = 0;
        while let Ok(Some(chunk)) = answer.chunk().await {
            read += chunk.len();
            if read > ANSWER_BYTES {
                break;
            }
        }
        (status, None)
    }
}

/// "sha256=" and the HMAC over timestamp, a full stop and the body.
pub fn signature(key: &[u8], timestamp: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn next(attempt: u32, now: Timestamp) -> Next {
    let waits = usize::try_from(attempt).ok().and_then(|n| n.checked_sub(1));
    let wait = waits.and_then(|n| WAITS_SECONDS.get(n)).copied();
    let at = wait.and_then(|s| now.checked_add(SignedDuration::from_secs(s)).ok());
    at.map_or(Next::GivenUp, Next::At)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha256() {
        // openssl: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac khoa
        assert_eq!(signature(b"khoa", "1700000000", b"{\"a\":1}"), EXPECTED);
    }

    const EXPECTED: &str =
        "sha256=b10486a18a1dd5f788493b9a24c9301ee2d38188d5abcb97a97a1c338b0332a9";

    #[test]
    fn later_and_later_and_then_no_more() {
        let now = Timestamp::UNIX_EPOCH;
        let wait = |attempt| match next(attempt, now) {
            Next::At(at) => at.as_second(),
            _ => -1,
        };
        assert_eq!((wait(1), wait(2), wait(13), wait(14)), (10, 30, 43_200, -1));
    }
}
