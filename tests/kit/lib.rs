//! The test kit: real servers for tests and benches, a fresh database per test, and the gate behind `make test`.
//!
//! Owns: private PostgreSQL and Redis processes, their folders, the template database, the order of checks.
//! Never does: touch a server it did not start, know a rule of the product, start a system service.
//!
//! Tests whose path contains `postgres` or `redis` need that server: where it can neither be found nor
//! installed, the gate leaves exactly those out and says so.

#[path = "../bench/mod.rs"]
pub mod bench;
pub mod database;
pub mod environment;
mod fuzz;
pub mod gate;
pub mod install;
mod pages;
pub mod servers;
mod tally;

use std::fmt;

/// One clear sentence about what the kit could not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble(String);

/// What every fallible function of the kit returns.
pub type Result<T> = std::result::Result<T, Trouble>;

impl Trouble {
    /// Wraps a sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

/// Says what was being done when a foreign error arrived.
pub(crate) trait Explain<T> {
    fn explain(self, doing: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> Explain<T> for std::result::Result<T, E> {
    fn explain(self, doing: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Trouble(format!("{}: {error}", doing())))
    }
}

/// A suffix that no other process and no earlier call of this one has used.
pub(crate) fn unique() -> String {
    use std::hash::{BuildHasher, RandomState};
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // Process numbers come back after a while, so the standard library's random hash keys join them.
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let salt = RandomState::new().hash_one(count) >> 32;
    format!("{}_{count}_{salt:08x}", std::process::id())
}
