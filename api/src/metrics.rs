//! What `/metrics` shows, as Prometheus text.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

type Labels = Vec<(&'static str, String)>;

/// Distinct operation names that become labels; clients choose names, so the rest is "other".
const NAMES_MAX: usize = 200;

/// Counters, gauges and histograms of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Histogram,
    verdicts: Family<Labels, Counter>,
    names: Mutex<HashSet<String>>,
    /// SQL statements sent since the start, `BEGIN` and `COMMIT` left out.
    pub statements: Counter,
    /// Database connections open.
    pub connections: Gauge,
    /// Database connections idle.
    pub idle_connections: Gauge,
    /// Milliseconds by which the oldest due work is late.
    pub job_lag_ms: Gauge<i64, AtomicI64>,
    /// Due work given up after its last try.
    pub dead_jobs: Gauge,
    /// Refunds that wait for a person.
    pub stuck_refunds: Gauge,
    /// Topics somebody listens to.
    pub live_topics: Gauge,
    /// Signatures of WeChat Pay that fitted since the start, by the serial of its key.
    signatures: Family<Labels, Gauge>,
    /// Seconds that WeChat's clock is ahead of ours.
    pub clock_skew_s: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("nuanyang"),
            requests: Family::default(),
            seconds: Histogram::new(exponential_buckets(0.000_5, 2.0, 16)),
            verdicts: Family::default(),
            names: Mutex::default(),
            statements: Counter::default(),
            connections: Gauge::default(),
            idle_connections: Gauge::default(),
            job_lag_ms: Gauge::default(),
            dead_jobs: Gauge::default(),
            stuck_refunds: Gauge::default(),
            live_topics: Gauge::default(),
            signatures: Family::default(),
            clock_skew_s: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "GraphQL operations by name and outcome", self.requests.clone());
        registry.register_with_unit(
            "request",
            "Time of GraphQL operations",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register(
            "payment_verdicts",
            "What payment evidence and notifications meant",
            self.verdicts.clone(),
        );
        registry.register("db_statements", "SQL statements sent", self.statements.clone());
        registry.register("db_connections", "Database connections open", self.connections.clone());
        registry.register("db_connections_idle", "Database connections idle", self.idle_connections.clone());
        registry.register("job_lag_milliseconds", "Lateness of the oldest due work", self.job_lag_ms.clone());
        registry.register("jobs_dead", "Due work given up", self.dead_jobs.clone());
        let stuck = "Refunds that wait for a person: refused, closed, or without an account to go to";
        registry.register("refunds_stuck", stuck, self.stuck_refunds.clone());
        registry.register("live_topics", "Topics somebody listens to", self.live_topics.clone());
        let fitted = "Signatures of WeChat Pay that fitted since the start, by the serial of its key";
        registry.register("wechat_signatures", fitted, self.signatures.clone());
        let ahead = "Seconds that the clock of WeChat Pay is ahead of ours";
        registry.register("wechat_clock_skew", ahead, self.clock_skew_s.clone());
    }

    /// One GraphQL operation has ended.
    pub fn request(&self, name: Option<&str>, outcome: &str, took: Duration) {
        let labels = vec![("operation", self.label(name)), ("outcome", outcome.to_owned())];
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// A payment, notification or query was judged.
    pub fn payment_verdict(&self, verdict: &str) {
        self.verdicts.get_or_create(&vec![("verdict", verdict.to_owned())]).inc();
    }

    /// How many signatures of the platform fitted under a key.
    pub fn signed_by(&self, serial: &str, count: u64) {
        let gauge = self.signatures.get_or_create(&vec![("key", serial.to_owned())]);
        gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// The whole page.
    pub fn page(&self) -> String {
        let mut page = String::new();
        match encode(&mut page, &self.registry) {
            Ok(()) => page,
            Err(error) => format!("# {error}\n"),
        }
    }

    fn label(&self, name: Option<&str>) -> String {
        let is_sober = |name: &&str| {
            (1..=40).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let Some(name) = name.filter(is_sober) else { return "unnamed".to_owned() };
        let mut names = self.names.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if names.contains(name) || names.len() < NAMES_MAX {
            names.insert(name.to_owned());
            return name.to_owned();
        }
        "other".to_owned()
    }
}
