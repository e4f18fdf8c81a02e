//! The bench: what the server does in a second, beside what its own SQL costs without it.
//!
//! Owns: a private PostgreSQL that flushes, a private Redis, simulator and server as children, bulk data, a load
//! generator, pgbench, the table. Never does: look into the server's code. It speaks HTTP to the server and reads from
//! PostgreSQL's log which statements the server sends; pgbench then runs exactly these. README.md says how to read it.

mod capture;
mod cases;
mod dispatch;
mod gauge;
mod http;
mod id;
mod limit;
mod load;
mod report;
mod rounds;
mod rush;
mod server;
mod world;

use crate::servers::binaries;
use crate::{Explain, Result, Trouble, environment, install};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Elders in the database.
    pub elders: u64,
    /// Orders of past days in the database.
    pub orders: u64,
    /// Persons who sign in, each with bonds to every so many-th elder.
    pub viewers: u64,
    /// Alternations of server and limit.
    pub rounds: u32,
    /// Load that is not counted, before the first and before every further round.
    pub warm: [Duration; 2],
    /// Load that is counted.
    pub measured: Duration,
    /// One run of pgbench, besides its first second.
    pub limit: Duration,
}

const USUAL: Size = Size {
    elders: 20_000,
    orders: 60_000,
    viewers: 300,
    rounds: 2,
    warm: [Duration::from_secs(5), Duration::from_secs(2)],
    measured: Duration::from_secs(10),
    limit: Duration::from_secs(7),
};

/// What was asked for on the command line.
struct Order {
    size: Size,
    is_here: bool,
    only: Vec<String>,
}

/// Measures and prints; `arguments` are those behind `trial bench`.
pub async fn run(arguments: &[String]) -> Result<ExitCode> {
    let order = read(arguments)?;
    if !order.is_here {
        return build_and_go_on(arguments);
    }
    let began = Instant::now();
    let stop = |kind| signal(kind).explain(|| "Cannot listen for signals".to_owned());
    let (mut interrupt, mut terminate) = (stop(SignalKind::interrupt())?, stop(SignalKind::terminate())?);
    // Whatever ends first, the servers are values inside the work and go with it.
    tokio::select! {
        done = measure(&order, began) => done.map(|()| ExitCode::SUCCESS),
        _ = interrupt.recv() => Ok(ExitCode::from(130)),
        _ = terminate.recv() => Ok(ExitCode::from(143)),
    }
}

async fn measure(order: &Order, began: Instant) -> Result<()> {
    let pgbench = pgbench()?;
    let world = world::World::open(order.size).await?;
    let cases = cases::all(&world).await?;
    let mut table = report::Table::new(order.size);
    for round in 0..order.size.rounds {
        for case in cases.iter().filter(|case| order.wants(case.key)) {
            table.add(case, rounds::run(&world, &pgbench, case, round).await?);
        }
    }
    if order.wants("e") {
        table.rush = Some(rush::run(&world).await?);
    }
    if order.wants("f") {
        table.dispatch = Some(dispatch::run(&world).await?);
    }
    table.took = began.elapsed();
    print!("{table}");
    let file = environment::build_folder().unwrap_or_default().with_file_name("bench.json");
    std::fs::write(&file, table.to_json()).explain(|| format!("Cannot write {}", file.display()))?;
    println!("JSON: {}", file.display());
    let verdict = table.verdict();
    if verdict.is_err() {
        eprintln!("bench: the server's log ends with: {}", world.last_words());
    }
    verdict
}

impl Order {
    fn wants(&self, key: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == key)
    }
}

fn read(arguments: &[String]) -> Result<Order> {
    let mut order = Order { size: USUAL, is_here: false, only: Vec::new() };
    for argument in arguments {
        match argument.as_str() {
            "--quick" => {
                let short = Duration::from_secs(1);
                let measured = Duration::from_secs(3);
                order.size = Size { warm: [short, short], measured, limit: measured, ..order.size };
            }
            "--full" => order.size = Size { elders: 120_000, orders: 300_000, ..order.size },
            "--tiny" => {
                let short = Duration::from_secs(1);
                order.size = Size { elders: 3_000, orders: 3_000, viewers: 30, rounds: 1, ..order.size };
                order.size = Size { warm: [short, short], measured: short, limit: short, ..order.size };
            }
            "--here" => order.is_here = true,
            other => match other.strip_prefix("--only=") {
                Some(keys) => order.only = keys.split(',').map(str::to_owned).collect(),
                None => {
                    return Err(Trouble::new(format!(
                        "bench knows --quick, --full, --tiny, --here and --only=a,b,c,d,hot,e,f, not `{other}`"
                    )));
                }
            },
        }
    }
    Ok(order)
}

/// Builds server, simulator and this program for release, and goes on as the latter: a load generator without
/// optimisation would take the processor from what it measures.
fn build_and_go_on(arguments: &[String]) -> Result<ExitCode> {
    let cargo = environment::variable("CARGO").unwrap_or_else(|| "cargo".into());
    eprintln!("bench: building for release, which takes a quarter of an hour the first time");
    let packages = ["-p", "nuanyang", "-p", "wechat-simulator", "-p", "nuanyang-kit"];
    let built = Command::new(cargo)
        .args(["build", "--release", "--bins", "--example", "dispatch_day"])
        .args(packages)
        .status();
    if !built.explain(|| "cargo cannot be started".to_owned())?.success() {
        return Err(Trouble::new("the release build failed"));
    }
    let folder = environment::build_folder().unwrap_or_default();
    let program = folder.with_file_name("release").join("trial");
    // Two thousand connections need as many descriptors on both sides; children inherit the limit.
    let script =
        "ulimit -n 16384 2>/dev/null || ulimit -n \"$(ulimit -H -n)\"; exec \"$0\" bench --here \"$@\"";
    let error = Command::new("/bin/sh").arg("-c").arg(script).arg(program).args(arguments).exec();
    Err(Trouble::new(format!("the release build of this program cannot be started: {error}")))
}

/// pgbench of the same installation as the server, so that both are of one version.
fn pgbench() -> Result<std::path::PathBuf> {
    let missing = install::servers();
    if let Some(trouble) = missing.postgres.or(missing.redis) {
        return Err(trouble);
    }
    let folder = binaries::postgres().ok_or_else(|| Trouble::new("PostgreSQL is not installed"))?;
    let program = folder.join("pgbench");
    if program.is_file() {
        return Ok(program);
    }
    Err(Trouble::new(format!(
        "pgbench is not in {}: install PostgreSQL from your distribution (Debian: postgresql), or set PG_BIN",
        folder.display()
    )))
}
