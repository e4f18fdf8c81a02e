//! The pay side of the platform: one door for every `/v3/` call, so that faults, verification, signing and the
//! journal cannot be forgotten by a single interface.

use std::{sync::Arc, time::Duration};

use actix_web::{
    Error, HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data},
};

use crate::{
    abnormal,
    app::App,
    bills,
    call::{Call, delay_ms},
    certificates, complaints, courier,
    faults::{Drawn, Effect, Moment},
    limits, merchant_auth,
    refusal::{Refusal, inner},
    reply::{self, Answer, Stamp},
    schema, sharing, transfers,
};

/// Answers one call under `/v3/`.
pub async fn door(app: Data<App>, request: HttpRequest, body: Result<Bytes, Error>) -> HttpResponse {
    let app = app.into_inner();
    let (body, is_too_long) = match body {
        Ok(body) => (body, false),
        // What is too long was not read; the refusal is signed like any other.
        Err(fault) if is_too_long(&fault) => (Bytes::new(), true),
        Err(fault) => return fault.error_response(),
    };
    let call = Call::new(&request, body);
    let (drawn, number, stamp) = open(&app, &call);
    if drawn.has(Effect::ResetBefore) {
        note(&app, &call, number, &drawn, None);
        return reply::dropped();
    }
    if drawn.has(Effect::PayDuringClose)
        && let Some(number) = &number
    {
        let mut world = app.world();
        let now = world.now();
        if let Err(refusal) = world.pay(number, None, now) {
            tracing::warn!("pay_during_close could not pay: {}", refusal.code());
        }
    }
    let broken = Answer::broken(&drawn);
    let answer = match broken {
        Some((answer, rule)) if !rule.executed => answer,
        other => {
            let real = if is_too_long { Answer::from(Refusal::too_long()) } else { handle(&app, &call) };
            other.map_or(real, |(answer, _)| answer)
        }
    };
    app.wake.notify_one();
    if drawn.has(Effect::BeforePrepayAnswer)
        && let Some(number) = &number
    {
        pay_and_tell(&app, number).await;
    }
    if let Some(ms) = delay_ms(&drawn) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    if drawn.has(Effect::AnswerLost) {
        note(&app, &call, number, &drawn, None);
        return reply::dropped();
    }
    note(&app, &call, number, &drawn, Some(&answer));
    reply::signed(&app, answer, &stamp, &drawn)
}

fn is_too_long(fault: &Error) -> bool {
    fault.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE
}

fn open(app: &App, call: &Call) -> (Drawn, Option<String>, Stamp) {
    let mut world = app.world();
    let number = call.out_trade_no(&world);
    let drawn = world.draw(Moment::Call, &call.occasion(number.as_deref()));
    let wanted = call.header("wechatpay-serial");
    let stamp = Stamp {
        timestamp: world.now(),
        nonce: world.nonce(32),
        key: world.keys.for_answer((!wanted.is_empty()).then_some(wanted)),
    };
    (drawn, number, stamp)
}

fn note(app: &App, call: &Call, number: Option<String>, drawn: &Drawn, answer: Option<&Answer>) {
    let mut entry = call.entry(number, drawn);
    entry.status = answer.map_or(0, |answer| answer.status);
    entry.code = answer.and_then(|answer| answer.code.clone());
    app.world().note(entry);
}

async fn pay_and_tell(app: &Arc<App>, number: &str) {
    let paid = {
        let mut world = app.world();
        let now = world.now();
        world.pay(number, None, now)
    };
    match paid {
        Ok(()) => courier::deliver_of(app, number).await,
        Err(refusal) => tracing::warn!("before_prepay_answer could not pay: {}", refusal.code()),
    }
}

fn handle(app: &App, call: &Call) -> Answer {
    merchant_auth::check(app, call)
        .and_then(|serial| {
            if app.world().settings.strict_json {
                schema::check_names(&call.body)?;
            }
            dispatch(app, call, &serial)
        })
        .unwrap_or_else(Answer::from)
}

fn dispatch(app: &App, call: &Call, serial: &str) -> Result<Answer, Refusal> {
    let parts: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match (call.method.as_str(), parts.as_slice()) {
        ("POST", ["v3", "pay", "transactions", "jsapi"]) => prepay(app, call, serial),
        ("GET", ["v3", "pay", "transactions", "out-trade-no", number]) => query(app, call, Some(number)),
        ("GET", ["v3", "pay", "transactions", "id", id]) => {
            let number = app.world().book.transactions.get(*id).cloned();
            query(app, call, number.as_deref())
        }
        ("POST", ["v3", "pay", "transactions", "out-trade-no", number, "close"]) => close(app, call, number),
        ("POST", ["v3", "refund", "domestic", "refunds"]) => {
            let request = schema::read(&call.body, limits::REFUND)?;
            app.world().refund(request).map(|view| Answer::json(&view))
        }
        ("GET", ["v3", "refund", "domestic", "refunds", number]) => {
            let world = app.world();
            let refund = world.book.refunds.get(*number).ok_or_else(|| Refusal::missing("退款单不存在"))?;
            Ok(Answer::json(&refund.view()))
        }
        ("POST", ["v3", "refund", "domestic", "refunds", id, "apply-abnormal-refund"]) => {
            abnormal::apply(app, call, id)
        }
        ("GET", ["v3", "bill", kind]) => bills::ask(app, call, kind),
        ("GET", ["v3", "billdownload", "file"]) => bills::download(app, call),
        (_, ["v3", "profitsharing", rest @ ..]) => sharing::answer(app, call, rest),
        (_, ["v3", "fund-app", "mch-transfer", "transfer-bills", rest @ ..]) => {
            transfers::answer(app, call, rest)
        }
        (_, ["v3", "merchant-service", rest @ ..]) => complaints::answer(app, call, rest),
        ("GET", ["v3", "certificates"]) => certificates::list(app).map(|list| Answer::json(&list)),
        _ => Err(Refusal::missing("接口不存在")),
    }
}

fn prepay(app: &App, call: &Call, serial: &str) -> Result<Answer, Refusal> {
    let request = schema::read(&call.body, limits::PREPAY)?;
    app.world().prepay(request, serial).map(|made| Answer::json(&made))
}

fn query(app: &App, call: &Call, number: Option<&str>) -> Result<Answer, Refusal> {
    let world = app.world();
    match call.query.get("mchid") {
        Some(mchid) if *mchid == world.who.mchid => {}
        other => return Err(Refusal::query("mchid", other, "与签名中的商户号不一致")),
    }
    let order = number.and_then(|number| world.book.orders.get(number)).ok_or_else(Refusal::no_order)?;
    Ok(Answer::json(&order.transaction()))
}

fn close(app: &App, call: &Call, number: &str) -> Result<Answer, Refusal> {
    let request = schema::read(&call.body, limits::CLOSE)?;
    if request["mchid"] != app.world().who.mchid {
        return Err(Refusal::invalid(inner::NOT_YOUR_ORDER, "商户号与签名中的商户号不一致"));
    }
    app.world().close(number)?;
    Ok(Answer::empty())
}
