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
    pub code: Option<String>,
    /// Inner code for `Request-ID`.
    pub inner: u64,
    /// Who makes it.
    pub form: Form,
}

/// Who makes an answer, and so whether it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The platform: JSON, signed.
    Signed,
    /// A gateway: HTML, unsigned.
    Gateway,
    /// The platform's store of bills: a file, unsigned.
    File,
}

impl Answer {
    /// 200 with a JSON body.
    pub fn json(body: &Value) -> Self {
        Self::raw(200, body.to_string().into_bytes(), Form::Signed)
    }

    /// 200 with a file.
    pub fn file(bytes: Vec<u8>) -> Self {
        Self::raw(200, bytes, Form::File)
    }

    fn raw(status: u16, body: Vec<u8>, form: Form) -> Self {
        Self { status, body, code: None, inner: 0, form }
    }

    /// 204 without a body.
    pub fn empty() -> Self {
        Self::raw(204, Vec::new(), Form::Signed)
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
        if let Some(rule) = of(Effect::Http202) {
            return Some((Self::raw(202, b"{}".to_vec(), Form::Signed), rule));
        }
        if let Some(rule) = of(Effect::Refuse) {
            let code = rule.code.as_deref().unwrap_or("SYSTEM_ERROR");
            let status = rule.value.and_then(|status| u16::try_from(status).ok()).unwrap_or(400);
            let body = json!({ "code": code, "message": "simulated refusal" }).to_string().into_bytes();
            return Some((
                Self { code: Some(code.to_owned()), ..Self::raw(status, body, Form::Signed) },
                rule,
            ));
        }
        let gateways = [(502, Effect::Http502), (503, Effect::Http503), (504, Effect::Http504)];
        let (status, rule) = gateways.into_iter().find_map(|(status, effect)| Some((status, of(effect)?)))?;
        let body = format!("<html><body><h1>{status}</h1><hr>gateway</body></html>").into_bytes();
        Some((Self::raw(status, body, Form::Gateway), rule))
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            body: refusal.body().to_string().into_bytes(),
            code: Some(refusal.code.to_owned()),
            inner: refusal.inner,
            form: Form::Signed,
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
    let timestamp = match (spoilt.is_stale, spoilt.is_early) {
        (true, _) => stamp.timestamp - STALE_S,
        (_, true) => stamp.timestamp + STALE_S,
        _ => stamp.timestamp,
    };
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
    /// An hour ahead.
    pub is_early: bool,
}

/// Signs an answer and applies the faults that struck it.
pub fn signed(app: &App, mut answer: Answer, stamp: &Stamp, drawn: &Drawn) -> HttpResponse {
    if answer.form == Form::Gateway {
        return builder(answer.status, stamp).content_type("text/html").body(answer.body);
    }
    if answer.form == Form::File {
        let kept = if drawn.has(Effect::Truncated) { answer.body.len() / 2 } else { answer.body.len() };
        answer.body.truncate(kept);
        return builder(answer.status, stamp).content_type("application/octet-stream").body(answer.body);
    }
    if drawn.has(Effect::ExtraFields) {
        add_field(&mut answer.body);
    }
    if drawn.has(Effect::Altered) {
        alter(&mut answer.body, drawn);
    }
    if drawn.has(Effect::NewEnum) {
        rename_states(&mut answer.body);
    }
    let spoilt = Spoilt {
        is_forged: drawn.has(Effect::WrongSignature),
        is_probe: drawn.has(Effect::Signtest),
        is_unknown_serial: drawn.has(Effect::UnknownSerial),
        is_stale: drawn.has(Effect::StaleTimestamp),
        is_early: drawn.has(Effect::FutureTimestamp),
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
    let content_type =
        if drawn.has(Effect::OtherContentType) { "text/html" } else { "application/json; charset=utf-8" };
    response.content_type(content_type).body(answer.body)
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

fn alter(body: &mut Vec<u8>, drawn: &Drawn) {
    if let Ok(mut content) = serde_json::from_slice(body) {
        drawn.alter(Effect::Altered, &mut content);
        *body = content.to_string().into_bytes();
    }
}

/// States of tomorrow, which a merchant must take for "not finished".
fn rename_states(body: &mut Vec<u8>) {
    if let Ok(Value::Object(mut object)) = serde_json::from_slice(body) {
        for name in ["trade_state", "status", "state"] {
            object.entry(name).and_modify(|state| *state = json!("STATE_OF_TOMORROW"));
        }
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
