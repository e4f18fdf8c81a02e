//! graphql-transport-ws as a client meets it: checks that ask only `__typename`, so that they hold for any schema.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};

use super::talk::{Heard, PROTOCOL, Talk};

/// Only our own pages and programs, and only our protocol.
pub async fn handshakes_are_checked(base: &str) {
    let host = base.trim_start_matches("http://").to_owned();
    let own = format!("http://{host}");
    let protocol = ("sec-websocket-protocol", PROTOCOL);
    type Attempt<'a> = (&'a [(&'static str, &'a str)], Option<u16>);
    let attempts: [Attempt<'_>; 9] = [
        (&[], Some(400)),
        (&[("sec-websocket-protocol", "graphql-ws")], Some(400)),
        (&[("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")], None),
        (&[protocol], None),
        (&[protocol, ("origin", &own)], None),
        (&[protocol, ("origin", "https://foe.example")], Some(403)),
        (&[protocol, ("origin", "null")], Some(403)),
        (&[protocol, ("origin", &host)], Some(403)),
        (&[protocol, ("origin", &own), ("origin", "https://foe.example")], Some(403)),
    ];
    for (headers, refused) in attempts {
        assert_eq!(Talk::connect(base, headers).await.err(), refused, "{headers:?}");
    }
    let client = crate::world::client();
    let url = format!("{base}/graphql/ws");
    assert_eq!(client.get(&url).send().await.expect("an answer").status(), 400);
    assert_eq!(client.post(&url).send().await.expect("an answer").status(), 405);
}

/// Whatever is not a message of the protocol ends the socket with 4400.
pub async fn bad_messages_end_the_socket(base: &str) {
    let query = json!({ "query": "{ __typename }" });
    let mut bad: Vec<Message> = [
        "",
        "no JSON",
        "[]",
        "\"ping\"",
        "null",
        "[\"ping\"]",
        "{}",
        "{\"type\":1}",
        "{\"type\":\"ping\"} {}",
    ]
    .into_iter()
    .map(Message::text)
    .collect();
    bad.extend(
        [
            json!({ "type": "start", "id": "1", "payload": query }),
            json!({ "type": "next", "id": "1", "payload": {} }),
            json!({ "type": "connection_ack" }),
            json!({ "type": "PING" }),
            json!({ "type": "ping", "payload": "text" }),
            json!({ "type": "connection_init", "payload": [] }),
            json!({ "type": "subscribe", "payload": query }),
            json!({ "type": "subscribe", "id": "", "payload": query }),
            json!({ "type": "subscribe", "id": 1, "payload": query }),
            json!({ "type": "subscribe", "id": "x".repeat(1_000), "payload": query }),
            json!({ "type": "subscribe", "id": "1" }),
            json!({ "type": "subscribe", "id": "1", "payload": null }),
            json!({ "type": "subscribe", "id": "1", "payload": ["{ __typename }"] }),
            json!({ "type": "subscribe", "id": "1", "payload": {} }),
            json!({ "type": "subscribe", "id": "1", "payload": { "query": 1 } }),
            json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ __typename }", "variables": [] } }),
            json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ __typename }", "operationName": 1 } }),
            json!({ "type": "complete" }),
            json!({ "type": "complete", "id": "" }),
        ]
        .into_iter()
        .map(|message| Message::text(message.to_string())),
    );
    bad.push(Message::binary(b"{\"type\":\"ping\"}".to_vec()));
    for message in bad {
        let mut talk = Talk::acknowledged(base, None).await;
        talk.send(message.clone()).await;
        assert_eq!(talk.hear().await, Heard::Closed(4400), "{message:?}");
    }
}

