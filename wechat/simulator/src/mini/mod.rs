//! The mini-program server API. Errors are HTTP 200 with `errcode`.

mod access;
mod checks;
mod codes;
mod messages;
mod phone;
mod shipping;

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};
use serde_json::{Value, json};

use crate::{
    app::App,
    call::{Call, delay_ms},
    faults::{Effect, Moment},
    journal::Entry,
    reply::{self, Answer},
    tokens::TokenCheck,
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
        (_, _) if call.path() == "/wxa/getwxacodeunlimit" => match codes::picture(&app, &call) {
            // The one answer that is no JSON, under the same 200.
            Ok(picture) => return drawn_picture(&app, picture, entry),
            Err(code) => (200, error(code)),
        },
        _ => (200, dispatch(&app, &call).unwrap_or_else(error)),
    };
    app.wake.notify_one();
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

fn drawn_picture(app: &App, picture: Vec<u8>, mut entry: Entry) -> HttpResponse {
    entry.status = 200;
    app.world().note(entry);
    HttpResponse::Ok().content_type("image/png").body(picture)
}

/// The body of a call, or the platform's error code.
type Result<T> = std::result::Result<T, i64>;

fn dispatch(app: &App, call: &Call) -> Result<Value> {
    let path = call.path();
    match path {
        "/sns/jscode2session" => return only("GET", call).and_then(|()| access::session(app, call)),
        "/cgi-bin/token" => return only("GET", call).and_then(|()| access::plain_token(app, call)),
        "/cgi-bin/stable_token" => return only("POST", call).and_then(|()| access::stable_token(app, call)),
        "/wxa/checksession" => {
            only("GET", call)?;
            check_token(app, call)?;
            return access::check_session(app, call);
        }
        _ => {}
    }
    let answer: fn(&App, &Call) -> Result<Value> = match path {
        "/wxa/msg_sec_check" => checks::text,
        "/wxa/media_check_async" => checks::media,
        "/wxa/business/getuserphonenumber" => phone::number,
        "/cgi-bin/message/subscribe/send" => messages::send,
        "/wxa/generate_urllink" => codes::link,
        "/wxa/generatescheme" => codes::scheme,
        "/wxa/sec/order/is_trade_managed" => shipping::is_managed,
        "/wxa/sec/order/is_trade_management_confirmation_completed" => shipping::is_confirmed,
        "/wxa/sec/order/upload_shipping_info" => shipping::upload,
        "/wxa/sec/order/get_order" => shipping::order,
        "/wxa/sec/order/get_order_list" => shipping::orders,
        "/wxa/sec/order/notify_confirm_receive" => shipping::remind_receiver,
        "/wxa/sec/order/set_msg_jump_path" | "/wxa/sec/order/opspecialorder" => shipping::noted,
        _ => return Err(40_066),
    };
    only("POST", call)?;
    check_token(app, call)?;
    answer(app, call)
}

fn only(method: &str, call: &Call) -> Result<()> {
    if call.method == method { Ok(()) } else { Err(43_001) }
}

fn body_of(call: &Call) -> Result<Value> {
    if call.body.is_empty() {
        return Err(44_002);
    }
    match serde_json::from_slice(&call.body) {
        Ok(body @ Value::Object(_)) => Ok(body),
        _ => Err(47_001),
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
        40_004 => "invalid media type",
        40_037 => "invalid template_id",
        40_097 => "invalid args",
        40_125 => "invalid appsecret",
        40_129 => "invalid scene or version",
        40_163 => "code been used",
        41_030 => "invalid page",
        41_001 => "access_token missing",
        41_008 => "missing code",
        42_001 => "access_token expired",
        43_101 => "user refuse to accept the msg",
        43_107 => "the user has banned this kind of message",
        43_001 => "require another method",
        44_002 => "empty post data",
        44_004 => "empty content",
        45_002 => "content size out of limit",
        45_009 => "reach max api daily quota limit",
        45_011 => "api minute-quota reach limit, must slower, retry next minute",
        47_003 => "argument invalid!",
        87_009 => "invalid signature",
        10_060_001 => "支付单不存在",
        10_060_002 => "支付单已完成发货，无法继续发货",
        10_060_003 => "支付单已使用重新发货机会",
        10_060_004 => "支付单处于不可发货的状态",
        268_485_216 => "payer 参数错误",
        268_485_228 => "统一发货时 shipping_list 应有且仅有一项，且 item_desc 必填",
        1_400_001 => "quota is used up",
        47_001 => "data format error",
        61_010 => "code is expired",
        _ => "simulated error",
    };
    json!({ "errcode": code, "errmsg": text })
}
