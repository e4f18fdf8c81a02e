//! Profit sharing: receivers, shares, what is set free, what comes back.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use crate::{
    abnormal::sealed,
    app::App,
    bounds::sum_fen,
    call::Call,
    clock::beijing,
    crypto::{derived, digits},
    login::is_openid,
    refusal::{Refusal, inner},
    reply::Answer,
    schema::{self, Field, Kind, may, must, text},
    world::World,
};

/// Sharing begins a minute after the payment and ends after 30 days.
const FROM_S: i64 = 60;
const UNTIL_S: i64 = 30 * 86_400;
/// Seconds after which a share has reached its receiver.
const TAKES_S: i64 = 2;
/// Of a thousand: how much of a payment may be shared, all shares together.
const CAP_PERMILLE: i64 = 300;
const REQUESTS_MAX: usize = 50;

static RECEIVER: &[Field] = &[
    must("type", text(32)),
    must("account", text(64)),
    may("name", text(1024)),
    must("amount", Kind::Whole { min: 1 }),
    must("description", text(80)),
];
static ORDER: &[Field] = &[
    must("appid", text(32)),
    must("transaction_id", text(32)),
    must("out_order_no", text(64)),
    must("receivers", Kind::List { max: 50, of: RECEIVER }),
    must("unfreeze_unsplit", Kind::Truth),
];
static ADD: &[Field] = &[
    must("appid", text(32)),
    must("type", text(32)),
    must("account", text(64)),
    may("name", text(1024)),
    must("relation_type", text(32)),
    may("custom_relation", text(10)),
];
static REMOVE: &[Field] = &[must("appid", text(32)), must("type", text(32)), must("account", text(64))];
static UNFREEZE: &[Field] =
    &[must("transaction_id", text(32)), must("out_order_no", text(64)), must("description", text(80))];
static RETURN: &[Field] = &[
    may("order_id", text(64)),
    may("out_order_no", text(64)),
    must("out_return_no", text(64)),
    must("return_mchid", text(32)),
    must("amount", Kind::Whole { min: 1 }),
    must("description", text(80)),
];

/// Everything about shares.
#[derive(Default)]
pub struct Shares {
    receivers: HashSet<(String, String)>,
    orders: BTreeMap<String, Share>,
    /// Payments of which nothing is frozen any more.
    free: HashSet<String>,
    returns: BTreeMap<String, (Value, Value)>,
}

struct Share {
    request: Value,
    transaction_id: String,
    made_at: i64,
    is_unfreeze: bool,
    fen: i64,
    returned_fen: i64,
    receivers: Vec<Value>,
}

type Outcome = Result<Answer, Refusal>;

/// Answers one call under `/v3/profitsharing/`.
pub fn answer(app: &App, call: &Call, rest: &[&str]) -> Outcome {
    let mut world = app.world();
    match (call.method.as_str(), rest) {
        ("POST", ["receivers", "add"]) => add(&mut world, call),
        ("POST", ["receivers", "delete"]) => {
            let request = schema::read(&call.body, REMOVE)?;
            world.shares.receivers.remove(&key(&request));
            Ok(Answer::json(&json!({ "type": request["type"], "account": request["account"] })))
        }
        ("POST", ["orders"]) => share(&mut world, call),
        ("POST", ["orders", "unfreeze"]) => unfreeze(&mut world, call),
        ("GET", ["orders", number]) => {
            let now = world.now();
            let share = world.shares.orders.get(*number);
            let asked = call.query.get("transaction_id");
            let share = share.filter(|share| asked == Some(&share.transaction_id));
            let share = share.ok_or_else(|| Refusal::missing("分账单不存在"))?;
            Ok(Answer::json(&view(&world, number, share, now)))
        }
        ("GET", ["transactions", id, "amounts"]) => {
            let left = unsplit(&world, id)?;
            Ok(Answer::json(&json!({ "transaction_id": id, "unsplit_amount": left })))
        }
        ("POST", ["return-orders"]) => give_back(&mut world, call),
        _ => Err(Refusal::missing("接口不存在")),
    }
}

fn key(receiver: &Value) -> (String, String) {
    let text = |name: &str| receiver[name].as_str().unwrap_or_default().to_owned();
    (text("type"), text("account"))
}

