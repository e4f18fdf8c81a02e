//! `entitlement_crowd SETTINGS [ELDERS]`: writes so many made-up elders with archives into the database of the settings, for
//! timing `nuanyang entitlements` over them.

#[path = "world/population.rs"]
mod population;

use std::path::Path;
use std::process::ExitCode;

use nuanyang::config::Config;
use nuanyang::kit::clock::Clock;
use nuanyang::kit::db::execute;
use nuanyang::kit::refusal::Fault;
use nuanyang::start;

/// Elders drawn at a time.
const ROUND: usize = 5_000;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("entitlement_crowd: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[String]) -> Result<(), Fault> {
    let [settings, rest @ ..] = arguments else {
        return Err(Fault::new("entitlement_crowd SETTINGS [ELDERS]"));
    };
    let count: usize = match rest.first() {
        Some(text) => text.parse().map_err(|_| Fault::new("ELDERS is a whole number"))?,
        None => 120_000,
    };
    let config = Config::load(Path::new(settings)).map_err(Fault::new)?;
    let app = start::open(config, Clock::shifted()).await?;
    start::migrate(&app).await?;
    let assessor: uuid::Uuid = app.ids.next();
    let sql = "INSERT INTO person (id, openid_index, openid_sealed, created_at) VALUES ($1, $2, $3, $4)";
    let name = format!("crowd-{assessor}");
    let values =
        [assessor.into(), name.as_str().into(), app.seal.seal(&name)?.into(), app.clock.now().into()];
    execute(app.db.write(), sql, values).await?;
    let today = app.clock.today();
    let mut made = 0;
    while made < count {
        let size = ROUND.min(count - made);
        let seed = u64::try_from(made).unwrap_or(0);
        population::write(&app, &population::draw(seed, size, today, || app.ids.next()), assessor).await?;
        made += size;
        eprintln!("{made} elders written");
    }
    Ok(())
}
