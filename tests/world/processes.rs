//! The real programs as processes of their own, so that one can be killed and started again.

use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use nuanyang::config::Config;
use nuanyang::kit::clock::Clock;
use nuanyang::start;
use nuanyang_kit::environment::program;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{Backend, Inner, World, client, databases, keys};

/// A server and a simulator as processes. The world looks into the database and speaks to both over HTTP.
pub struct House {
    pub world: World,
    listen: String,
    server: Child,
    _simulator: Child,
}

impl House {
    /// Starts both on a fresh database; the clocks run with the machine.
    pub async fn open(backend: Backend) -> Self {
        let (simulator, sim) = start_simulator().await;
        let listen = format!("127.0.0.1:{}", free_port());
        let base = format!("http://{listen}");
        let (mut settings, postgres, sqlite) = databases(backend).await;
        settings.insert("listen".into(), listen.clone());
        settings.insert("public_url".into(), base.clone());
        settings.insert("simulator_url".into(), sim.clone());
        for (name, value) in keys() {
            settings.insert(name.into(), value);
        }
        let config = Config::from_pairs(settings.clone()).unwrap();
        let app = start::open(config, Clock::shifted()).await.unwrap();
        start::migrate(&app).await.unwrap();
        let world = World(Arc::new(Inner {
            app,
            base,
            sim,
            backend,
            http: client(),
            settings,
            _simulator: None,
            server: None,
            _beside: None,
            _postgres: postgres,
            _sqlite: sqlite,
        }));
        let server = start_server(&world);
        let mut house = Self { world, listen, server, _simulator: simulator };
        house.until_ready().await;
        house
    }

    /// Ends the server as a crash would (SIGKILL).
    pub async fn kill(&mut self) {
        self.server.kill().await.unwrap();
    }

    /// Starts the server again on the same database and port; how long until it was ready.
    pub async fn start_again(&mut self) -> Duration {
        let began = std::time::Instant::now();
        self.server = start_server(&self.world);
        self.until_ready().await;
        began.elapsed()
    }

    /// Moves every clock forward.
    pub async fn advance(&self, seconds: i64) {
        self.demo("clock", json!({ "advance_s": seconds })).await;
        self.world.app.clock.advance(chrono::Duration::seconds(seconds));
    }

    /// Does what is due now.
    pub async fn work(&self) {
        self.demo("work", json!({})).await;
    }

    async fn demo(&self, what: &str, body: serde_json::Value) {
        let url = format!("{}/demo/{what}", self.world.base);
        let answer = self.world.http.post(url).json(&body).send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{what}: {status} {}", answer.text().await.unwrap());
    }

    async fn until_ready(&mut self) {
        let url = format!("http://{}/readyz", self.listen);
        for _ in 0..1_000 {
            let answer = self.world.http.get(&url).timeout(Duration::from_secs(2)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert_eq!(self.server.try_wait().unwrap(), None, "the server ended while starting");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server was not ready within twenty seconds");
    }
}

fn start_server(world: &World) -> Child {
    let environment =
        world.settings.iter().map(|(name, value)| (format!("NUANYANG_{}", name.to_uppercase()), value));
    Command::new(program("nuanyang").unwrap())
        .args(["--settings", "none.toml", "serve"])
        .envs(environment)
        .env("RUST_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn start_simulator() -> (Child, String) {
    let mut child = Command::new(program("wechat-simulator").unwrap())
        .args(["--port", "0", "--seed", "7"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    (child, url.trim_end_matches("/sim").to_owned())
}

/// A free port below the range for outgoing connections: a client that calls a killed server could otherwise be
/// given the server's own port and keep it from coming back.
fn free_port() -> u16 {
    let first = u16::try_from(std::process::id() % 1_500).unwrap() * 10 + 16_000;
    (first..first + 900).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
