//! Everything that the bench runs on: servers, bulk data, signed-in persons, and a copy of the database for pgbench.

use super::http::{Line, Template};
use super::server::{Server, Simulator, last_words};
use super::{Size, id};
use crate::servers::{Durability, Folder, Postgres, Redis};
use crate::{Explain, Result, Trouble};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::time::Instant;

/// The server's database.
const OWN: &str = "bench";
/// Its copy, for pgbench: the server's worker must not see what the limit writes.
pub const LIMIT: &str = "bench_limit";
/// The size of the server's pool.
pub const POOL: u64 = 16;

/// The running whole. Fields drop in this order: the server goes before what it stands on.
pub struct World {
    pub server: Server,
    simulator: Simulator,
    _redis: Redis,
    pub postgres: Postgres,
    folder: Folder,
    pub size: Size,
    /// Access tokens of the persons, in the order of their numbers.
    pub tokens: Vec<String>,
    /// Their ids in the database.
    pub persons: Vec<String>,
}

impl World {
    /// Starts everything and fills it.
    pub async fn open(size: Size) -> Result<Self> {
        let began = Instant::now();
        let postgres = blocking(|| Postgres::start(Durability::Kept)).await?;
        let redis = blocking(Redis::start).await?;
        execute(&postgres.url("postgres"), &format!("CREATE DATABASE {OWN}")).await?;
        let folder = Folder::in_memory()?;
        let simulator = Simulator::start().await?;
        let settings = [
            ("mode", "demo".to_owned()),
            ("database_url", postgres.url(OWN)),
            ("database_connections", POOL.to_string()),
            ("redis_url", redis.url()),
            ("simulator_url", simulator.url.clone()),
            // Nothing runs out while the bench runs.
            ("access_token_s", "7200".to_owned()),
            ("payment_s", "7200".to_owned()),
            ("does_work", "true".to_owned()),
        ];
        let server = Server::start(&folder, &settings).await?;
        let tokens = sign_in(server.port, &simulator.url, size.viewers).await?;
        server.stop().await?;
        fill(&postgres.url(OWN), size).await?;
        let persons = texts(&postgres.url(OWN), "SELECT id::text FROM person ORDER BY id").await?;
        execute(&postgres.url("postgres"), &format!("CREATE DATABASE {LIMIT} TEMPLATE {OWN}")).await?;
        let server = Server::start(&folder, &settings).await?;
        eprintln!(
            "bench: {} elders, {} orders, ready after {} s",
            size.elders,
            size.orders,
            began.elapsed().as_secs()
        );
        Ok(Self { server, simulator, _redis: redis, postgres, folder, size, tokens, persons })
    }

    /// A connection to the server's database.
    pub async fn admin(&self) -> Result<PgConnection> {
        connect(&self.postgres.url(OWN)).await
    }

    /// A new, empty database on the same PostgreSQL; its address.
    pub async fn empty(&self, name: &str) -> Result<String> {
        execute(&self.postgres.url("postgres"), &format!("CREATE DATABASE {name}")).await?;
        Ok(self.postgres.url(name))
    }

    /// Where the simulator is.
    pub fn simulator(&self) -> &str {
        &self.simulator.url
    }

