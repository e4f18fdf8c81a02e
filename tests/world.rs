//! The world of a test: the program in this process behind real HTTP, a fresh database, a simulator of its own, and
//! a clock that stands until it is moved.

pub mod acts;
pub mod archive;
pub mod bath;
pub mod care;
pub mod client;
pub mod consent;
pub mod contract;
pub mod crowd;
pub mod homecare;
pub mod live;
pub mod messages;
pub mod money;
mod multiply;
pub mod place;
pub mod population;
pub mod post_box;
pub mod processes;
pub mod scene;
pub mod servers;
pub mod team;
pub mod voucher;
pub mod workday;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Asia::Shanghai;
use nuanyang::app::App;
use nuanyang::config::Config;
use nuanyang::kit::clock::Clock;
use nuanyang::{http, jobs, start};
use nuanyang_kit::database;
use serde_json::{Value, json};
use wechat_simulator::{Options, Running, Settings};

/// On which database and with which holds a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Runs the same test on both backends.
#[macro_export]
macro_rules! on_both {
    ($(async fn $name:ident($world:ident: World) $body:block)+) => { $(
        mod $name {
            use super::*;
            async fn story($world: $crate::world::World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite_memory() {
                story($crate::world::World::new($crate::world::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres_redis() {
                story($crate::world::World::new($crate::world::Backend::Postgres).await).await;
            }
        }
    )+ };
}

/// Everything a test needs.
#[derive(Clone)]
pub struct World(Arc<Inner>);

#[allow(dead_code, reason = "not every test looks at everything")]
pub struct Inner {
    pub app: App,
    pub base: String,
    pub sim: String,
    pub backend: Backend,
    pub http: reqwest::Client,
    pub settings: BTreeMap<String, String>,
    _simulator: Option<Running>,
    server: Option<actix_web::dev::ServerHandle>,
    /// The world whose database and simulator this one uses.
    _beside: Option<World>,
    _postgres: Option<database::Database>,
    _sqlite: Option<database::SqliteFile>,
}

impl std::ops::Deref for World {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.app.stopping.cancel();
        self.app.tasks.close();
        drop(self.server.as_ref().map(|server| server.stop(false)));
    }
}

/// "2026-06-05 08:20" in Asia/Shanghai.
pub fn shanghai(text: &str) -> DateTime<Utc> {
    let format = if text.len() > 16 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    let local = NaiveDateTime::parse_from_str(text, format).unwrap();
    Shanghai.from_local_datetime(&local).unwrap().with_timezone(&Utc)
}

impl World {
    /// A world on the morning of 2026-06-01, Asia/Shanghai.
    pub async fn new(backend: Backend) -> Self {
        Self::with(backend, |_| {}).await
    }

    /// A world with some settings changed.
    pub async fn with(backend: Backend, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Self {
        let at = shanghai("2026-06-01 00:00");
        let options = Options {
            seed: 7,
            start_at: Some(at.timestamp()),
            settings: Settings { auto_notify: false, ..Settings::default() },
            ..Options::default()
        };
        let simulator = wechat_simulator::start(options).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (mut settings, postgres, sqlite) = databases(backend).await;
        settings.insert("public_url".into(), base.clone());
        settings.insert("simulator_url".into(), simulator.url());
        settings.insert("does_work".into(), "false".into());
        for (name, value) in keys() {
            settings.insert(name.into(), value);
        }
        change(&mut settings);
        let config = Config::from_pairs(settings.clone()).unwrap();
        let app = start::open(config, Clock::frozen(at)).await.unwrap();
        start::migrate(&app).await.unwrap();
        let server = serve(&app, listener);
        let http = client();
        let sim = simulator.url();
        Self(Arc::new(Inner {
            app,
            base,
            sim,
            backend,
            http,
            settings,
            _simulator: Some(simulator),
            server: Some(server),
            _beside: None,
            _postgres: postgres,
            _sqlite: sqlite,
        }))
    }

    /// Moves the clock of the program and of the simulator to a moment in Asia/Shanghai, then does what became due.
    pub async fn at(&self, text: &str) {
        self.set_clock(shanghai(text)).await;
        self.work().await;
    }

    /// Moves both clocks forward without doing any work.
    pub async fn pass(&self, seconds: i64) {
        self.set_clock(self.app.clock.now() + chrono::Duration::seconds(seconds)).await;
    }

    async fn set_clock(&self, at: DateTime<Utc>) {
        self.app.clock.set(at);
        self.sim_post("/sim/clock", &json!({ "at": at.timestamp() })).await;
    }

    /// Does due work until nothing is due.
    pub async fn work(&self) {
        for _ in 0..10_000 {
            if jobs::step(&self.app).await.unwrap() == 0 {
                return;
            }
        }
        panic!("the worker never comes to rest");
    }

    /// Delivers the notifications that are due at the simulator.
    pub async fn deliver(&self) -> Value {
        self.sim_post("/sim/notifications/flush", &json!({})).await
    }

    /// Works, delivers and works again, until refunds and payments have come to rest.
    pub async fn drain(&self) {
        for _ in 0..8 {
            self.work().await;
            self.sim_post("/sim/notifications/flush?all=true", &json!({})).await;
            self.work().await;
            self.pass(61).await;
        }
    }

    /// A call to the simulator's control surface.
    pub async fn sim_post(&self, path: &str, body: &Value) -> Value {
        let answer = self.http.post(format!("{}{path}", self.sim)).json(body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success() || status.as_u16() == 409, "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// A look at the simulator.
    pub async fn sim_get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.sim)).header("accept", "application/json");
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The books balance: every identity that `nuanyang audit` proves, and everything sums to zero.
    pub async fn assert_books(&self) {
        for proof in nuanyang::audit::audit(self.app.db.read()).await.unwrap() {
            assert_eq!(proof.violation, None);
        }
        let sum: i64 = self.balances().await.values().sum();
        assert_eq!(sum, 0);
    }

    /// Sum of each account.
    pub async fn balances(&self) -> BTreeMap<String, i64> {
        use nuanyang::money::store::ledger;
        let rows = ledger::balances(self.app.db.read()).await.unwrap();
        rows.into_iter().map(|row| (row.account, row.amount_fen)).collect()
    }
}

/// Keys of a test, drawn by nobody: the tests do not prove their strength.
fn keys() -> [(&'static str, String); 3] {
    use base64::Engine as _;
    let token = nuanyang::people::service::token::random_key().unwrap();
    [
        ("field_keys", format!("t:{}", "ab12".repeat(16))),
        ("index_key", "cd34".repeat(16)),
        ("token_key", base64::engine::general_purpose::STANDARD.encode(token)),
    ]
}

async fn databases(
    backend: Backend,
) -> (BTreeMap<String, String>, Option<database::Database>, Option<database::SqliteFile>) {
    let mut settings = BTreeMap::new();
    match backend {
        Backend::Sqlite => {
            let file = database::sqlite().unwrap();
            settings.insert("database_url".into(), format!("sqlite:{}", file.path().display()));
            (settings, None, Some(file))
        }
        Backend::Postgres => {
            let fresh = database::fresh(migrate).await.unwrap();
            settings.insert("database_url".into(), fresh.url().to_owned());
            let redis =
                tokio::task::spawn_blocking(nuanyang_kit::environment::redis_url).await.unwrap().unwrap();
            settings.insert("redis_url".into(), redis);
            settings.insert("redis_prefix".into(), database::redis_prefix());
            (settings, Some(fresh), None)
        }
    }
}

/// Brings an empty database up to date; the kit copies it for every test.
async fn migrate(url: String) -> Result<(), String> {
    use entities::MigratorTrait as _;
    let db = nuanyang::kit::db::Db::open(&url, 2).await.map_err(|error| error.to_string())?;
    entities::migrations::Migrator::up(db.transactions(), None).await.map_err(|error| error.to_string())?;
    db.close().await;
    Ok(())
}

/// Serves on a thread of its own, because the server's runtime is not the test's.
fn serve(app: &App, listener: TcpListener) -> actix_web::dev::ServerHandle {
    let (tell, told) = std::sync::mpsc::channel();
    let app = app.clone();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = http::serve(&app, listener, 2).unwrap();
            tell.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    told.recv().unwrap()
}

/// A client for loopback.
pub fn client() -> reqwest::Client {
    // The server ends idle connections after five seconds: one that was idle for two is not used again.
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]).pool_max_idle_per_host(64);
    builder.pool_idle_timeout(std::time::Duration::from_secs(2)).build().unwrap()
}
