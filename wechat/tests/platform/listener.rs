//! A merchant's notify address of a few lines: verifies with the client, answers 204 or 401.

use std::collections::HashMap;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;
use wechat::pay::{NotifyHeaders, Pay};
use wechat::push::{Push, PushQuery};

/// Under this name the first line of a request lies among its headers.
const REQUEST: &str = "request line";

pub async fn serve(listener: TcpListener, pay: Pay) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let Some((headers, body)) = read(&mut stream).await else { continue };
        let part = |name: &str| headers.get(name).cloned();
        let headers = NotifyHeaders {
            timestamp: part("wechatpay-timestamp"),
            nonce: part("wechatpay-nonce"),
            signature: part("wechatpay-signature"),
            serial: part("wechatpay-serial"),
            signature_type: part("wechatpay-signature-type"),
        };
        let status = if pay.notification(&headers, &body).await.is_ok() { 204 } else { 401 };
        let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n\r\n");
        // The simulator may have gone; that is its right.
        drop(stream.write_all(head.as_bytes()).await);
    }
}

/// A push address: answers the console's test and believes what the client believes. Gives each message as it was.
pub async fn serve_push(listener: TcpListener, push: Push, opened: UnboundedSender<Vec<u8>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let Some((headers, body)) = read(&mut stream).await else { continue };
        let (method, target) = headers[REQUEST].split_once(' ').unwrap();
        let query: HashMap<&str, &str> =
            target.split(['?', '&', ' ']).filter_map(|part| part.split_once('=')).collect();
        let part = |name: &str| query.get(name).copied().unwrap_or_default();
        let signed = |signature| PushQuery { signature, timestamp: part("timestamp"), nonce: part("nonce") };
        let answer = if method == "GET" {
            push.check(signed(part("signature"))).map(|()| part("echostr").to_owned())
        } else {
            let sealed: Value = serde_json::from_slice(&body).unwrap();
            let text = sealed["Encrypt"].as_str().unwrap_or_default();
            push.open(signed(part("msg_signature")), text).map(|message| {
                opened.send(message).unwrap();
                "success".to_owned()
            })
        };
        let (status, text) = answer.map_or((401, String::new()), |text| (200, text));
        let length = text.len();
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}");
        drop(stream.write_all(head.as_bytes()).await);
    }
}

async fn read(stream: &mut TcpStream) -> Option<(HashMap<String, String>, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut headers: HashMap<String, String> =
            lines.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        headers.insert(REQUEST.to_owned(), head.lines().next()?.to_owned());
        let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        if bytes.len() >= end + 4 + length {
            return Some((headers, bytes[end + 4..].to_vec()));
        }
    }
}
