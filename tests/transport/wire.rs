//! GraphQL over HTTP as a client meets it: checks that ask only `__typename`, so that they hold for any schema.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The newer media type.
pub const NEWER: &str = "application/graphql-response+json";

pub fn client() -> Client {
    Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .timeout(Duration::from_secs(40))
        .build()
        .expect("a client")
}

pub async fn post(base: &str, accept: &str, body: impl Into<String>) -> Response {
    let request = client().post(format!("{base}/graphql")).header("accept", accept);
    request.header("content-type", "application/json").body(body.into()).send().await.expect("an answer")
}

pub async fn ask(base: &str, accept: &str, query: &str) -> (StatusCode, Value) {
    read(post(base, accept, json!({ "query": query }).to_string()).await).await
}

/// Every answer is JSON, not to be guessed, not to be kept, and tells nothing about the server.
pub async fn read(answer: Response) -> (StatusCode, Value) {
    let headers = answer.headers();
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(headers["content-type"].to_str().expect("text").ends_with("json; charset=utf-8"));
    assert!(!headers.contains_key("server") && !headers.contains_key("access-control-allow-origin"));
    let status = answer.status();
    let body: Value = answer.json().await.expect("JSON");
    (status, body)
}

pub fn code(body: &Value) -> &str {
    assert!(body.get("data").is_none(), "{body}");
    body["errors"][0]["extensions"]["code"].as_str().expect("a code")
}

/// Only JSON in UTF-8 is read, one request at a time, unpacked.
pub async fn foreign_bodies_are_refused(base: &str) {
    let url = format!("{base}/graphql");
    let body = json!({ "query": "mutation { __typename }" }).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=gbk",
        "application/octet-stream",
        "",
    ] {
        let answer = client().post(&url).header("content-type", kind).body(body.clone()).send().await;
        let (status, body) = read(answer.expect("an answer")).await;
        assert_eq!((status.as_u16(), code(&body)), (415, "BAD_REQUEST"), "{kind}");
    }
    let answer = client().post(&url).body(body.clone()).send().await.expect("an answer");
    assert_eq!(answer.status(), 415, "no content-type");
    for packing in ["gzip", "br", "deflate", "zstd", "identity, gzip", "made-up"] {
        let request = client().post(&url).header("content-type", "application/json");
        let answer = request.header("content-encoding", packing).body(body.clone()).send().await;
        assert_eq!(read(answer.expect("an answer")).await.0, 415, "{packing}");
    }
    for body in [
        "",
        "[]",
        "null",
        "\"{ __typename }\"",
        "[{\"query\":\"{ __typename }\"}]",
        "[\"{ __typename }\"]",
        "{",
        "{\"query\":\"{ __typename }\"} {}",
        "{\"query\":1}",
        "{\"query\":\"\"}",
        "{\"query\":\"{ __typename }\",\"query\":\"{ __typename }\"}",
        "{\"query\":\"{ __typename }\",\"variables\":[]}",
        "{\"query\":\"{ __typename }\",\"variables\":\"{}\"}",
        "{\"query\":\"{ __typename }\",\"operationName\":{}}",
        "{\"query\":\"{ __typename }\",\"extensions\":[]}",
        "{\"query\":\"{ __typename }\",\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"0\"}}}",
        &format!(
            "{{\"query\":\"{{ __typename }}\",\"variables\":{{\"a\":{}{}}}}}",
            "[".repeat(500),
            "]".repeat(500)
        ),
    ] {
        let (status, body) = read(post(base, "*/*", body).await).await;
        assert_eq!((status.as_u16(), code(&body)), (400, "BAD_REQUEST"));
    }
    let invalid = client().post(&url).header("content-type", "application/json").body(vec![b'{', 0xFF, b'}']);
    assert_eq!(read(invalid.send().await.expect("an answer")).await.0, 400);
}

/// GET serves queries only, other methods nothing.
pub async fn methods_are_bounded(base: &str) {
    let url = format!("{base}/graphql");
    let get = |query: &'static str| client().get(&url).query(&[("query", query)]).send();
    assert_eq!(read(get("{ __typename }").await.expect("an answer")).await.0, 200);
    let answer = get("mutation { __typename }").await.expect("an answer");
    assert_eq!(answer.headers()["allow"], "POST");
    assert_eq!(read(answer).await.0, 405);
    let two = [("query", "query A { __typename } mutation B { __typename }"), ("operationName", "B")];
    assert_eq!(client().get(&url).query(&two).send().await.expect("an answer").status(), 405);
    assert_eq!(read(client().get(&url).send().await.expect("an answer")).await.0, 400);
    let bad = [("query", "{ __typename }"), ("variables", "[")];
    assert_eq!(read(client().get(&url).query(&bad).send().await.expect("an answer")).await.0, 400);
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let answer = client().request(method, &url).header("origin", "https://foe.example").send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.headers()["allow"], "GET, POST");
        assert_eq!(read(answer).await.0, 405);
    }
    assert_eq!(client().head(&url).send().await.expect("an answer").status(), 405);
}

