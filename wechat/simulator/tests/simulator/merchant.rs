//! A merchant in miniature: signs requests, verifies answers and notifications, decrypts.

use std::collections::HashMap;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    rand::SystemRandom,
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use wechat_simulator::{Options, Running, Settings, openid_of, start};

use crate::listener::{Arrived, Listener};

/// The moment at which every test begins.
pub const START: i64 = 1_790_000_000;

/// An answer, raw.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn inner(&self) -> &str {
        self.headers["request-id"].rsplit('-').next().unwrap()
    }
}

/// A simulator with a frozen clock, a merchant of it, and the merchant's notify address.
pub struct Bench {
    pub sim: Running,
    pub sheet: Value,
    pub listener: Listener,
    client: reqwest::Client,
    key: RsaKeyPair,
    nonces: std::cell::Cell<u32>,
    pub clock: std::cell::Cell<i64>,
}

impl Bench {
    pub async fn new() -> Self {
        Self::seeded(7).await
    }

    pub async fn seeded(seed: u64) -> Self {
        let settings = Settings { auto_notify: false, ..Settings::default() };
        let sim =
            start(Options { seed, start_at: Some(START), settings, ..Options::default() }).await.unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            .build()
            .unwrap();
        let sheet: Value = client
            .get(format!("{}/sim/merchant.json", sim.url()))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let key = RsaKeyPair::from_pkcs8(&der(sheet["merchant_key_pem"].as_str().unwrap())).unwrap();
        let listener = Listener::new();
        let (nonces, clock) = (std::cell::Cell::new(0), std::cell::Cell::new(START));
        Self { sim, sheet, listener, client, key, nonces, clock }
    }

    pub fn text(&self, name: &str) -> &str {
        self.sheet[name].as_str().unwrap()
    }

    pub fn sign(&self, message: &str) -> String {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        STANDARD.encode(signature)
    }

