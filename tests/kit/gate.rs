//! The gate in front of every change: format, lints, build, tests; on real servers that live as long as it runs.

use crate::servers::{Durability, Postgres, Redis, binaries};
use crate::tally::Tally;
use crate::{Explain, Result, Trouble, environment, fuzz, install, pages};
use std::io::IsTerminal;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

/// How long a runner may take to end its tests after a signal.
const LAST_WORDS: Duration = Duration::from_secs(15);

/// How long output is awaited after its process ended; a forgotten grandchild may hold the pipe open for ever.
const LAST_OUTPUT: Duration = Duration::from_secs(2);

/// Both servers, as far as the machine has them.
struct Servers {
    postgres: Option<Postgres>,
    redis: Option<Redis>,
}

impl Servers {
    /// Installs what is missing and starts both. A server that is there but does not start is an error.
    fn start() -> Result<Self> {
        let missing = install::servers();
        for (name, trouble) in [("PostgreSQL", &missing.postgres), ("Redis", &missing.redis)] {
            if let Some(trouble) = trouble {
                eprintln!("trial: no {name}: {trouble}");
            }
        }
        let postgres = binaries::postgres().map(|_| Postgres::start(Durability::Relaxed)).transpose()?;
        let redis = binaries::redis().map(|_| Redis::start()).transpose()?;
        Ok(Self { postgres, redis })
    }

    /// The variables by which test processes find the servers.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let postgres = self.postgres.as_ref().map(|server| (environment::POSTGRES, server.url("postgres")));
        let redis = self.redis.as_ref().map(|server| (environment::REDIS, server.url()));
        postgres.into_iter().chain(redis).collect()
    }

    /// The words in test names that cannot be run here.
    fn absent(&self) -> Vec<&'static str> {
        let postgres = self.postgres.is_none().then_some("postgres");
        postgres.into_iter().chain(self.redis.is_none().then_some("redis")).collect()
    }
}

/// Starts both servers, prints their addresses and stays until interrupted.
pub async fn servers() -> Result<ExitCode> {
    let mut signals = Signals::new()?;
    let servers = Servers::start()?;
    for (name, url) in servers.variables() {
        println!("export {name}={url}");
    }
    eprintln!("trial: running until Ctrl-C");
    signals.next().await;
    Ok(ExitCode::SUCCESS)
}

