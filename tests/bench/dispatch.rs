//! A day of dispatch: 200 carers, 2,000 visits. The server cannot be asked over HTTP to take one decision, so a program beside
//! this one takes them in process, with the server's own library, on a database of its own on the bench's PostgreSQL.

use super::world::World;
use crate::{Explain, Result, Trouble, environment};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

/// What came out of the day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Day {
    pub carers: u64,
    pub orders: u64,
    /// Carers in two places, time without a visit, orders left waiting: none, or the figures are worth nothing.
    pub wrong: u64,
    pub cases: Vec<Decisions>,
}

/// Decisions of one kind, taken one after the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Decisions {
    pub title: String,
    pub count: u64,
    pub p50_us: u64,
    pub p99_us: u64,
    /// Thousandths of SQL statements per decision, without BEGIN and COMMIT.
    pub statements_milli: u64,
}

/// Runs the day once.
pub async fn run(world: &World) -> Result<Day> {
    eprintln!("bench: f, 200 carers and 2,000 visits of a day");
    let database = world.empty("bench_dispatch").await?;
    let mut command = Command::new(environment::program("examples/dispatch_day")?);
    command.env_clear().env("TZ", "UTC").kill_on_drop(true).args([database.as_str(), world.simulator()]);
    let done = command.output().await.explain(|| "The day of dispatch cannot be started".to_owned())?;
    if !done.status.success() {
        return Err(Trouble::new(String::from_utf8_lossy(&done.stderr).into_owned()));
    }
    serde_json::from_slice(&done.stdout).explain(|| "The day of dispatch gives no figures".to_owned())
}
