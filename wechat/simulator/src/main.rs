//! `wechat-simulator`: runs the stand-in for the WeChat platform until it is interrupted.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use clap::Parser;
use wechat_simulator::{Identity, Options, Settings, start};

/// Stand-in for the WeChat platform: login, payments, refunds and notifications on this machine.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 9100)]
    port: u16,
    /// Loopback address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The simulated mini-program: wxsim and letters or digits.
    #[arg(long)]
    appid: Option<String>,
    /// The simulated merchant: 19000000 and two digits.
    #[arg(long)]
    mchid: Option<String>,
    /// As strict as the platform: a nonce only once, a minute between two refunds of an order.
    #[arg(long)]
    strict: bool,
    /// Seed of all identifiers and of faults by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Listens on a second, free port too, as the disaster host.
    #[arg(long)]
    second_host: bool,
    /// Freezes the clock at this moment, unix seconds.
    #[arg(long)]
    start_at: Option<i64>,
    /// Does not deliver notifications by itself.
    #[arg(long)]
    hold_notifications: bool,
    /// Ends with its input, so that it does not outlive the program that started it.
    #[arg(long)]
    until_eof: bool,
}

/// Where programs say what kind of place they run in, each family of tools in its own way; the first one is the server's own
/// setting.
const PLACES: [&str; 20] = [
    "NUANYANG_MODE",
    "APP_ENV",
    "APP_ENVIRONMENT",
    "ENV",
    "ENVIRONMENT",
    "DEPLOY_ENV",
    "DEPLOYMENT_ENV",
    "NODE_ENV",
    "RUST_ENV",
    "GO_ENV",
    "PYTHON_ENV",
    "DJANGO_ENV",
    "FLASK_ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "MIX_ENV",
    "SPRING_PROFILES_ACTIVE",
    "MICRONAUT_ENVIRONMENTS",
    "ASPNETCORE_ENVIRONMENT",
    "DOTNET_ENVIRONMENT",
];

/// What they call the place of real people and real money.
const REAL: [&str; 4] = ["production", "prod", "prd", "live"];

/// What comes before these words where it is another place.
const BEFORE: [&str; 4] = ["non", "not", "no", "pre"];

/// The variable that says that real people and real money are here, if there is one. Some hold a list of words.
fn production() -> Option<&'static str> {
    PLACES.into_iter().find(|name| {
        let said = std::env::var_os(name).unwrap_or_default().to_string_lossy().to_lowercase();
        let words: Vec<&str> = said.split(|letter: char| !letter.is_alphanumeric()).collect();
        let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
        has(&REAL) && !has(&BEFORE)
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter("warn").init();
    let given = Arguments::parse();
    if let Some(name) = production() {
        return Err(io::Error::other(format!(
            "this is a simulator: it does not start in production ({name})"
        )));
    }
    let mut identity = Identity::default();
    identity.appid = given.appid.unwrap_or(identity.appid);
    identity.mchid = given.mchid.unwrap_or(identity.mchid);
    let settings = if given.strict { Settings::strict() } else { Settings::default() };
    let running = start(Options {
        seed: given.seed,
        bind: SocketAddr::new(given.bind, given.port).to_string(),
        start_at: given.start_at,
        settings: Settings { auto_notify: !given.hold_notifications, ..settings },
        identity,
        has_second_host: given.second_host,
    })
    .await?;
    println!("WeChat simulator at {}/sim (seed {})", running.url(), given.seed);
    if let Some(second) = running.second_url() {
        println!("second host at {second}");
    }
    if given.until_eof {
        let (ended, end) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let read = io::copy(&mut io::stdin().lock(), &mut io::sink());
            drop(ended.send(read));
        });
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = end => {}
        }
    } else {
        tokio::signal::ctrl_c().await?;
    }
    running.stop().await;
    Ok(())
}
