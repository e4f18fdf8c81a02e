//! Certificate mode: the first download, strange serials, change of mode.

use aws_lc_rs::signature::RsaKeyPair;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use wechat::Timeouts;
use wechat::pay::{Pay, PayError, PlatformKey, Rejection};

use crate::stand_in::{Act, StandIn};
use crate::support::{
    Clock, KEY_ID, NOW, PLATFORM, STRANGER, config, headers, notification, paid, pem, sealed, sign,
    subject_public_key_info,
};

const SERIAL: &str = "F1E2D3C4B5A697";

/// DER: tag, length, content.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = if content.len() < 128 { vec![length[1]] } else { [&[0x82], &length[..]].concat() };
    [&[tag], &length[..], &content[..]].concat()
}

/// A certificate, signed by its own key, with the serial [`SERIAL`].
pub fn certificate(key: &RsaKeyPair) -> String {
    let rsa_sha256 = der(0x30, &[&[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11], &[5, 0]]);
    let common_name = der(0x30, &[&[6, 3, 0x55, 4, 3], &der(0x0C, &[b"stand-in"])]);
    let name = der(0x30, &[&der(0x31, &[&common_name])]);
    let validity = der(0x30, &[&der(0x17, &[b"230101000000Z"]), &der(0x17, &[b"330101000000Z"])]);
    let serial = [2, 8, 0, 0xF1, 0xE2, 0xD3, 0xC4, 0xB5, 0xA6, 0x97];
    let version = [0xA0, 3, 2, 1, 2];
    let public_key = subject_public_key_info(key);
    let body = der(0x30, &[&version, &serial, &rsa_sha256, &name, &validity, &name, &public_key]);
    let signature = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, sign(key, &body));
    let signature = der(3, &[&[0], &signature.unwrap()]);
    pem("CERTIFICATE", &der(0x30, &[&body, &rsa_sha256, &signature]))
}

fn list(serial: &str, key: &RsaKeyPair) -> Value {
    json!({"data": [{
        "serial_no": serial,
        "effective_time": "2023-01-01T08:00:00+08:00",
        "expire_time": "2033-01-01T08:00:00+08:00",
        "encrypt_certificate": sealed(certificate(key).as_bytes(), "certificate"),
    }]})
}

async fn in_certificate_mode(platform: &StandIn, keys: Vec<PlatformKey>, clock: &Clock) -> Pay {
    let mut config = config(&platform.bases());
    config.platform_keys = keys;
    config.uses_certificates = true;
    Pay::with_timeouts(config, Timeouts::default(), clock.now()).unwrap()
}

#[tokio::test]
async fn the_first_download_verifies_itself_and_then_notifications_verify() {
    let platform = StandIn::new(vec![Act::SignedBy(SERIAL, list(SERIAL, &PLATFORM).to_string())]).await;
    let client = in_certificate_mode(&platform, vec![], &Clock::new()).await;
    client.refresh_certificates().await.unwrap();
    let body = notification("TRANSACTION.SUCCESS", &paid("meal-0001"));
    assert!(client.notification(&headers(&PLATFORM, SERIAL, NOW, &body), &body).await.is_ok());
    assert_eq!(platform.requests().len(), 1);
    assert!(!platform.requests()[0].headers.contains_key("wechatpay-serial"));
}

#[tokio::test]
async fn a_download_must_be_signed_by_what_it_holds_under_the_right_serial() {
    let cases = [
        (list(SERIAL, &STRANGER), Rejection::BadSignature),
        (list("0B", &PLATFORM), Rejection::Malformed),
        (json!({"data": []}), Rejection::UnknownSerial),
        (json!({}), Rejection::Malformed),
    ];
    for (answer, expected) in cases {
        let platform = StandIn::new(vec![Act::SignedBy(SERIAL, answer.to_string())]).await;
        let client = in_certificate_mode(&platform, vec![], &Clock::new()).await;
        let error = client.refresh_certificates().await.unwrap_err();
        let PayError::Unverified { reason, .. } = error else { panic!("{error:?}") };
        assert_eq!(reason, expected);
        assert!(client.refresh_certificates().await.is_err(), "a failure must not look like success");
        assert_eq!(platform.requests().len(), 1);
    }
}

#[tokio::test]
async fn strangers_cannot_make_us_hammer_the_platform() {
    let platform = StandIn::new(vec![Act::SignedBy(SERIAL, list(SERIAL, &PLATFORM).to_string())]).await;
    let clock = Clock::new();
    let client = in_certificate_mode(&platform, vec![], &clock).await;
    let body = notification("TRANSACTION.SUCCESS", &paid("meal-0001"));
    let mut notifications = JoinSet::new();
    for number in 0..20 {
        let (client, body) = (client.clone(), body.clone());
        notifications.spawn(async move {
            let headers = headers(&STRANGER, &format!("AA{number}"), NOW, &body);
            client.notification(&headers, &body).await
        });
    }
    for result in notifications.join_all().await {
        assert_eq!(result, Err(Rejection::UnknownSerial));
    }
    assert_eq!(platform.requests().len(), 1);
    clock.advance(60);
    let headers = headers(&STRANGER, "AA", NOW + 60, &body);
    assert_eq!(client.notification(&headers, &body).await, Err(Rejection::UnknownSerial));
    assert_eq!(platform.requests().len(), 2);
}

#[tokio::test]
async fn during_a_change_of_mode_both_kinds_of_keys_verify() {
    let platform = StandIn::new(vec![Act::SignedBy(SERIAL, list(SERIAL, &STRANGER).to_string())]).await;
    let public = PlatformKey::Public {
        id: KEY_ID.to_owned(),
        pem: pem("PUBLIC KEY", &subject_public_key_info(&PLATFORM)),
    };
    let held = PlatformKey::Certificate { pem: certificate(&STRANGER) };
    let client = in_certificate_mode(&platform, vec![public, held], &Clock::new()).await;
    let body = notification("TRANSACTION.SUCCESS", &paid("meal-0001"));
    for (key, serial) in [(&*PLATFORM, KEY_ID), (&*STRANGER, SERIAL)] {
        assert!(client.notification(&headers(key, serial, NOW, &body), &body).await.is_ok(), "{serial}");
    }
    let crossed = headers(&PLATFORM, SERIAL, NOW, &body);
    assert_eq!(client.notification(&crossed, &body).await, Err(Rejection::BadSignature));
    assert!(platform.requests().is_empty());
}

#[tokio::test]
async fn an_unknown_public_key_id_is_no_reason_to_ask_for_certificates() {
    let platform = StandIn::new(vec![Act::Lost]).await;
    let held = PlatformKey::Certificate { pem: certificate(&PLATFORM) };
    let client = in_certificate_mode(&platform, vec![held], &Clock::new()).await;
    let body = notification("TRANSACTION.SUCCESS", &paid("meal-0001"));
    let headers = headers(&PLATFORM, KEY_ID, NOW, &body);
    assert_eq!(client.notification(&headers, &body).await, Err(Rejection::UnknownSerial));
    assert!(platform.requests().is_empty());
}
