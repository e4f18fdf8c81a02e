//! A server of a few lines that answers each request with the next act of a script.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::{KEY_ID, NOW, PLATFORM, STRANGER, headers};

/// What to do with one request.
#[derive(Clone)]
pub enum Act {
    /// Signed by the platform.
    Signed(u16, String),
    /// Signed, and with this `Request-ID`.
    SignedWithId(u16, String, &'static str),
    /// Signed with this key id or serial.
    SignedBy(&'static str, String),
    /// No signature at all.
    Unsigned(u16, String),
    /// Signed by somebody else under the platform's key id.
    Forged(String),
    /// The platform's own test of our verification.
    Probe(String),
    /// Signed, but the signature header comes twice.
    Twice(String),
    /// Signed 301 s ago.
    Old(String),
    /// The connection closes without an answer.
    Lost,
    /// The connection closes in the middle of the body.
    Cut,
    /// No answer within the time of a test.
    Silent,
    /// A file of so many bytes; after each of them a pause.
    Dripping(usize, Duration),
}

/// A request as it was on the wire.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: String,
}

pub struct StandIn {
    pub base: String,
    requests: Arc<Mutex<Vec<Request>>>,
    _task: JoinSet<()>,
}

impl StandIn {
    /// Plays the script once, then repeats its last act.
    pub async fn new(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let mut task = JoinSet::new();
        task.spawn(serve(listener, script, requests.clone()));
        Self { base, requests, _task: task }
    }

    pub fn bases(&self) -> Vec<String> {
        vec![self.base.clone()]
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, script: Vec<Act>, requests: Arc<Mutex<Vec<Request>>>) {
    let mut connections = JoinSet::new();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let Some(request) = read(&mut stream).await else { continue };
        let act = {
            let mut requests = requests.lock().unwrap();
            requests.push(request);
            script[(requests.len() - 1).min(script.len() - 1)].clone()
        };
        connections.spawn(answer(stream, act));
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ').map(str::to_owned);
        let headers: HashMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        if body.len() < length {
            continue;
        }
        let (method, target) = (first.next()?, first.next()?);
        return Some(Request { method, target, headers, body: body.to_owned() });
    }
}

async fn answer(mut stream: TcpStream, act: Act) {
    let text = match act {
        Act::Signed(status, body) => signed(status, &body, ""),
        Act::SignedWithId(status, body, id) => signed(status, &body, &format!("Request-ID: {id}\r\n")),
        Act::SignedBy(serial, body) => with_seal(200, &body, &seal(&PLATFORM, serial, NOW, &body), ""),
        Act::Unsigned(status, body) => with_seal(status, &body, "", ""),
        Act::Forged(body) => with_seal(200, &body, &seal(&STRANGER, KEY_ID, NOW, &body), ""),
        Act::Old(body) => with_seal(200, &body, &seal(&PLATFORM, KEY_ID, NOW - 301, &body), ""),
        Act::Probe(body) => {
            let seal = seal(&PLATFORM, KEY_ID, NOW, &body);
            let probe = seal.replace("Wechatpay-Signature: ", "Wechatpay-Signature: WECHATPAY/SIGNTEST/");
            with_seal(200, &body, &probe, "")
        }
        Act::Twice(body) => signed(200, &body, "Wechatpay-Signature: AAAA\r\n"),
        Act::Lost => return,
        Act::Cut => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_owned(),
        Act::Silent => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return;
        }
        Act::Dripping(length, pause) => return drip(stream, length, pause).await,
    };
    // The client may have gone; that is its right.
    drop(stream.write_all(text.as_bytes()).await);
    drop(stream.shutdown().await);
}

async fn drip(mut stream: TcpStream, length: usize, pause: Duration) {
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    drop(stream.write_all(head.as_bytes()).await);
    for _ in 0..length {
        tokio::time::sleep(pause).await;
        // The client may have given up.
        drop(stream.write_all(b"x").await);
    }
}

fn signed(status: u16, body: &str, more: &str) -> String {
    with_seal(status, body, &seal(&PLATFORM, KEY_ID, NOW, body), more)
}

fn seal(key: &aws_lc_rs::signature::RsaKeyPair, serial: &str, at: i64, body: &str) -> String {
    let headers = headers(key, serial, at, body.as_bytes());
    let line = |name: &str, value: Option<String>| format!("Wechatpay-{name}: {}\r\n", value.unwrap());
    line("Timestamp", headers.timestamp)
        + &line("Nonce", headers.nonce)
        + &line("Signature", headers.signature)
        + &line("Serial", headers.serial)
}

fn with_seal(status: u16, body: &str, seal: &str, more: &str) -> String {
    // 204 has no body and must not announce one.
    let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{length}{seal}{more}\r\n{body}")
}
