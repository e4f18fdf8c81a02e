//! What may be refunded: the rules of the refund call, and how a refund ends. No network here.

use serde_json::Value;

use crate::{
    bounds::sum_fen,
    crypto::{derived, digits},
    faults::{Drawn, Effect, Moment, Occasion},
    limits::check_notify_url,
    notices::Message,
    order::{Order, Refund, RefundState, TradeState},
    payments::text_of,
    refusal::{Refusal, inner},
    world::{Task, World},
};

const YEAR_S: i64 = 365 * 86_400;
const MOST_REFUNDS: usize = 50;

impl World {
    /// Accepts a refund for a checked request body, or gives back the one already made under this number.
    pub fn refund(&mut self, request: Value) -> Result<Value, Refusal> {
        let number = text_of(&request, "/out_refund_no");
        if let Some(made) = self.book.refunds.get(&number) {
            return if made.request == request {
                Ok(made.view())
            } else {
                Err(Refusal::invalid(inner::REENTRY, "订单金额或退款参数与之前请求不一致，请使用原参数重试"))
            };
        }
        if let Some(url) = request["notify_url"].as_str() {
            check_notify_url(url)?;
        }
        let out_trade_no = self.order_of_refund(&request)?;
        let drawn = self.draw(
            Moment::Refund,
            &Occasion {
                path: "/v3/refund/domestic/refunds",
                method: "POST",
                host: "",
                out_trade_no: Some(&out_trade_no),
                event: None,
            },
        );
        self.check_refund(&out_trade_no, &request, &drawn)?;
        self.accept_refund(&out_trade_no, request, &drawn)
    }

    fn order_of_refund(&self, request: &Value) -> Result<String, Refusal> {
        let found = match (request["transaction_id"].as_str(), request["out_trade_no"].as_str()) {
            (Some(_), Some(_)) | (None, None) => {
                return Err(Refusal::invalid(inner::PARAMETER, "transaction_id 与 out_trade_no 必须二选一"));
            }
            (Some(id), None) => self.book.transactions.get(id).cloned(),
            (None, Some(number)) => self.book.orders.contains_key(number).then(|| number.to_owned()),
        };
        found.ok_or_else(|| Refusal::missing("订单不存在"))
    }

    fn check_refund(&self, out_trade_no: &str, request: &Value, drawn: &Drawn) -> Result<(), Refusal> {
        let order = self.book.orders.get(out_trade_no).ok_or_else(|| Refusal::missing("订单不存在"))?;
        let Some(payment) = order.payment.as_ref().filter(|_| order.state.is_paid()) else {
            return Err(Refusal::invalid(inner::CLOSED, "订单未支付或已关闭，不能退款"));
        };
        let now = self.now();
        if now - payment.paid_at > YEAR_S {
            return Err(Refusal::invalid(inner::CLOSED, "订单已超过一年的退款期限"));
        }
        let (refund_fen, total_fen) = amounts(request);
        if total_fen != order.total_fen {
            return Err(Refusal::invalid(inner::RANGE, "订单金额与原订单不一致"));
        }
        if self.committed_fen(order).saturating_add(refund_fen) > order.total_fen {
            return Err(Refusal::invalid(inner::RANGE, "申请退款金额大于订单可退金额"));
        }
        if order.refunds.len() >= MOST_REFUNDS {
            return Err(Refusal::invalid(inner::RANGE, "部分退款不能超过 50 次"));
        }
        let last = order.refunds.last().and_then(|number| self.book.refunds.get(number));
        if last.is_some_and(|last| now - last.made_at < self.settings.refund_gap_s) {
            return Err(Refusal::new(429, "FREQUENCY_LIMITED", inner::FREQUENT, "同一订单退款需间隔一分钟"));
        }
        let is_short = self.settings.balance_fen.is_some_and(|balance| balance < refund_fen);
        if is_short || drawn.has(Effect::NotEnough) {
            return Err(Refusal::new(403, "NOT_ENOUGH", inner::RANGE, "基本账户余额不足，请充值后重新发起"));
        }
        Ok(())
    }

    /// Money of an order that is given back or on the way; only refunds called off do not count.
    fn committed_fen(&self, order: &Order) -> i64 {
        let refunds = order.refunds.iter().filter_map(|number| self.book.refunds.get(number));
        let committed = refunds.filter(|refund| refund.state != RefundState::Closed);
        sum_fen(committed.map(|refund| refund.refund_fen))
    }

    fn accept_refund(&mut self, out_trade_no: &str, request: Value, drawn: &Drawn) -> Result<Value, Refusal> {
        let now = self.now();
        let number = text_of(&request, "/out_refund_no");
        let (refund_fen, total_fen) = amounts(&request);
        let refund_id = format!("5030{}", digits(&derived(self.seed, "refund", &number), 24));
        let Some(order) = self.book.orders.get_mut(out_trade_no) else {
            return Err(Refusal::missing("订单不存在"));
        };
        order.state = TradeState::Refund;
        order.refunds.push(number.clone());
        let refund = Refund {
            out_refund_no: number.clone(),
            refund_id,
            out_trade_no: out_trade_no.to_owned(),
            transaction_id: order.payment.as_ref().map(|it| it.transaction_id.clone()).unwrap_or_default(),
            total_fen,
            refund_fen,
            made_at: now,
            succeeded_at: None,
            state: RefundState::Processing,
            ends_as: ending(drawn),
            notify_url: request["notify_url"].as_str().map(str::to_owned),
            request,
        };
        let view = refund.view();
        self.settings.balance_fen =
            self.settings.balance_fen.map(|balance| balance.saturating_sub(refund_fen));
        self.book.refunds.insert(number.clone(), refund);
        self.plan(now + self.settings.refund_delay_s.max(0), Task::EndRefund(number));
        Ok(view)
    }

    /// A refund reaches its end and is announced, if the merchant asked for that.
    pub fn end_refund(&mut self, number: &str, at: i64) {
        let mchid = self.who.mchid.clone();
        let Some(refund) = self.book.refunds.get_mut(number) else { return };
        refund.state = refund.ends_as;
        if refund.state == RefundState::Success {
            refund.succeeded_at = Some(at);
        }
        if refund.state == RefundState::Closed {
            let back_fen = refund.refund_fen;
            self.settings.balance_fen =
                self.settings.balance_fen.map(|balance| balance.saturating_add(back_fen));
        }
        let Some(url) = refund.notify_url.clone() else { return };
        let message = Message {
            id: String::new(),
            event_type: format!("REFUND.{}", refund.state.name()),
            original_type: "refund",
            summary: refund.state.summary(),
            url,
            out_trade_no: refund.out_trade_no.clone(),
            out_refund_no: Some(number.to_owned()),
            plain: refund.notice(&mchid),
            seal_nonce: String::new(),
            made_at: at,
        };
        self.announce(message);
    }
}

fn amounts(request: &Value) -> (i64, i64) {
    let at = |pointer: &str| request.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
    (at("/amount/refund"), at("/amount/total"))
}

fn ending(drawn: &Drawn) -> RefundState {
    if drawn.has(Effect::RefundAbnormal) {
        RefundState::Abnormal
    } else if drawn.has(Effect::RefundClosed) {
        RefundState::Closed
    } else {
        RefundState::Success
    }
}
