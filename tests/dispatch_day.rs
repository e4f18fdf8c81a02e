//! `dispatch_day DATABASE SIMULATOR [CARERS ORDERS]`: times every decision of a day's dispatch, in process and one after the
//! other, and prints the figures as JSON. `make bench` runs it on its own PostgreSQL; nothing else does.

#[allow(dead_code, reason = "the race of a day uses the rest")]
#[path = "world/workday.rs"]
mod workday;

use std::process::ExitCode;
use std::time::Instant;

use nuanyang::app::App;
use nuanyang::config::Config;
use nuanyang::dispatch::service::offer::{accept, decline, dispatch};
use nuanyang::kit::clock::Clock;
use nuanyang::kit::db::{execute, row};
use nuanyang::kit::ids::OrderId;
use nuanyang::kit::refusal::Fault;
use nuanyang::start;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use workday::fault;

const PROVIDERS: usize = 10;
/// When everybody books: 10:00 in Shanghai, three days before.
const BOOKED_AT: &str = "2026-06-01T02:00:00Z";
/// Every so many-th carer says no, and another one is looked for.
const NO_EACH: usize = 4;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Box::pin(run(&arguments)).await {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("dispatch_day: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// Times and statements of decisions of one kind.
#[derive(Default)]
struct Gauge {
    times_us: Vec<u64>,
    statements: u64,
}

impl Gauge {
    async fn measure<T>(&mut self, app: &App, act: impl Future<Output = T>) -> T {
        let (statements, began) = (app.db.statements(), Instant::now());
        let done = act.await;
        self.times_us.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
        self.statements += app.db.statements() - statements;
        done
    }

    fn figures(mut self, title: &str) -> Value {
        self.times_us.sort_unstable();
        let last = self.times_us.len().saturating_sub(1);
        let at = |permille: usize| self.times_us.get(last * permille / 1_000).copied().unwrap_or(0);
        let count = u64::try_from(self.times_us.len()).unwrap_or(0);
        json!({
            "title": title, "count": count, "p50_us": at(500), "p99_us": at(990),
            "statements_milli": self.statements * 1_000 / count.max(1),
        })
    }
}

async fn run(arguments: &[String]) -> Result<Value, Fault> {
    let number = |place: usize, usual: usize| match arguments.get(place) {
        Some(text) => text.parse().map_err(fault),
        None => Ok(usual),
    };
    let (carers, orders) = (number(2, 200)?, number(3, 2_000)?);
    let (Some(database), Some(simulator)) = (arguments.first(), arguments.get(1)) else {
        return Err(Fault::new("where is the database, and where the simulator?"));
    };
    let app = open(database, simulator).await?;
    let offices = workday::open(&app, PROVIDERS, carers / PROVIDERS).await?;
    execute(app.db.write(), "ANALYZE", []).await?;
    let each = orders / PROVIDERS;
    let (mut places, mut first, mut again) = (Gauge::default(), Gauge::default(), Gauge::default());
    let mut ids = Vec::new();
    for number in 0..each {
        for office in &offices {
            ids.push(places.measure(&app, workday::book(&app, office, (number, each))).await?);
        }
    }
    execute(app.db.write(), "ANALYZE", []).await?;
    for id in &ids {
        Box::pin(first.measure(&app, dispatch(&app, *id))).await?;
    }
    let mut sent_away: Vec<OrderId> = Vec::new();
    for asked in workday::asked(&app).await?.into_iter().step_by(NO_EACH) {
        decline(&app, &asked.carer, asked.order, "当天有事").await.map_err(fault)?;
        sent_away.push(asked.order);
    }
    for id in &sent_away {
        Box::pin(again.measure(&app, dispatch(&app, *id))).await?;
    }
    for asked in workday::asked(&app).await? {
        accept(&app, &asked.carer, asked.order).await.map_err(fault)?;
    }
    let wrong = wrong(&app, orders).await?;
    app.db.close().await;
    let cases = [
        places.figures("a visit is placed, its carer chosen"),
        first.figures("the chosen carer is asked"),
        again.figures("after a no the next one is chosen and asked, or the money goes back"),
    ];
    Ok(json!({ "carers": carers, "orders": orders, "wrong": wrong, "cases": cases }))
}

async fn open(database: &str, simulator: &str) -> Result<App, Fault> {
    let pairs = [
        ("database_url", database.to_owned()),
        ("simulator_url", simulator.to_owned()),
        ("does_work", "false".to_owned()),
        // Keys of nobody: what they seal is thrown away with the database.
        ("field_keys", format!("t:{}", "ab12".repeat(16))),
        ("index_key", "cd34".repeat(16)),
        ("token_key", token_key()?),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    let at = BOOKED_AT.parse().map_err(fault)?;
    let app = start::open(Config::from_pairs(pairs).map_err(fault)?, Clock::frozen(at)).await?;
    start::migrate(&app).await?;
    Ok(app)
}

fn token_key() -> Result<String, Fault> {
    use base64::Engine as _;
    let key = nuanyang::people::service::token::random_key().map_err(fault)?;
    Ok(base64::engine::general_purpose::STANDARD.encode(key))
}

/// What must not be there at the end: visits of one carer that overlap, time without a visit, orders that still wait.
async fn wrong(app: &App, orders: usize) -> Result<i64, Fault> {
    #[derive(FromQueryResult)]
    struct Number {
        number: i64,
    }
    let checks = [
        "SELECT count(*) AS number FROM assignment a JOIN service_order o ON o.id = a.order_id \
         JOIN assignment b ON b.carer_id = a.carer_id AND b.order_id <> a.order_id JOIN service_order p ON p.id = b.order_id \
         WHERE a.state = 'ACCEPTED' AND b.state = 'ACCEPTED' AND o.starts_at < p.ends_at AND p.starts_at < o.ends_at",
        "SELECT count(*) AS number FROM carer_time t WHERE NOT EXISTS (SELECT 1 FROM assignment a \
         WHERE a.order_id = t.order_id AND a.carer_id = t.carer_id AND a.state = 'ACCEPTED')",
        "SELECT count(*) AS number FROM service_order WHERE state NOT IN ('ACCEPTED', 'CANCELLED')",
    ];
    let mut wrong = 0;
    for sql in checks {
        let found: Option<Number> = row(app.db.write(), sql, []).await?;
        wrong += found.map_or(1, |found| found.number);
    }
    let all: Option<Number> = row(app.db.write(), "SELECT count(*) AS number FROM service_order", []).await?;
    let is_all = all.is_some_and(|all| usize::try_from(all.number).is_ok_and(|count| count == orders));
    Ok(wrong + i64::from(!is_all))
}
