//! The checks of words, pictures and sounds.

use serde_json::{Value, json};

use super::{Result, body_of};
use crate::{app::App, call::Call, login::is_openid, words, world::Task};

/// Texts in a minute.
const TEXTS_A_MINUTE: u32 = 4000;
/// Files in a minute.
const FILES_A_MINUTE: u32 = 2000;
/// Virtual seconds until the verdict about a file is pushed; the platform promises 30 minutes.
const FILE_TAKES_S: i64 = 5;

/// `POST /wxa/msg_sec_check`.
pub fn text(app: &App, call: &Call) -> Result<Value> {
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
    visited(app, &body)?;
    let mut world = app.world();
    if !world.meter("msg_sec_check", TEXTS_A_MINUTE) {
        return Err(45_009);
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

/// `POST /wxa/media_check_async`: the verdict is pushed later; the words of the address decide it.
pub fn media(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    if body["version"] != json!(2) || !matches!(body["scene"].as_i64(), Some(1..=4)) {
        return Err(40_129);
    }
    if !matches!(body["media_type"].as_i64(), Some(1 | 2)) {
        return Err(40_004);
    }
    let url = body["media_url"].as_str().unwrap_or_default().to_owned();
    if url.is_empty() {
        return Err(44_002);
    }
    visited(app, &body)?;
    let mut world = app.world();
    if !world.meter("media_check_async", FILES_A_MINUTE) {
        return Err(45_009);
    }
    let trace = world.nonce(24);
    let due_at = world.now() + FILE_TAKES_S;
    let openid = body["openid"].as_str().unwrap_or_default().to_owned();
    world.plan(due_at, Task::JudgeMedia { trace_id: trace.clone(), openid, url });
    Ok(json!({ "errcode": 0, "errmsg": "ok", "trace_id": trace }))
}

/// The author must be a person of this mini-program who was here within two hours.
fn visited(app: &App, body: &Value) -> Result<()> {
    let openid = body["openid"].as_str().unwrap_or_default();
    if !is_openid(openid) {
        return Err(40_003);
    }
    let world = app.world();
    if world.logins.is_recent(openid, world.now()) { Ok(()) } else { Err(61_010) }
}
