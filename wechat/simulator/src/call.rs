//! A call as it came in: raw, because signatures are over raw bytes.

use std::collections::HashMap;

use actix_web::{
    HttpRequest,
    http::header::HeaderMap,
    web::{Bytes, Data, Query},
};
use serde_json::Value;

use crate::{
    app::App,
    faults::{Drawn, Effect, Occasion},
    journal::{Entry, Kind},
    world::World,
};

/// One call of the merchant.
pub struct Call {
    /// HTTP method.
    pub method: String,
    /// Path and query exactly as sent.
    pub target: String,
    /// Parts of the path, percent-decoded.
    pub segments: Vec<String>,
    /// Query parameters, decoded.
    pub query: HashMap<String, String>,
    /// Raw body.
    pub body: Bytes,
    /// Which of the two hosts was called: `main` or `second`.
    pub host: &'static str,
    headers: HeaderMap,
}

impl Call {
    /// Reads what the server received.
    pub fn new(request: &HttpRequest, body: Bytes) -> Self {
        let target = request.uri().path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let path = target.split('?').next().unwrap_or_default();
        Self {
            method: request.method().to_string(),
            segments: path.split('/').skip(1).map(percent_decoded).collect(),
            query: Query::from_query(request.query_string()).map(Query::into_inner).unwrap_or_default(),
            host: host_of(request),
            headers: request.headers().clone(),
            target,
            body,
        }
    }

    /// Path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A header as text, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Which order the call is about, found without trusting it.
    pub fn out_trade_no(&self, world: &World) -> Option<String> {
        let parts: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["v3", "pay", "transactions", "out-trade-no", number, ..] => Some((*number).to_owned()),
            ["v3", "pay", "transactions", "id", id] => world.book.transactions.get(*id).cloned(),
            ["v3", "refund", "domestic", "refunds", number] => {
                world.book.refunds.get(*number).map(|refund| refund.out_trade_no.clone())
            }
            _ => {
                let body: Value = serde_json::from_slice(&self.body).ok()?;
                let by_transaction =
                    || world.book.transactions.get(body["transaction_id"].as_str()?).cloned();
                body["out_trade_no"].as_str().map(str::to_owned).or_else(by_transaction)
            }
        }
    }

    /// The call as the fault rules see it.
    pub fn occasion<'a>(&'a self, out_trade_no: Option<&'a str>) -> Occasion<'a> {
        Occasion { path: self.path(), method: &self.method, host: self.host, out_trade_no, event: None }
    }

    /// The call as the journal keeps it.
    pub fn entry(&self, out_trade_no: Option<String>, drawn: &Drawn) -> Entry {
        Entry {
            seq: 0,
            at: 0,
            kind: Kind::Call,
            method: self.method.clone(),
            path: self.path().to_owned(),
            out_trade_no,
            status: 0,
            code: None,
            faults: drawn.names(),
        }
    }
}

/// Milliseconds by which an answer is late, if a fault says so; never more than two minutes.
pub fn delay_ms(drawn: &Drawn) -> Option<u64> {
    let wanted = drawn.value(Effect::DelayMs, 1000)?;
    u64::try_from(wanted).ok().map(|ms| ms.min(120_000))
}

/// The second host listens on a port of its own; both are told apart by the address that was called.
fn host_of(request: &HttpRequest) -> &'static str {
    let second = request.app_data::<Data<App>>().and_then(|app| app.second_port);
    let called = request.headers().get("host").and_then(|host| host.to_str().ok());
    let port = called.and_then(|host| host.rsplit(':').next()).and_then(|port| port.parse().ok());
    if second.is_some() && port == second { "second" } else { "main" }
}

fn percent_decoded(part: &str) -> String {
    let mut out = Vec::with_capacity(part.len());
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|it| char::from(it).to_digit(16));
        match (digit(bytes.next()), digit(bytes.next())) {
            (Some(high), Some(low)) => out.push(u8::try_from(high * 16 + low).unwrap_or_default()),
            _ => return part.to_owned(),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
