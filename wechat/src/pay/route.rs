//! Which host to call, and when not to call at all.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::PayError;
use crate::http::Base;

/// Failures in a row after which the next host gets its turn.
const SWITCH_AFTER: u32 = 2;
/// How long the other host is kept before the main one is tried again.
const RETURN_AFTER_S: u64 = 300;
/// Transport errors in a row that open the breaker.
const BREAK_AFTER: u32 = 5;
/// How long the breaker stays open before one call may probe.
const BREAK_S: u64 = 5;

/// The main host, the disaster host and a circuit breaker over both.
pub(super) struct Route {
    bases: Vec<Base>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    host: usize,
    left_main_at: i64,
    host_failures: u32,
    transport_failures: u32,
    open_since: Option<i64>,
}

/// How one try went, as far as the way there is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    /// An answer that makes sense, whatever it says.
    Answered,
    /// An answer of a host that is not well: 5xx, or one that does not verify.
    Sick,
    /// No whole answer.
    Unreachable,
}

impl Route {
    /// `bases` is not empty.
    pub(super) fn new(bases: Vec<Base>) -> Self {
        Self { bases, state: Mutex::default() }
    }

    /// The host for the next try. Refuses with `Breaker` while it is open; `now` in unix seconds.
    pub(super) fn choose(&self, now: i64) -> Result<&Base, PayError> {
        let mut state = self.state();
        if let Some(since) = state.open_since {
            if now.abs_diff(since) < BREAK_S {
                return Err(PayError::Breaker);
            }
            // Half open: this call probes, the others wait for another period. A probe that is
            // dropped half-way blocks nobody, because nothing waits for its report.
            state.open_since = Some(now);
        }
        if state.host != 0 && now.abs_diff(state.left_main_at) >= RETURN_AFTER_S {
            state.host = 0;
            state.host_failures = 0;
        }
        Ok(&self.bases[state.host])
    }

    /// Takes note of how a try went.
    pub(super) fn report(&self, passage: Passage, now: i64) {
        let mut state = self.state();
        if passage == Passage::Unreachable {
            state.transport_failures = state.transport_failures.saturating_add(1);
            if state.transport_failures >= BREAK_AFTER {
                state.open_since = Some(now);
            }
        } else {
            state.transport_failures = 0;
            state.open_since = None;
        }
        if passage == Passage::Answered {
            state.host_failures = 0;
            return;
        }
        state.host_failures += 1;
        if state.host_failures >= SWITCH_AFTER {
            state.host = (state.host + 1) % self.bases.len();
            state.host_failures = 0;
            state.left_main_at = now;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Counters stay usable whatever the thread that panicked was doing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{BREAK_S, Passage, RETURN_AFTER_S, Route};
    use crate::http::Base;
    use crate::pay::PayError;

    fn route() -> Route {
        let base = |text| Base::parse("bases", text).expect("loopback is allowed");
        Route::new(vec![base("http://127.0.0.1:1"), base("http://127.0.0.1:2")])
    }

    fn port(route: &Route, now: i64) -> Option<u16> {
        route.choose(now).ok().and_then(|base| base.url("/").expect("a plain path").port())
    }

    #[test]
    fn two_failures_change_the_host_and_time_brings_the_main_one_back() {
        let route = route();
        route.report(Passage::Sick, 0);
        assert_eq!(port(&route, 0), Some(1));
        route.report(Passage::Unreachable, 0);
        assert_eq!(port(&route, 0), Some(2));
        route.report(Passage::Answered, 1);
        assert_eq!(port(&route, RETURN_AFTER_S as i64), Some(1));
    }

    #[test]
    fn five_transport_errors_open_the_breaker_and_later_one_call_probes() {
        let route = route();
        for _ in 0..5 {
            assert!(route.choose(100).is_ok());
            route.report(Passage::Unreachable, 100);
        }
        assert!(matches!(route.choose(100), Err(PayError::Breaker)));
        let later = 100 + BREAK_S as i64;
        assert!(route.choose(later).is_ok());
        assert!(matches!(route.choose(later), Err(PayError::Breaker)));
        route.report(Passage::Answered, later);
        assert!(route.choose(later).is_ok());
    }

    #[test]
    fn a_clock_set_back_does_not_keep_the_breaker_open() {
        let route = route();
        (0..5).for_each(|_| route.report(Passage::Unreachable, 1_000_000));
        assert!(route.choose(0).is_ok());
    }
}
