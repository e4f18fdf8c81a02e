//! Orders and refunds as the platform keeps them, and how they look on the wire.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::beijing;

/// Seconds for which a prepay id can be paid.
pub const PREPAY_LIFE_S: i64 = 2 * 3600;
/// Seconds after which an unpaid order without `time_expire` closes by itself.
pub const ORDER_LIFE_S: i64 = 7 * 86_400;

/// State of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TradeState {
    /// Waiting for the payer.
    NotPaid,
    /// Paid.
    Success,
    /// Paid, and a refund was accepted; says nothing about how much or whether it succeeded.
    Refund,
    /// Closed unpaid, for ever.
    Closed,
}

impl TradeState {
    /// Name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotPaid => "NOTPAY",
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::Closed => "CLOSED",
        }
    }

    /// Text for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotPaid => "订单未支付",
            Self::Success => "支付成功",
            Self::Refund => "转入退款",
            Self::Closed => "订单已关闭",
        }
    }

    /// Whether money was taken.
    pub fn is_paid(self) -> bool {
        matches!(self, Self::Success | Self::Refund)
    }
}

/// A prepay id and when it was made.
#[derive(Clone, Serialize, Deserialize)]
pub struct Prepay {
    /// The id.
    pub id: String,
    /// When, unix seconds.
    pub made_at: i64,
    /// Serial of the merchant's key that asked for it; the page must be signed with the same.
    pub serial: String,
}

/// How an order was paid.
#[derive(Clone, Serialize, Deserialize)]
pub struct Payment {
    /// The platform's number.
    pub transaction_id: String,
    /// When, unix seconds.
    pub paid_at: i64,
}

/// One order.
#[derive(Clone, Serialize, Deserialize)]
pub struct Order {
    /// The merchant's number.
    pub out_trade_no: String,
    /// The first request, against which each re-entry is compared.
    pub request: Value,
    /// Who may pay it.
    pub openid: String,
    /// Price in fen.
    pub total_fen: i64,
    /// Where notifications go.
    pub notify_url: String,
    /// Latest moment of payment, unix seconds.
    pub expires_at: i64,
    /// Every prepay id made for it, oldest first.
    pub prepays: Vec<Prepay>,
    /// State.
    pub state: TradeState,
    /// Set once paid.
    pub payment: Option<Payment>,
    /// Its refunds' numbers, oldest first.
    pub refunds: Vec<String>,
}

impl Order {
    /// What the payer reads.
    pub fn description(&self) -> &str {
        self.request["description"].as_str().unwrap_or_default()
    }

    /// A field of the first request.
    pub fn text(&self, name: &str) -> String {
        self.request[name].as_str().unwrap_or_default().to_owned()
    }

    /// The transaction as queries and notifications show it; fields of payment only when paid.
    pub fn transaction(&self) -> Value {
        let mut view = json!({
            "appid": self.request["appid"],
            "mchid": self.request["mchid"],
            "out_trade_no": self.out_trade_no,
            "trade_state": self.state.name(),
            "trade_state_desc": self.state.label(),
            "amount": { "total": self.total_fen, "currency": "CNY" },
        });
        if let Some(payment) = &self.payment {
            view["transaction_id"] = json!(payment.transaction_id);
            view["trade_type"] = json!("JSAPI");
            view["bank_type"] = json!("OTHERS");
            view["success_time"] = json!(beijing(payment.paid_at));
            view["payer"] = json!({ "openid": self.openid });
            view["amount"]["payer_total"] = json!(self.total_fen);
            view["amount"]["payer_currency"] = json!("CNY");
            if let Some(attach) = self.request.get("attach") {
                view["attach"] = attach.clone();
            }
        }
        view
    }
}

/// State of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefundState {
    /// Accepted, money under way.
    Processing,
    /// Money arrived.
    Success,
    /// The payer's card does not take it; a person has to act.
    Abnormal,
    /// Called off.
    Closed,
}

impl RefundState {
    /// Name on the wire; also the ending of the event type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Abnormal => "ABNORMAL",
            Self::Closed => "CLOSED",
        }
    }

    /// Summary of the notification.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Processing => "退款处理中",
            Self::Success => "退款成功",
            Self::Abnormal => "退款异常",
            Self::Closed => "退款关闭",
        }
    }
}

/// One refund.
#[derive(Clone, Serialize, Deserialize)]
pub struct Refund {
    /// The merchant's number.
    pub out_refund_no: String,
    /// The first request, against which a repetition is compared.
    pub request: Value,
    /// The platform's number.
    pub refund_id: String,
    /// The order it belongs to.
    pub out_trade_no: String,
    /// The order's number at the platform.
    pub transaction_id: String,
    /// Price of the order in fen.
    pub total_fen: i64,
    /// Money to give back in fen.
    pub refund_fen: i64,
    /// When it was accepted, unix seconds.
    pub made_at: i64,
    /// When it succeeded, unix seconds.
    pub succeeded_at: Option<i64>,
    /// State.
    pub state: RefundState,
    /// State in which it will end.
    pub ends_as: RefundState,
    /// Where notifications go, if anywhere.
    pub notify_url: Option<String>,
}

impl Refund {
    /// The refund as the refund call and the query show it.
    pub fn view(&self) -> Value {
        let mut view = json!({
            "refund_id": self.refund_id,
            "out_refund_no": self.out_refund_no,
            "transaction_id": self.transaction_id,
            "out_trade_no": self.out_trade_no,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": beijing(self.made_at),
            "status": self.state.name(),
            "funds_account": "AVAILABLE",
            "amount": {
                "total": self.total_fen, "refund": self.refund_fen, "from": [],
                "payer_total": self.total_fen, "payer_refund": self.refund_fen,
                "settlement_total": self.total_fen, "settlement_refund": self.refund_fen,
                "discount_refund": 0, "currency": "CNY",
            },
            "promotion_detail": [],
        });
        if let Some(at) = self.succeeded_at {
            view["success_time"] = json!(beijing(at));
        }
        view
    }

    /// The refund as its notification shows it: no app id, no trade state.
    pub fn notice(&self, mchid: &str) -> Value {
        let mut view = json!({
            "mchid": mchid,
            "out_trade_no": self.out_trade_no,
            "transaction_id": self.transaction_id,
            "out_refund_no": self.out_refund_no,
            "refund_id": self.refund_id,
            "refund_status": self.state.name(),
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": self.total_fen, "refund": self.refund_fen,
                "payer_total": self.total_fen, "payer_refund": self.refund_fen,
            },
        });
        if let Some(at) = self.succeeded_at {
            view["success_time"] = json!(beijing(at));
        }
        view
    }
}
