//! Refunds that did not arrive, sent another way: the call of an operator.

use crate::{
    app::App,
    call::Call,
    crypto::open_field,
    keys::platform_private,
    order::RefundState,
    refusal::{Refusal, inner},
    reply::Answer,
    schema::{self, Field, Kind, Letters, may, must, text},
    world::Task,
};

static ABNORMAL: &[Field] = &[
    must("out_refund_no", Kind::Text { min: 1, max: 64, letters: Letters::Plain("_-|*@") }),
    must("type", text(32)),
    may("bank_type", text(16)),
    may("bank_account", text(1024)),
    may("real_name", text(1024)),
];

/// `POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund`.
pub fn apply(app: &App, call: &Call, refund_id: &str) -> Result<Answer, Refusal> {
    let request = schema::read(&call.body, ABNORMAL)?;
    match request["type"].as_str() {
        Some("MERCHANT_BANK_CARD") => {}
        Some("USER_BANK_CARD") => {
            if request["bank_type"].is_null() {
                return Err(Refusal::field("/bank_type", &request["bank_type"], "缺少必填字段"));
            }
            sealed(call, "/bank_account", request["bank_account"].as_str())?;
            sealed(call, "/real_name", request["real_name"].as_str())?;
        }
        _ => return Err(Refusal::field("/type", &request["type"], "取值有误")),
    }
    let number = request["out_refund_no"].as_str().unwrap_or_default();
    let mut world = app.world();
    let refund = world.book.refunds.get_mut(number).filter(|refund| refund.refund_id == refund_id);
    let refund = refund.ok_or_else(|| Refusal::missing("退款单不存在"))?;
    if refund.state != RefundState::Abnormal {
        return Err(Refusal::invalid(inner::CLOSED, "退款单不是异常状态"));
    }
    refund.state = RefundState::Processing;
    refund.ends_as = RefundState::Success;
    let view = refund.view();
    let due_at = world.now() + world.settings.refund_delay_s.max(0);
    world.plan(due_at, Task::EndRefund(number.to_owned()));
    Ok(Answer::json(&view))
}

/// A personal field must be encrypted for the key that `Wechatpay-Serial` names. Gives what is inside.
pub fn sealed(call: &Call, pointer: &str, ciphertext: Option<&str>) -> Result<String, Refusal> {
    let refuse =
        |issue: &str| Refusal::field(pointer, &serde_json::json!(ciphertext.unwrap_or_default()), issue);
    let ciphertext = ciphertext.ok_or_else(|| refuse("缺少必填字段"))?;
    let key = platform_private(call.header("wechatpay-serial"))
        .ok_or_else(|| refuse("Wechatpay-Serial 有误，无法解密敏感字段"))?;
    open_field(key, ciphertext).ok_or_else(|| refuse("敏感字段解密失败"))
}
