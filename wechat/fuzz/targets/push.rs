//! Message push: the query (signature, timestamp, nonce, each a line) and the sealed message; the same bytes as the plain text
//! behind a good signature, as JSON, and as an EncodingAESKey.

#![no_main]

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use wechat::crypto::{encrypt_cbc, sha1_hex};
use wechat::push::{Event, Push, PushConfig, PushQuery, PushRejection, Pushed};
use wechat_fuzz::{lines, push, vector};

static SECURE: LazyLock<Push> = LazyLock::new(|| push("push_secure"));
static PLAIN: LazyLock<Push> = LazyLock::new(|| push("push_plain"));
const GENUINE: &[u8] = include_bytes!("../seeds/push/secure");
/// Bytes before the message: the salt and the length.
const HEAD: usize = 20;

/// Whether the signature of secure mode and that of plain mode are taken for good.
fn is_signed(data: &[u8]) -> (bool, bool) {
    let ([signature, timestamp, nonce], sealed) = lines::<3>(data);
    let (Some(signature), Some(timestamp), Some(nonce)) = (signature, timestamp, nonce) else {
        return (false, false);
    };
    let query = PushQuery { signature: &signature, timestamp: &timestamp, nonce: &nonce };
    let opened = SECURE.open(query, &String::from_utf8_lossy(sealed));
    let is_secure = !matches!(opened, Err(PushRejection::Stale | PushRejection::BadSignature));
    (is_secure, PLAIN.check(query).is_ok())
}

/// Opens a text that somebody who knows every secret has made.
fn behind_the_signature(data: &[u8]) {
    let whole = &data[..data.len() - data.len() % 16];
    let key = STANDARD.decode(format!("{}=", vector("push_secure", "encoding_aes_key"))).expect("base64");
    let sealed = STANDARD.encode(encrypt_cbc(&key, &key[..16], whole.to_vec()).expect("whole blocks"));
    let (timestamp, nonce) = (vector("push_secure", "timestamp"), "1");
    let mut parts = [timestamp, nonce, &sealed, vector("push_secure", "token")];
    parts.sort_unstable();
    let query = PushQuery { signature: &sha1_hex(parts.concat().as_bytes()), timestamp, nonce };
    match SECURE.open(query, &sealed) {
        Ok(message) => {
            let appid = vector("push_secure", "appid").as_bytes();
            assert!(whole[HEAD..].starts_with(&message), "another message comes out");
            assert!(whole[HEAD + message.len()..].starts_with(appid), "for another app");
        }
        Err(refused) => assert!(!matches!(refused, PushRejection::Stale | PushRejection::BadSignature)),
    }
}

fn key_of(data: &[u8]) {
    let key = String::from_utf8_lossy(data);
    let config = PushConfig { appid: "wx1".into(), token: "t".into(), encoding_aes_key: key.as_ref().into() };
    assert!(Push::new(config, Arc::new(|| 0)).is_err() || key.len() == 43, "{key:?}");
}

fuzz_target!(
    init: {
        assert_eq!(is_signed(GENUINE), (true, false), "the seed is good");
        let pushed = Pushed::read(include_bytes!("../seeds/push/consent.json")).expect("the seed is good");
        assert!(matches!(&pushed.event, Event::ConsentAnswered(answers) if answers.len() == 1), "{pushed:?}");
    },
    |data: &[u8]| {
        let (is_secure, is_plain) = is_signed(data);
        assert!(!is_secure || data == GENUINE, "a changed message is believed");
        // In plain mode the signature does not cover the message, so only the query must be as published.
        assert!(!is_plain || data.starts_with(include_bytes!("../seeds/push/plain")), "a changed query is believed");
        if let Some(pushed) = Pushed::read(data) {
            assert_eq!(Pushed::read(data), Some(pushed), "read twice, read differently");
        }
        behind_the_signature(data);
        if data.len() <= 64 {
            key_of(data);
        }
    }
);
