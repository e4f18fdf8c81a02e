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
    /// Refunds for a minute after one was refused: the platform takes 6 a second then.
    pub refund_after_error_per_s: u32,
    /// Bills, shares, transfers and everything else.
    pub other_per_s: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            prepay_per_s: 400,
            query_per_s: 400,
            refund_per_s: 100,
            refund_after_error_per_s: 5,
            other_per_s: 20,
        }
    }
}

/// How long refunds stay slow after a refusal.
const SLOW_FOR: Duration = Duration::from_secs(60);

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
            refund: Bucket::new(rates.refund_per_s, rates.refund_after_error_per_s),
            other: Bucket::new(rates.other_per_s, rates.other_per_s),
        }
    }

    pub(super) fn of(&self, kind: Kind) -> &Bucket {
        match kind {
            Kind::Prepay => &self.prepay,
            Kind::Query | Kind::Close => &self.query,
            Kind::Refund => &self.refund,
            Kind::Other | Kind::OtherQuery => &self.other,
        }
    }
}

/// Lets a burst of one second through, then one call at each interval.
pub(super) struct Bucket {
    interval: Duration,
    slow_interval: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When all calls so far will have been paid for.
    paid_until: Option<Instant>,
    slow_until: Option<Instant>,
}

impl Bucket {
    fn new(per_s: u32, slow_per_s: u32) -> Self {
        let interval = |per_s: u32| Duration::from_secs(1) / per_s.max(1);
        Self { interval: interval(per_s), slow_interval: interval(slow_per_s), state: Mutex::default() }
    }

    /// How long to wait before the call may leave; `None` if that is longer than `patience`.
    pub(super) fn take(&self, now: Instant, patience: Duration) -> Option<Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_slow = state.slow_until.is_some_and(|until| now < until);
        let interval = if is_slow { self.slow_interval } else { self.interval };
        let paid_until = state.paid_until.map_or(now, |at| at.max(now));
        let burst = Duration::from_secs(1).saturating_sub(interval);
        let wait = (paid_until - now).saturating_sub(burst);
        if wait > patience {
            return None;
        }
        state.paid_until = Some(paid_until + interval);
        Some(wait)
    }

    /// A call of this kind was refused.
    pub(super) fn slow_down(&self, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.slow_until = Some(now + SLOW_FOR);
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
    fn refunds_are_slow_for_a_minute_after_a_refusal() {
        let (bucket, now) = (Bucket::new(100, 5), Instant::now());
        bucket.slow_down(now);
        let waits: Vec<u128> = (0..7).map(|_| bucket.take(now, SLOW_FOR).unwrap().as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 200, 400]);
        let later = now + Duration::from_secs(61);
        assert!((0..100).all(|_| bucket.take(later, SLOW_FOR) == Some(Duration::ZERO)));
    }
}
