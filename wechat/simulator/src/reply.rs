//! Answers of the pay side: signed as the platform signs, or spoilt by a fault.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    body::{BodySize, MessageBody},
    http::StatusCode,
    web::Bytes,
};
use serde_json::{Value, json};

use crate::{
    app::App,
    clock::http_date,
    crypto::hex,
    faults::{Drawn, Effect, Rule},
    keys::{KeyName, UNKNOWN_SERIAL},
    refusal::{Refusal, inner},
};

/// Name of the signature scheme in `Authorization` and `Wechatpay-Signature-Type`.
pub const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// Seconds by which a stale timestamp lies in the past.
pub const STALE_S: i64 = 3600;

/// An answer before it is signed.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Raw body, empty for 204.
    pub body: Vec<u8>,
    /// Error code, for the journal.
    pub code: Option<&'static str>,
    /// Inner code for `Request-ID`.
    pub inner: u64,
    /// Whether it comes from a gateway, unsigned and not in JSON.
    pub is_gateway: bool,
}

impl Answer {
    /// 200 with a JSON body.
    pub fn json(body: &Value) -> Self {
        Self { status: 200, body: body.to_string().into_bytes(), code: None, inner: 0, is_gateway: false }
    }

    /// 204 without a body.
    pub fn empty() -> Self {
        Self { status: 204, body: Vec::new(), code: None, inner: 0, is_gateway: false }
    }

    /// The answer that an `http_*` fault asks for.
    pub fn broken(drawn: &Drawn) -> Option<(Self, &Rule)> {
        let of = |effect: Effect| drawn.first(effect);
        if let Some(rule) = of(Effect::Http500) {
            let refusal =
                Refusal::new(500, "SYSTEM_ERROR", inner::PARAMETER, "系统异常，请用相同参数重新调用");
            return Some((refusal.into(), rule));
        }
        if let Some(rule) = of(Effect::Http429) {
            let refusal =
                Refusal::new(429, "FREQUENCY_LIMITED", inner::FREQUENT, "请求频率超限，请降低频率后重试");
            return Some((refusal.into(), rule));
        }
        let (status, rule) = of(Effect::Http502)
            .map(|rule| (502, rule))
            .or_else(|| of(Effect::Http503).map(|rule| (503, rule)))?;
        let body = format!("<html><body><h1>{status}</h1><hr>gateway</body></html>").into_bytes();
        Some((Self { status, body, code: None, inner: 0, is_gateway: true }, rule))
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            body: refusal.body().to_string().into_bytes(),
            code: Some(refusal.code),
            inner: refusal.inner,
            is_gateway: false,
        }
    }
}

/// What a signature needs besides the body.
pub struct Stamp {
    /// Unix seconds.
    pub timestamp: i64,
    /// 32 letters and digits.
    pub nonce: String,
    /// The key that the platform would use.
    pub key: KeyName,
}

/// Headers of a signed message in the order timestamp, nonce, serial, signature.
pub fn signature_headers(
    app: &App,
    stamp: &Stamp,
    body: &[u8],
    spoilt: &Spoilt,
) -> io::Result<Vec<(&'static str, String)>> {
    let timestamp = if spoilt.is_stale { stamp.timestamp - STALE_S } else { stamp.timestamp };
    let mut message = format!("{timestamp}\n{}\n", stamp.nonce).into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    let key = if spoilt.is_forged { KeyName::Forger } else { stamp.key };
    let mut signature = app.keys.signer(key).sign(&message)?;
    if spoilt.is_probe {
        signature = format!("WECHATPAY/SIGNTEST/{signature}");
    }
    let serial = if spoilt.is_unknown_serial { UNKNOWN_SERIAL } else { stamp.key.serial() };
    Ok(vec![
        ("Wechatpay-Timestamp", timestamp.to_string()),
        ("Wechatpay-Nonce", stamp.nonce.clone()),
        ("Wechatpay-Serial", serial.to_owned()),
        ("Wechatpay-Signature", signature),
        ("Wechatpay-Signature-Type", SCHEME.to_owned()),
    ])
}

/// In which ways a signature is to be wrong.
#[derive(Default)]
pub struct Spoilt {
    /// Made with a key that nobody trusts, under the serial of the right one.
    pub is_forged: bool,
    /// Marked as the platform's probe.
    pub is_probe: bool,
    /// Under a serial that no list contains.
    pub is_unknown_serial: bool,
    /// An hour old.
    pub is_stale: bool,
}

/// Signs an answer and applies the faults that struck it.
pub fn signed(app: &App, mut answer: Answer, stamp: &Stamp, drawn: &Drawn) -> HttpResponse {
    if answer.is_gateway {
        return builder(answer.status, stamp).content_type("text/html").body(answer.body);
    }
    if drawn.has(Effect::ExtraFields) {
        add_field(&mut answer.body);
    }
    let spoilt = Spoilt {
        is_forged: drawn.has(Effect::WrongSignature),
        is_probe: drawn.has(Effect::Signtest),
        is_unknown_serial: drawn.has(Effect::UnknownSerial),
        is_stale: drawn.has(Effect::StaleTimestamp),
    };
    let headers = match signature_headers(app, stamp, &answer.body, &spoilt) {
        Ok(headers) => headers,
        Err(fault) => {
            tracing::error!("the simulator cannot sign: {fault}");
            return HttpResponse::InternalServerError().finish();
        }
    };
    let mut response = builder(answer.status, stamp);
    let request_id =
        format!("SIM{}-{}", hex(&crate::crypto::derived(0, "request", &stamp.nonce), 32), answer.inner);
    response.insert_header(("Request-ID", request_id));
    if !drawn.has(Effect::Unsigned) {
        for header in headers {
            response.insert_header(header);
        }
    }
    if answer.status == 204 {
        return response.finish();
    }
    if drawn.has(Effect::Truncated) {
        answer.body.truncate(answer.body.len() / 2);
    }
    response.content_type("application/json; charset=utf-8").body(answer.body)
}

/// A dropped connection: the client sees it close without a single byte of an answer.
pub fn dropped() -> HttpResponse {
    HttpResponse::Ok().body(Severed)
}

fn builder(status: u16, stamp: &Stamp) -> HttpResponseBuilder {
    let mut response =
        HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    response.insert_header(("Date", http_date(stamp.timestamp)));
    response
}

fn add_field(body: &mut Vec<u8>) {
    if let Ok(Value::Object(mut object)) = serde_json::from_slice(body) {
        object.insert("simulated_new_field".to_owned(), json!({ "since": "tomorrow" }));
        *body = Value::Object(object).to_string().into_bytes();
    }
}

/// A body that fails at its first byte. The server writes the head only together with the body, so nothing at all
/// goes out before it gives the connection up.
struct Severed;

impl MessageBody for Severed {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(1)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, io::Error>>> {
        Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionReset))))
    }
}
