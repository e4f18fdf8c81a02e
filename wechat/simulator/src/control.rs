//! The control interface under `/sim/`: what tests, demo scripts and people use to steer and to look.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::StatusCode,
    web::{self, Bytes, Data, Path, Query},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    app::App,
    bounds,
    clock::beijing,
    courier,
    faults::Rule,
    journal::Filter,
    keys::{KeyPolicy, merchant_sheet},
    ledger,
    limits::is_this_machine,
    login::{is_name, openid_of},
    notices::Message,
    order::Order,
    payments::PayRefusal,
    pushes,
    world::{Settings, Task},
};

/// Adds the JSON interfaces to the server.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/sim/merchant.json", web::get().to(merchant))
        .route("/sim/settings", web::get().to(settings))
        .route("/sim/settings", web::post().to(set_settings))
        .route("/sim/keys", web::get().to(keys))
        .route("/sim/keys", web::post().to(set_keys))
        .route("/sim/faults", web::get().to(faults))
        .route("/sim/faults", web::post().to(add_faults))
        .route("/sim/faults", web::delete().to(clear_faults))
        .route("/sim/journal", web::get().to(journal))
        .route("/sim/ledger", web::get().to(money))
        .route("/sim/clock", web::get().to(clock))
        .route("/sim/clock", web::post().to(set_clock))
        .route("/sim/notifications", web::get().to(notifications))
        .route("/sim/notifications", web::post().to(tell))
        .route("/sim/notifications/flush", web::post().to(flush))
        .route("/sim/tokens/revoke", web::post().to(revoke_tokens))
        .route("/sim/pay/{out_trade_no}", web::post().to(pay));
}

/// A control request that makes no sense: 400 with a text.
#[derive(Debug)]
pub struct BadRequest(pub String);

impl fmt::Display for BadRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl ResponseError for BadRequest {
    fn error_response(&self) -> HttpResponse {
        json_answer(400, &json!({ "error": "BAD_REQUEST", "message": self.0 }))
    }
}

type Answer = Result<HttpResponse, BadRequest>;

/// An answer in JSON.
pub fn json_answer(status: u16, body: &Value) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK))
        .content_type("application/json; charset=utf-8")
        .body(body.to_string())
}

/// Reads a posted body.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, BadRequest> {
    serde_json::from_slice(body).map_err(|fault| BadRequest(fault.to_string()))
}

/// Lays the members of a posted object over the present value.
fn merged<T: DeserializeOwned>(present: Value, body: &[u8]) -> Result<T, BadRequest> {
    let mut whole = present;
    let posted: serde_json::Map<String, Value> = parse(body)?;
    if let Value::Object(object) = &mut whole {
        object.extend(posted);
    }
    serde_json::from_value(whole).map_err(|fault| BadRequest(fault.to_string()))
}

async fn merchant(app: Data<App>) -> HttpResponse {
    match merchant_sheet(&app.world().who) {
        Ok(sheet) => json_answer(200, &sheet),
        Err(fault) => json_answer(500, &json!({ "error": fault.to_string() })),
    }
}

async fn settings(app: Data<App>) -> HttpResponse {
    json_answer(200, &json!(app.world().settings))
}

async fn set_settings(app: Data<App>, body: Bytes) -> Answer {
    let present = json!(app.world().settings);
    let chosen: Settings = merged(present, &body)?;
    if !chosen.push_url.is_empty() && !is_this_machine(&chosen.push_url) {
        return Err(BadRequest("push_url must point to this machine".to_owned()));
    }
    chosen.check().map_err(BadRequest)?;
    app.world().settings = chosen.clone();
    app.wake.notify_one();
    Ok(json_answer(200, &json!(chosen)))
}

async fn keys(app: Data<App>) -> HttpResponse {
    json_answer(200, &json!(app.world().keys))
}

async fn set_keys(app: Data<App>, body: Bytes) -> Answer {
    let present = json!(app.world().keys);
    let chosen: KeyPolicy = merged(present, &body)?;
    let is_known = |number: &u8| matches!(number, 1 | 2);
    let lists = chosen.listed.iter().chain(&chosen.merchant).chain(&chosen.public_keys);
    if !lists.chain([&chosen.certificate, &chosen.apiv3]).all(is_known) {
        return Err(BadRequest("keys are known by the numbers 1 and 2".to_owned()));
    }
    bounds::check("percent", chosen.percent, 0..=100).map_err(BadRequest)?;
    bounds::check("permille", chosen.permille.unwrap_or(0), 0..=1000).map_err(BadRequest)?;
    app.world().keys = chosen.clone();
    Ok(json_answer(200, &json!(chosen)))
}

