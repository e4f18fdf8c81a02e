//! Everything that comes from outside is hostile here: each single flipped byte, and random texts in every place.
//!
//! The counts are bounded so that a run ends within seconds; `PROPTEST_CASES` makes them as long as one likes.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use wechat::bill::{BillFile, FundRows, TradeRows, read_trade_bill};
use wechat::crypto::{Certificate, GcmKey, VerifyingKey, unpad};
use wechat::pay::{NotifyHeaders, Pay};
use wechat::push::{Push, PushConfig, PushQuery, PushRejection, Pushed};

use crate::support::{KEY_ID, NOW, PLATFORM, headers, notification, paid, pay, text, vector};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());
static PAY: LazyLock<Pay> = LazyLock::new(|| pay(&["http://127.0.0.1:9".to_owned()]));

/// Each byte of body and headers, each with one bit and with all bits flipped: none is believed.
#[test]
fn every_single_flipped_byte_of_a_notification_is_refused() {
    let body = notification("TRANSACTION.SUCCESS", &paid("meal-0001"));
    let valid = headers(&PLATFORM, KEY_ID, NOW, &body);
    let is_believed =
        |headers: &NotifyHeaders, body: &[u8]| RUNTIME.block_on(PAY.notification(headers, body)).is_ok();
    assert!(is_believed(&valid, &body), "the untouched one is");
    for at in 0..body.len() {
        for mask in [0x01, 0xFF] {
            let mut flipped = body.clone();
            flipped[at] ^= mask;
            assert!(!is_believed(&valid, &flipped), "byte {at} of the body");
        }
    }
    for header in 0..4 {
        let length = part(&mut valid.clone(), header).as_ref().unwrap().len();
        for at in 0..length {
            let mut flipped = valid.clone();
            let mut bytes = part(&mut flipped, header).take().unwrap().into_bytes();
            bytes[at] ^= 0x01;
            *part(&mut flipped, header) = Some(String::from_utf8(bytes).unwrap());
            assert!(!is_believed(&flipped, &body), "byte {at} of header {header}");
        }
    }
}

fn part(headers: &mut NotifyHeaders, number: usize) -> &mut Option<String> {
    match number {
        0 => &mut headers.timestamp,
        1 => &mut headers.nonce,
        2 => &mut headers.signature,
        _ => &mut headers.serial,
    }
}

fn published_push() -> (Push, &'static Value) {
    let vector = vector("push_secure");
    let now = text(vector, "timestamp").parse::<i64>().unwrap();
    let config = PushConfig {
        appid: text(vector, "appid").to_owned(),
        token: text(vector, "token").into(),
        encoding_aes_key: text(vector, "encoding_aes_key").into(),
    };
    (Push::new(config, Arc::new(move || now)).unwrap(), vector)
}

#[test]
fn every_single_flipped_byte_of_a_push_is_refused() {
    let (push, vector) = published_push();
    let good = [
        text(vector, "msg_signature"),
        text(vector, "timestamp"),
        text(vector, "nonce"),
        text(vector, "Encrypt"),
    ];
    let open = |parts: [&str; 4]| {
        push.open(PushQuery { signature: parts[0], timestamp: parts[1], nonce: parts[2] }, parts[3])
    };
    assert!(open(good).is_ok());
    for part in 0..4 {
        for at in 0..good[part].len() {
            let mut bytes = good[part].as_bytes().to_vec();
            bytes[at] ^= 0x01;
            let flipped = String::from_utf8(bytes).unwrap();
            let mut parts = good;
            parts[part] = &flipped;
            let refused = open(parts).unwrap_err();
            assert!(
                matches!(refused, PushRejection::BadSignature | PushRejection::Stale),
                "part {part} byte {at}"
            );
        }
    }
}

