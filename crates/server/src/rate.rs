//! How often: counts in windows, by name or address, in memory and bounded.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts of one kind of request.
pub(crate) struct Rate {
    most: u32,
    window: Duration,
    counts: Mutex<HashMap<Vec<u8>, (Instant, u32)>>,
}

/// More callers than this at a time: those whose window is over are forgotten first, then all.
const MOST_CALLERS: usize = 50_000;

impl Rate {
    pub(crate) fn new(most: u32, window_seconds: u64) -> Rate {
        Rate { most, window: Duration::from_secs(window_seconds), counts: Mutex::default() }
    }

    /// One more of `who`; or how many seconds to wait.
    pub(crate) fn count(&self, who: &[u8]) -> Result<(), u32> {
        self.at(who, 1)
    }

    /// Whether `who` is over the limit, without counting.
    pub(crate) fn look(&self, who: &[u8]) -> Result<(), u32> {
        self.at(who, 0)
    }

    /// Begins anew for `who`.
    pub(crate) fn forget(&self, who: &[u8]) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(who);
    }

    fn at(&self, who: &[u8], more: u32) -> Result<(), u32> {
        let now = Instant::now();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_CALLERS {
            counts.retain(|_, (since, _)| now.duration_since(*since) < self.window);
            if counts.len() >= MOST_CALLERS {
                counts.clear();
            }
        }
        let entry = counts.get(who).copied();
        let (since, count) =
            entry.filter(|(since, _)| now.duration_since(*since) < self.window).unwrap_or((now, 0));
        let over = count.saturating_add(more) > self.most || (more == 0 && count >= self.most);
        if more > 0 {
            counts.insert(who.to_vec(), (since, count.saturating_add(more).min(self.most + 1)));
        }
        if !over {
            return Ok(());
        }
        let rest = self.window.saturating_sub(now.duration_since(since));
        Err(u32::try_from(rest.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
    }
}

/// A caller by address; of IPv6 the network, since one subscriber has all of it.
pub(crate) fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().into_iter().take(8).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_caller_and_says_when() {
        let rate = Rate::new(2, 60);
        assert_eq!((rate.count(b"a"), rate.count(b"a")), (Ok(()), Ok(())));
        assert!(rate.look(b"a").is_err_and(|seconds| (1..=60).contains(&seconds)));
        assert!(rate.count(b"a").is_err());
        assert_eq!(rate.count(b"b"), Ok(()));
        rate.forget(b"a");
        assert_eq!(rate.look(b"a"), Ok(()));
    }
}
