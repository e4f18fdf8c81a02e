//! The mini-program server API: login codes, access tokens, text checks. Errors are HTTP 200 with `errcode`.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    app::App,
    call::{Call, delay_ms},
    crypto::derived,
    faults::{Effect, Moment},
    keys::{APP_SECRET, APPID},
    login::{CodeRefusal, is_openid},
    reply::{self, Answer},
    tokens::TokenCheck,
    words,
};

/// Answers one call of the mini-program server API.
pub async fn door(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let call = Call::new(&request, body);
    let drawn = app.world().draw(Moment::Call, &call.occasion(None));
    let mut entry = call.entry(None, &drawn);
    if drawn.has(Effect::ResetBefore) {
        app.world().note(entry);
        return reply::dropped();
    }
    let broken = Answer::broken(&drawn);
    let (mut status, mut body) = match (&broken, drawn.value(Effect::Errcode, -1)) {
        (Some((_, rule)), _) if !rule.executed => (500, json!({})),
        (None, Some(code)) => (200, error(code)),
        _ => (200, dispatch(&app, &call).unwrap_or_else(error)),
    };
    if let Some((answer, _)) = &broken {
        (status, body) = (answer.status, json!({ "errcode": -1, "errmsg": "system error" }));
    }
    if let Some(ms) = delay_ms(&drawn) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    if drawn.has(Effect::AnswerLost) {
        app.world().note(entry);
        return reply::dropped();
    }
    entry.status = status;
    entry.code = body["errcode"].as_i64().filter(|code| *code != 0).map(|code| code.to_string());
    app.world().note(entry);
    let mut text = body.to_string();
    if drawn.has(Effect::Truncated) {
        text.truncate(text.len() / 2);
    }
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or(actix_web::http::StatusCode::OK);
    HttpResponse::build(status).content_type("application/json; encoding=utf-8").body(text)
}

/// The body of a call, or the platform's error code.
type Result<T> = std::result::Result<T, i64>;

fn dispatch(app: &App, call: &Call) -> Result<Value> {
    match (call.method.as_str(), call.path()) {
        ("GET", "/sns/jscode2session") => session(app, call),
        ("GET", "/cgi-bin/token") => plain_token(app, call),
        ("POST", "/cgi-bin/stable_token") => stable_token(app, call),
        ("POST", "/wxa/msg_sec_check") => text_check(app, call),
        (_, "/sns/jscode2session" | "/cgi-bin/token" | "/cgi-bin/stable_token" | "/wxa/msg_sec_check") => {
            Err(43_001)
        }
        _ => Err(40_066),
    }
}

fn session(app: &App, call: &Call) -> Result<Value> {
    let query = |name: &str| call.query.get(name).map_or("", String::as_str);
    check_app(query("appid"), query("secret"))?;
    if query("grant_type") != "authorization_code" {
        return Err(40_002);
    }
    let code = query("js_code");
    if code.is_empty() {
        return Err(41_008);
    }
    let mut world = app.world();
    let openid = world.exchange(code).map_err(|refusal| match refusal {
        CodeRefusal::Invalid => 40_029,
        CodeRefusal::Used => 40_163,
    })?;
    let key = STANDARD.encode(&derived(world.seed, "session key", code)[..16]);
    // As on the platform, success carries no errcode.
    Ok(json!({ "openid": openid, "session_key": key }))
}

fn plain_token(app: &App, call: &Call) -> Result<Value> {
    let query = |name: &str| call.query.get(name).map_or("", String::as_str);
    if query("grant_type") != "client_credential" {
        return Err(40_002);
    }
    check_app(query("appid"), query("secret"))?;
    let (token, expires_in) = app.world().plain_token();
    Ok(json!({ "access_token": token, "expires_in": expires_in }))
}

fn stable_token(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    if body["grant_type"] != json!("client_credential") {
        return Err(40_002);
    }
    check_app(body["appid"].as_str().unwrap_or_default(), body["secret"].as_str().unwrap_or_default())?;
    let is_forced = body["force_refresh"].as_bool().unwrap_or(false);
    let (token, expires_in) = app.world().stable_token(is_forced)?;
    Ok(json!({ "access_token": token, "expires_in": expires_in }))
}

fn text_check(app: &App, call: &Call) -> Result<Value> {
    check_token(app, call)?;
    let body = body_of(call)?;
    if body["version"] != json!(2) || !matches!(body["scene"].as_i64(), Some(1..=4)) {
        return Err(40_129);
    }
    let content = body["content"].as_str().unwrap_or_default();
    if content.is_empty() {
        return Err(44_004);
    }
    if content.chars().count() > 2500 {
        return Err(45_002);
    }
    let openid = body["openid"].as_str().unwrap_or_default();
    if !is_openid(openid) {
        return Err(40_003);
    }
    let mut world = app.world();
    let now = world.now();
    if !world.logins.is_recent(openid, now) {
        return Err(61_010);
    }
    let parts =
        ["content", "title", "nickname", "signature"].map(|name| body[name].as_str().unwrap_or_default());
    let verdict = words::judge(&parts.join("\n"));
    let trace = world.nonce(24);
    Ok(json!({
        "errcode": 0,
        "errmsg": "ok",
        "result": { "suggest": verdict.suggest, "label": verdict.label },
        "detail": [verdict.detail()],
        "trace_id": trace,
    }))
}

fn body_of(call: &Call) -> Result<Value> {
    if call.body.is_empty() {
        return Err(44_002);
    }
    serde_json::from_slice(&call.body).map_err(|_| 47_001)
}

fn check_app(appid: &str, secret: &str) -> Result<()> {
    match (appid == APPID, secret == APP_SECRET) {
        (false, _) => Err(40_013),
        (true, false) => Err(40_125),
        (true, true) => Ok(()),
    }
}

fn check_token(app: &App, call: &Call) -> Result<()> {
    let token = call.query.get("access_token").ok_or(41_001_i64)?;
    let world = app.world();
    match world.tokens.check(token, world.now()) {
        TokenCheck::Good => Ok(()),
        TokenCheck::Expired => Err(42_001),
        TokenCheck::Unknown => Err(40_001),
    }
}

fn error(code: i64) -> Value {
    let text = match code {
        -1 => "system error",
        40_001 => "invalid credential, access_token is invalid or not latest",
        40_002 => "invalid grant_type",
        40_003 => "invalid openid",
        40_013 => "invalid appid",
        40_029 => "invalid code",
        40_066 => "invalid url",
        40_125 => "invalid appsecret",
        40_129 => "invalid scene or version",
        40_163 => "code been used",
        41_001 => "access_token missing",
        41_008 => "missing code",
        42_001 => "access_token expired",
        43_001 => "require another method",
        44_002 => "empty post data",
        44_004 => "empty content",
        45_002 => "content size out of limit",
        45_009 => "reach max api daily quota limit",
        45_011 => "api minute-quota reach limit, must slower, retry next minute",
        47_001 => "data format error",
        61_010 => "code is expired",
        _ => "simulated error",
    };
    json!({ "errcode": code, "errmsg": text })
}
