//! Sockets over planted resolvers: bounds, rights, silence, readers that do not read, and the end of the server.

use std::time::{Duration, Instant};

use nuanyang::http::engine::{Limits, Standing};
use serde_json::json;
use tokio::time::sleep;

use super::planted::Planted;
use super::protocol;
use super::talk::{Heard, PROTOCOL, Talk};

/// With one more origin that may open sockets.
fn planted() -> Planted {
    Planted::start(Limits { origins: vec!["https://friend.example".into()], ..Limits::default() })
}

/// Short of patience.
pub fn quick() -> Planted {
    Planted::start(Limits { init_s: 1, ping_s: 1, idle_s: 2, send_s: 2, ..Limits::default() })
}

/// Waits for what must come soon.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(12), "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

const ENDLESS: &str = "subscription { ticks(n: 1000000, everyMs: 20) }";

#[tokio::test]
async fn any_schema_is_served_by_the_protocol() {
    let planted = planted();
    protocol::the_protocol_is_kept(&planted.base).await;
    let friend = [("sec-websocket-protocol", PROTOCOL), ("origin", "https://friend.example")];
    assert!(Talk::connect(&planted.base, &friend).await.is_ok());
}

#[tokio::test]
async fn tokens_come_with_connection_init() {
    let planted = planted();
    for payload in [
        json!({ "token": "lin" }),
        json!({ "authorization": "Bearer lin" }),
        json!({ "Authorization": "bearer lin" }),
    ] {
        let mut talk = Talk::open(&planted.base).await;
        talk.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(talk.said().await["type"], "connection_ack");
        talk.subscribe("1", "{ who }").await;
        assert_eq!(talk.said().await["payload"]["data"]["who"], "lin");
    }
    for payload in [
        json!({ "token": "bad" }),
        json!({ "token": 1 }),
        json!({ "authorization": "lin" }),
        json!({ "authorization": "Bearer " }),
    ] {
        let mut talk = Talk::open(&planted.base).await;
        talk.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(talk.hear().await, Heard::Closed(4403), "{payload}");
    }
    let mut short = Talk::acknowledged(&planted.base, Some("short")).await;
    short.subscribe("1", "{ who }").await;
    assert_eq!(short.said().await["type"], "next");
    assert_eq!(short.said().await["type"], "complete");
    assert_eq!(short.hear().await, Heard::Closed(4403), "the token has expired");
}

#[tokio::test]
async fn subscriptions_run_side_by_side_and_stop_when_told() {
    let planted = planted();
    let mut talk = Talk::acknowledged(&planted.base, None).await;
    talk.subscribe("s", "subscription { ticks(n: 3, everyMs: 1) }").await;
    for number in 0..3 {
        assert_eq!(
            talk.said().await,
            json!({ "id": "s", "type": "next", "payload": { "data": { "ticks": number.to_string() } } })
        );
    }
    assert_eq!(talk.said().await, json!({ "type": "complete", "id": "s" }));
    talk.subscribe("m", "mutation { bump }").await;
    assert_eq!(talk.said().await["payload"]["data"]["bump"], 1);
    assert_eq!(talk.said().await["type"], "complete");
    talk.subscribe("e", ENDLESS).await;
    assert_eq!(talk.said().await["type"], "next");
    talk.subscribe("q", "{ slow(ms: 200) }").await;
    while talk.said().await["id"] != "q" {}
    talk.say(json!({ "type": "complete", "id": "e" })).await;
    until("a completed subscription ends", || planted.streams() == 0).await;
    // The id is free again, and nothing of the old one comes under it.
    talk.subscribe("e", "subscription { ticks(n: 1, everyMs: 300) }").await;
    loop {
        let said = talk.said().await;
        if said["id"] == "e" && said["payload"]["data"]["ticks"] == "0" {
            break;
        }
    }
    while talk.said().await["type"] != "complete" {}
    talk.subscribe("e", ENDLESS).await;
    assert_eq!(talk.said().await["type"], "next");
    talk.subscribe("e", ENDLESS).await;
    loop {
        match talk.hear().await {
            Heard::Said(said) => assert_eq!(said["type"], "next"),
            other => break assert_eq!(other, Heard::Closed(4409)),
        }
    }
    until("streams end with their socket", || planted.streams() == 0).await;
    let mut dropped = Talk::acknowledged(&planted.base, None).await;
    dropped.subscribe("e", ENDLESS).await;
    assert_eq!(dropped.said().await["type"], "next");
    drop(dropped);
    until("streams end with their line", || planted.streams() == 0).await;
}