async fn faults(app: Data<App>) -> HttpResponse {
    json_answer(200, &json!(app.world().faults.rules()))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Posted {
    Many(Vec<Value>),
    One(Value),
}

async fn add_faults(app: Data<App>, body: Bytes) -> Answer {
    // Values first: an untagged enum of rules would not say which name is misspelt.
    let posted = match parse::<Posted>(&body)? {
        Posted::Many(list) => list,
        Posted::One(rule) => vec![rule],
    };
    let rules: Result<Vec<Rule>, _> = posted.into_iter().map(serde_json::from_value).collect();
    let rules = rules.map_err(|fault| BadRequest(fault.to_string()))?;
    rules.iter().try_for_each(Rule::check).map_err(BadRequest)?;
    let mut world = app.world();
    world.faults.add(rules);
    Ok(json_answer(200, &json!(world.faults.rules())))
}

async fn clear_faults(app: Data<App>) -> HttpResponse {
    app.world().faults.clear();
    json_answer(200, &json!([]))
}

async fn journal(app: Data<App>, filter: Query<Filter>) -> HttpResponse {
    let world = app.world();
    json_answer(200, &json!(world.journal.select(&filter)))
}

async fn money(app: Data<App>) -> HttpResponse {
    json_answer(200, &ledger::view(&app.world().book))
}

async fn clock(app: Data<App>) -> HttpResponse {
    json_answer(200, &clock_view(&app))
}

fn clock_view(app: &App) -> Value {
    let world = app.world();
    let now = world.now();
    json!({ "now": now, "beijing": beijing(now), "is_frozen": world.clock.is_frozen() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockMove {
    at: Option<i64>,
    advance_s: Option<i64>,
}

async fn set_clock(app: Data<App>, body: Bytes) -> Answer {
    let to = match parse::<ClockMove>(&body)? {
        ClockMove { at: Some(at), advance_s: None } => at,
        ClockMove { at: None, advance_s: Some(seconds) } => app.world().now().saturating_add(seconds),
        _ => return Err(BadRequest("either at or advance_s".to_owned())),
    };
    bounds::check_moment("the clock", to).map_err(BadRequest)?;
    app.world().clock.set(to);
    app.wake.notify_one();
    Ok(json_answer(200, &clock_view(&app)))
}

async fn notifications(app: Data<App>, filter: Query<Filter>) -> HttpResponse {
    let world = app.world();
    let fits = |number: &String| filter.out_trade_no.as_ref().is_none_or(|wanted| wanted == number);
    let chosen: Vec<_> =
        world.outbox.notices().iter().filter(|notice| fits(&notice.message.out_trade_no)).collect();
    json_answer(200, &json!(chosen))
}

/// A notification about anything, however odd, sealed and signed as all are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Odd {
    url: String,
    id: String,
    event_type: String,
    plain: Value,
}

async fn tell(app: Data<App>, body: Bytes) -> Result<HttpResponse, BadRequest> {
    let odd: Odd = parse(&body)?;
    if !is_this_machine(&odd.url) {
        return Err(BadRequest("url must be on this machine".to_owned()));
    }
    let mut world = app.world();
    let made_at = world.now();
    let seal_nonce = world.nonce(12);
    let message = Message {
        id: odd.id,
        event_type: odd.event_type,
        original_type: "odd",
        summary: "任意通知",
        url: odd.url,
        out_trade_no: String::new(),
        out_refund_no: None,
        plain: odd.plain,
        seal_nonce,
        made_at,
    };
    world.outbox.add(message, made_at, false);
    Ok(json_answer(200, &json!({ "waiting": world.outbox.waiting() })))
}

#[derive(Deserialize)]
struct FlushQuery {
    #[serde(default)]
    all: bool,
}

async fn flush(app: Data<App>, query: Query<FlushQuery>) -> HttpResponse {
    let delivered = courier::flush(&app, query.all).await;
    let pushed = pushes::deliver(&app, query.all).await;
    let waiting = app.world().outbox.waiting();
    json_answer(200, &json!({ "delivered": delivered, "waiting": waiting, "pushed": pushed }))
}

async fn revoke_tokens(app: Data<App>) -> HttpResponse {
    app.world().tokens.revoke_all();
    HttpResponse::NoContent().finish()
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PayWish {
    openid: Option<String>,
    r#as: Option<String>,
    result: Wish,
    delay_s: i64,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wish {
    #[default]
    Ok,
    Cancel,
    Fail,
}

async fn pay(app: Data<App>, number: Path<String>, body: Bytes) -> Answer {
    let wish = if body.is_empty() { PayWish::default() } else { parse(&body)? };
    if wish.r#as.as_deref().is_some_and(|name| !is_name(name)) {
        return Err(BadRequest("no such name".to_owned()));
    }
    bounds::check("delay_s", wish.delay_s, bounds::WAITS_S).map_err(BadRequest)?;
    let answer = match decide(&app, &number, wish) {
        Ok(view) => json_answer(200, &view),
        Err(refusal) => json_answer(409, &json!({ "error": refusal.code(), "message": refusal.label() })),
    };
    app.wake.notify_one();
    Ok(answer)
}

fn decide(app: &App, number: &str, wish: PayWish) -> Result<Value, PayRefusal> {
    let payer = wish.openid.or_else(|| wish.r#as.as_deref().map(openid_of));
    let mut world = app.world();
    let now = world.now();
    world.check_payable(number, payer.as_deref(), None, now)?;
    let result = match wish.result {
        Wish::Cancel => "cancel",
        Wish::Fail => "fail",
        Wish::Ok if wish.delay_s > 0 => {
            world.plan(now + wish.delay_s, Task::Pay { out_trade_no: number.to_owned(), openid: payer });
            "planned"
        }
        Wish::Ok => {
            world.pay(number, payer.as_deref(), now)?;
            "ok"
        }
    };
    let transaction = world.book.orders.get(number).map(Order::transaction);
    Ok(json!({ "result": result, "transaction": transaction }))
}
