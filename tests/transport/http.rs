//! GraphQL over HTTP, with resolvers that fail, panic and wait on purpose.

use std::time::Duration;

use nuanyang::http::engine::Limits;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::planted::Planted;
use super::wire::{self, NEWER, ask, client, code, post, read};

fn open() -> Planted {
    Planted::start(Limits { introspection: true, execution_s: 1, body_s: 2, ..Limits::default() })
}

#[tokio::test]
async fn any_schema_is_served_by_the_rules() {
    let planted = open();
    wire::foreign_bodies_are_refused(&planted.base).await;
    wire::methods_are_bounded(&planted.base).await;
    wire::the_media_type_decides_on_the_status(&planted.base).await;
    wire::large_bodies_are_cut(&planted.base).await;
    wire::slow_clients_are_cut(&planted.base, 40, Duration::from_secs(9)).await;
    assert_eq!(planted.bumps(), 0);
}

#[tokio::test]
async fn no_mutation_runs_by_a_link_or_a_form() {
    let planted = open();
    let url = format!("{}/graphql", planted.base);
    let body = json!({ "query": "mutation { bump }" }).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ] {
        let answer = client().post(&url).header("content-type", kind).body(body.clone()).send().await;
        assert_eq!(answer.expect("an answer").status(), 415);
    }
    let form = "query=mutation%20%7B%20bump%20%7D";
    let answer = client().post(format!("{url}?{form}")).header("content-type", "text/plain").send().await;
    assert_eq!(answer.expect("an answer").status(), 415);
    assert_eq!(client().get(format!("{url}?{form}")).send().await.expect("an answer").status(), 405);
    assert_eq!(planted.bumps(), 0);
    assert_eq!(ask(&planted.base, "*/*", "mutation { bump }").await.1["data"]["bump"], 1);
}

#[tokio::test]
async fn causes_stay_inside_and_values_are_not_echoed() {
    let planted = open();
    let (status, body) = ask(&planted.base, NEWER, "{ hello fail }").await;
    assert_eq!((status, &body["data"]), (StatusCode::OK, &json!({ "hello": "world", "fail": null })));
    let (status, body) = ask(&planted.base, NEWER, "{ hello failNullable forbidden }").await;
    assert_eq!(status, 200);
    assert!(!body.to_string().contains("secret"), "{body}");
    let errors = body["errors"].as_array().expect("errors");
    for error in errors {
        match error["path"][0].as_str() {
            Some("forbidden") => assert_eq!(error["extensions"]["code"], "FORBIDDEN"),
            _ => {
                assert_eq!(error["extensions"]["code"], "INTERNAL");
                assert!(error["extensions"]["ref"].as_str().expect("a reference").starts_with("ref"));
            }
        }
    }
    let long = "Z".repeat(30_000);
    for query in [
        format!("{{ colour(is: \"{long}\") }}"),
        format!("{{ day(on: \"{long}\") }}"),
        "{ day(on: \"x\") }".into(),
    ] {
        let (_, body) = ask(&planted.base, NEWER, &query).await;
        assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{body}");
        assert!(body.to_string().len() < 700, "{} bytes", body.to_string().len());
    }
    let by_variable = json!({ "query": "query ($c: Colour!) { colour(is: $c) }", "variables": { "c": "Z".repeat(100_000) } });
    let (status, body) = read(post(&planted.base, NEWER, by_variable.to_string()).await).await;
    assert_eq!((status.as_u16(), code(&body)), (400, "BAD_REQUEST"));
    assert!(body.to_string().len() < 700);
    let many: String = (0..300).map(|number| format!("nothing{number} ")).collect();
    let (_, body) = ask(&planted.base, NEWER, &format!("{{ {many} }}")).await;
    assert!(body.to_string().len() < 20_000, "{}", body.to_string().len());
}

#[tokio::test]
async fn a_panic_or_a_slow_resolver_harms_only_its_request() {
    let planted = open();
    let others =
        futures_util::future::join_all((0..20).map(|_| ask(&planted.base, NEWER, "{ slow(ms: 300) }")));
    let panics = futures_util::future::join_all((0..5).map(|_| ask(&planted.base, NEWER, "{ explode }")));
    let (others, panics, (status, slow)) =
        tokio::join!(others, panics, ask(&planted.base, NEWER, "{ slow(ms: 60000) }"));
    assert!(others.iter().all(|(status, body)| *status == 200 && body["data"]["slow"] == true));
    for (status, body) in panics {
        assert_eq!((status.as_u16(), code(&body)), (500, "INTERNAL"));
        assert!(body["errors"][0]["extensions"]["ref"].is_string() && !body.to_string().contains("planted"));
    }
    assert_eq!((status.as_u16(), code(&slow)), (504, "TIMEOUT"));
    assert_eq!(planted.finished(), 26);
}

#[tokio::test]
async fn tokens_are_read_and_their_refusal_is_told() {
    let planted = open();
    let who = |token: &'static str| {
        let request =
            client().post(format!("{}/graphql", planted.base)).header("content-type", "application/json");
        request.header("authorization", token).body(json!({ "query": "{ who }" }).to_string()).send()
    };
    assert_eq!(read(who("Bearer lin").await.expect("an answer")).await.1["data"]["who"], "lin");
    assert_eq!(read(who("bearer  lin").await.expect("an answer")).await.1["data"]["who"], "lin");
    assert_eq!(ask(&planted.base, "*/*", "{ who }").await.1["data"]["who"], Value::Null);
    for token in ["Bearer bad", "Bearer", "Bearer ", "Basic bGluOng=", "lin", ""] {
        let answer = who(token).await.expect("an answer");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        let (status, body) = read(answer).await;
        assert_eq!((status.as_u16(), code(&body)), (401, "UNAUTHENTICATED"), "{token}");
    }
    let answer = who("Bearer busy").await.expect("an answer");
    assert_eq!(answer.headers()["retry-after"], "7");
    assert_eq!(read(answer).await.0, 429);
}

#[tokio::test]
async fn in_production_the_schema_is_not_told() {
    let planted = Planted::start(Limits::default());
    for query in [
        "{ __schema { types { name } } }",
        "{ ...A } fragment A on Query { __type(name: \"Query\") { name } }",
    ] {
        let (status, body) = ask(&planted.base, NEWER, query).await;
        assert_eq!((status.as_u16(), code(&body)), (400, "BAD_REQUEST"));
    }
    let (_, body) = ask(&planted.base, NEWER, "{ helo }").await;
    assert!(!body.to_string().contains("hello"), "{body}");
    assert_eq!(ask(&planted.base, NEWER, "{ __typename }").await.0, 200);
}