/// Runs every check, then the tests; `extra` goes to the test runner. The last line printed is the counts.
pub async fn test(extra: &[String]) -> Result<ExitCode> {
    let mut signals = Signals::new()?;
    let mut run = Run { failed: Vec::new(), tally: Tally::default() };
    let cargo = environment::variable("CARGO").unwrap_or_else(|| "cargo".into());
    if !answers(&cargo, &["--version"]).await {
        return Err(Trouble::new("cargo is missing: install Rust first"));
    }
    let servers = Servers::start()?;
    let absent = servers.absent();
    let ended = steps(&cargo, &servers, extra, &mut run, &mut signals).await;
    drop(servers);
    if let Some(code) = ended? {
        eprintln!("trial: interrupted, servers are stopped");
        return Ok(ExitCode::from(code));
    }
    if !absent.is_empty() {
        println!("Skipped: every test named after {} (no such server here)", absent.join(" or "));
        // A developer may go on with SQLite alone; a change must not land on half of the tests.
        if environment::variable("CI").is_some_and(|ci| ci == "true") {
            run.failed.push("servers");
        }
    }
    if !run.failed.is_empty() {
        println!("Failed: {}", run.failed.join(", "));
    }
    println!("{}", run.tally);
    Ok(if run.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the checks of the pages alone, with programs that are built already.
pub async fn pages() -> Result<ExitCode> {
    let mut signals = Signals::new()?;
    let mut run = Run { failed: Vec::new(), tally: Tally::default() };
    environment::program("nuanyang")?;
    let servers = Servers::start()?;
    let ended = check_pages(&servers, &mut run, &mut signals).await;
    drop(servers);
    if let Some(code) = ended? {
        return Ok(ExitCode::from(code));
    }
    println!("{}", run.tally);
    Ok(if run.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What has been found so far.
struct Run {
    failed: Vec<&'static str>,
    tally: Tally,
}

/// All steps in order; every one runs even when an earlier one failed, but tests need a build. Tells the exit
/// code when a signal came in between.
async fn steps(
    cargo: &str,
    servers: &Servers,
    extra: &[String],
    run: &mut Run,
    signals: &mut Signals,
) -> Result<Option<u8>> {
    let checks: [(&'static str, &[&str]); 3] = [
        ("format", &["fmt", "--all", "--check"]),
        ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        // Tests start the real programs, and cargo builds for a test only those of its own package.
        ("build", &["build", "--workspace", "--bins"]),
    ];
    for (name, arguments) in checks {
        let mut command = Command::new(cargo);
        command.args(arguments);
        match step(name, command, None, signals).await? {
            End::Passed => {}
            End::Failed => run.failed.push(name),
            End::Interrupted(code) => return Ok(Some(code)),
        }
    }
    if run.failed.contains(&"build") {
        println!("The tests did not run: the programs do not build");
        return Ok(None);
    }
    let (mut command, summary) = test_command(cargo, &servers.absent(), extra).await;
    command.envs(servers.variables());
    if let Some(folder) = environment::build_folder() {
        command.env(environment::BIN_DIR, folder);
    }
    match step("tests", command, Some((summary, &mut run.tally)), signals).await? {
        End::Passed => {}
        End::Failed => run.failed.push("tests"),
        End::Interrupted(code) => return Ok(Some(code)),
    }
    // Whoever names tests wants those alone.
    if !extra.is_empty() {
        return Ok(None);
    }
    if let Some(code) = throw_dice(cargo, run, signals).await? {
        return Ok(Some(code));
    }
    check_pages(servers, run, signals).await
}

/// Runs the fuzz programs alone.
pub async fn fuzz() -> Result<ExitCode> {
    let mut signals = Signals::new()?;
    let mut run = Run { failed: Vec::new(), tally: Tally::default() };
    let cargo = environment::variable("CARGO").unwrap_or_else(|| "cargo".into());
    if let Some(code) = throw_dice(&cargo, &mut run, &mut signals).await? {
        return Ok(ExitCode::from(code));
    }
    println!("{}", run.tally);
    Ok(if run.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds and runs the fuzz programs, each of which counts as a test. Where they cannot be built, this is said.
async fn throw_dice(cargo: &str, run: &mut Run, signals: &mut Signals) -> Result<Option<u8>> {
    let told = Command::new("rustc").arg("-vV").output().await;
    let told = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned()).unwrap_or_default();
    let host = fuzz::host(&told).ok_or_else(|| Trouble::new("rustc does not tell what machine this is"));
    let plan = match host.and_then(|host| fuzz::plan(cargo, Path::new("."), host)) {
        Ok(plan) => plan,
        Err(trouble) => {
            println!("Skipped: {} fuzz programs ({trouble})", fuzz::COUNT);
            run.tally.skipped += fuzz::COUNT;
            return Ok(None);
        }
    };
    match step("fuzz programs", plan.build, None, signals).await? {
        End::Passed => {}
        End::Interrupted(code) => return Ok(Some(code)),
        End::Failed => {
            run.failed.push("fuzz programs");
            run.tally.failed += fuzz::COUNT;
            return Ok(None);
        }
    }
    for (name, command) in plan.runs {
        match step(&format!("fuzz {name}"), command, None, signals).await? {
            End::Passed => run.tally.passed += 1,
            End::Interrupted(code) => return Ok(Some(code)),
            End::Failed => {
                run.failed.push(name);
                run.tally.failed += 1;
            }
        }
    }
    Ok(None)
}

/// Builds and plays the pages. Where npm or a browser cannot be had, this is left out and said.
async fn check_pages(servers: &Servers, run: &mut Run, signals: &mut Signals) -> Result<Option<u8>> {
    let program = environment::program("nuanyang");
    let planned =
        install::browser().and_then(|()| pages::steps(Path::new("."), &program?, &servers.variables()));
    let steps = match planned {
        Ok(steps) => steps,
        Err(trouble) => {
            println!("Skipped: the checks of the pages ({trouble})");
            if environment::variable("CI").is_some_and(|ci| ci == "true") {
                run.failed.push("pages");
            }
            return Ok(None);
        }
    };
    for work in steps {
        let counted = work.is_counted.then_some((Summary::Output, &mut run.tally));
        match step(work.name, work.command, counted, signals).await? {
            End::Passed => {}
            End::Interrupted(code) => return Ok(Some(code)),
            End::Failed => {
                run.failed.push(work.name);
                if !work.is_counted {
                    println!("The pages were not tested: `{}` failed", work.name);
                    return Ok(None);
                }
            }
        }
    }
    Ok(None)
}

/// Where a runner prints its counts.
#[derive(Clone, Copy)]
enum Summary {
    Output,
    Errors,
}

async fn test_command(cargo: &str, absent: &[&str], extra: &[String]) -> (Command, Summary) {
    let mut command = Command::new(cargo);
    if std::io::stderr().is_terminal() {
        // The runner writes into a pipe and would drop its colours.
        command.env("CARGO_TERM_COLOR", "always");
    }
    if answers(cargo, &["nextest", "--version"]).await {
        command.args(["nextest", "run", "--workspace"]);
        if !absent.is_empty() {
            let names: Vec<String> = absent.iter().map(|name| format!("test({name})")).collect();
            command.arg("-E").arg(format!("not ({})", names.join(" or ")));
        }
        command.args(extra);
        return (command, Summary::Errors);
    }
    eprintln!("trial: cargo-nextest is missing, `cargo test` runs instead (slower, tests share a process)");
    command.args(["test", "--workspace", "--no-fail-fast", "--"]).args(extra);
    for name in absent {
        command.args(["--skip", name]);
    }
    (command, Summary::Output)
}

async fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

/// How one step ended.
enum End {
    Passed,
    Failed,
    Interrupted(u8),
}

async fn step(
    name: &str,
    mut command: Command,
    counted: Option<(Summary, &mut Tally)>,
    signals: &mut Signals,
) -> Result<End> {
    eprintln!("trial: {name}");
    command.stdin(Stdio::null());
    let Some((summary, tally)) = counted else {
        let child = command.spawn().explain(|| format!("The step `{name}` cannot be started"))?;
        return follow(child, tokio::io::empty(), |_| {}, signals).await;
    };
    match summary {
        Summary::Errors => command.stderr(Stdio::piped()),
        Summary::Output => command.stdout(Stdio::piped()),
    };
    let mut child = command.spawn().explain(|| format!("The step `{name}` cannot be started"))?;
    match (summary, child.stderr.take(), child.stdout.take()) {
        (Summary::Errors, Some(pipe), _) => {
            let echo = |line: &str| {
                eprint!("{line}");
                tally.read(line);
            };
            follow(child, pipe, echo, signals).await
        }
        (Summary::Output, _, Some(pipe)) => {
            let echo = |line: &str| {
                print!("{line}");
                tally.read(line);
            };
            follow(child, pipe, echo, signals).await
        }
        _ => Err(Trouble::new(format!("The output of `{name}` cannot be read"))),
    }
}

/// Waits for a child and hands on its lines while doing so.
async fn follow(
    mut child: Child,
    pipe: impl AsyncRead + Unpin,
    mut echo: impl FnMut(&str),
    signals: &mut Signals,
) -> Result<End> {
    let mut lines = BufReader::new(pipe);
    let mut line = Vec::new();
    let mut is_open = true;
    let mut status = None;
    let mut deadline = Instant::now();
    while is_open || status.is_none() {
        tokio::select! {
            read = lines.read_until(b'\n', &mut line), if is_open => {
                is_open = read.is_ok_and(|length| length > 0);
                echo(&String::from_utf8_lossy(&line));
                line.clear();
            }
            ended = child.wait(), if status.is_none() => {
                status = Some(ended.explain(|| "A step cannot be waited for".to_owned())?);
                deadline = Instant::now() + LAST_OUTPUT;
            }
            () = tokio::time::sleep_until(deadline), if status.is_some() => is_open = false,
            code = signals.next() => {
                end(&mut child).await;
                return Ok(End::Interrupted(code));
            }
        }
    }
    Ok(if status.is_some_and(|status| status.success()) { End::Passed } else { End::Failed })
}

/// Asks a child to end, so that a test runner can end its tests first; then makes it.
async fn end(child: &mut Child) {
    if let Some(process) = child.id() {
        // The standard library can only kill; the shell's own `kill` needs no further program.
        let ask = Command::new("sh").args(["-c", &format!("kill -s TERM {process}")]).status().await;
        if ask.is_ok() && tokio::time::timeout(LAST_WORDS, child.wait()).await.is_ok() {
            return;
        }
    }
    child.kill().await.ok();
}

/// Ctrl-C and a polite kill. From their registration on neither ends this process by itself.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).explain(|| "Cannot listen for signals".to_owned());
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for one; tells the exit code that shells expect after it.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}
