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
    servers: Vec<Server>,
    _simulator: Child,
}

/// One of the servers, at an address of its own.
struct Server {
    listen: String,
    process: Child,
}

impl House {
    /// Starts both on a fresh database; the clocks run with the machine.
    pub async fn open(backend: Backend) -> Self {
        Self::open_many(backend, 1).await
    }

    /// Starts so many servers on one fresh database.
    pub async fn open_many(backend: Backend, count: usize) -> Self {
        let (simulator, sim) = start_simulator().await;
        let addresses = free_ports(count);
        let (listen, base) = (addresses[0].clone(), format!("http://{}", addresses[0]));
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
        let started =
            addresses.into_iter().map(|listen| Server { process: start_server(&world, &listen), listen });
        let servers = started.collect();
        let mut house = Self { world, servers, _simulator: simulator };
        for which in 0..count {
            house.until_ready(which).await;
        }
        house
    }

    /// Where the servers are.
    pub fn doors(&self) -> Vec<String> {
        self.servers.iter().map(|server| format!("http://{}", server.listen)).collect()
    }

    /// Ends the server as a crash would (SIGKILL).
    pub async fn kill(&mut self) {
        self.kill_one(0).await;
    }

    /// Ends one of the servers as a crash would.
    pub async fn kill_one(&mut self, which: usize) {
        self.servers[which].process.kill().await.unwrap();
    }

    /// Starts the server again on the same database and port; how long until it was ready.
    pub async fn start_again(&mut self) -> Duration {
        self.start_one_again(0).await
    }

    /// Starts one of the servers again; how long until it was ready.
    pub async fn start_one_again(&mut self, which: usize) -> Duration {
        let began = std::time::Instant::now();
        self.servers[which].process = start_server(&self.world, &self.servers[which].listen);
        self.until_ready(which).await;
        began.elapsed()
    }

    /// Moves every clock forward.
    pub async fn advance(&self, seconds: i64) {
        // Each server moves its own clock, and the simulator's to the same instant.
        for door in self.doors() {
            self.demo(&door, "clock", json!({ "advance_s": seconds })).await;
        }
        self.world.app.clock.advance(chrono::Duration::seconds(seconds));
    }

    /// Does what is due now.
    pub async fn work(&self) {
        self.demo(&self.world.base, "work", json!({})).await;
    }

    /// Memory of one of the servers in KiB, now and at most; zeros where /proc does not tell.
    pub fn memory_kib(&self, which: usize) -> (u64, u64) {
        let process = self.servers[which].process.id().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let line = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        (line("VmRSS:"), line("VmHWM:"))
    }

    /// Lets the most of one of the servers begin anew.
    pub fn forget_peak(&self, which: usize) {
        let process = self.servers[which].process.id().unwrap();
        drop(std::fs::write(format!("/proc/{process}/clear_refs"), "5"));
    }

    /// Waits until a number in the database is as wanted; ten minutes at most.
    pub async fn until(&self, expression: &str, wanted: i64) {
        for _ in 0..6_000 {
            if self.world.number(expression).await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{expression} never was {wanted}");
    }

    async fn demo(&self, door: &str, what: &str, body: serde_json::Value) {
        let url = format!("{door}/demo/{what}");
        let answer = self.world.http.post(url).json(&body).send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{what}: {status} {}", answer.text().await.unwrap());
    }

    async fn until_ready(&mut self, which: usize) {
        let url = format!("http://{}/readyz", self.servers[which].listen);
        for _ in 0..1_000 {
            let answer = self.world.http.get(&url).timeout(Duration::from_secs(2)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert_eq!(
                self.servers[which].process.try_wait().unwrap(),
                None,
                "the server ended while starting"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server was not ready within twenty seconds");
    }
}

fn start_server(world: &World, listen: &str) -> Child {
    let environment =
        world.settings.iter().map(|(name, value)| (format!("NUANYANG_{}", name.to_uppercase()), value));
    Command::new(program("nuanyang").unwrap())
        .args(["--settings", "none.toml", "serve"])
        .envs(environment)
        .env("NUANYANG_LISTEN", listen)
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

/// Addresses with free ports below the range for outgoing connections: a client that calls a killed server could otherwise
/// be given the server's own port and keep it from coming back.
fn free_ports(count: usize) -> Vec<String> {
    let first = u16::try_from(std::process::id() % 1_500).unwrap() * 10 + 16_000;
    let free = (first..first + 900).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.take(count).map(|port| format!("127.0.0.1:{port}")).collect()
}
