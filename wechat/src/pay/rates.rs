//! How many calls a second, per kind: below what the platform allows, so that it never has to say 429.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::gateway::Kind;

/// Calls a second that a merchant's processes may make **together**: divide by the number of processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Orders; the platform takes about 500 a second of one merchant (JSAPI下单).
    pub prepay_per_s: u32,
    /// Queries and closes.
    pub query_per_s: u32,
    /// Refunds; the platform takes 150 a second (申请退款).
    pub refund_per_s: u32,
    /// Refunds that fail: the platform takes 6 of them a second, however many succeed.
    pub failing_refund_per_s: u32,
    /// Bills, shares, transfers and everything else.
    pub other_per_s: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            prepay_per_s: 400,
            query_per_s: 400,
            refund_per_s: 100,
            failing_refund_per_s: 5,
            other_per_s: 20,
        }
    }
}

/// What may pass at once: the calls of one second.
const BURST: Duration = Duration::from_secs(1);

/// One bucket per kind of call.
pub(super) struct Buckets {
    prepay: Bucket,
    query: Bucket,
    refund: Bucket,
    other: Bucket,
}

impl Buckets {
    pub(super) fn new(rates: &Rates) -> Self {
        Self {
            prepay: Bucket::new(rates.prepay_per_s, rates.prepay_per_s),
            query: Bucket::new(rates.query_per_s, rates.query_per_s),
            refund: Bucket::new(rates.refund_per_s, rates.failing_refund_per_s),
            other: Bucket::new(rates.other_per_s, rates.other_per_s),
        }
    }

    pub(super) fn of(&self, kind: Kind) -> &Bucket {
        match kind {
            Kind::Prepay => &self.prepay,
            Kind::Query | Kind::Close => &self.query,
            Kind::Refund => &self.refund,
            Kind::Other | Kind::OtherQuery | Kind::Once => &self.other,
        }
    }
}

/// Lets a burst of one second through, then one call at each interval; failures have a budget of their own.
pub(super) struct Bucket {
    interval: Duration,
    failure_interval: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When all calls so far will have been paid for.
    paid_until: Option<Instant>,
    /// The same of the failures.
    failures_paid_until: Option<Instant>,
}

impl Bucket {
    fn new(per_s: u32, failing_per_s: u32) -> Self {
        let interval = |per_s: u32| BURST / per_s.max(1);
        Self { interval: interval(per_s), failure_interval: interval(failing_per_s), state: Mutex::default() }
    }

    /// How long to wait before the call may leave; `None` if that is longer than `patience`.
    pub(super) fn take(&self, now: Instant, patience: Duration) -> Option<Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let paid_until = state.paid_until.map_or(now, |at| at.max(now));
        let owed = state.failures_paid_until.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        let wait = (paid_until - now).saturating_sub(BURST.saturating_sub(self.interval));
        let wait = wait.max(owed.saturating_sub(BURST));
        if wait > patience {
            return None;
        }
        state.paid_until = Some(paid_until + self.interval);
        Some(wait)
    }

    /// A call of this kind failed.
    pub(super) fn count_failure(&self, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let paid_until = state.failures_paid_until.map_or(now, |at| at.max(now));
        state.failures_paid_until = Some(paid_until + self.failure_interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_a_second_passes_and_then_one_at_each_interval() {
        let (bucket, now) = (Bucket::new(10, 10), Instant::now());
        let patience = Duration::from_secs(1);
        let waits: Vec<u128> = (0..13).map(|_| bucket.take(now, patience).unwrap().as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200, 300]);
        assert_eq!(bucket.take(now, Duration::from_millis(399)), None, "longer than the caller waits");
        assert_eq!(bucket.take(now + Duration::from_secs(5), patience), Some(Duration::ZERO));
    }

    #[test]
    fn single_failures_slow_nothing_down_and_many_a_second_do() {
        let (bucket, now) = (Bucket::new(1_000, 5), Instant::now());
        let wait = || bucket.take(now, Duration::from_secs(60)).unwrap().as_millis();
        for _ in 0..5 {
            bucket.count_failure(now);
            assert_eq!(wait(), 0);
        }
        bucket.count_failure(now);
        assert_eq!(wait(), 200);
        bucket.count_failure(now);
        assert_eq!(wait(), 400);
        let later = now + Duration::from_secs(2);
        assert_eq!(bucket.take(later, Duration::ZERO), Some(Duration::ZERO));
    }
}
