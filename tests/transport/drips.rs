//! Clients that send their bodies drop by drop, and those that ask for heads alone.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::wire::client;
use crate::world::{Backend, World};

/// Sends a head and then a byte each fifth of a second, far slower than the body is long; what comes back until the server
/// closes.
async fn drip(base: &str, path: &str) -> String {
    let address = base.trim_start_matches("http://");
    let line = TcpStream::connect(address).await.expect("a line");
    let (mut reading, mut writing) = line.into_split();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
    );
    writing.write_all(head.as_bytes()).await.expect("sent");
    let drops = async {
        while writing.write_all(b" ").await.is_ok() {
            sleep(Duration::from_millis(200)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    let all = async {
        tokio::select! { read = reading.read_to_end(&mut answer) => drop(read), () = drops => {} }
    };
    assert!(timeout(Duration::from_secs(8), all).await.is_ok(), "{path} waits for a body for ever");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn bodies_that_come_drop_by_drop_are_cut() {
    let world = World::with(Backend::Sqlite, |settings| {
        settings.insert("body_s".into(), "1".into());
    })
    .await;
    let told = [
        "/graphql",
        "/wechat/pay/notify",
        "/wechat/refund/notify",
        "/wechat/complaint/notify",
        "/wechat/push",
    ];
    for path in told {
        let answer = drip(&world.base, path).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{path}: {answer}");
    }
    for path in ["/nothing", "/healthz", "/demo/clock", "/demo/work"] {
        drip(&world.base, path).await;
    }
    assert_eq!(world.number("count(*) FROM wechat_inbox").await, 0);
    let healthy = client().get(format!("{}/healthz", world.base)).send().await.expect("an answer");
    assert_eq!(healthy.status(), 200);
}

#[tokio::test]
async fn pages_go_packed_to_who_can_unpack_them_and_are_kept_by_their_content() {
    let pages = std::env::temp_dir().join(format!("nuanyang-packed-{}", std::process::id()));
    std::fs::create_dir_all(pages.join("assets")).expect("a folder");
    for (name, words) in [
        ("index.html", "<p>暖阳</p>"),
        ("assets/app.1a2b.js", "let whole"),
        ("assets/app.1a2b.js.gz", "packed"),
        ("assets/plain.css", "p {}"),
    ] {
        std::fs::write(pages.join(name), words).expect("a page");
    }
    let dir = pages.to_str().expect("a path").to_owned();
    let world = World::with(Backend::Sqlite, |settings| {
        settings.insert("pages_dir".into(), dir);
    })
    .await;
    let forever = "public, max-age=31536000, immutable";
    for (path, accepts, encoding, keeping, words) in [
        ("/assets/app.1a2b.js", "br, gzip", Some("gzip"), forever, "packed"),
        ("/assets/app.1a2b.js", "gzip;q=0, br", None, forever, "let whole"),
        ("/assets/app.1a2b.js", "", None, forever, "let whole"),
        ("/assets/plain.css", "gzip", None, forever, "p {}"),
        ("/", "gzip", None, "no-cache", "<p>暖阳</p>"),
    ] {
        let asked = client().get(format!("{}{path}", world.base)).header("accept-encoding", accepts);
        let answer = asked.send().await.expect("an answer");
        let told =
            |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
        assert_eq!(told("content-encoding").as_deref(), encoding, "{path} {accepts}");
        assert_eq!(told("cache-control").as_deref(), Some(keeping), "{path}");
        assert_eq!(told("vary").as_deref(), Some("accept-encoding"), "{path}");
        assert_eq!(answer.text().await.expect("a body"), words, "{path} {accepts}");
    }
    std::fs::remove_dir_all(pages).expect("gone");
}

#[tokio::test]
async fn a_head_is_what_get_would_have_and_no_body() {
    let pages = std::env::temp_dir().join(format!("nuanyang-heads-{}", std::process::id()));
    std::fs::create_dir_all(&pages).expect("a folder");
    for (name, words) in [("index.html", "<p>暖阳</p>"), ("app.js", "1"), ("favicon.ico", "icon")] {
        std::fs::write(pages.join(name), words).expect("a page");
    }
    let dir = pages.to_str().expect("a path").to_owned();
    let world = World::with(Backend::Sqlite, |settings| {
        settings.insert("pages_dir".into(), dir);
    })
    .await;
    let own = ["/", "/app.js", "/favicon.ico", "/healthz", "/metrics", "/demo/people", "/nothing"];
    let simulated = ["/", "/sim", "/sim/orders", "/sim/inbox", "/sim/merchant.json", "/favicon.ico"];
    let all = own.map(|path| format!("{}{path}", world.base)).into_iter();
    for url in all.chain(simulated.map(|path| format!("{}{path}", world.sim))) {
        let ask = async |method: Method| client().request(method, &url).send().await.expect("an answer");
        let (whole, head) = (ask(Method::GET).await, ask(Method::HEAD).await);
        assert_eq!(head.status(), whole.status(), "{url}");
        assert_eq!(head.headers().get("content-type"), whole.headers().get("content-type"), "{url}");
        assert!(
            url.ends_with("/metrics")
                || head.headers().get("content-length") == whole.headers().get("content-length"),
            "{url}"
        );
        assert_eq!(head.bytes().await.expect("no body").len(), 0, "{url}");
    }
    let head = client()
        .head(format!("{}/graphql?query=%7B__typename%7D", world.base))
        .send()
        .await
        .expect("an answer");
    assert_eq!(head.status(), 405, "questions are asked by GET and POST");
    std::fs::remove_dir_all(pages).expect("gone");
}
