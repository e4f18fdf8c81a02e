//! One round of a case: the server under load, then each limit.

use super::cases::Case;
use super::gauge;
use super::limit::{self, Reached};
use super::load;
use super::world::World;
use crate::{Explain, Result, Trouble};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// What the server did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Ours {
    pub rate: u64,
    pub p50_us: u64,
    pub p99_us: u64,
    /// Thousandths of SQL statements per answer, the worker's and the session's included.
    pub statements_milli: u64,
    /// Processor time per answer.
    pub server_us: u64,
    pub postgres_us: u64,
    pub client_us: u64,
    pub rss_kb: u64,
    pub peak_kb: u64,
    pub body_bytes: u64,
    pub faults: u64,
    pub first_fault: Option<String>,
    pub refusals: BTreeMap<String, u64>,
}

/// Server and limits, one after the other in one round.
#[derive(Debug, Clone, Serialize)]
pub struct Round {
    pub ours: Ours,
    pub limits: Vec<Reached>,
}

/// What has been used so far.
struct Used {
    at: Instant,
    statements: u64,
    server_us: u64,
    postgres_us: u64,
    client_us: u64,
}

const ORDERS: &str = "SELECT count(*) FROM meal_order";

/// Runs the case once.
pub async fn run(world: &World, pgbench: &Path, case: &Case, round: u32) -> Result<Round> {
    eprintln!("bench: round {}, {} {}", round + 1, case.key, case.title);
    let ours = ours(world, case, round).await?;
    let mut limits = Vec::new();
    for limit in &case.limits {
        let first = limit.base.0 + limit.base.1 * u64::from(round);
        if case.writes {
            world.settle().await?;
        }
        let before = if case.writes { world.count(true, ORDERS).await? } else { 0 };
        let at = (limit.connections, first);
        let reached = limit::run(world, pgbench, &limit.script, at, world.size.limit).await?;
        if case.writes {
            let written = world.count(true, ORDERS).await?.saturating_sub(before);
            same(written, reached.transactions, "pgbench")?;
        }
        limits.push(reached);
    }
    Ok(Round { ours, limits })
}

async fn ours(world: &World, case: &Case, round: u32) -> Result<Ours> {
    let [first, later] = world.size.warm;
    let warm = if round == 0 { first } else { later };
    if case.writes {
        world.settle().await?;
    }
    let before = if case.writes { world.count(false, ORDERS).await? } else { 0 };
    let running = load::start(&case.load, world.server.port, case.clients, (warm, world.size.measured));
    tokio::time::sleep(warm).await;
    let from = used(world).await?;
    // The last look comes a moment before the clients stop, so that it sees them at work.
    tokio::time::sleep(world.size.measured.saturating_sub(Duration::from_millis(100))).await;
    let till = used(world).await?;
    let outcome = tokio::task::spawn_blocking(|| running.join()).await;
    let outcome = outcome.explain(|| "The load generator was cut short".to_owned())?;
    let outcome = outcome.map_err(|_| Trouble::new("the load generator broke"))??;
    if case.writes {
        same(world.count(false, ORDERS).await?.saturating_sub(before), outcome.all_answers, "the server")?;
    }
    let span_ms = u64::try_from((till.at - from.at).as_millis()).unwrap_or(1).max(1);
    let measured_ms = u64::try_from(world.size.measured.as_millis()).unwrap_or(1).max(1);
    let rate = outcome.answers * 1_000 / measured_ms;
    let answers = (rate * span_ms / 1_000).max(1);
    let each = |from: u64, till: u64| till.saturating_sub(from) / answers;
    let (rss_kb, peak_kb) = gauge::memory_kb(world.server.pid());
    Ok(Ours {
        rate,
        p50_us: outcome.quantile_us(500),
        p99_us: outcome.quantile_us(990),
        statements_milli: each(from.statements * 1_000, till.statements * 1_000),
        server_us: each(from.server_us, till.server_us),
        postgres_us: each(from.postgres_us, till.postgres_us),
        client_us: each(from.client_us, till.client_us),
        rss_kb,
        peak_kb,
        body_bytes: outcome.body_bytes,
        faults: outcome.faults,
        first_fault: outcome.first_fault,
        refusals: outcome.refusals,
    })
}

async fn used(world: &World) -> Result<Used> {
    Ok(Used {
        statements: world.statements().await?,
        at: Instant::now(),
        server_us: gauge::cpu_us(world.server.pid()),
        postgres_us: gauge::family_cpu_us(world.postgres.pid()),
        client_us: gauge::cpu_us(std::process::id()),
    })
}

/// Every answer is a row and every row an answer, or the figures mean nothing.
fn same(rows: u64, answers: u64, who: &str) -> Result<()> {
    if rows == answers {
        return Ok(());
    }
    Err(Trouble::new(format!("{who} says {answers} orders were placed, but {rows} are there")))
}
