//! Which host to call, and when not to call at all.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::http::Base;

/// Failures in a row after which the next host gets its turn.
const SWITCH_AFTER: u32 = 2;
/// How long the other host is kept before the main one is tried again.
const RETURN_AFTER_S: u64 = 300;
/// Transport errors in a row that open the breaker.
const BREAK_AFTER: u32 = 5;
/// Answers in a row that came from a host that is not well, with which the breaker opens too.
const BREAK_AFTER_SICK: u32 = 10;
/// Calls that wait together, none of them answered, so long: the platform is silent, time-outs would tell too late.
const SILENT_CALLS: u32 = 3;
const SILENT_FOR: Duration = Duration::from_secs(4);
/// How long the breaker stays open before one call may probe.
const BREAK_S: u64 = 5;

/// The breaker is open: nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open;

/// The main host, the disaster host and a circuit breaker over both.
pub(crate) struct Route {
    bases: Vec<Base>,
    state: Mutex<State>,
    /// For waiting times: the injected clock may stand still.
    instant: Box<dyn Fn() -> Instant + Send + Sync>,
}

#[derive(Default)]
struct State {
    host: usize,
    left_main_at: i64,
    host_failures: u32,
    transport_failures: u32,
    sick_answers: u32,
    open_since: Option<i64>,
    waiting: u32,
    /// Since when calls wait without any of them being answered.
    silent_since: Option<Instant>,
}

/// A call that is under way; ends when it is dropped, also half-way.
pub(crate) struct Waiting<'a>(&'a Route);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting = state.waiting.saturating_sub(1);
        if state.waiting == 0 {
            state.silent_since = None;
        }
    }
}

/// How one try went, as far as the way there is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// An answer that makes sense, whatever it says.
    Answered,
    /// An answer of a host that is not well: 5xx, or one that does not verify.
    Sick,
    /// No whole answer.
    Unreachable,
}

impl Route {
    /// `bases` is not empty.
    pub(crate) fn new(bases: Vec<Base>) -> Self {
        Self { bases, state: Mutex::default(), instant: Box::new(Instant::now) }
    }

    /// The host for the next try. Refuses while the breaker is open; `now` in unix seconds.
    pub(crate) fn choose(&self, now: i64) -> Result<&Base, Open> {
        let mut state = self.state();
        let is_silent = state
            .silent_since
            .is_some_and(|since| (self.instant)().saturating_duration_since(since) >= SILENT_FOR);
        if is_silent && state.waiting >= SILENT_CALLS && state.open_since.is_none() {
            state.open_since = Some(now);
        }
        if let Some(since) = state.open_since {
            if now.abs_diff(since) < BREAK_S {
                return Err(Open);
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

    /// Whether the breaker is open, or only a probe may go.
    pub(crate) fn is_open(&self) -> bool {
        self.state().open_since.is_some()
    }

    /// A call leaves.
    pub(crate) fn enter(&self) -> Waiting<'_> {
        let mut state = self.state();
        state.waiting += 1;
        state.silent_since.get_or_insert_with(&self.instant);
        Waiting(self)
    }

    /// Takes note of how a try went.
    pub(crate) fn report(&self, passage: Passage, now: i64) {
        let mut state = self.state();
        if passage == Passage::Unreachable {
            state.transport_failures = state.transport_failures.saturating_add(1);
            if state.transport_failures >= BREAK_AFTER {
                state.open_since = Some(now);
            }
        } else {
            state.transport_failures = 0;
            state.open_since = None;
            state.silent_since = (state.waiting > 0).then(&self.instant);
        }
        if passage == Passage::Answered {
            state.host_failures = 0;
            state.sick_answers = 0;
            return;
        }
        if passage == Passage::Sick {
            state.sick_answers = state.sick_answers.saturating_add(1);
            if state.sick_answers >= BREAK_AFTER_SICK {
                state.open_since = Some(now);
            }
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{BREAK_S, Open, Passage, RETURN_AFTER_S, Route};
    use crate::http::Base;

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
        assert!(matches!(route.choose(100), Err(Open)));
        let later = 100 + BREAK_S as i64;
        assert!(route.choose(later).is_ok());
        assert!(matches!(route.choose(later), Err(Open)));
        route.report(Passage::Answered, later);
        assert!(route.choose(later).is_ok());
    }

    #[test]
    fn ten_sick_answers_open_the_breaker_and_one_good_probe_closes_it() {
        let route = route();
        (0..9).for_each(|_| route.report(Passage::Sick, 100));
        assert!(route.choose(100).is_ok());
        route.report(Passage::Sick, 100);
        assert!(matches!(route.choose(100), Err(Open)));
        let later = 100 + BREAK_S as i64;
        assert!(route.choose(later).is_ok());
        route.report(Passage::Answered, later);
        assert!(route.choose(later).is_ok());
    }

    /// A route whose waiting times the test moves, in milliseconds.
    fn timed_route() -> (Route, Arc<AtomicU64>) {
        let (begin, passed_ms) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let reader = Arc::clone(&passed_ms);
        let instant = move || begin + Duration::from_millis(reader.load(Ordering::SeqCst));
        (Route { instant: Box::new(instant), ..route() }, passed_ms)
    }

    #[test]
    fn a_silent_platform_opens_the_breaker_within_five_seconds() {
        let (route, passed_ms) = timed_route();
        let calls: Vec<_> = (0..3).map(|_| route.enter()).collect();
        passed_ms.store(3999, Ordering::SeqCst);
        assert!(route.choose(100).is_ok());
        passed_ms.store(4000, Ordering::SeqCst);
        assert!(matches!(route.choose(100), Err(Open)));
        drop(calls);
        route.report(Passage::Answered, 105);
        assert!(route.choose(105).is_ok());
    }

    #[test]
    fn slow_calls_among_good_ones_are_no_outage() {
        let (route, passed_ms) = timed_route();
        let _slow = [route.enter(), route.enter(), route.enter()];
        for _ in 0..5 {
            passed_ms.fetch_add(2000, Ordering::SeqCst);
            drop(route.enter());
            route.report(Passage::Answered, 100);
            assert!(route.choose(100).is_ok());
        }
    }

    #[test]
    fn a_clock_set_back_does_not_keep_the_breaker_open() {
        let route = route();
        (0..5).for_each(|_| route.report(Passage::Unreachable, 1_000_000));
        assert!(route.choose(0).is_ok());
    }
}
