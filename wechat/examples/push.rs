//! Message push from the simulator: one event, its envelope opened, told to be from the platform.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wechat::push::{Push, PushConfig, PushQuery, Pushed};

/// What the handler of the push address does. De-duplicate by `Pushed::key`; answer `success` within 5 s.
fn receive(push: &Push, query: &HashMap<&str, &str>, body: &[u8]) -> Option<Pushed> {
    let part = |name: &str| query.get(name).copied().unwrap_or_default();
    let envelope: serde_json::Value = serde_json::from_slice(body).ok()?;
    let query =
        PushQuery { signature: part("msg_signature"), timestamp: part("timestamp"), nonce: part("nonce") };
    // Refused: answer 4xx. In plain mode `push.check` looks at the query alone; the message is not covered.
    let message = push.open(query, envelope["Encrypt"].as_str()?).ok()?;
    Pushed::read(&message)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:9100".to_owned());
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let ask = async |what: &str| -> reqwest::Result<serde_json::Value> {
        http.get(format!("{simulator}/sim/{what}")).send().await?.json().await
    };
    let (sheet, clock) = (ask("merchant.json").await?, ask("clock").await?);
    let now = clock["now"].as_i64().ok_or("no time")?;
    let text = |name: &str| sheet[name].as_str().unwrap_or_default().to_owned();
    let push = Push::new(
        PushConfig {
            appid: text("appid"),
            token: text("push_token").into(),
            encoding_aes_key: text("push_encoding_aes_key").into(),
        },
        Arc::new(move || now),
    )?;

    // Somebody allows messages on the phone; the platform tells it here.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let here = serde_json::json!({ "push_url": format!("http://{}/push", listener.local_addr()?) });
    http.post(format!("{simulator}/sim/settings")).json(&here).send().await?;
    let consent = serde_json::json!({ "as": "daughter1", "template_ids": ["T1"], "result": "accept" });
    http.post(format!("{simulator}/sim/consents")).json(&consent).send().await?;
    let (mut stream, _) = listener.accept().await?;
    let (head, body) = read(&mut stream).await?;
    let query = head.split(['?', ' ']).nth(2).unwrap_or_default();
    let query = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let pushed = receive(&push, &query, &body).ok_or("not from the platform")?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nsuccess").await?;
    println!("{}: {:?}", pushed.openid, pushed.event);
    Ok(())
}

/// One request; a web framework does this for you.
async fn read(stream: &mut TcpStream) -> Result<(String, Vec<u8>), Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    loop {
        stream.read_buf(&mut bytes).await?;
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec())?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if bytes.len() >= end + 4 + length.parse::<usize>()? {
            return Ok((head, bytes.split_off(end + 4)));
        }
    }
}