    /// One number from the server's database or from the copy.
    pub async fn count(&self, is_limit: bool, sql: &str) -> Result<u64> {
        let mut connection = connect(&self.postgres.url(if is_limit { LIMIT } else { OWN })).await?;
        let row = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await;
        let count: i64 = row.explain(|| format!("PostgreSQL refused `{sql}`"))?.get(0);
        connection.close().await.ok();
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Writes out what earlier cases left in memory, so that the next one does not pay for it.
    pub async fn settle(&self) -> Result<()> {
        execute(&self.postgres.url(OWN), "CHECKPOINT").await
    }

    /// SQL statements that the server has sent since it started.
    pub async fn statements(&self) -> Result<u64> {
        let page = Line::open(self.server.port).await?.get("/metrics").await?;
        let line = page.lines().find_map(|line| line.strip_prefix("nuanyang_db_statements_total "));
        line.and_then(|text| text.trim().parse().ok())
            .ok_or_else(|| Trouble::new("the server does not count its statements"))
    }

    /// One GraphQL request; its data. Refuses any error.
    pub async fn data(&self, viewer: u64, document: &str, variables: &Value) -> Result<Value> {
        let template = Template::new(document, &self.tokens);
        ask(&mut Line::open(self.server.port).await?, &template, viewer, variables).await
    }

    /// The end of the server's log.
    pub fn last_words(&self) -> String {
        last_words(self.folder.path())
    }

    /// The port of PostgreSQL.
    pub fn postgres_port(&self) -> Result<String> {
        let url = self.postgres.url("x");
        let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next());
        port.map(str::to_owned).ok_or_else(|| Trouble::new("PostgreSQL has no port"))
    }
}

async fn ask(line: &mut Line, template: &Template, viewer: u64, variables: &Value) -> Result<Value> {
    let mut request = Vec::new();
    template.write(&mut request, viewer, &variables.to_string());
    let body = line.ask(&request).await?.body.to_vec();
    let answer: Value = serde_json::from_slice(&body).explain(|| "The server answers no JSON".to_owned())?;
    if answer.get("errors").is_some() || answer["data"].is_null() {
        return Err(Trouble::new(format!("the server refuses the bench: {answer}")));
    }
    Ok(answer["data"].clone())
}

/// Persons sign in one after the other, as phones do; so their ids grow with their numbers.
async fn sign_in(port: u16, simulator: &str, count: u64) -> Result<Vec<String>> {
    let unreachable = || Trouble::new("the simulator has no port");
    let other = simulator.rsplit(':').next().and_then(|port| port.parse().ok()).ok_or_else(unreachable)?;
    let (mut phone, mut wechat) = (Line::open(port).await?, Line::open(other).await?);
    let document = "mutation($input: SessionStartInput!) { sessionStart(input: $input) { \
        tokens { accessToken } userErrors { code } } }";
    let template = Template::new(document, &[]);
    let mut tokens = Vec::new();
    for number in 0..count {
        let login = wechat.get(&format!("/sim/login?as=bench-{number}")).await?;
        let login: Value =
            serde_json::from_str(&login).explain(|| "The simulator gives no code".to_owned())?;
        let data = ask(&mut phone, &template, 0, &json!({ "input": { "code": login["code"] } })).await?;
        let token = data["sessionStart"]["tokens"]["accessToken"].as_str();
        tokens.push(token.ok_or_else(|| Trouble::new(format!("nobody can sign in: {data}")))?.to_owned());
    }
    Ok(tokens)
}

async fn fill(url: &str, size: Size) -> Result<()> {
    let mut sql = include_str!("data.sql").to_owned();
    for (name, value) in [
        ("{elders}", size.elders),
        ("{orders}", size.orders),
        ("{canteens}", id::CANTEENS),
        ("{days}", id::DAYS),
    ] {
        sql = sql.replace(name, &value.to_string());
    }
    execute(url, &sql).await?;
    execute(url, "VACUUM ANALYZE").await
}

async fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::connect(url).await.explain(|| "Cannot reach the PostgreSQL of the bench".to_owned())
}

async fn execute(url: &str, sql: &str) -> Result<()> {
    let mut connection = connect(url).await?;
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await;
    done.explain(|| format!("PostgreSQL refused `{}…`", sql.chars().take(60).collect::<String>()))?;
    connection.close().await.explain(|| "A connection does not close".to_owned())
}

async fn texts(url: &str, sql: &str) -> Result<Vec<String>> {
    let mut connection = connect(url).await?;
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await;
    let rows = rows.explain(|| format!("PostgreSQL refused `{sql}`"))?;
    connection.close().await.ok();
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

async fn blocking<T: Send + 'static>(act: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(act).await;
    done.explain(|| "A server's start was cut short".to_owned())?
}