    pub fn authorization(&self, method: &str, target: &str, body: &str) -> String {
        self.nonces.set(self.nonces.get() + 1);
        let (nonce, at) = (format!("nonce{}", self.nonces.get()), self.clock.get());
        let signature = self.sign(&format!("{method}\n{target}\n{at}\n{nonce}\n{body}\n"));
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",serial_no=\"{}\",nonce_str=\"{nonce}\",timestamp=\"{at}\",signature=\"{signature}\"",
            self.text("mchid"),
            self.text("merchant_serial"),
        )
    }

    /// A request of the merchant, before it is sent.
    pub fn request(&self, method: &str, target: &str, body: &str) -> reqwest::RequestBuilder {
        let mut request = self
            .client
            .request(method.parse().unwrap(), format!("{}{target}", self.sim.url()))
            .header("User-Agent", "bench")
            .header("Accept", "application/json")
            .header("Authorization", self.authorization(method, target, body));
        if !body.is_empty() {
            request = request.header("Content-Type", "application/json").body(body.to_owned());
        }
        request
    }

    pub async fn try_call(&self, method: &str, target: &str, body: &str) -> reqwest::Result<Reply> {
        send(self.request(method, target, body)).await
    }

    pub async fn execute(&self, request: reqwest::Request) -> Reply {
        read(self.client.execute(request).await.unwrap()).await.unwrap()
    }

    /// A call whose answer must be signed.
    pub async fn call(&self, method: &str, target: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = self.try_call(method, target, &body).await.unwrap();
        assert!(
            self.is_genuine(&reply.headers, &reply.body),
            "unsigned answer to {method} {target}: {reply:?}"
        );
        reply
    }

    /// Whether headers and body carry a good signature of the platform's public key, not older than five minutes.
    pub fn is_genuine(&self, headers: &HashMap<String, String>, body: &[u8]) -> bool {
        let part = |name: &str| headers.get(name).cloned().unwrap_or_default();
        let serial = part("wechatpay-serial");
        let at = part("wechatpay-timestamp");
        let is_recent = at.parse::<i64>().is_ok_and(|at| at.abs_diff(self.clock.get()) <= 300);
        if serial != self.text("platform_public_key_id") || !is_recent {
            return false;
        }
        let key = der(self.text("platform_public_key_pem"));
        let mut message = format!("{at}\n{}\n", part("wechatpay-nonce")).into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        let Ok(signature) = STANDARD.decode(part("wechatpay-signature")) else { return false };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(&message, &signature).is_ok()
    }

    pub fn open(&self, arrived: &Arrived) -> (Value, Value) {
        let envelope: Value = serde_json::from_slice(&arrived.body).unwrap();
        let resource = &envelope["resource"];
        let plain = self.decrypt(resource);
        (envelope, serde_json::from_slice(&plain).unwrap())
    }

    pub fn decrypt(&self, sealed: &Value) -> Vec<u8> {
        let text = |name: &str| sealed[name].as_str().unwrap();
        let key = UnboundKey::new(&AES_256_GCM, self.text("apiv3_key").as_bytes()).unwrap();
        let nonce = Nonce::try_assume_unique_for_key(text("nonce").as_bytes()).unwrap();
        let mut data = STANDARD.decode(text("ciphertext")).unwrap();
        let aad = Aad::from(text("associated_data").as_bytes());
        LessSafeKey::new(key).open_in_place(nonce, aad, &mut data).unwrap().to_vec()
    }

    pub fn prepay_body(&self, number: &str, total: i64) -> Value {
        json!({
            "appid": self.text("appid"), "mchid": self.text("mchid"), "description": "午餐 一份",
            "out_trade_no": number, "notify_url": self.listener.url(),
            "amount": { "total": total, "currency": "CNY" }, "payer": { "openid": openid_of("daughter1") },
        })
    }

    pub async fn prepay(&self, number: &str, total: i64) -> String {
        let reply = self.call("POST", "/v3/pay/transactions/jsapi", &self.prepay_body(number, total)).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json()["prepay_id"].as_str().unwrap().to_owned()
    }

    pub async fn paid(&self, number: &str, total: i64) -> Value {
        self.prepay(number, total).await;
        let reply = self.post(&format!("/sim/pay/{number}"), &json!({ "result": "ok" })).await;
        assert_eq!(reply["result"], "ok");
        reply["transaction"].clone()
    }

    pub fn refund_body(&self, number: &str, refund_number: &str, fen: (i64, i64)) -> Value {
        json!({
            "out_trade_no": number, "out_refund_no": refund_number, "notify_url": self.listener.url(),
            "amount": { "refund": fen.0, "total": fen.1, "currency": "CNY" },
        })
    }

    pub async fn refund(&self, body: &Value) -> Reply {
        self.call("POST", "/v3/refund/domestic/refunds", body).await
    }

    pub async fn query(&self, number: &str) -> Reply {
        let target = format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", self.text("mchid"));
        self.call("GET", &target, &Value::Null).await
    }

    pub async fn close(&self, number: &str) -> Reply {
        let target = format!("/v3/pay/transactions/out-trade-no/{number}/close");
        self.call("POST", &target, &json!({ "mchid": self.text("mchid") })).await
    }

    /// Control and mini-program calls.
    pub async fn get(&self, target: &str) -> Value {
        send(self.client.get(format!("{}{target}", self.sim.url()))).await.unwrap().json()
    }

    pub async fn post(&self, target: &str, body: &Value) -> Value {
        send(self.client.post(format!("{}{target}", self.sim.url())).body(body.to_string()))
            .await
            .unwrap()
            .json()
    }

    /// A control call that must be refused with a sentence.
    pub async fn refused(&self, target: &str, body: &Value) -> String {
        let request = self.client.post(format!("{}{target}", self.sim.url())).body(body.to_string());
        let reply = send(request).await.unwrap();
        assert_eq!((reply.status, &reply.json()["error"]), (400, &json!("BAD_REQUEST")), "{target} {body}");
        reply.json()["message"].as_str().unwrap().to_owned()
    }

    pub async fn page(&self, target: &str) -> (u16, String) {
        let reply = send(self.client.get(format!("{}{target}", self.sim.url()))).await.unwrap();
        (reply.status, String::from_utf8(reply.body).unwrap())
    }

    pub async fn form(&self, target: &str, fields: &str) -> Reply {
        let request = self
            .client
            .post(format!("{}{target}", self.sim.url()))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(fields.to_owned());
        send(request).await.unwrap()
    }

    pub async fn fault(&self, rule: Value) {
        let reply = self.post("/sim/faults", &json!([rule])).await;
        assert!(reply.is_array(), "{reply}");
    }

    pub async fn advance(&self, seconds: i64) {
        self.clock.set(self.clock.get() + seconds);
        self.post("/sim/clock", &json!({ "advance_s": seconds })).await;
    }

    pub async fn flush(&self) -> Vec<Value> {
        let reply = self.post("/sim/notifications/flush", &Value::Null).await;
        reply["delivered"].as_array().unwrap().clone()
    }
}

async fn send(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
    read(request.send().await?).await
}

async fn read(answer: reqwest::Response) -> reqwest::Result<Reply> {
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    Ok(Reply { status, headers, body: answer.bytes().await?.to_vec() })
}

pub fn der(pem: &str) -> Vec<u8> {
    let inner: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(inner).unwrap()
}
