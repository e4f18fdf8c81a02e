//! Answers and decrypted notifications as types. New fields and new states must not break them.

use chrono::DateTime;
use serde::Deserialize;

/// An order as the platform sees it. Source: 查询订单, 支付成功通知.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The mini-program that ordered; compare it with your own.
    pub appid: String,
    /// The merchant; compare it with your own.
    pub mchid: String,
    /// Our number.
    pub out_trade_no: String,
    /// The platform's number; only paid orders have one.
    pub transaction_id: Option<String>,
    /// State.
    pub trade_state: TradeState,
    /// Unix seconds; only paid orders.
    pub success_at: Option<i64>,
    /// Who paid; only paid orders.
    pub openid: Option<String>,
    /// Fen; what was ordered. Compare this with your order.
    pub total_fen: Option<i64>,
    /// Fen; what the payer gave. Less than `total_fen` with coupons of the platform.
    pub payer_total_fen: Option<i64>,
    /// `CNY`.
    pub currency: Option<String>,
}

/// State of an order: `NotPay → Success → Refund` or `NotPay → Closed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TradeState {
    /// Paid.
    Success,
    /// Paid, and some refund exists: maybe partial, maybe failed. Ask for the refund.
    Refund,
    /// Not paid yet.
    NotPay,
    /// Closed; nobody can pay any more.
    Closed,
    /// A state of other products or of the future: treat it as pending.
    Other,
}

/// A refund as the platform sees it. Source: 查询单笔退款, 退款结果通知.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundState {
    /// Our number.
    pub out_refund_no: String,
    /// The platform's number.
    pub refund_id: String,
    /// Our number of the order. Every answer and notification names it: compare it with your own.
    pub out_trade_no: Option<String>,
    /// The platform's number of the payment. Every answer and notification names it: compare it with the payment's.
    pub transaction_id: Option<String>,
    /// State. An accepted request is `Processing`, not done.
    pub status: RefundStatus,
    /// Fen.
    pub refund_fen: i64,
    /// Fen; what the order cost.
    pub total_fen: i64,
    /// `CNY`; not in notifications.
    pub currency: Option<String>,
    /// Unix seconds; only when done.
    pub success_at: Option<i64>,
    /// The merchant; only in notifications. Compare it with your own.
    pub mchid: Option<String>,
}

/// State of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// The payer has the money.
    Success,
    /// Given up by the platform.
    Closed,
    /// Accepted, on its way.
    Processing,
    /// The payer's card or account is gone: an operator must choose another way.
    Abnormal,
    /// A state of the future: treat it as processing.
    Other,
}

#[derive(Deserialize)]
struct TransactionWire {
    appid: String,
    mchid: String,
    out_trade_no: String,
    transaction_id: Option<String>,
    trade_state: String,
    success_time: Option<String>,
    payer: Option<PayerWire>,
    amount: Option<AmountWire>,
}

#[derive(Deserialize)]
struct PayerWire {
    openid: Option<String>,
}

#[derive(Deserialize)]
struct AmountWire {
    total: Option<i64>,
    payer_total: Option<i64>,
    currency: Option<String>,
}

#[derive(Deserialize)]
struct RefundWire {
    out_refund_no: String,
    refund_id: String,
    out_trade_no: Option<String>,
    transaction_id: Option<String>,
    mchid: Option<String>,
    // Answers say `status`, notifications say `refund_status`.
    #[serde(alias = "refund_status")]
    status: String,
    success_time: Option<String>,
    amount: RefundAmountWire,
}

#[derive(Deserialize)]
struct RefundAmountWire {
    total: i64,
    refund: i64,
    currency: Option<String>,
}

/// Reads a transaction; `None` if it is not one.
pub(super) fn read_transaction(json: &[u8]) -> Option<Transaction> {
    let wire: TransactionWire = crate::json::read(json).ok()?;
    let (total_fen, payer_total_fen, currency) =
        wire.amount.map_or((None, None, None), |amount| (amount.total, amount.payer_total, amount.currency));
    Some(Transaction {
        appid: wire.appid,
        mchid: wire.mchid,
        out_trade_no: wire.out_trade_no,
        transaction_id: wire.transaction_id.filter(|id| !id.is_empty()),
        trade_state: match wire.trade_state.as_str() {
            "SUCCESS" => TradeState::Success,
            "REFUND" => TradeState::Refund,
            "NOTPAY" => TradeState::NotPay,
            "CLOSED" => TradeState::Closed,
            _ => TradeState::Other,
        },
        success_at: unix_seconds(wire.success_time.as_deref()),
        openid: wire.payer.and_then(|payer| payer.openid).filter(|openid| !openid.is_empty()),
        total_fen,
        payer_total_fen,
        currency,
    })
}

/// Reads a refund; `None` if it is not one.
pub(super) fn read_refund(json: &[u8]) -> Option<RefundState> {
    let wire: RefundWire = crate::json::read(json).ok()?;
    Some(RefundState {
        out_refund_no: wire.out_refund_no,
        refund_id: wire.refund_id,
        out_trade_no: wire.out_trade_no,
        transaction_id: wire.transaction_id.filter(|id| !id.is_empty()),
        status: match wire.status.as_str() {
            "SUCCESS" => RefundStatus::Success,
            "CLOSED" => RefundStatus::Closed,
            "PROCESSING" => RefundStatus::Processing,
            "ABNORMAL" => RefundStatus::Abnormal,
            _ => RefundStatus::Other,
        },
        refund_fen: wire.amount.refund,
        total_fen: wire.amount.total,
        currency: wire.amount.currency,
        success_at: unix_seconds(wire.success_time.as_deref()),
        mchid: wire.mchid,
    })
}

/// RFC 3339, with or without fractions. A time that cannot be read must not hide a payment: `None`.
pub(super) fn unix_seconds(text: Option<&str>) -> Option<i64> {
    DateTime::parse_from_rfc3339(text?).ok().map(|time| time.timestamp())
}
