//! Leases of what only one process may do at a time: placing, publishing the log, ….
//!
//! Each holder gets a higher fence. Whoever writes under a lease calls [`Lease::hold`] in the same
//! transaction: a holder that slept past its lease then writes nothing, however its clock stands.

use jiff::{SignedDuration, Timestamp};

use crate::value::values;
use crate::{Store, StoreError, Tx};

/// A lease that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Lease {
    pub name: String,
    pub holder: String,
    pub fence: i64,
    pub until: Timestamp,
}

/// Takes it if it is free or over. `holder` is a word of this process alone, not of its kind.
///
/// # Errors
/// The database failed.
pub async fn take(
    store: &Store,
    name: &str,
    holder: &str,
    seconds: i64,
) -> Result<Option<Lease>, StoreError> {
    let (name, holder) = (name.to_owned(), holder.to_owned());
    store
        .step("take_lease", move |tx| {
            let (name, holder) = (name.clone(), holder.clone());
            Box::pin(async move {
                let (now, until) = (tx.now, later(tx.now, seconds));
                let sql = "INSERT INTO leases (name, holder, fence, until) VALUES ($1, $2, 1, $3) \
                           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, \
                           fence = leases.fence + 1, until = excluded.until \
                           WHERE leases.until <= $4 OR leases.holder = excluded.holder \
                           RETURNING fence";
                let fence = tx.one(sql, values![&name, &holder, until, now]).await?;
                Ok(fence.map(|fence| Lease { name, holder, fence, until }))
            })
        })
        .await
}

/// Prolongs it.
///
/// # Errors
/// [`StoreError::LeaseLost`] when another took it.
pub async fn renew(store: &Store, lease: &Lease, seconds: i64) -> Result<Lease, StoreError> {
    let lease = lease.clone();
    store
        .step("renew_lease", move |tx| {
            let lease = lease.clone();
            Box::pin(async move {
                let until = later(tx.now, seconds);
                let sql = "UPDATE leases SET until = $3 WHERE name = $1 AND fence = $2";
                match tx.execute(sql, values![&lease.name, lease.fence, until]).await? {
                    0 => Err(StoreError::LeaseLost(lease.name)),
                    _ => Ok(Lease { until, ..lease }),
                }
            })
        })
        .await
}

/// Gives it back, so that the next need not wait; one that is lost already stays with its holder.
///
/// # Errors
/// The database failed.
pub async fn give_back(store: &Store, lease: &Lease) -> Result<(), StoreError> {
    let lease = lease.clone();
    store
        .step("give_back_lease", move |tx| {
            let lease = lease.clone();
            Box::pin(async move {
                let sql = "UPDATE leases SET until = 0 WHERE name = $1 AND fence = $2";
                tx.execute(sql, values![&lease.name, lease.fence]).await?;
                Ok(())
            })
        })
        .await
}

impl Lease {
    /// Holds the row to the end of the transaction: nobody takes the lease in between.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when another took it.
    pub async fn hold(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE leases SET fence = fence WHERE name = $1 AND fence = $2";
        match tx.execute(sql, values![&self.name, self.fence]).await? {
            0 => Err(StoreError::LeaseLost(self.name.clone())),
            _ => Ok(()),
        }
    }
}

pub(crate) fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
