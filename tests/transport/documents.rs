//! Documents that are named by their hash: the only ones that production carries out.

use nuanyang::http::engine::Limits;
use nuanyang::http::guard::Allowed;
use nuanyang::kit::seal::sha256_hex;
use reqwest::StatusCode;
use serde_json::json;

use super::planted::Planted;
use super::talk::{Heard, Talk};
use super::wire::{NEWER, ask, client, post, read};

const KNOWN: &str = "query Known { hello }";
const FOLLOWED: &str = "subscription Followed { ticks(n: 3, everyMs: 10) }";

fn strict() -> Planted {
    let list = [KNOWN, FOLLOWED].map(|text| (sha256_hex(text.as_bytes()), text));
    let list: std::collections::BTreeMap<_, _> = list.into_iter().collect();
    let file = std::env::temp_dir().join(format!("nuanyang-documents-{}.json", std::process::id()));
    std::fs::write(&file, serde_json::to_string(&list).expect("JSON")).expect("a place for a file");
    let allowed = Allowed::read(&[&file], false).expect("a list");
    std::fs::remove_file(&file).expect("the file");
    Planted::start_with(0, Limits::default(), allowed)
}

#[tokio::test]
async fn production_carries_out_what_it_knows_and_nothing_else() {
    let planted = strict();
    let hash = sha256_hex(KNOWN.as_bytes());
    let told = json!({ "data": { "hello": "world" } });
    let named = json!({ "documentId": hash }).to_string();
    assert_eq!(read(post(&planted.base, NEWER, named).await).await, (StatusCode::OK, told.clone()));
    assert_eq!(ask(&planted.base, NEWER, KNOWN).await, (StatusCode::OK, told.clone()));
    let url = format!("{}/graphql?documentId={hash}", planted.base);
    let linked = client().get(url).header("accept", NEWER).send().await.expect("an answer");
    assert_eq!(read(linked).await, (StatusCode::OK, told));
    for free in [
        json!({ "query": "{ hello }" }),
        json!({ "query": "mutation { bump }" }),
        json!({ "query": KNOWN, "documentId": sha256_hex(b"another") }),
        json!({ "documentId": "" }),
        json!({ "documentId": sha256_hex(b"another") }),
    ] {
        let (status, body) = read(post(&planted.base, NEWER, free.to_string()).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{free} {body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{body}");
    }
    assert_eq!(planted.bumps(), 0);
}

#[tokio::test]
async fn a_socket_names_its_documents_too() {
    let planted = strict();
    let mut talk = Talk::acknowledged(&planted.base, None).await;
    let payload = |hash: String| json!({ "query": "", "extensions": { "documentId": hash } });
    let hash = sha256_hex(FOLLOWED.as_bytes());
    talk.say(json!({ "id": "1", "type": "subscribe", "payload": payload(hash) })).await;
    let first = talk.said().await;
    assert_eq!((&first["id"], &first["type"]), (&json!("1"), &json!("next")), "{first}");
    talk.say(json!({ "id": "1", "type": "complete" })).await;
    talk.say(json!({ "id": "2", "type": "subscribe", "payload": payload("0".repeat(64)) })).await;
    loop {
        let said = talk.said().await;
        if said["id"] == "2" {
            assert_eq!(said["type"], "error", "{said}");
            break;
        }
    }
    talk.subscribe("3", "{ hello }").await;
    loop {
        match talk.hear().await {
            Heard::Said(said) if said["id"] == "3" => {
                assert_eq!(said["type"], "error", "{said}");
                break;
            }
            Heard::Said(_) => {}
            _ => panic!("the socket ended"),
        }
    }
}
