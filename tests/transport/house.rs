//! The same checks against the program itself, and what only the program has: headers of every address.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::talk::{Heard, Talk};
use super::wire::{self, NEWER, ask, client, code, post, read};
use super::{attacks, protocol};
use crate::world::{Backend, World};

/// How long an attack may keep the server busy: the promise, though a build for tests is not optimised.
const AT_ONCE: Duration = Duration::from_millis(50);

async fn world() -> World {
    World::new(Backend::Sqlite).await
}

#[tokio::test]
async fn the_program_is_served_by_the_rules_of_http() {
    let world = world().await;
    wire::foreign_bodies_are_refused(&world.base).await;
    wire::methods_are_bounded(&world.base).await;
    wire::the_media_type_decides_on_the_status(&world.base).await;
    wire::large_bodies_are_cut(&world.base).await;
}

#[tokio::test]
async fn the_program_speaks_graphql_transport_ws() {
    let world = world().await;
    protocol::the_protocol_is_kept(&world.base).await;
}

#[tokio::test]
async fn every_address_tells_nothing_about_the_server() {
    let world = world().await;
    let paths = [
        "/",
        "/graphql",
        "/graphql/ws",
        "/graphiql",
        "/healthz",
        "/readyz",
        "/metrics",
        "/nothing",
        "/../../etc/passwd",
        "/demo/clock",
        "/wechat/pay/notify",
    ];
    for path in paths {
        let request = client().get(format!("{}{path}", world.base)).header("origin", "https://foe.example");
        let answer = request.send().await.unwrap();
        let headers = answer.headers().clone();
        for name in
            ["server", "x-powered-by", "access-control-allow-origin", "access-control-allow-credentials"]
        {
            assert!(!headers.contains_key(name), "{path}: {name}");
        }
        assert_eq!(
            headers.get("x-content-type-options").map(|value| value.to_str().unwrap()),
            Some("nosniff"),
            "{path}"
        );
        let body = answer.text().await.unwrap();
        for word in ["actix", "async-graphql", "src/", "root:", "panicked"] {
            assert!(!body.contains(word), "{path} says {word}: {body}");
        }
    }
}

#[tokio::test]
async fn a_page_of_another_site_can_change_nothing() {
    let world = world().await;
    let before = world.footprint().await;
    let login = world.sim_get("/sim/login?as=daughter1").await;
    let document = format!(
        "mutation {{ sessionStart(input: {{ code: {} }}) {{ tokens {{ accessToken }} }} }}",
        login["code"]
    );
    let body = json!({ "query": document }).to_string();
    let url = format!("{}/graphql", world.base);
    let kinds = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "text/html",
        "application/graphql",
    ];
    for kind in kinds {
        let request =
            client().post(&url).header("content-type", kind).header("origin", "https://foe.example");
        let answer = request.body(body.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 415, "{kind}");
    }
    let answer = client().get(&url).query(&[("query", &document)]).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(world.footprint().await, before);
    assert_eq!(world.number("count(*) FROM session_family").await, 0);
    let (_, answer) = read(post(&world.base, NEWER, body).await).await;
    assert!(
        answer["data"]["sessionStart"]["tokens"]["accessToken"].is_string(),
        "the code is still good: {answer}"
    );
}

#[tokio::test]
async fn attacks_by_document_are_refused_at_once_and_never_reach_the_database() {
    let world = world().await;
    let quick = client();
    let before = world.app.db.statements();
    for attack in attacks::all() {
        let body = json!({ "query": attack.document }).to_string();
        let mut best = Duration::MAX;
        // The quickest of a few, so that a busy machine does not decide.
        for _ in 0..6 {
            let request = quick.post(format!("{}/graphql", world.base)).header("accept", NEWER);
            let request = request.header("content-type", "application/json").body(body.clone());
            let began = Instant::now();
            let (status, answer) = read(request.send().await.unwrap()).await;
            best = best.min(began.elapsed());
            assert_eq!((status.as_u16(), code(&answer)), (400, attack.code), "{}", attack.name);
            assert!(answer.to_string().len() < 700, "{} is echoed", attack.name);
            if best < AT_ONCE {
                break;
            }
        }
        assert!(best < AT_ONCE, "{} took {best:?}", attack.name);
    }
    assert_eq!(world.app.db.statements(), before, "an attack reached the database");
}

#[tokio::test]
async fn attacks_by_document_are_refused_on_a_socket_and_it_lives_on() {
    let world = world().await;
    let before = world.app.db.statements();
    let mut talk = Talk::acknowledged(&world.base, None).await;
    for attack in attacks::all() {
        let message = json!({ "type": "subscribe", "id": "a", "payload": { "query": attack.document } });
        if message.to_string().len() > 60_000 {
            continue;
        }
        talk.say(message).await;
        let error = talk.said().await;
        assert_eq!(
            (error["type"].as_str(), error["id"].as_str()),
            (Some("error"), Some("a")),
            "{}",
            attack.name
        );
        assert_eq!(error["payload"][0]["extensions"]["code"], attack.code, "{}", attack.name);
    }
    assert_eq!(world.app.db.statements(), before, "an attack reached the database");
    talk.subscribe("q", "{ __typename }").await;
    assert_eq!(talk.said().await["type"], "next");
}

#[tokio::test]
async fn a_document_known_by_hash_alone_is_not_served() {
    let world = world().await;
    for hash in ["ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38", "wrong", ""] {
        let known = json!({ "version": 1, "sha256Hash": hash });
        for query in [Value::Null, json!("{ __typename }")] {
            let body = json!({ "query": query, "extensions": { "persistedQuery": known } });
            let (status, answer) = read(post(&world.base, NEWER, body.to_string()).await).await;
            assert_eq!((status.as_u16(), code(&answer)), (400, "BAD_REQUEST"), "{body}");
        }
    }
}

#[tokio::test]
async fn a_person_has_at_most_five_sockets_and_a_socket_twenty_subscriptions() {
    let world = world().await;
    let (lin, wang) = (world.login("daughter1").await, world.login("daughter2").await);
    let mut seats = Vec::new();
    for _ in 0..5 {
        seats.push(Talk::acknowledged(&world.base, Some(&world.fresh_token(&lin))).await);
    }
    let mut sixth = Talk::open(&world.base).await;
    sixth.say(json!({ "type": "connection_init", "payload": { "token": world.fresh_token(&lin) } })).await;
    assert_eq!(sixth.hear().await, Heard::Closed(4429));
    let _other = Talk::acknowledged(&world.base, Some(&world.fresh_token(&wang))).await;
    let mut bad = Talk::open(&world.base).await;
    bad.say(json!({ "type": "connection_init", "payload": { "token": "e30.e30.e30" } })).await;
    assert_eq!(bad.hear().await, Heard::Closed(4403));
}

#[tokio::test]
async fn names_that_nearly_exist_are_not_suggested() {
    let world = world().await;
    for query in [
        "{ viewe { id } }",
        "{ viewer { i } }",
        "{ canteen(idd: 1) { id } }",
        "{ viewer { id } } query B { x }",
    ] {
        let (_, answer) = ask(&world.base, NEWER, query).await;
        let text = answer.to_string();
        assert!(!text.to_lowercase().contains("did you mean"), "{text}");
    }
}
