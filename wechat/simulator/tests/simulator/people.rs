//! Message push, consents and phone codes, without any code of the client.

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::merchant::Bench;

fn sha1(parts: &[&str]) -> String {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    let tag = digest(&SHA1_FOR_LEGACY_USE_ONLY, sorted.concat().as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn query(path: &str, name: &str) -> String {
    let mark = format!("{name}=");
    let (_, query) = path.split_once('?').unwrap();
    query.split('&').find_map(|part| part.strip_prefix(&mark)).unwrap_or_default().to_owned()
}

async fn consent(bench: &Bench, result: &str, templates: &[&str]) -> Value {
    let wish = json!({ "as": "daughter1", "template_ids": templates, "result": result });
    bench.post("/sim/consents", &wish).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_push_is_signed_and_tried_three_times() {
    let bench = Bench::new().await;
    let elsewhere = json!({ "push_url": "https://example.org/push" });
    assert_eq!(bench.post("/sim/settings", &elsewhere).await["error"], "BAD_REQUEST");
    let settings = json!({ "push_url": bench.listener.url(), "push_secure": false });
    bench.post("/sim/settings", &settings).await;
    consent(&bench, "accept", &["T1"]).await;
    for tries in 1..=3 {
        bench.flush().await;
        assert_eq!(bench.get("/sim/pushes").await[0]["tries"], tries, "204 is no answer to a push");
        bench.advance(5).await;
    }
    bench.flush().await;
    let arrived = bench.listener.arrived();
    assert_eq!(arrived.len(), 3);
    let (at, nonce) = (query(&arrived[0].path, "timestamp"), query(&arrived[0].path, "nonce"));
    let expected = sha1(&[bench.text("push_token"), &at, &nonce]);
    assert_eq!(query(&arrived[0].path, "signature"), expected);
    let body: Value = serde_json::from_slice(&arrived[0].body).unwrap();
    assert_eq!(body["List"]["SubscribeStatusString"], "accept", "one entry comes bare");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secure_push_opens_with_the_key_of_the_sheet() {
    let bench = Bench::new().await;
    bench.listener.answer_with(200);
    bench.post("/sim/settings", &json!({ "push_url": bench.listener.url() })).await;
    consent(&bench, "reject", &["T1", "T2"]).await;
    bench.flush().await;
    assert_eq!(bench.get("/sim/pushes").await[0]["is_delivered"], true, "an empty 200 counts");
    let arrived = &bench.listener.arrived()[0];
    let sealed: Value = serde_json::from_slice(&arrived.body).unwrap();
    let sealed = sealed["Encrypt"].as_str().unwrap();
    let (at, nonce) = (query(&arrived.path, "timestamp"), query(&arrived.path, "nonce"));
    assert_eq!(query(&arrived.path, "msg_signature"), sha1(&[bench.text("push_token"), &at, &nonce, sealed]));

    // The last character carries two bits of noise, which strict decoders refuse.
    let lenient = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let key = lenient.decode(format!("{}=", bench.text("push_encoding_aes_key"))).unwrap();
    let mut text = STANDARD.decode(sealed).unwrap();
    let iv: [u8; 16] = key[..16].try_into().unwrap();
    let cipher = DecryptingKey::cbc(UnboundCipherKey::new(&AES_256, &key).unwrap()).unwrap();
    let context = DecryptionContext::Iv128(aws_lc_rs::iv::FixedLength::from(&iv));
    let plain = cipher.decrypt(&mut text, context).unwrap();
    let length = u32::from_be_bytes(plain[16..20].try_into().unwrap()) as usize;
    let message: Value = serde_json::from_slice(&plain[20..20 + length]).unwrap();
    assert_eq!(message["List"].as_array().unwrap().len(), 2, "two entries come as a list");
    assert!(plain[20 + length..].starts_with(bench.text("appid").as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nobody_ships_brings_a_reminder() {
    let bench = Bench::new().await;
    bench.post("/sim/settings", &json!({ "trade_managed": true })).await;
    bench.paid("LUNCH00001", 1200).await;
    bench.advance(48 * 3600 - 1).await;
    assert_eq!(bench.get("/sim/pushes").await, json!([]));
    bench.advance(1).await;
    assert_eq!(bench.get("/sim/pushes").await[0]["event"], "trade_manage_remind_shipping");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_key_proves_itself_with_an_hmac_of_nothing() {
    let bench = Bench::new().await;
    let code = bench.get("/sim/login?as=elder1").await;
    let (appid, secret) = (bench.text("appid"), bench.text("app_secret"));
    let target = format!(
        "/sns/jscode2session?appid={appid}&secret={secret}&grant_type=authorization_code&js_code={}",
        code["code"].as_str().unwrap()
    );
    let session = bench.get(&target).await;
    let token = format!("/cgi-bin/token?grant_type=client_credential&appid={appid}&secret={secret}");
    let token = bench.get(&token).await["access_token"].as_str().unwrap().to_owned();
    let key = session["session_key"].as_str().unwrap();
    let hmac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.as_bytes());
    let tag: String =
        aws_lc_rs::hmac::sign(&hmac, b"").as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let check = |signature: &str| {
        format!(
            "/wxa/checksession?access_token={token}&openid={}&signature={signature}&sig_method=hmac_sha256",
            session["openid"].as_str().unwrap()
        )
    };
    assert_eq!(bench.get(&check(&tag)).await["errcode"], 0);
    assert_eq!(bench.get(&check("00")).await["errcode"], 87009);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_logins_of_one_person_in_a_minute_are_refused() {
    let bench = Bench::new().await;
    let (appid, secret) = (bench.text("appid"), bench.text("app_secret"));
    let mut last = Value::Null;
    for _ in 0..101 {
        let code = bench.get("/sim/login?as=elder1").await["code"].as_str().unwrap().to_owned();
        let target = format!(
            "/sns/jscode2session?appid={appid}&secret={secret}&grant_type=authorization_code&js_code={code}"
        );
        last = bench.get(&target).await;
    }
    assert_eq!(last["errcode"], 45011);
}