/// The client's wish decides on the type, and the type on the status.
pub async fn the_media_type_decides_on_the_status(base: &str) {
    for (accept, kind, status) in
        [(NEWER, NEWER, 400), ("application/json", "application/json", 200), ("*/*", "application/json", 200)]
    {
        for query in [
            "{",
            "{ nothing_of_this_name }",
            "query ($id: ID!) { __typename }",
            "{ ...A } fragment A on Query { ...A }",
        ] {
            let answer =
                post(base, accept, json!({ "query": query, "variables": { "id": null } }).to_string()).await;
            assert!(answer.headers()["content-type"].to_str().expect("text").starts_with(kind));
            let (given, body) = read(answer).await;
            assert_eq!((given.as_u16(), code(&body)), (status, "BAD_REQUEST"), "{accept} {query}");
        }
    }
    let (status, body) = ask(base, "text/html", "{ __typename }").await;
    assert_eq!((status.as_u16(), code(&body)), (406, "BAD_REQUEST"));
    let (status, body) = ask(base, NEWER, "subscription { __typename }").await;
    assert_eq!((status.as_u16(), code(&body)), (400, "BAD_REQUEST"));
    let (status, body) = ask(base, NEWER, &format!("{{ {} }}", "__typename ".repeat(1_001))).await;
    assert_eq!((status.as_u16(), code(&body)), (400, "QUERY_TOO_LARGE"));
    let several = json!({ "query": "query A { __typename } query B { __typename }" }).to_string();
    assert_eq!(read(post(base, NEWER, several).await).await.0, 400);
    let unknown = json!({ "query": "query A { __typename }", "operationName": "B" }).to_string();
    assert_eq!(read(post(base, NEWER, unknown).await).await.0, 400);
    let long = json!({ "query": "query A { __typename }", "operationName": "B".repeat(10_000) }).to_string();
    let (_, body) = read(post(base, NEWER, long).await).await;
    assert!(body.to_string().len() < 300, "{body}");
}

/// Large bodies are refused before they are read.
pub async fn large_bodies_are_cut(base: &str) {
    let (status, body) = read(post(base, "*/*", "x".repeat(300_000)).await).await;
    assert_eq!((status.as_u16(), code(&body)), (413, "QUERY_TOO_LARGE"));
    // Told to be 1 GB: the answer comes before any of it is sent.
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let answer = raw(base, &[format!("{head}content-length: 1000000000\r\n\r\n").into_bytes()]).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let mut pieces = vec![format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes()];
    pieces.extend((0..20).map(|_| [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat()));
    let answer = raw(base, &pieces).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let long =
        format!("{{\"query\":\"{{ __typename }}\",\"variables\":{{\"a\":\"{}\"}}}}", "x".repeat(200_000));
    assert_eq!(read(post(base, "*/*", long).await).await.0, 200);
}

/// Sends pieces as far as the server takes them, and reads what it says.
pub async fn raw(base: &str, pieces: &[Vec<u8>]) -> String {
    let mut line = TcpStream::connect(base.trim_start_matches("http://")).await.expect("a line");
    for piece in pieces {
        if line.write_all(piece).await.is_err() {
            break;
        }
    }
    let mut answer = vec![0; 4_096];
    let read = tokio::time::timeout(Duration::from_secs(15), line.read(&mut answer)).await.expect("in time");
    String::from_utf8_lossy(&answer[..read.unwrap_or(0)]).into_owned()
}

/// Slow heads and slow bodies are cut, and others do not wait for them.
pub async fn slow_clients_are_cut(base: &str, count: usize, within: Duration) {
    let address = base.trim_start_matches("http://").to_owned();
    let head =
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n";
    let mut slow = Vec::new();
    for number in 0..count {
        let start = if number % 2 == 0 { head.to_owned() } else { format!("{head}\r\n{{") };
        let address = address.clone();
        slow.push(async move {
            let mut line = TcpStream::connect(address).await.expect("a line");
            line.write_all(start.as_bytes()).await.expect("sent");
            let mut answer = Vec::new();
            let read = tokio::time::timeout(within, line.read_to_end(&mut answer)).await;
            assert!(read.is_ok(), "a slow client is still open after {within:?}");
            String::from_utf8_lossy(&answer).into_owned()
        });
    }
    let quick = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let began = Instant::now();
        assert_eq!(ask(base, "*/*", "{ __typename }").await.0, 200);
        assert!(began.elapsed() < Duration::from_secs(1), "others wait: {:?}", began.elapsed());
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(slow), quick);
    for answer in answers {
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}