#[tokio::test]
async fn faults_of_a_subscription_stay_its_own() {
    let planted = planted();
    let mut talk = Talk::acknowledged(&planted.base, None).await;
    talk.subscribe("d", "subscription { denied }").await;
    let error = talk.said().await;
    assert_eq!(
        (&error["type"], &error["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("UNAUTHENTICATED"))
    );
    talk.subscribe("x", "subscription { explode }").await;
    assert_eq!(talk.said().await["payload"]["data"]["explode"], 0);
    assert_eq!(talk.said().await["payload"]["data"]["explode"], 1);
    let error = talk.said().await;
    assert_eq!(
        (&error["type"], &error["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("INTERNAL"))
    );
    talk.subscribe("q", "{ explode }").await;
    let error = talk.said().await;
    assert_eq!(
        (&error["type"], &error["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("INTERNAL"))
    );
    talk.subscribe("q", "{ hello failNullable }").await;
    let next = talk.said().await;
    assert_eq!(
        (&next["type"], &next["payload"]["errors"][0]["extensions"]["code"]),
        (&json!("next"), &json!("INTERNAL"))
    );
    assert_eq!(talk.said().await["type"], "complete");
    assert!(talk.is_silent().await);
}

#[tokio::test]
async fn sockets_are_bounded() {
    let planted = planted();
    let mut talk = Talk::acknowledged(&planted.base, None).await;
    for number in 0..21 {
        talk.subscribe(&number.to_string(), "subscription { ticks(n: 1, everyMs: 60000) }").await;
    }
    let error = talk.said().await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("20")));
    assert_eq!(error["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    until("20 run", || planted.streams() == 20).await;

    let mut seats = Vec::new();
    for _ in 0..5 {
        seats.push(Talk::acknowledged(&planted.base, Some("lin")).await);
    }
    let mut sixth = Talk::open(&planted.base).await;
    sixth.say(json!({ "type": "connection_init", "payload": { "token": "lin" } })).await;
    assert_eq!(sixth.hear().await, Heard::Closed(4429));
    let _other = Talk::acknowledged(&planted.base, Some("wang")).await;
    drop(seats.pop());
    sleep(Duration::from_millis(200)).await;
    let _again = Talk::acknowledged(&planted.base, Some("lin")).await;
}

#[tokio::test]
async fn rights_are_asked_before_each_event() {
    let planted = planted();
    let mut narrowed = Talk::acknowledged(&planted.base, Some("lin")).await;
    narrowed.subscribe("1", "subscription { ticks(n: 1000000, everyMs: 300) }").await;
    assert_eq!(narrowed.said().await["type"], "next");
    planted.set_standing("lin", Standing::Narrowed);
    let error = narrowed.said().await;
    assert_eq!(
        (&error["type"], &error["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("FORBIDDEN"))
    );
    until("its stream ends", || planted.streams() == 0).await;
    narrowed.subscribe("2", ENDLESS).await;
    assert_eq!(narrowed.said().await["payload"][0]["extensions"]["code"], "FORBIDDEN");

    let mut ended = Talk::acknowledged(&planted.base, Some("wang")).await;
    ended.subscribe("1", "subscription { ticks(n: 1000000, everyMs: 300) }").await;
    assert_eq!(ended.said().await["type"], "next");
    planted.set_standing("wang", Standing::Ended);
    assert_eq!(ended.hear().await, Heard::Closed(4403));
}

#[tokio::test]
async fn silence_ends_a_socket_and_a_pong_keeps_it() {
    let planted = quick();
    let mut silent = Talk::open(&planted.base).await;
    assert_eq!(silent.hear().await, Heard::Closed(4408));
    let mut lively = Talk::acknowledged(&planted.base, None).await;
    // Reading answers pings; 5 s is more than twice the silence allowed.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        assert_eq!(lively.hear_any().await, Heard::Ping);
    }
    lively.subscribe("1", "{ __typename }").await;
    assert_eq!(lively.said().await["type"], "next");
    let mut dead = Talk::acknowledged(&planted.base, None).await;
    // Nothing is read, so no ping is answered; then everything is read.
    sleep(Duration::from_secs(3)).await;
    assert_eq!(dead.hear().await, Heard::Closed(4499));
}

#[tokio::test]
async fn a_stopping_server_says_so() {
    let planted = planted();
    let mut talk = Talk::acknowledged(&planted.base, None).await;
    talk.subscribe("1", "subscription { ticks(n: 1, everyMs: 60000) }").await;
    until("it runs", || planted.streams() == 1).await;
    planted.stop();
    assert_eq!(talk.hear().await, Heard::Closed(1001));
}
