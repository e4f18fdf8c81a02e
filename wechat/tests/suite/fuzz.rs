//! Random changes of good texts against every parser of what comes from outside: none panics, nothing changed is believed.
//!
//! These are plain tests with dice of their own, not coverage-guided targets: `cargo-fuzz` wants a nightly compiler. Each runs
//! for `NUANYANG_TEST_FUZZ_S` seconds (1 when it is not set; `make test` gives seven to each of the nine), with dice from `NUANYANG_TEST_FUZZ_SEED`
//! (7). A failure prints seed, round and the text.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::runtime::{Builder, Runtime};
use wechat::bill::{BillFile, FundRows, TradeRows};
use wechat::crypto::{Certificate, GcmKey, SigningKey, VerifyingKey};
use wechat::pay::{NotifyHeaders, Pay};
use wechat::push::{Push, PushConfig, PushQuery, Pushed};

use crate::support::{
    API_V3_KEY, KEY_ID, NOW, PLATFORM, headers, notification, paid, pay, pem, sealed,
    subject_public_key_info, text, vector,
};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());
static PAY: LazyLock<Pay> = LazyLock::new(|| pay(&["http://127.0.0.1:9".to_owned()]));

/// Words that mean something to one of the parsers.
const DICTIONARY: [&[u8]; 22] = [
    b"`",
    b",",
    b"\r\n",
    b"\n",
    b"\0",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b"null",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"0.005",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"<xml>",
    b"<![CDATA[",
    b"-----BEGIN CERTIFICATE-----",
    b"=",
];

#[allow(clippy::disallowed_methods, reason = "a test of its own crate: there is no config.rs here")]
fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.throw() % (limit.max(1) as u64)).unwrap()
    }

    /// One to six changes: bits, cuts, copies, words of the dictionary.
    fn change(&mut self, good: &[u8]) -> Vec<u8> {
        let mut text = good.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(text.len() + 1);
            let until = at + self.below((text.len() - at).min(64) + 1);
            match self.below(7) {
                0 if at < text.len() => text[at] ^= 1 << self.below(8),
                1 if at < text.len() => text[at] = u8::try_from(self.below(256)).unwrap(),
                2 => drop(text.drain(at..until)),
                3 => {
                    let copied = text[at..until].to_vec();
                    let place = self.below(text.len() + 1);
                    drop(text.splice(place..place, copied));
                }
                4 => text.truncate(at.max(1)),
                _ => {
                    let word = DICTIONARY[self.below(DICTIONARY.len())];
                    drop(text.splice(at..until, word.iter().copied()));
                }
            }
        }
        text
    }
}

/// Throws changed texts at a parser until the time is over; it is given the text and whether it was changed at all.
fn fuzz(good: &[&[u8]], parser: impl Fn(&[u8], bool)) {
    let seed = setting("NUANYANG_TEST_FUZZ_SEED", 7);
    let until = Instant::now() + Duration::from_secs(setting("NUANYANG_TEST_FUZZ_S", 1));
    let mut dice = Dice(seed);
    let mut rounds = 0_u64;
    while Instant::now() < until {
        let origin = good[dice.below(good.len())];
        let text = dice.change(origin);
        let is_changed = !good.contains(&text.as_slice());
        let ended = catch_unwind(AssertUnwindSafe(|| parser(&text, is_changed)));
        assert!(ended.is_ok(), "seed {seed}, round {rounds}: {:?}", String::from_utf8_lossy(&text));
        rounds += 1;
    }
    assert!(rounds > 20, "only {rounds} rounds");
}

const FUND: &str = "\u{FEFF}记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n\
    `2026-06-04 12:00:00,`4200000001,`4200000001,`交易,`交易,`收入,`9.00,`9.00,`system,`结算总金额 9.00 元，手续费 0.05 元,`N1\r\n\
    `2026-06-04 12:00:00,`4200000001,`4200000002,`扣除交易手续费,`扣除交易手续费,`支出,`0.05,`8.95,`system,`N1,`N1\r\n\
    资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`2,`1,`9.00,`1,`0.05\r\n";

#[test]
fn lines_of_trade_bills() {
    fuzz(&[include_bytes!("../data/bill.ALL.sample.csv")], |bytes, _| {
        if let Ok(rows) = TradeRows::new(bytes) {
            assert!(rows.count() <= bytes.len());
        }
    });
}

#[test]
fn lines_of_fund_bills() {
    assert_eq!(
        FundRows::new(FUND.as_bytes()).unwrap().filter(Result::is_ok).count(),
        2,
        "the origin is good"
    );
    fuzz(&[FUND.as_bytes()], |bytes, _| {
        if let Ok(rows) = FundRows::new(bytes) {
            assert!(rows.count() <= bytes.len());
        }
    });
}

#[test]
fn packed_bills() {
    fuzz(
        &[b"\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03\x4B\x4C\x4A\x06\x00\xC2\x41\x24\x35\x03\x00\x00\x00"],
        |bytes, _| {
            drop(BillFile::verified(bytes.to_vec(), "a9993e364706816aba3e25717850c26c9cd0d89d"));
        },
    );
}

