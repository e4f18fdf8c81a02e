//! Which servers this process tests against: those the gate started, else its own, started on first use.

use crate::servers::{Durability, Postgres, Redis};
use crate::{Result, Trouble};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Maintenance address of a PostgreSQL that tests may fill with databases, `postgres://…/postgres`.
pub const POSTGRES: &str = "NUANYANG_TEST_POSTGRES";

/// Address of a Redis that tests may fill with keys under their own prefixes.
pub const REDIS: &str = "NUANYANG_TEST_REDIS";

/// Folder with the built programs, for tests that start the real ones.
pub const BIN_DIR: &str = "NUANYANG_BIN_DIR";

// Values in statics are not dropped at the end of a process: their leashes end the servers then.
static OWN_POSTGRES: OnceLock<Result<Postgres>> = OnceLock::new();
static OWN_REDIS: OnceLock<Result<Redis>> = OnceLock::new();

/// The maintenance address of the PostgreSQL for tests; blocks for a second when it must be started.
pub fn postgres_url() -> Result<String> {
    if let Some(url) = variable(POSTGRES) {
        return Ok(url);
    }
    let own = OWN_POSTGRES.get_or_init(|| Postgres::start(Durability::Relaxed));
    own.as_ref().map(|server| server.url("postgres")).map_err(Clone::clone)
}

/// The address of the Redis for tests.
pub fn redis_url() -> Result<String> {
    if let Some(url) = variable(REDIS) {
        return Ok(url);
    }
    OWN_REDIS.get_or_init(Redis::start).as_ref().map(Redis::url).map_err(Clone::clone)
}

/// How much of something a test does: as a variable says, for a measurement, or as usual.
pub fn amount(name: &str, usual: usize) -> usize {
    variable(name).and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// A built program of the workspace, by name.
///
/// Refuses when it is not built: cargo builds for a test only the programs of the same package.
pub fn program(name: &str) -> Result<PathBuf> {
    let folder = variable(BIN_DIR).map(PathBuf::from).or_else(build_folder);
    let path = folder.unwrap_or_default().join(name);
    if path.is_file() {
        return Ok(path);
    }
    Err(Trouble::new(format!("The program {name} is not built: run `cargo build --workspace --bins` first")))
}

/// The folder of finished programs that this one was built into, `target/debug` as a rule.
pub(crate) fn build_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    // Test programs lie one level below.
    let folder = if folder.ends_with("deps") { folder.parent()? } else { folder };
    Some(Path::to_path_buf(folder))
}

/// An environment variable that is set and not empty.
#[allow(
    clippy::disallowed_methods,
    reason = "the kit is a tool of its own: it has no config.rs and reads a closed list of names"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
