//! Subscription messages: one for each consent, with values checked by the kind of their field.

use serde_json::{Map, Value, json};

use super::{Result, body_of};
use crate::{app::App, call::Call, inbox::Delivery, login::is_openid};

/// `POST /cgi-bin/message/subscribe/send`.
pub fn send(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    if !is_openid(text("touser")) {
        return Err(40_003);
    }
    let fields = body["data"].as_object().ok_or(47_001_i64)?;
    let mut world = app.world();
    if !world.inbox.knows(text("template_id"), fields) {
        return Err(40_037);
    }
    if text("page").starts_with('/') {
        return Err(41_030);
    }
    if let Some(bad) = fields.iter().find(|(name, value)| !is_good(name, value)).map(|(name, _)| name) {
        return Ok(
            json!({ "errcode": 47_003, "errmsg": format!("argument invalid! data.{bad}.value invalid") }),
        );
    }
    let at = world.now();
    let message_id = world.inbox.deliver(
        text("touser"),
        text("template_id"),
        Delivery {
            at,
            message_id: 0,
            template_id: text("template_id").to_owned(),
            page: text("page").to_owned(),
            fields: lines(fields),
        },
    )?;
    let told = json!({ "TemplateId": text("template_id"), "MsgID": message_id.to_string(),
        "ErrorCode": "0", "ErrorStatus": "success" });
    world.push_event(text("touser"), "subscribe_msg_sent_event", json!({ "List": told }));
    Ok(json!({ "errcode": 0, "errmsg": "ok", "msgid": message_id }))
}

fn lines(fields: &Map<String, Value>) -> Vec<(String, String)> {
    fields
        .iter()
        .map(|(name, field)| (name.clone(), field["value"].as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// Whether a value keeps the limits of its field, told from the field's name.
fn is_good(name: &str, field: &Value) -> bool {
    let Some(value) = field["value"].as_str() else { return false };
    let count = value.chars().count();
    // Letters, digits, Chinese and symbols are allowed; four-byte characters are Chinese or they are none of these.
    let is_strange = |letter: char| letter.is_control() || letter > '\u{FFFF}' && !is_han(letter);
    if count == 0 || value.chars().any(is_strange) {
        return false;
    }
    let digits = value.chars().filter(char::is_ascii_digit).count();
    match name.trim_end_matches(|letter: char| letter.is_ascii_digit()) {
        "thing" => count <= 20,
        "number" => count <= 32 && value.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte)),
        "letter" => count <= 32 && value.bytes().all(|byte| byte.is_ascii_alphabetic()),
        "symbol" => count <= 5 && !value.chars().any(char::is_alphanumeric),
        "character_string" => count <= 32 && !value.chars().any(is_han),
        "time" | "date" => digits >= 3 && value.contains([':', '年', '-']),
        "amount" => {
            digits > 0 && digits <= 10 && value.chars().all(|c| c.is_ascii_digit() || "¥￥$.,元".contains(c))
        }
        "phone_number" => count <= 17 && digits > 0 && !value.chars().any(char::is_alphabetic),
        "car_number" => count <= 8,
        "name" => count <= if value.is_ascii() { 20 } else { 10 },
        "phrase" => count <= 5 && value.chars().all(is_han),
        "const" | "enum" => count <= 20,
        _ => false,
    }
}