fn add(world: &mut World, call: &Call) -> Outcome {
    let request = schema::read(&call.body, ADD)?;
    let (kind, account) = key(&request);
    match kind.as_str() {
        "MERCHANT_ID" => {}
        "PERSONAL_OPENID" if is_openid(&account) => {}
        _ => return Err(Refusal::field("/account", &request["account"], "分账接收方有误")),
    }
    if let Some(name) = request["name"].as_str() {
        sealed(call, "/name", Some(name))?;
    }
    world.shares.receivers.insert((kind, account));
    Ok(Answer::json(&json!({
        "type": request["type"], "account": request["account"], "relation_type": request["relation_type"],
    })))
}

fn share(world: &mut World, call: &Call) -> Outcome {
    let request = schema::read(&call.body, ORDER)?;
    let number = request["out_order_no"].as_str().unwrap_or_default().to_owned();
    let now = world.now();
    if let Some(share) = world.shares.orders.get(&number) {
        return same(world, &number, share, &request);
    }
    let transaction_id = request["transaction_id"].as_str().unwrap_or_default().to_owned();
    let receivers = request["receivers"].as_array().cloned().unwrap_or_default();
    for receiver in &receivers {
        if let Some(name) = receiver["name"].as_str() {
            sealed(call, "/receivers/name", Some(name))?;
        }
    }
    let fen = sum_fen(receivers.iter().filter_map(|receiver| receiver["amount"].as_i64()));
    check(world, &transaction_id, fen)?;
    let share = Share {
        transaction_id: transaction_id.clone(),
        made_at: now,
        is_unfreeze: request["unfreeze_unsplit"] == json!(true),
        fen,
        returned_fen: 0,
        receivers,
        request,
    };
    if share.is_unfreeze {
        world.shares.free.insert(transaction_id);
    }
    let view = view(world, &number, &share, now);
    world.shares.orders.insert(number, share);
    Ok(Answer::json(&view))
}

fn same(world: &World, number: &str, share: &Share, request: &Value) -> Outcome {
    if share.request == *request {
        return Ok(Answer::json(&view(world, number, share, world.now())));
    }
    Err(Refusal::invalid(inner::REENTRY, "请求重入时，参数与首次请求时不一致"))
}

/// The payment must be made for sharing, at its time, within its limits.
fn check(world: &World, transaction_id: &str, fen: i64) -> Result<(), Refusal> {
    let order = world.book.transactions.get(transaction_id).and_then(|number| world.book.orders.get(number));
    let order = order.ok_or_else(|| Refusal::missing("订单不存在"))?;
    if order.request["settle_info"]["profit_sharing"] != json!(true) {
        return Err(Refusal::new(403, "NO_AUTH", inner::RANGE, "该订单未标记分账"));
    }
    let age_s = world.now() - order.payment.as_ref().map_or(0, |it| it.paid_at);
    if !(FROM_S..=UNTIL_S).contains(&age_s) {
        return Err(Refusal::new(403, "RULE_LIMIT", inner::RANGE, "支付 1 分钟后、30 天内方可分账"));
    }
    if world.shares.free.contains(transaction_id) {
        return Err(Refusal::new(403, "NOT_ENOUGH", inner::RANGE, "分账已完结，没有可分金额"));
    }
    let mine = || world.shares.orders.values().filter(|share| share.transaction_id == transaction_id);
    let shared_fen = sum_fen(mine().map(|share| share.fen).chain([fen]));
    if shared_fen.saturating_mul(1000) > order.total_fen.saturating_mul(CAP_PERMILLE) {
        return Err(Refusal::new(403, "RULE_LIMIT", inner::RANGE, "超过最大分账比例"));
    }
    if mine().count() >= REQUESTS_MAX {
        return Err(Refusal::new(403, "RULE_LIMIT", inner::RANGE, "分账次数超过 50 次"));
    }
    Ok(())
}