#[test]
fn headers_and_bodies_of_notifications() {
    let body = notification("TRANSACTION.SUCCESS", &paid("meal-0001"));
    let good = headers(&PLATFORM, KEY_ID, NOW, &body);
    let of = |header: &Option<String>| header.clone().unwrap();
    let joined = [of(&good.timestamp), of(&good.nonce), of(&good.serial), of(&good.signature)].join("\u{1}");
    let whole = [joined.as_bytes(), b"\x02", &body].concat();
    fuzz(&[&whole], |bytes, is_changed| {
        let split = bytes.iter().position(|byte| *byte == 2).unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
        let mut parts = head.split('\u{1}').map(str::to_owned);
        let headers = NotifyHeaders {
            timestamp: parts.next(),
            nonce: parts.next(),
            serial: parts.next(),
            signature: parts.next(),
        };
        let is_same = parts.next().is_some();
        let body = bytes.get(split + 1..).unwrap_or_default();
        let is_believed = RUNTIME.block_on(PAY.notification(&headers, body)).is_ok();
        assert!(!is_believed || !is_changed || is_same, "a changed notification is believed");
    });
}

/// The part behind the signature: what a real key holder could have written wrongly.
#[test]
fn what_a_notification_holds() {
    let inner = paid("meal-0001").to_string();
    fuzz(&[inner.as_bytes()], |bytes, _| {
        let resource = sealed(bytes, "transaction");
        for event in
            ["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "COMPLAINT.CREATE", "MCHTRANSFER.BILL.FINISHED"]
        {
            let body = serde_json::json!({ "id": "EV-1", "create_time": "2025-10-09T16:53:20+08:00",
                "event_type": event, "resource": resource });
            let body = body.to_string().into_bytes();
            let good = headers(&PLATFORM, KEY_ID, NOW, &body);
            if let Ok(opened) = RUNTIME.block_on(PAY.notification(&good, &body)) {
                drop((opened.complaint(), opened.transfer(), opened.share()));
            }
        }
    });
}

fn push(key: &str) -> Option<Push> {
    let vector = vector("push_secure");
    let now = text(vector, "timestamp").parse::<i64>().unwrap();
    let config = PushConfig {
        appid: text(vector, "appid").to_owned(),
        token: text(vector, "token").into(),
        encoding_aes_key: key.into(),
    };
    Push::new(config, Arc::new(move || now)).ok()
}

#[test]
fn keys_of_message_push() {
    let good = text(vector("push_secure"), "encoding_aes_key");
    fuzz(&[good.as_bytes()], |bytes, _| {
        let key = String::from_utf8_lossy(bytes);
        if let Some(push) = push(&key) {
            assert_eq!(key.len(), 43, "{key:?}");
            let query = PushQuery { signature: "a", timestamp: "1", nonce: "b" };
            assert!(push.open(query, &key).is_err());
        }
    });
}

#[test]
fn messages_of_push_in_json_and_xml() {
    let vector = vector("push_secure");
    let push = push(text(vector, "encoding_aes_key")).unwrap();
    let json = br#"{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1700000000,"MsgType":"event","Event":"subscribe_msg_popup_event","List":[{"TemplateId":"T1","SubscribeStatusString":"accept","PopupScene":"0"}]}"#;
    let xml = b"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[AAAA]]></Encrypt></xml>";
    assert!(Pushed::read(json).is_some(), "the origin is good");
    fuzz(&[json, xml, text(vector, "Encrypt").as_bytes()], |bytes, is_changed| {
        if let Some(read) = Pushed::read(bytes) {
            drop(read.key);
        }
        let sealed = String::from_utf8_lossy(bytes);
        let query = PushQuery {
            signature: text(vector, "msg_signature"),
            timestamp: text(vector, "timestamp"),
            nonce: text(vector, "nonce"),
        };
        assert!(!is_changed || push.open(query, &sealed).is_err(), "a changed message is believed");
    });
}

#[test]
fn certificates_and_keys() {
    let public = pem("PUBLIC KEY", &subject_public_key_info(&PLATFORM));
    let private = text(vector("rsa_request_sign"), "key_pem");
    let certificate = crate::certificates::certificate(&PLATFORM);
    assert!(Certificate::from_pem(&certificate).is_ok() && VerifyingKey::from_pem(&public).is_ok());
    fuzz(&[certificate.as_bytes(), public.as_bytes(), private.as_bytes()], |bytes, _| {
        let text = String::from_utf8_lossy(bytes);
        drop(Certificate::from_pem(&text));
        drop(VerifyingKey::from_pem(&text));
        if let Ok(key) = SigningKey::from_pem(&text.as_ref().into()) {
            assert!(key.open("AAAA").is_err());
        }
        // The same bytes under the armour, so that the changes reach the DER.
        if let Some(der) = text.lines().nth(1).and_then(|line| STANDARD.decode(line).ok()) {
            drop(Certificate::from_pem(&pem("CERTIFICATE", &der)));
            drop(VerifyingKey::from_pem(&pem("PUBLIC KEY", &der)));
        }
    });
}

#[test]
fn sealed_texts() {
    let key = GcmKey::new(&API_V3_KEY.into()).unwrap();
    let good = sealed(b"abc", "transaction");
    let joined = format!("{}\u{1}{}", good["nonce"].as_str().unwrap(), good["ciphertext"].as_str().unwrap());
    fuzz(&[joined.as_bytes()], |bytes, is_changed| {
        let text = String::from_utf8_lossy(bytes);
        let (nonce, sealed) = text.split_once('\u{1}').unwrap_or((&text, ""));
        assert!(!is_changed || key.open(nonce, "transaction", sealed).is_err(), "a changed text opens");
    });
}
