//! The audit: a row per act and per refusal, chained by hashes once the sequencer has linked it
//! (within a second), so that no later change of a linked row goes unseen.
//!
//! `hash[n] = SHA-256("antin.audit/1\n" ‖ hash[n-1] ‖ n ‖ columns)`, n as eight bytes big-endian,
//! `hash[-1]` 32 zeros; each column a byte (0 absent, 1 integer, 2 text, 3 bytes), its
//! length as eight bytes big-endian and its bytes; integers are eight bytes big-endian.
//! The columns in the order of [`COLUMNS`].

use std::net::IpAddr;

use issuance::{ActivationId, AgencyId, FileHash, PersonId, PositionId, Refusal};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::value::{Row, Value, json, values};
use crate::{Actor, Detail, StoreError, Tx};

/// What the chain covers, in this order.
pub(crate) const COLUMNS: &str = "act_id, ordinal, at, act, outcome, refusal, person, position, \
     via, via_id, address, object, before_hash, after_hash, activation, reason";
pub(crate) const COVERED: usize = 16;

/// A row as readers get it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AuditRow {
    /// The same for all rows of one act.
    pub act_id: Uuid,
    pub ordinal: u32,
    pub at: Timestamp,
    pub act: String,
    /// Nothing for what was done; else the refusal as JSON: code, kind, texts, data.
    pub refusal: Option<String>,
    pub person: Option<PersonId>,
    pub position: Option<PositionId>,
    pub via: String,
    /// SHA-256 of a session's cookie, or a client.
    pub via_id: Option<String>,
    pub address: Option<IpAddr>,
    pub object: Option<String>,
    pub before: Option<FileHash>,
    pub after: Option<FileHash>,
    pub activation: Option<ActivationId>,
    pub reason: Option<String>,
    /// Place in the chain, once linked.
    pub chain: Option<(u64, [u8; 32])>,
}

/// Writes the rows of the act that ran on `tx`, with the details that it recorded.
pub(crate) async fn insert(
    tx: &mut Tx<'_>,
    act: &str,
    actor: &Actor,
    refusal: Option<&Refusal>,
) -> Result<(), StoreError> {
    let act_id = Uuid::now_v7().to_string();
    let refusal = refusal.map(|refusal| json(&refusal.said())).transpose()?;
    let outcome = if refusal.is_some() { "refused" } else { "done" };
    let mut details = std::mem::take(&mut tx.details);
    if details.is_empty() {
        details.push(Detail::default());
    }
    for (ordinal, detail) in (0_i64..).zip(details) {
        let object = (!detail.object.is_empty()).then_some(detail.object);
        tx.execute(
            "INSERT INTO audit (act_id, ordinal, at, act, outcome, refusal, person, position, via, \
             via_id, address, object, before_hash, after_hash, activation, reason) VALUES ($1, $2, \
             $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            values![
                &act_id,
                ordinal,
                tx.now,
                act,
                outcome,
                refusal.clone(),
                actor.person,
                actor.position,
                actor.via.word(),
                actor.via.id(),
                actor.address.map(|address| address.to_string()),
                object,
                detail.before,
                detail.after,
                detail.activation,
                detail.reason,
            ],
        )
        .await?;
    }
    Ok(())
}

/// What to look for; everything that is set has to hold.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Search {
    /// "result 0190…"
    pub object: Option<String>,
    pub person: Option<PersonId>,
    pub act: Option<String>,
    /// People whose account this agency administers.
    pub agency: Option<AgencyId>,
    /// Rows before this one in the chain, newest first.
    pub before: Option<u64>,
    pub limit: u32,
}

/// Linked rows, newest first.
///
/// # Errors
/// The database does not answer.
pub async fn search(tx: &mut Tx<'_>, search: &Search) -> Result<Vec<AuditRow>, StoreError> {
    let mut sql = format!("SELECT {COLUMNS}, chain_index, chain_hash FROM audit WHERE ");
    sql.push_str("chain_index < $1");
    let mut arguments = vec![Value::from(search.before.unwrap_or(i64::MAX as u64))];
    let mut also = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            arguments.push(value);
            let number = format!("${}", arguments.len());
            sql.push_str(&condition.replace('?', &number));
        }
    };
    also(" AND object = ?", search.object.as_ref().map(Value::from));
    also(" AND person = ?", search.person.map(Value::from));
    also(" AND act = ?", search.act.as_ref().map(Value::from));
    also(" AND person IN (SELECT id FROM people WHERE agency = ?)", search.agency.map(Value::from));
    sql.push_str(&format!(" ORDER BY chain_index DESC LIMIT {}", search.limit.min(10_000)));
    tx.rows_built(sql, &arguments).await?.into_iter().map(read).collect()
}

/// All rows of an object, oldest first, linked or not.
///
/// # Errors
/// The database does not answer.
pub async fn of_object(tx: &mut Tx<'_>, object: &str) -> Result<Vec<AuditRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, chain_index, chain_hash FROM audit WHERE object = $1 \
         ORDER BY at, act_id, ordinal"
    );
    tx.rows_built(sql, values![object]).await?.into_iter().map(read).collect()
}

/// Rows in all, those not yet linked included.
///
/// # Errors
/// The database does not answer.
pub async fn count(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    Ok(tx.one("SELECT COUNT(*) FROM audit", &[]).await?.unwrap_or(0))
}

fn read(row: Row) -> Result<AuditRow, StoreError> {
    let mut row = row.from("audit");
    let act_id = row.take()?;
    let ordinal = row.take()?;
    let at = row.take()?;
    let act = row.take()?;
    let _outcome: String = row.take()?;
    let refusal = row.take()?;
    let person = row.take()?;
    let position = row.take()?;
    let via = row.take()?;
    let via_id = row.take()?;
    let address: Option<String> = row.take()?;
    let object = row.take()?;
    let before = row.take()?;
    let after = row.take()?;
    let activation = row.take()?;
    let reason = row.take()?;
    let index: Option<u64> = row.take()?;
    let hash: Option<[u8; 32]> = row.take()?;
    Ok(AuditRow {
        act_id,
        ordinal,
        at,
        act,
        refusal,
        person,
        position,
        via,
        via_id,
        address: address.and_then(|address| address.parse().ok()),
        object,
        before,
        after,
        activation,
        reason,
        chain: index.zip(hash),
    })
}

/// The hash of the row at `index`, whose columns are the first [`COVERED`] of `row`.
pub(crate) fn link(previous: &[u8; 32], index: u64, row: &mut Row) -> Result<[u8; 32], StoreError> {
    let mut hash = Sha256::new();
    hash.update(b"antin.audit/1\n");
    hash.update(previous);
    hash.update(index.to_be_bytes());
    let mut put = |tag: u8, bytes: &[u8]| {
        hash.update([tag]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for _ in 0..COVERED {
        match row.take::<Value>()? {
            Value::Null => put(0, &[]),
            Value::Int(int) => put(1, &int.to_be_bytes()),
            Value::Text(text) => put(2, text.as_bytes()),
            Value::Bytes(bytes) => put(3, &bytes),
            Value::Bool(bool) => put(1, &i64::from(bool).to_be_bytes()),
        }
    }
    Ok(hash.finalize().into())
}
