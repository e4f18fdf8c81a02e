//! Everything for a look: starts the simulator, loads the demonstration data, serves, prints where to go.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

use tokio::process::{Child, Command};

use crate::app::App;
use crate::config::Config;
use crate::import::{self, Kind};
use crate::kit::clock::Clock;
use crate::kit::db::row;
use crate::kit::refusal::Fault;
use crate::rights::service::entitlement::{self, Run, Tally};
use crate::seed::{self, Seeded};
use crate::{http, start};

/// Starts all and stays until Ctrl-C.
pub async fn run(config: Config) -> Result<(), Fault> {
    let listener = TcpListener::bind(&config.listen).map_err(|_| {
        Fault::new(format!(
            "{} is taken by another program; set NUANYANG_LISTEN and NUANYANG_PUBLIC_URL",
            config.listen
        ))
    })?;
    let simulator = start_simulator(&config).await?;
    let served = serve(config, listener).await;
    end(simulator).await;
    served
}

async fn serve(config: Config, listener: TcpListener) -> Result<(), Fault> {
    let app = start::open(config, Clock::shifted()).await?;
    start::migrate(&app).await?;
    go_on_from_the_last_event(&app).await?;
    start::take_pushes(&app).await?;
    start::take_complaints(&app).await;
    let seeded = seed(&app).await?;
    println!("{}", welcome(&app.config, &seeded));
    http::run_until_signal(app, listener).await
}

/// A moved clock is forgotten when the demo ends, what happened by it is not: the demo's time never goes back, or work
/// that was done for a meal would be missing when its day comes again.
async fn go_on_from_the_last_event(app: &App) -> Result<(), Fault> {
    #[derive(FromQueryResult)]
    struct Last {
        at: Option<DateTime<Utc>>,
    }
    let last: Option<Last> = row(app.db.read(), "SELECT max(happened_at) AS at FROM event", []).await?;
    if let Some(at) = last.and_then(|last| last.at).filter(|at| *at > app.clock.now()) {
        app.clock.set(at);
        start::move_simulator(app).await?;
    }
    Ok(())
}

/// Loads the demonstration data with the openids that the simulator will give these people.
pub async fn seed(app: &App) -> Result<Seeded, Fault> {
    let mut openids = std::collections::HashMap::new();
    for (key, _) in seed::cast()? {
        let (_, openid) = start::simulated_login(&app.config, &key).await?;
        openids.insert(key, openid);
    }
    seed::demo(app, &|key: &str| openids.get(key).cloned().unwrap_or_default()).await
}

/// Loads a CSV file and prints what it did.
pub async fn import(app: &App, kind: Kind, file: &Path, dry_run: bool) -> Result<(), Fault> {
    start::migrate(app).await?;
    let reader = std::fs::File::open(file)
        .map_err(|error| Fault::new(format!("{} cannot be read: {error}", file.display())))?;
    match import::import(app, kind, reader, dry_run).await {
        Ok(report) => {
            println!("{report}");
            Ok(())
        }
        Err(failure) => Err(Fault::new(failure.to_string())),
    }
}

/// Looks at every elder of a run and prints what was found, the rate and the most memory used.
pub async fn entitlements(app: &App, run: Run) -> Result<(), Fault> {
    if let Some(code) = run.programmes.iter().find(|code| app.programmes.find(code).is_none()) {
        return Err(Fault::new(format!("there is no programme {code}")));
    }
    start::migrate(app).await?;
    let began = std::time::Instant::now();
    let (mut seen, mut told) = (0, 0);
    let tallies = entitlement::run(app, &run, |count| {
        seen = count;
        if count >= told + PROGRESS_ELDERS {
            told = count;
            eprintln!("{count} elders");
        }
    })
    .await?;
    for tally in tallies {
        let Tally { programme, item, entitled, open, unused, fen } = tally;
        let sum = fen_text(fen);
        println!(
            "{} {:>2} {}: {entitled} entitled, {open} undecided, {unused} without approval, {sum} yuan",
            programme.code, item.no, item.name
        );
    }
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = seen.saturating_mul(1_000) / millis;
    println!("{seen} elders on {} in {millis} ms: {rate} a second, at most {} MiB", run.on, peak_mib());
    Ok(())
}

/// So many elders lie between two lines of progress.
const PROGRESS_ELDERS: u64 = 10_000;

/// Fen as yuan with two digits.
fn fen_text(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// Most memory that this process ever had, in MiB; 0 where the system does not tell.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

/// The simulator lies beside this program. Its port must be free: another one there would have other keys.
async fn start_simulator(config: &Config) -> Result<Child, Fault> {
    let port = config
        .simulator_url
        .rsplit(':')
        .next()
        .and_then(|port| port.trim_end_matches('/').parse::<u16>().ok());
    let port = port.ok_or_else(|| Fault::new("simulator_url needs a port"))?;
    drop(TcpListener::bind(("127.0.0.1", port)).map_err(|_| {
        Fault::new(format!(
            "port {port} is taken by another program; set NUANYANG_SIMULATOR_URL to another port"
        ))
    })?);
    let program: PathBuf = std::env::current_exe()?.with_file_name("wechat-simulator");
    if !program.exists() {
        return Err(Fault::new(
            "the program wechat-simulator is not there; build it with: cargo build -p wechat-simulator",
        ));
    }
    let mut child = Command::new(program)
        .args(["--port", &port.to_string(), "--seed", "1"])
        // The simulator ends when this pipe does, however this program ends.
        .arg("--until-eof")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let client = start::simulator_client()?;
    for _ in 0..100 {
        if client.get(format!("{}/sim/clock", config.simulator_url)).send().await.is_ok() {
            return Ok(child);
        }
        if let Some(status) = child.try_wait()? {
            return Err(Fault::new(format!("the simulator ended at once: {status}")));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(Fault::new("the simulator does not answer"))
}

async fn end(mut simulator: Child) {
    if let Err(error) = simulator.kill().await {
        tracing::warn!(%error, "the simulator had ended before");
    }
}

fn welcome(config: &Config, seeded: &Seeded) -> String {
    let base = &config.public_url;
    let mut text = format!(
        "\n暖阳 Nuanyang (demonstration, simulated payments)\n\n  start page   {base}/\n  GraphiQL     {base}/graphiql\n  \
         simulator    {}/sim\n  ready?       {base}/readyz\n\n  sign in with one click:\n",
        config.simulator_url
    );
    for person in &seeded.people {
        text.push_str(&format!(
            "    {:<10} {}  {base}/demo/login?as={}\n",
            person.key, person.title, person.key
        ));
    }
    text + "\n  Ctrl-C stops everything.\n"
}
