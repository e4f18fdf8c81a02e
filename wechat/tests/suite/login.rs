//! Login and content check of the mini-program.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use wechat::Timeouts;
use wechat::mini::{MiniConfig, MiniError, MiniProgram, Scene, TextVerdict};

use crate::stand_in::{Act, StandIn};
use crate::support::Clock;

const SECRET: &str = "thesecretofthemini";

fn mini(platform: &StandIn, clock: &Clock) -> MiniProgram {
    let config = MiniConfig {
        base: platform.base.clone(),
        appid: "wxsim0000000000001".to_owned(),
        secret: SECRET.into(),
    };
    let timeouts = Timeouts { connect: Duration::from_secs(1), total: Duration::from_secs(2) };
    MiniProgram::with_timeouts(config, timeouts, clock.now()).unwrap()
}

fn says(value: Value) -> Act {
    Act::Unsigned(200, value.to_string())
}

fn token(token: &str) -> Act {
    says(json!({"access_token": token, "expires_in": 7200}))
}

fn verdict(suggest: &str, label: i64) -> Act {
    says(
        json!({"errcode": 0, "errmsg": "ok", "result": {"suggest": suggest, "label": label}, "trace_id": "1"}),
    )
}

#[tokio::test]
async fn a_login_needs_no_errcode_to_succeed() {
    let platform =
        StandIn::new(vec![says(json!({"openid": "o1", "session_key": "k", "unionid": "u1"}))]).await;
    let session = mini(&platform, &Clock::new()).code_to_session("a b").await.unwrap();
    assert_eq!((session.openid.as_str(), session.unionid.as_deref()), ("o1", Some("u1")));
    let target = &platform.requests()[0].target;
    assert!(target.starts_with("/sns/jscode2session?appid=wxsim0000000000001&"), "{target}");
    assert!(target.ends_with("&js_code=a+b&grant_type=authorization_code"), "{target}");
}

#[tokio::test]
async fn refusals_of_a_login_have_their_names() {
    let cases = [
        (40029, MiniError::InvalidCode),
        (40163, MiniError::InvalidCode),
        (45011, MiniError::TooManyRequests),
        (40226, MiniError::Blocked),
        (40125, MiniError::Credentials { errcode: 40125 }),
        (-1, MiniError::Unavailable { reason: "busy".to_owned(), may_be_done: true }),
        (99999, MiniError::Refused { errcode: 99999, message: "x".to_owned() }),
    ];
    for (errcode, expected) in cases {
        let platform = StandIn::new(vec![says(json!({"errcode": errcode, "errmsg": "x"}))]).await;
        assert_eq!(mini(&platform, &Clock::new()).code_to_session("c").await, Err(expected));
        assert_eq!(platform.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_spent_code_is_not_sent_again_and_the_secret_stays_out_of_errors() {
    for act in
        [Act::Lost, Act::Cut, Act::Unsigned(502, String::new()), Act::Unsigned(200, "<html>".to_owned())]
    {
        let platform = StandIn::new(vec![act]).await;
        let error = mini(&platform, &Clock::new()).code_to_session("c").await.unwrap_err();
        assert!(matches!(error, MiniError::Unavailable { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains(SECRET));
        assert_eq!(platform.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_text_is_shown_only_if_the_platform_lets_it_pass() {
    let cases = [
        ("pass", TextVerdict::Pass),
        ("review", TextVerdict::Review { label: 20012 }),
        ("risky", TextVerdict::Risky { label: 20012 }),
        ("a word of the future", TextVerdict::Review { label: 20012 }),
    ];
    for (suggest, expected) in cases {
        let platform = StandIn::new(vec![token("t1"), verdict(suggest, 20012)]).await;
        let result = mini(&platform, &Clock::new()).check_text("o1", Scene::Comment, "好吃").await;
        assert_eq!(result, Ok(expected));
    }
}

#[tokio::test]
async fn a_check_names_scene_and_author_and_reuses_the_token_until_it_ends() {
    let script =
        vec![token("t1"), verdict("pass", 100), verdict("pass", 100), token("t2"), verdict("pass", 100)];
    let platform = StandIn::new(script).await;
    let clock = Clock::new();
    let mini = mini(&platform, &clock);
    mini.check_text("o1", Scene::Comment, "好吃").await.unwrap();
    clock.advance(7200 - 241);
    mini.check_text("o1", Scene::Comment, "好吃").await.unwrap();
    clock.advance(1);
    mini.check_text("o1", Scene::Comment, "好吃").await.unwrap();
    let requests = platform.requests();
    let targets: Vec<&str> = requests.iter().map(|request| request.target.as_str()).collect();
    let check = "/wxa/msg_sec_check?access_token=";
    let expected = [
        "/cgi-bin/stable_token",
        &format!("{check}t1"),
        &format!("{check}t1"),
        "/cgi-bin/stable_token",
        &format!("{check}t2"),
    ];
    assert_eq!(targets, expected);
    let body: Value = serde_json::from_str(&requests[1].body).unwrap();
    assert_eq!(body, json!({"version": 2, "openid": "o1", "scene": 2, "content": "好吃"}));
    let body: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(body["force_refresh"], false);
}

#[tokio::test]
async fn a_refused_token_is_fetched_again_once() {
    for errcode in [40001, 40014, 42001] {
        let refused = says(json!({"errcode": errcode, "errmsg": "x"}));
        let script = vec![token("t1"), refused.clone(), token("t2"), verdict("pass", 100)];
        let platform = StandIn::new(script).await;
        let result = mini(&platform, &Clock::new()).check_text("o1", Scene::Profile, "x").await;
        assert_eq!(result, Ok(TextVerdict::Pass));
        let script = vec![token("t1"), refused.clone(), token("t1"), refused];
        let platform = StandIn::new(script).await;
        let result = mini(&platform, &Clock::new()).check_text("o1", Scene::Profile, "x").await;
        assert_eq!(result, Err(MiniError::Token));
        assert_eq!(platform.requests().len(), 4);
    }
}

#[tokio::test]
async fn twenty_callers_fetch_one_token() {
    let platform = StandIn::new(vec![token("t1"), verdict("pass", 100)]).await;
    let mini = mini(&platform, &Clock::new());
    let mut checks = JoinSet::new();
    for _ in 0..20 {
        let mini = mini.clone();
        checks.spawn(async move { mini.check_text("o1", Scene::Forum, "x").await });
    }
    assert!(checks.join_all().await.iter().all(|result| *result == Ok(TextVerdict::Pass)));
    let requests = platform.requests();
    let fetched = requests.iter().filter(|request| request.target == "/cgi-bin/stable_token");
    assert_eq!((fetched.count(), requests.len()), (1, 21));
}

#[tokio::test]
async fn a_visit_that_is_too_old_and_a_text_that_is_too_long_have_their_names() {
    let platform =
        StandIn::new(vec![token("t1"), says(json!({"errcode": 61010, "errmsg": "code is expired"}))]).await;
    let mini = mini(&platform, &Clock::new());
    assert_eq!(mini.check_text("o1", Scene::SocialLog, "x").await, Err(MiniError::VisitExpired));
    let long = "好".repeat(2501);
    let length = MiniError::Length { max_chars: 2500 };
    assert_eq!(mini.check_text("o1", Scene::Comment, &long).await, Err(length.clone()));
    assert_eq!(mini.check_text("o1", Scene::Comment, "").await, Err(length));
    assert_eq!(platform.requests().len(), 2);
}
