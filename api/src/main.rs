//! The program `nuanyang`: one binary, its roles are subcommands.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use nuanyang::app::App;
use nuanyang::config::{Config, Mode, SETTINGS};
use nuanyang::kit::clock::Clock;
use nuanyang::kit::refusal::Fault;
use nuanyang::rights::service::entitlement::Run;
use nuanyang::{audit, demo, http, jobs, schema, start};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Care at home and at the canteen: booked, proven and paid.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// File of settings.
    #[arg(long, default_value = "nuanyang.toml")]
    settings: PathBuf,
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Serve the API, and do due work unless told not to.
    Serve,
    /// Only do due work.
    Work,
    /// Bring the database up to date.
    Migrate,
    /// Load the demonstration data once.
    Seed,
    /// Everything for a look: simulator, demonstration data, API, pages.
    Demo,
    /// Give the vouchers of the current month to everybody who is entitled and has none, as happens by itself on its 1st.
    Vouchers,
    /// Print the contract.
    Sdl,
    /// Print every setting with its default.
    Settings,
    /// Prove every money identity over the whole database; fails with the first one that does not hold.
    Audit,
    /// Look at every elder: who is entitled to what, and who does not use it.
    Entitlements {
        /// Codes of programmes joined by commas, or `all`.
        #[arg(long, default_value = "all")]
        programmes: String,
        /// The day, such as 2026-06-01; today when left out.
        #[arg(long)]
        on: Option<chrono::NaiveDate>,
        /// Only this region and what lies below it: its official code.
        #[arg(long, default_value = "")]
        region: String,
    },
    /// Load a CSV file: elders, canteens, menus, facts or enrolments.
    Import {
        /// What the rows are.
        kind: nuanyang::import::Kind,
        /// The file.
        file: PathBuf,
        /// Check everything, change nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

#[actix_web::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("nuanyang: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Fault> {
    match arguments.role {
        Role::Sdl => {
            print!("{}", schema::sdl());
            return Ok(());
        }
        Role::Settings => {
            for (name, default, about) in SETTINGS {
                println!("{name} = {default:?}\n   {}", about.trim());
            }
            return Ok(());
        }
        _ => {}
    }
    let config = Config::load(&arguments.settings).map_err(Fault::new)?;
    logs(&config);
    if matches!(arguments.role, Role::Demo) {
        return demo::run(config).await;
    }
    if matches!(arguments.role, Role::Audit) {
        return audit::run(&config).await;
    }
    let clock = if config.mode == Mode::Demo { Clock::shifted() } else { Clock::system() };
    let app = start::open(config, clock).await?;
    match arguments.role {
        Role::Serve => serve(app).await,
        Role::Work => work(app).await,
        Role::Migrate => start::migrate(&app).await,
        Role::Seed => {
            start::migrate(&app).await?;
            demo::seed(&app).await.map(|_| ())
        }
        Role::Entitlements { programmes, on, region } => {
            let programmes = match programmes.as_str() {
                "all" => Vec::new(),
                codes => codes.split(',').map(|code| code.trim().to_owned()).collect(),
            };
            let on = on.unwrap_or_else(|| app.clock.today());
            demo::entitlements(&app, Run { programmes, region, on }).await
        }
        Role::Vouchers => vouchers(&app).await,
        Role::Import { kind, file, dry_run } => demo::import(&app, kind, &file, dry_run).await,
        Role::Demo | Role::Audit | Role::Sdl | Role::Settings => Ok(()),
    }
}

fn logs(config: &Config) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::builder().with_default_directive(tracing::Level::INFO.into()).from_env_lossy();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.logs_json { lines.json().init() } else { lines.init() }
}

async fn serve(app: App) -> Result<(), Fault> {
    let listener = TcpListener::bind(&app.config.listen)
        .map_err(|error| Fault::new(format!("{} is not free: {error}", app.config.listen)))?;
    start::migrate(&app).await?;
    if app.config.wechat_tells_complaints {
        start::take_complaints(&app).await;
    }
    http::run_until_signal(app, listener).await
}

async fn vouchers(app: &App) -> Result<(), Fault> {
    start::migrate(app).await?;
    for run in nuanyang::money::service::voucher::month::issue_whole(app).await? {
        let worth = nuanyang::kit::fen::Fen::new(run.granted_fen);
        println!("{} {}: {} vouchers, {worth} yuan", run.programme, run.month_on, run.grants);
    }
    Ok(())
}

async fn work(app: App) -> Result<(), Fault> {
    let worker = jobs::run(app.clone());
    tokio::select! {
        () = worker => Ok(()),
        () = http::signal() => {
            app.tasks.close();
            Ok(())
        }
    }
}
