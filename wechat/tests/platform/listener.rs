//! A merchant's notify address of a few lines: verifies with the client, answers 204 or 401.

use std::collections::HashMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wechat::pay::{NotifyHeaders, Pay};

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
        };
        let status = if pay.notification(&headers, &body).await.is_ok() { 204 } else { 401 };
        let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n\r\n");
        // The simulator may have gone; that is its right.
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
        let headers: HashMap<String, String> =
            lines.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let length: usize = headers.get("content-length")?.parse().ok()?;
        if bytes.len() >= end + 4 + length {
            return Some((headers, bytes[end + 4..].to_vec()));
        }
    }
}
