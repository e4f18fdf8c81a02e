//! Login codes, tokens, text checks.

use serde_json::{Value, json};
use wechat_simulator::openid_of;

use crate::merchant::Bench;

async fn session(bench: &Bench, code: &str) -> Value {
    let (appid, secret) = (bench.text("appid"), bench.text("app_secret"));
    bench
        .get(&format!(
            "/sns/jscode2session?appid={appid}&secret={secret}&js_code={code}&grant_type=authorization_code"
        ))
        .await
}

async fn token(bench: &Bench, is_forced: bool) -> Value {
    let body = json!({
        "grant_type": "client_credential", "appid": bench.text("appid"), "secret": bench.text("app_secret"),
        "force_refresh": is_forced,
    });
    bench.post("/cgi-bin/stable_token", &body).await
}

async fn check(bench: &Bench, token: &str, openid: &str, content: &str) -> Value {
    let body = json!({ "version": 2, "scene": 2, "openid": openid, "content": content });
    bench.post(&format!("/wxa/msg_sec_check?access_token={token}"), &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_code_is_good_once_and_for_five_minutes() {
    let bench = Bench::new().await;
    let login = bench.get("/sim/login?as=daughter1").await;
    let code = login["code"].as_str().unwrap();

    let first = session(&bench, code).await;
    assert_eq!(first["openid"], json!(openid_of("daughter1")));
    assert!(first.get("errcode").is_none() && first["session_key"].is_string());
    assert_eq!(session(&bench, code).await["errcode"], 40163);
    assert_eq!(session(&bench, "nonsense").await["errcode"], 40029);

    let late = bench.get("/sim/login?as=daughter1").await;
    bench.advance(300).await;
    assert_eq!(session(&bench, late["code"].as_str().unwrap()).await["errcode"], 40029);
    assert_eq!(bench.get("/sns/jscode2session?appid=wx1").await["errcode"], 40013);
    assert_eq!(bench.get("/sim/login?as=No%20body").await["error"], "BAD_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stable_token_stays_until_shortly_before_its_end() {
    let bench = Bench::new().await;
    let first = token(&bench, false).await["access_token"].clone();
    bench.advance(6000).await;
    let same = token(&bench, false).await;
    assert_eq!((&same["access_token"], &same["expires_in"]), (&first, &json!(1200)));
    bench.advance(900).await;
    let second = token(&bench, false).await["access_token"].clone();
    assert_ne!(first, second);

    bench.get("/sim/login?as=elder1").await;
    let elder = openid_of("elder1");
    assert_eq!(check(&bench, first.as_str().unwrap(), &elder, "好").await["errcode"], 0);
    bench.advance(300).await;
    assert_eq!(check(&bench, first.as_str().unwrap(), &elder, "好").await["errcode"], 42001);
    assert_eq!(check(&bench, "nonsense", &elder, "好").await["errcode"], 40001);

    let forced = token(&bench, true).await["access_token"].clone();
    assert_eq!(check(&bench, second.as_str().unwrap(), &elder, "好").await["errcode"], 42001);
    assert_eq!(check(&bench, forced.as_str().unwrap(), &elder, "好").await["errcode"], 0);
    assert_eq!(token(&bench, true).await["errcode"], 45011);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plain_token_is_new_each_time_and_overlaps() {
    let bench = Bench::new().await;
    let (appid, secret) = (bench.text("appid"), bench.text("app_secret"));
    let target = format!("/cgi-bin/token?grant_type=client_credential&appid={appid}&secret={secret}");
    let first = bench.get(&target).await["access_token"].as_str().unwrap().to_owned();
    let second = bench.get(&target).await["access_token"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    bench.get("/sim/login?as=elder1").await;
    let elder = openid_of("elder1");
    assert_eq!(check(&bench, &first, &elder, "好").await["errcode"], 0);
    bench.advance(300).await;
    assert_eq!(check(&bench, &first, &elder, "好").await["errcode"], 42001);
    assert_eq!(check(&bench, &second, &elder, "好").await["errcode"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_judged_by_the_word_list() {
    let bench = Bench::new().await;
    let token = token(&bench, false).await["access_token"].as_str().unwrap().to_owned();
    let elder = openid_of("elder1");
    assert_eq!(check(&bench, &token, &elder, "好").await["errcode"], 61010);
    bench.get("/sim/login?as=elder1").await;
    for (text, suggest, label) in [
        ("饭菜很好，阿姨很热情", "pass", 100),
        ("代 开 发 票", "risky", 20006),
        ("一起赌博", "risky", 20006),
        ("加微信聊", "review", 10001),
    ] {
        let answer = check(&bench, &token, &elder, text).await;
        assert_eq!(
            (&answer["result"]["suggest"], &answer["result"]["label"]),
            (&json!(suggest), &json!(label))
        );
    }
    assert_eq!(check(&bench, &token, "oStranger", "好").await["errcode"], 40003);
    assert_eq!(check(&bench, &token, &elder, "").await["errcode"], 44004);
    bench.advance(7200 - 300).await;
    let fresh = self::token(&bench, false).await["access_token"].as_str().unwrap().to_owned();
    bench.advance(300).await;
    assert_eq!(check(&bench, &fresh, &elder, "好").await["errcode"], 61010);
    bench.fault(json!({ "effect": "errcode", "value": -1, "times": 1 })).await;
    assert_eq!(check(&bench, &fresh, &elder, "好").await["errcode"], -1);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_with_emoji_and_bodies_that_are_no_objects_are_refused() {
    let bench = Bench::new().await;
    let token = token(&bench, false).await["access_token"].as_str().unwrap().to_owned();
    let consents = json!({ "as": "daughter1", "template_ids": ["T1"], "result": "accept" });
    bench.post("/sim/consents", &consents).await;
    let send = async |value: &str| {
        let body = json!({
            "touser": openid_of("daughter1"), "template_id": "T1", "data": { "thing1": { "value": value } },
        });
        bench.post(&format!("/cgi-bin/message/subscribe/send?access_token={token}"), &body).await["errcode"]
            .clone()
    };
    assert_eq!(send("午餐😀").await, 47003);
    assert_eq!(send("👨\u{200D}👩").await, 47003);
    assert_eq!(send("𠮷野家的午餐").await, 0, "rare Chinese characters have four bytes too");
    for path in ["/wxa/generate_urllink", "/wxa/generatescheme", "/wxa/msg_sec_check"] {
        for body in [Value::Null, json!([]), json!("x")] {
            let answer = bench.post(&format!("{path}?access_token={token}"), &body).await;
            assert_eq!(answer["errcode"], 47001, "{path} {body}");
        }
    }
}
