//! Transfers from the merchant to a person, who confirms on the phone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    abnormal::sealed,
    app::App,
    call::Call,
    clock::beijing,
    crypto::{base32, derived, digits},
    limits::check_notify_url,
    login::is_openid,
    notices::Message,
    refusal::{Refusal, inner},
    reply::Answer,
    schema::{self, Field, Kind, Letters, may, must, text},
    world::World,
};

/// From this amount on the receiver's name is wanted: 2000 yuan.
const NAME_FROM_FEN: i64 = 200_000;

static REPORT: &[Field] = &[must("info_type", text(45)), must("info_content", text(96))];
static TRANSFER: &[Field] = &[
    must("appid", text(32)),
    must("out_bill_no", Kind::Text { min: 5, max: 32, letters: Letters::Plain("") }),
    must("transfer_scene_id", text(36)),
    must("openid", text(64)),
    may("user_name", text(1024)),
    must("transfer_amount", Kind::Whole { min: 1 }),
    must("transfer_remark", text(96)),
    may("notify_url", text(256)),
    may("user_recv_perception", text(96)),
    must("transfer_scene_report_infos", Kind::List { max: 10, of: REPORT }),
];

/// Transfers by the merchant's number.
pub type Transfers = BTreeMap<String, Transfer>;

/// One transfer.
pub struct Transfer {
    request: Value,
    bill_no: String,
    made_at: i64,
    changed_at: i64,
    state: &'static str,
    fail_reason: Option<&'static str>,
}

/// Answers one call under `/v3/fund-app/mch-transfer/transfer-bills`.
pub fn answer(app: &App, call: &Call, rest: &[&str]) -> Result<Answer, Refusal> {
    let mut world = app.world();
    let missing = || Refusal::missing("转账单不存在");
    match (call.method.as_str(), rest) {
        ("POST", []) => begin(&mut world, call),
        ("GET", ["out-bill-no", number]) => {
            let transfer = world.transfers.get(*number).ok_or_else(missing)?;
            Ok(Answer::json(&view(&world, number, transfer)))
        }
        ("GET", ["transfer-bill-no", bill_no]) => {
            let found = world.transfers.iter().find(|(_, transfer)| transfer.bill_no == *bill_no);
            let (number, transfer) = found.ok_or_else(missing)?;
            Ok(Answer::json(&view(&world, number, transfer)))
        }
        ("POST", ["out-bill-no", number, "cancel"]) => {
            let now = world.now();
            let transfer = world.transfers.get_mut(*number).ok_or_else(missing)?;
            if transfer.state != "WAIT_USER_CONFIRM" && transfer.state != "CANCELLED" {
                return Err(Refusal::invalid(inner::CLOSED, "当前状态不可撤销"));
            }
            transfer.state = "CANCELLED";
            transfer.changed_at = now;
            let answer = json!({
                "out_bill_no": number, "transfer_bill_no": transfer.bill_no, "state": "CANCELING",
                "update_time": beijing(now),
            });
            tell(&mut world, number, now);
            Ok(Answer::json(&answer))
        }
        _ => Err(Refusal::missing("接口不存在")),
    }
}

fn begin(world: &mut World, call: &Call) -> Result<Answer, Refusal> {
    let request = schema::read(&call.body, TRANSFER)?;
    let number = request["out_bill_no"].as_str().unwrap_or_default().to_owned();
    if let Some(transfer) = world.transfers.get(&number) {
        return if transfer.request == request {
            Ok(Answer::json(&first_answer(world, &number, transfer)))
        } else {
            Err(Refusal::invalid(inner::REENTRY, "请求重入时，参数与首次请求时不一致"))
        };
    }
    if !is_openid(request["openid"].as_str().unwrap_or_default()) {
        return Err(Refusal::field("/openid", &request["openid"], "无效的 openid"));
    }
    if let Some(url) = request["notify_url"].as_str() {
        check_notify_url(url)?;
    }
    let fen = request["transfer_amount"].as_i64().unwrap_or_default();
    match request["user_name"].as_str() {
        Some(name) => drop(sealed(call, "/user_name", Some(name))?),
        None if fen >= NAME_FROM_FEN => {
            return Err(Refusal::field("/user_name", &json!(""), "转账金额达到 2000 元时必填"));
        }
        None => {}
    }
    if world.settings.balance_fen.is_some_and(|balance| balance < fen) {
        return Err(Refusal::new(403, "NOT_ENOUGH", inner::RANGE, "运营账户余额不足"));
    }
    world.settings.balance_fen = world.settings.balance_fen.map(|balance| balance - fen);
    let now = world.now();
    let transfer = Transfer {
        bill_no: format!("1330{}", digits(&derived(world.seed, "transfer", &number), 24)),
        request,
        made_at: now,
        changed_at: now,
        state: "WAIT_USER_CONFIRM",
        fail_reason: None,
    };
    let answer = first_answer(world, &number, &transfer);
    world.transfers.insert(number, transfer);
    Ok(Answer::json(&answer))
}

/// The receiver decides on the phone. False when there is nothing to decide.
pub fn decide(world: &mut World, number: &str, is_taken: bool) -> bool {
    let now = world.now();
    let Some(transfer) = world.transfers.get_mut(number).filter(|it| it.state == "WAIT_USER_CONFIRM") else {
        return false;
    };
    transfer.state = if is_taken { "SUCCESS" } else { "FAIL" };
    transfer.fail_reason = (!is_taken).then_some("USER_REFUSED");
    transfer.changed_at = now;
    tell(world, number, now);
    true
}

fn tell(world: &mut World, number: &str, now: i64) {
    let Some(transfer) = world.transfers.get(number) else { return };
    let Some(url) = transfer.request["notify_url"].as_str().map(str::to_owned) else { return };
    let plain = view(world, number, transfer);
    world.announce(Message {
        id: String::new(),
        event_type: "MCHTRANSFER.BILL.FINISHED".to_owned(),
        original_type: "mch_payment",
        summary: "商家转账单据终态通知",
        url,
        out_trade_no: number.to_owned(),
        out_refund_no: None,
        plain,
        seal_nonce: String::new(),
        made_at: now,
    });
}

fn first_answer(world: &World, number: &str, transfer: &Transfer) -> Value {
    json!({
        "out_bill_no": number,
        "transfer_bill_no": transfer.bill_no,
        "create_time": beijing(transfer.made_at),
        "state": transfer.state,
        "package_info": base32(&derived(world.seed, "package", number), 32),
    })
}

fn view(world: &World, number: &str, transfer: &Transfer) -> Value {
    let mut view = json!({
        "mch_id": world.who.mchid,
        "appid": world.who.appid,
        "out_bill_no": number,
        "transfer_bill_no": transfer.bill_no,
        "state": transfer.state,
        "transfer_amount": transfer.request["transfer_amount"],
        "transfer_remark": transfer.request["transfer_remark"],
        "openid": transfer.request["openid"],
        "create_time": beijing(transfer.made_at),
        "update_time": beijing(transfer.changed_at),
    });
    if let Some(reason) = transfer.fail_reason {
        view["fail_reason"] = json!(reason);
    }
    view
}
