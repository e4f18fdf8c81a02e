//! Keys, signatures and clients for the tests. Signs with aws-lc-rs directly, not with our own code.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechat::pay::{NotifyHeaders, Pay, PayConfig, PlatformKey};
use wechat::{Now, Timeouts};

pub const API_V3_KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
pub const KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
pub const NOW: i64 = 1_760_000_000;

/// The platform's key pair of this run.
pub static PLATFORM: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
/// Somebody else's.
pub static STRANGER: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/vectors.json")).unwrap());

pub fn vector(name: &str) -> &'static Value {
    &VECTORS[name]
}

pub fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_else(|| panic!("no {field}"))
}

pub fn sign(key: &RsaKeyPair, message: &[u8]) -> String {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
    STANDARD.encode(signature)
}

/// Signs like the platform: timestamp, nonce, body, each with a line feed.
pub fn headers(key: &RsaKeyPair, serial: &str, at: i64, body: &[u8]) -> NotifyHeaders {
    let nonce = "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz";
    let message = [format!("{at}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
    NotifyHeaders {
        timestamp: Some(at.to_string()),
        nonce: Some(nonce.to_owned()),
        signature: Some(sign(key, &message)),
        serial: Some(serial.to_owned()),
        signature_type: None,
    }
}

pub fn subject_public_key_info(key: &RsaKeyPair) -> Vec<u8> {
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    der.as_ref().to_vec()
}

pub fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// `resource` of a notification, or `encrypt_certificate`.
pub fn sealed(plain: &[u8], associated_data: &str) -> Value {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3_KEY.as_bytes()).unwrap());
    let nonce = "uluk4a9R25RW";
    let mut text = plain.to_vec();
    let unique = Nonce::try_assume_unique_for_key(nonce.as_bytes()).unwrap();
    key.seal_in_place_append_tag(unique, Aad::from(associated_data.as_bytes()), &mut text).unwrap();
    json!({
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": STANDARD.encode(text),
        "associated_data": associated_data,
        "nonce": nonce,
    })
}

pub fn paid(out_trade_no: &str) -> Value {
    json!({
        "appid": "wxsim0000000000001", "mchid": "1900000001", "out_trade_no": out_trade_no,
        "transaction_id": "4200000001", "trade_type": "JSAPI", "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功", "bank_type": "CMC", "success_time": "2025-10-09T16:53:20.123+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}, "some_new_field": {"a": null},
        "amount": {"total": 1500, "payer_total": 1400, "currency": "CNY", "payer_currency": "CNY"}
    })
}

pub fn refunded(out_refund_no: &str, status: &str) -> Value {
    json!({
        "refund_id": "50000000001", "out_refund_no": out_refund_no, "transaction_id": "4200000001",
        "out_trade_no": "meal-0001", "channel": "ORIGINAL", "user_received_account": "零钱",
        "create_time": "2025-10-09T16:53:20+08:00", "status": status,
        "amount": {"total": 1500, "refund": 500, "payer_total": 1500, "payer_refund": 500, "currency": "CNY"}
    })
}

pub fn notification(event_type: &str, plain: &Value) -> Vec<u8> {
    let resource = sealed(plain.to_string().as_bytes(), "transaction");
    let body = json!({
        "id": "EV-2018022511223320873", "create_time": "2025-10-09T16:53:20+08:00",
        "resource_type": "encrypt-resource", "event_type": event_type, "summary": "支付成功",
        "resource": resource,
    });
    body.to_string().into_bytes()
}

/// A clock that a test moves.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW)))
    }

    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn now(&self) -> Now {
        let clock = self.clone();
        Arc::new(move || clock.0.load(Ordering::SeqCst))
    }
}

pub fn config(bases: &[String]) -> PayConfig {
    PayConfig {
        bases: bases.to_vec(),
        appid: "wxsim0000000000001".to_owned(),
        mchid: "1900000001".to_owned(),
        merchant_key_pem: text(vector("rsa_request_sign"), "key_pem").into(),
        merchant_serial: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1".to_owned(),
        platform_keys: vec![PlatformKey::Public {
            id: KEY_ID.to_owned(),
            pem: pem("PUBLIC KEY", &subject_public_key_info(&PLATFORM)),
        }],
        uses_certificates: false,
        apiv3_key: API_V3_KEY.into(),
        notify_url: "https://example.org/wechat/pay".to_owned(),
        refund_notify_url: "https://example.org/wechat/refund".to_owned(),
    }
}

pub fn pay(bases: &[String]) -> Pay {
    pay_at(bases, &Clock::new())
}

pub fn pay_at(bases: &[String], clock: &Clock) -> Pay {
    let timeouts = Timeouts { connect: Duration::from_secs(1), total: Duration::from_secs(4) };
    Pay::with_timeouts(config(bases), timeouts, clock.now()).unwrap()
}
