//! The store of a single process, and of tests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Pending, StoredToken, TokenStore};
use crate::Now;

/// Keeps the token in this process's memory; shared by clones of one `Arc`.
pub struct MemoryTokenStore {
    now: Now,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<StoredToken>,
    lease: Option<(String, i64)>,
}

impl MemoryTokenStore {
    /// An empty store; leases end by this clock.
    pub fn new(now: Now) -> Self {
        Self { now, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Both fields are whole after every statement that could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for MemoryTokenStore {
    fn read(&self) -> Pending<'_, Option<StoredToken>> {
        let token = self.state().token.clone();
        Box::pin(async move { Ok(token) })
    }

    fn lease<'a>(&'a self, owner: &'a str, lasts: Duration) -> Pending<'a, bool> {
        let now = (self.now)();
        let mut state = self.state();
        let is_free = state.lease.as_ref().is_none_or(|(holder, until)| holder == owner || *until <= now);
        if is_free {
            let lasts_s = i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX);
            state.lease = Some((owner.to_owned(), now.saturating_add(lasts_s)));
        }
        Box::pin(async move { Ok(is_free) })
    }

    fn replace<'a>(&'a self, read_version: u64, token: &'a StoredToken) -> Pending<'a, bool> {
        let mut state = self.state();
        let is_unchanged = state.token.as_ref().map_or(0, |stored| stored.version) == read_version;
        if is_unchanged {
            state.token = Some(token.clone());
        }
        Box::pin(async move { Ok(is_unchanged) })
    }

    fn release<'a>(&'a self, owner: &'a str) -> Pending<'a, ()> {
        let mut state = self.state();
        if state.lease.as_ref().is_some_and(|(holder, _)| holder == owner) {
            state.lease = None;
        }
        Box::pin(async { Ok(()) })
    }
}