fn unfreeze(world: &mut World, call: &Call) -> Outcome {
    let request = schema::read(&call.body, UNFREEZE)?;
    let number = request["out_order_no"].as_str().unwrap_or_default().to_owned();
    let now = world.now();
    if let Some(share) = world.shares.orders.get(&number) {
        // As on the platform: with the number of a share it says that all is well, and does nothing.
        return Ok(Answer::json(&view(world, &number, share, now)));
    }
    let transaction_id = request["transaction_id"].as_str().unwrap_or_default().to_owned();
    if !world.book.transactions.contains_key(&transaction_id) {
        return Err(Refusal::missing("订单不存在"));
    }
    world.shares.free.insert(transaction_id.clone());
    let receivers = Vec::new();
    let share = Share {
        request,
        transaction_id,
        made_at: now,
        is_unfreeze: true,
        fen: 0,
        returned_fen: 0,
        receivers,
    };
    let view = view(world, &number, &share, now);
    world.shares.orders.insert(number, share);
    Ok(Answer::json(&view))
}

fn unsplit(world: &World, transaction_id: &str) -> Result<i64, Refusal> {
    let order = world.book.transactions.get(transaction_id).and_then(|number| world.book.orders.get(number));
    let order = order.ok_or_else(|| Refusal::missing("订单不存在"))?;
    if world.shares.free.contains(transaction_id) {
        return Ok(0);
    }
    let mine = world.shares.orders.values().filter(|share| share.transaction_id == transaction_id);
    Ok(order.total_fen.saturating_sub(sum_fen(mine.map(|share| share.fen))))
}

fn give_back(world: &mut World, call: &Call) -> Outcome {
    let request = schema::read(&call.body, RETURN)?;
    let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    let number = text("out_return_no");
    if let Some((before, answer)) = world.shares.returns.get(&number) {
        return if *before == request {
            Ok(Answer::json(answer))
        } else {
            Err(Refusal::invalid(inner::REENTRY, "请求重入时，参数与首次请求时不一致"))
        };
    }
    let now = world.now();
    let fen = request["amount"].as_i64().unwrap_or_default();
    let share = world.shares.orders.get_mut(&text("out_order_no"));
    let share = share.ok_or_else(|| Refusal::missing("分账单不存在"))?;
    let mchid = text("return_mchid");
    let is_receiver = share.receivers.iter().any(|it| it["type"] == "MERCHANT_ID" && it["account"] == *mchid);
    if !is_receiver || share.returned_fen.saturating_add(fen) > share.fen {
        return Err(Refusal::invalid(inner::RANGE, "回退商户或金额有误"));
    }
    share.returned_fen += fen;
    let view = json!({
        "order_id": digits(&derived(world.seed, "share", &text("out_order_no")), 24),
        "out_order_no": text("out_order_no"), "out_return_no": number,
        "return_id": digits(&derived(world.seed, "return", &number), 24),
        "return_mchid": mchid, "amount": fen, "description": text("description"),
        "result": "SUCCESS", "create_time": beijing(now), "finish_time": beijing(now),
    });
    world.shares.returns.insert(number, (request, view.clone()));
    Ok(Answer::json(&view))
}

/// Each receiver has a result of its own: somebody who was never added gets nothing.
fn view(world: &World, number: &str, share: &Share, now: i64) -> Value {
    let is_done = now - share.made_at >= TAKES_S;
    let receivers: Vec<Value> = share
        .receivers
        .iter()
        .map(|receiver| {
            let mut line = json!({
                "type": receiver["type"], "account": receiver["account"], "amount": receiver["amount"],
                "description": receiver["description"], "create_time": beijing(share.made_at), "result": "PENDING",
            });
            if is_done && world.shares.receivers.contains(&key(receiver)) {
                line["result"] = json!("SUCCESS");
                line["finish_time"] = json!(beijing(share.made_at + TAKES_S));
            } else if is_done {
                line["result"] = json!("CLOSED");
                line["fail_reason"] = json!("NO_RELATION");
            }
            line
        })
        .collect();
    json!({
        "transaction_id": share.transaction_id,
        "out_order_no": number,
        "order_id": digits(&derived(world.seed, "share", number), 24),
        "state": if is_done || share.is_unfreeze && share.fen == 0 { "FINISHED" } else { "PROCESSING" },
        "receivers": receivers,
    })
}
