//! A simulator with a frozen clock, and clients that share that clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use wechat::mini::{MiniConfig, MiniProgram, TokenStore};
use wechat::pay::{Pay, PayConfig, PlatformKey, Prepay};
use wechat::{Now, Timeouts};
use wechat_simulator::{Options, Running, Settings, openid_of, start};

/// The moment at which every test begins: 2026-09-21 22:13:20 in Beijing.
pub const START: i64 = 1_790_000_000;

/// Short, so that a test of silence ends soon.
pub const TIMEOUTS: Timeouts = Timeouts { connect: Duration::from_secs(1), total: Duration::from_secs(4) };

pub struct Bench {
    pub sim: Running,
    pub sheet: Value,
    http: reqwest::Client,
    clock: Arc<AtomicI64>,
}

impl Bench {
    pub async fn new() -> Self {
        let settings = Settings { auto_notify: false, ..Settings::default() };
        let options = Options { seed: 7, start_at: Some(START), settings, ..Options::default() };
        Self::with(options).await
    }

    pub async fn with(options: Options) -> Self {
        let sim = start(options).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let sheet = http.get(format!("{}/sim/merchant.json", sim.url())).send().await.unwrap();
        let sheet = sheet.json().await.unwrap();
        Self { sim, sheet, http, clock: Arc::new(AtomicI64::new(START)) }
    }

    pub fn text(&self, name: &str) -> &str {
        self.sheet[name].as_str().unwrap_or_else(|| panic!("no {name}"))
    }

    pub fn now(&self) -> Now {
        let clock = Arc::clone(&self.clock);
        Arc::new(move || clock.load(Ordering::SeqCst))
    }

    pub async fn get(&self, target: &str) -> Value {
        self.http.get(format!("{}{target}", self.sim.url())).send().await.unwrap().json().await.unwrap()
    }

    pub async fn post(&self, target: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{target}", self.sim.url())).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Adds a fault rule.
    pub async fn fault(&self, rule: Value) {
        assert!(self.post("/sim/faults", rule).await.is_array());
    }

    /// Moves both clocks.
    pub async fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
        self.post("/sim/clock", json!({ "advance_s": seconds })).await;
    }

    /// How often a path was called.
    pub async fn calls(&self, path: &str) -> usize {
        self.get(&format!("/sim/journal?kind=call&path={path}")).await.as_array().unwrap().len()
    }

    pub fn mini_config(&self) -> MiniConfig {
        MiniConfig {
            base: self.sim.url(),
            appid: self.text("appid").to_owned(),
            secret: self.text("app_secret").into(),
        }
    }

    pub fn mini(&self) -> MiniProgram {
        MiniProgram::with_timeouts(self.mini_config(), TIMEOUTS, self.now()).unwrap()
    }

    pub fn mini_sharing(&self, store: &Arc<dyn TokenStore>) -> MiniProgram {
        MiniProgram::with_store(self.mini_config(), TIMEOUTS, self.now(), Arc::clone(store)).unwrap()
    }

    pub fn pay_config(&self) -> PayConfig {
        PayConfig {
            bases: vec![self.sim.url()],
            appid: self.text("appid").to_owned(),
            mchid: self.text("mchid").to_owned(),
            merchant_key_pem: self.text("merchant_key_pem").into(),
            merchant_serial: self.text("merchant_serial").to_owned(),
            platform_keys: vec![PlatformKey::Public {
                id: self.text("platform_public_key_id").to_owned(),
                pem: self.text("platform_public_key_pem").to_owned(),
            }],
            uses_certificates: false,
            apiv3_key: self.text("apiv3_key").into(),
            notify_url: "http://127.0.0.1:9/wechat/pay".to_owned(),
            refund_notify_url: "http://127.0.0.1:9/wechat/refund".to_owned(),
        }
    }

    pub fn pay(&self) -> Pay {
        Pay::with_timeouts(self.pay_config(), TIMEOUTS, self.now()).unwrap()
    }

    pub fn order(&self, number: &str, fen: i64) -> Prepay {
        Prepay {
            description: "午餐 一份".to_owned(),
            out_trade_no: number.to_owned(),
            expires_at: (self.now())() + 900,
            total_fen: fen,
            openid: openid_of("daughter1"),
            attach: None,
        }
    }

    /// An order that was paid; gives the platform's number.
    pub async fn paid(&self, pay: &Pay, number: &str, fen: i64) -> String {
        let frozen = pay.freeze_prepay(&self.order(number, fen)).unwrap();
        pay.prepay(&frozen).await.unwrap();
        let paid = self.post(&format!("/sim/pay/{number}"), json!({ "result": "ok" })).await;
        paid["transaction"]["transaction_id"].as_str().unwrap_or_else(|| panic!("{paid}")).to_owned()
    }
}