#[test]
fn every_single_flipped_byte_of_a_published_signature_and_cipher_text_is_refused() {
    let published = vector("rsa_response_verify");
    let key = VerifyingKey::from_pem(text(published, "pub_pem")).unwrap();
    let stamp =
        wechat::crypto::Stamp { timestamp: text(published, "timestamp"), nonce: text(published, "nonce") };
    let message = wechat::crypto::answer_message(stamp, text(published, "body").as_bytes());
    let signature = text(published, "signature");
    assert!(key.verify(&message, signature).is_ok());
    for at in 0..signature.len() {
        let mut bytes = signature.as_bytes().to_vec();
        bytes[at] ^= 0x01;
        assert!(key.verify(&message, std::str::from_utf8(&bytes).unwrap()).is_err(), "byte {at}");
    }
    let published = vector("aes256gcm");
    let key = GcmKey::new(&text(published, "key").into()).unwrap();
    let (nonce, aad, sealed) =
        (text(published, "nonce"), text(published, "aad"), text(published, "ciphertext_b64"));
    for at in 0..sealed.len() {
        let mut bytes = sealed.as_bytes().to_vec();
        bytes[at] ^= 0x01;
        assert!(key.open(nonce, aad, std::str::from_utf8(&bytes).unwrap()).is_err(), "byte {at}");
    }
}

/// Bytes that look like something: random ones, and the published sample with a few places changed.
fn bill_like() -> impl Strategy<Value = Vec<u8>> {
    let sample = include_bytes!("../data/bill.ALL.sample.csv").to_vec();
    let changed =
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8).prop_map(move |changes| {
            let mut bytes = sample.clone();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        });
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..400),
        "[,`0-9.\r\n交易时间-]{0,200}".prop_map(String::into_bytes),
        changed
    ]
}

proptest! {
    #[test]
    fn strange_bills_never_panic(bytes in bill_like()) {
        drop(read_trade_bill(&bytes));
        if let Ok(rows) = TradeRows::new(bytes.as_slice()) {
            prop_assert!(rows.count() <= bytes.len());
        }
        if let Ok(rows) = FundRows::new(bytes.as_slice()) {
            prop_assert!(rows.count() <= bytes.len());
        }
        drop(BillFile::verified([&[0x1F, 0x8B], bytes.as_slice()].concat(), "00"));
    }

    #[test]
    fn strange_pushes_never_panic(
        signature in any::<String>(),
        timestamp in prop_oneof![any::<String>(), any::<i64>().prop_map(|at| at.to_string())],
        nonce in any::<String>(),
        sealed in prop_oneof![any::<String>(), "[A-Za-z0-9+/]{0,200}={0,2}"],
        message in prop_oneof![any::<String>(), r#"\{"(Event|List|CreateTime|MsgId)":(1|"a"|\[\]|\{\}|null)\}"#],
    ) {
        let (push, _) = published_push();
        let query = PushQuery { signature: &signature, timestamp: &timestamp, nonce: &nonce };
        prop_assert!(push.open(query, &sealed).is_err());
        prop_assert!(push.check(query).is_err());
        drop(Pushed::read(message.as_bytes()));
    }

    #[test]
    fn strange_keys_and_certificates_never_panic(body in "[A-Za-z0-9+/=\n]{0,400}", label in "(CERTIFICATE|PUBLIC KEY|X)") {
        let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
        prop_assert!(Certificate::from_pem(&pem).is_err());
        prop_assert!(VerifyingKey::from_pem(&pem).is_err());
    }

    #[test]
    fn strange_nonces_and_base64_never_panic(nonce in any::<String>(), aad in any::<String>(), sealed in any::<String>()) {
        let key = GcmKey::new(&"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb".into()).unwrap();
        prop_assert!(key.open(&nonce, &aad, &sealed).is_err());
    }

    #[test]
    fn padding_is_whole_or_refused(mut text in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(plain) = unpad(text.clone(), 32) {
            let mark = text.pop().unwrap();
            prop_assert!((1..=32).contains(&mark) && plain.len() + usize::from(mark) == text.len() + 1);
        }
    }
}
