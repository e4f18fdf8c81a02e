//! Message push from the simulator to the client, in secure mode, over a real address.

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use wechat::push::{Answer, Event, Push, PushConfig, Pushed};

use crate::bench::Bench;
use crate::listener::serve_push;

#[tokio::test]
async fn events_arrive_sealed_and_forged_ones_are_refused_until_a_good_try() {
    let bench = Bench::new().await;
    let config = PushConfig {
        appid: bench.text("appid").to_owned(),
        token: bench.text("push_token").into(),
        encoding_aes_key: bench.text("push_encoding_aes_key").into(),
    };
    let push = Push::new(config, bench.now()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/wechat/push", listener.local_addr().unwrap());
    let (opened, mut arrived) = unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve_push(listener, push, opened));
    bench.post("/sim/settings", json!({ "push_url": url })).await;
    assert_eq!(
        bench.post("/sim/pushes/check", json!({})).await["is_good"],
        true,
        "the console's test of the address"
    );

    let flush = async || bench.post("/sim/notifications/flush", json!({})).await["pushed"][0].clone();
    bench.fault(json!({ "effect": "notify_forged", "path": "/wechat/push", "times": 1 })).await;
    bench.fault(json!({ "effect": "notify_stale", "path": "/wechat/push", "times": 1 })).await;
    bench.post("/sim/consents", json!({ "as": "son1", "template_ids": ["T1"], "result": "accept" })).await;
    assert_eq!(flush().await["is_delivered"], false);
    bench.advance(5).await;
    bench.fault(json!({ "effect": "notify_duplicate", "path": "/wechat/push", "times": 1 })).await;
    assert_eq!(flush().await["is_delivered"], true);
    let (first, second) = (arrived.recv().await.unwrap(), arrived.recv().await.unwrap());
    let (first, second) = (Pushed::read(&first).unwrap(), Pushed::read(&second).unwrap());
    assert_eq!(first.key, second.key, "a repetition is known by its key");
    assert_eq!(first.openid, wechat_simulator::openid_of("son1"));
    let answer = Answer { template_id: "T1".to_owned(), is_accepted: true };
    assert_eq!(first.event, Event::ConsentAnswered(vec![answer]));
    assert!(arrived.is_empty(), "nothing forged or stale came through");
}
