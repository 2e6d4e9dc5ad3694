//! The worker: claims jobs under leases, runs some beside each other, until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use store::{End, Job, StoreError, jobs};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::{intake, sign};
use crate::desk::Desk;
use crate::verify::Verifier;

/// A job is another worker's after this long without a word.
pub const LEASE_SECONDS: i64 = 30;
/// Between two looks when nothing was due.
const IDLE: Duration = Duration::from_millis(150);
/// Jobs of one process at a time.
const AT_A_TIME: usize = 4;

/// Runs jobs of the kinds `sign`, `release` and `intake` until `stop` says so; those under way are
/// finished first. `holder`: a word of this process alone.
pub async fn run(desk: Desk, verifier: Verifier, holder: &str, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        let free = places.available_permits();
        let limit = u32::try_from(free).unwrap_or(1);
        let claimed = match limit {
            0 => Ok(vec![]),
            limit => jobs::claim(&desk.store, &KINDS, holder, LEASE_SECONDS, limit).await,
        };
        let claimed = claimed.unwrap_or_else(|error| {
            tracing::warn!(%error, "jobs cannot be claimed");
            vec![]
        });
        let idle = claimed.is_empty();
        for job in claimed {
            let Ok(place) = places.clone().acquire_owned().await else { break };
            let (desk, verifier) = (desk.clone(), verifier.clone());
            running.spawn(async move {
                one(&desk, &verifier, job).await;
                drop(place);
            });
        }
        if idle {
            tokio::select! {
                () = tokio::time::sleep(IDLE) => {}
                _ = stop.changed() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
            }
        }
    }
    while running.join_next().await.is_some() {}
}

const KINDS: [&str; 3] = ["sign", "release", "intake"];

/// Claims and runs what is due now, then returns; for tests and for a single round.
///
/// # Errors
/// The database cannot be asked.
pub async fn round(desk: &Desk, verifier: &Verifier, holder: &str) -> Result<usize, StoreError> {
    let due = jobs::claim(&desk.store, &KINDS, holder, LEASE_SECONDS, 100).await?;
    let count = due.len();
    for job in due {
        one(desk, verifier, job).await;
    }
    Ok(count)
}

async fn one(desk: &Desk, verifier: &Verifier, job: Job) {
    let done = match job.kind.as_str() {
        "sign" => sign::sign(desk, &job).await,
        "release" => sign::release(desk, &job).await,
        _ => intake::intake(desk, verifier, &job).await,
    };
    match done {
        Ok(()) => {}
        Err(StoreError::LeaseLost(_)) => {
            tracing::warn!(job = %job.id, kind = job.kind, "another worker has the job now");
        }
        Err(error) => {
            tracing::error!(job = %job.id, kind = job.kind, %error, "job not done; again");
            let at = desk.store.now().saturating_add(SignedDuration::from_secs(1));
            let at = at.unwrap_or(job.lease_until);
            // Where the database is away, the lease runs out instead.
            let _ = jobs::end(&desk.store, &job, End::RetryAt(at, error.to_string())).await;
        }
    }
}