/// First `connection_init`, once, then the rest.
pub async fn the_order_of_messages_is_kept(base: &str) {
    let mut early = Talk::open(base).await;
    early.subscribe("1", "{ __typename }").await;
    assert_eq!(early.hear().await, Heard::Closed(4401));

    let mut twice = Talk::acknowledged(base, None).await;
    twice.say(json!({ "type": "connection_init" })).await;
    assert_eq!(twice.hear().await, Heard::Closed(4429));

    let mut ready = Talk::open(base).await;
    ready.say(json!({ "type": "ping", "payload": { "at": 1 } })).await;
    assert_eq!(ready.said().await, json!({ "type": "pong", "payload": { "at": 1 } }));
    ready.say(json!({ "type": "ping" })).await;
    assert_eq!(ready.said().await, json!({ "type": "pong" }));
    ready.say(json!({ "type": "pong" })).await;
    ready.say(json!({ "type": "complete", "id": "unknown" })).await;
    ready.say(json!({ "type": "connection_init", "payload": null })).await;
    assert_eq!(ready.said().await, json!({ "type": "connection_ack" }));
}

/// Queries are answered with `next` and `complete`, what cannot be carried out with `error`, and the socket lives on.
pub async fn operations_are_answered(base: &str) {
    let mut talk = Talk::acknowledged(base, None).await;
    talk.subscribe("q", "{ __typename }").await;
    let next = talk.said().await;
    assert_eq!((&next["type"], &next["id"]), (&json!("next"), &json!("q")));
    assert!(next["payload"]["data"]["__typename"].is_string());
    assert_eq!(talk.said().await, json!({ "type": "complete", "id": "q" }));
    for (query, code) in [
        ("{", "BAD_REQUEST"),
        ("", "BAD_REQUEST"),
        ("{ nothing_of_this_name }", "BAD_REQUEST"),
        ("subscription { nothing_of_this_name }", "BAD_REQUEST"),
        ("query A { __typename } query B { __typename }", "BAD_REQUEST"),
        ("{ ...A } fragment A on Query { ...A }", "BAD_REQUEST"),
        (&format!("{{ {} }}", "__typename ".repeat(1_001)), "QUERY_TOO_LARGE"),
    ] {
        talk.subscribe("\"e\\", query).await;
        let error = talk.said().await;
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("\"e\\")), "{query}: {error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{query}: {error}");
    }
    assert!(talk.is_silent().await, "nothing follows an error");
    talk.subscribe("q", "{ __typename }").await;
    assert_eq!(talk.said().await["type"], "next");
}

/// Messages beyond the limit end the socket with 1009, whole or in pieces; smaller ones may come in pieces.
pub async fn large_messages_end_the_socket(base: &str) {
    for size in [65 * 1024, 4 * 1024 * 1024] {
        let mut talk = Talk::acknowledged(base, None).await;
        talk.send(Message::text("x".repeat(size))).await;
        assert_eq!(talk.hear().await, Heard::Closed(1009), "{size}");
    }
    let mut pieces = Talk::acknowledged(base, None).await;
    for number in 0..10 {
        let kind = if number == 0 { Data::Text } else { Data::Continue };
        pieces.send(Message::Frame(Frame::message("x".repeat(20_000), OpCode::Data(kind), false))).await;
    }
    assert_eq!(pieces.hear().await, Heard::Closed(1009));
    let mut small = Talk::acknowledged(base, None).await;
    small.send(Message::Frame(Frame::message("{\"type\"", OpCode::Data(Data::Text), false))).await;
    small.send(Message::Ping("x".into())).await;
    small.send(Message::Frame(Frame::message(":\"ping\"}", OpCode::Data(Data::Continue), true))).await;
    assert_eq!(small.said().await, json!({ "type": "pong" }));
    let mut invalid = Talk::acknowledged(base, None).await;
    invalid.send(Message::Frame(Frame::message(vec![0xFF, 0xFE], OpCode::Data(Data::Text), true))).await;
    assert_eq!(invalid.hear().await, Heard::Closed(1007));
}

/// A client that says goodbye hears it back.
pub async fn goodbyes_are_returned(base: &str) {
    let mut talk = Talk::acknowledged(base, None).await;
    let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
    talk.send(Message::Close(Some(frame))).await;
    assert_eq!(talk.hear().await, Heard::Closed(1000));
}

/// All of the above.
pub async fn the_protocol_is_kept(base: &str) {
    handshakes_are_checked(base).await;
    bad_messages_end_the_socket(base).await;
    the_order_of_messages_is_kept(base).await;
    operations_are_answered(base).await;
    large_messages_end_the_socket(base).await;
    goodbyes_are_returned(base).await;
}
