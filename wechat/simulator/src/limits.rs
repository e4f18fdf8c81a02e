//! The field tables of prepay, close and refund, and the limits that are more than a length.

use serde_json::Value;

use crate::{
    refusal::Refusal,
    schema::{Field, Kind, Letters, may, must, text},
};

/// Body of `POST /v3/pay/transactions/jsapi`.
pub static PREPAY: &[Field] = &[
    must("appid", text(32)),
    must("mchid", text(32)),
    must("description", text(127)),
    must("out_trade_no", Kind::Text { min: 6, max: 32, letters: Letters::Plain("_-|*") }),
    may("time_expire", text(64)),
    may("attach", text(128)),
    must("notify_url", text(255)),
    may("goods_tag", text(32)),
    may("support_fapiao", Kind::Truth),
    must(
        "amount",
        Kind::Object(&[must("total", Kind::Whole { min: 1 }), may("currency", Kind::Only("CNY"))]),
    ),
    must("payer", Kind::Object(&[must("openid", text(128)), may("identity", Kind::Object(IDENTITY))])),
    may("detail", Kind::Object(DETAIL)),
    may("scene_info", Kind::Object(SCENE)),
    may("settle_info", Kind::Object(&[may("profit_sharing", Kind::Truth)])),
];

/// Body of the close call.
pub static CLOSE: &[Field] = &[must("mchid", text(32))];

/// Body of `POST /v3/refund/domestic/refunds`.
pub static REFUND: &[Field] = &[
    may("transaction_id", text(32)),
    may("out_trade_no", Kind::Text { min: 6, max: 32, letters: Letters::Plain("_-|*") }),
    must("out_refund_no", Kind::Text { min: 1, max: 64, letters: Letters::Plain("_-|*@") }),
    may("reason", text(80)),
    may("notify_url", text(256)),
    may("funds_account", Kind::Only("AVAILABLE")),
    must("amount", Kind::Object(REFUND_AMOUNT)),
    may("goods_detail", Kind::List { max: 6000, of: REFUND_GOODS }),
];

static IDENTITY: &[Field] = &[must("type", text(32)), must("number", text(512)), must("name", text(512))];

static DETAIL: &[Field] = &[
    may("cost_price", Kind::Whole { min: 0 }),
    may("invoice_id", text(32)),
    may("goods_detail", Kind::List { max: 6000, of: GOODS }),
];

static GOODS: &[Field] = &[
    must("merchant_goods_id", text(32)),
    may("wechatpay_goods_id", text(32)),
    may("goods_name", text(256)),
    must("quantity", Kind::Whole { min: 1 }),
    must("unit_price", Kind::Whole { min: 0 }),
];

static SCENE: &[Field] =
    &[must("payer_client_ip", text(45)), may("device_id", text(32)), may("store_info", Kind::Object(STORE))];

static STORE: &[Field] =
    &[must("id", text(32)), may("name", text(256)), may("area_code", text(32)), may("address", text(512))];

static REFUND_AMOUNT: &[Field] = &[
    must("refund", Kind::Whole { min: 1 }),
    must("total", Kind::Whole { min: 1 }),
    must("currency", Kind::Only("CNY")),
    may("from", Kind::List { max: 10, of: REFUND_FROM }),
];

static REFUND_FROM: &[Field] = &[must("account", text(32)), must("amount", Kind::Whole { min: 1 })];

static REFUND_GOODS: &[Field] = &[
    must("merchant_goods_id", text(32)),
    may("wechatpay_goods_id", text(32)),
    may("goods_name", text(256)),
    must("unit_price", Kind::Whole { min: 0 }),
    must("refund_amount", Kind::Whole { min: 0 }),
    must("refund_quantity", Kind::Whole { min: 1 }),
];

/// Refuses a notify address that the platform would refuse: https and no query.
///
/// One thing is laxer than the platform: plain http is taken when the host is this machine, because a demo has no
/// certificate.
pub fn check_notify_url(url: &str) -> Result<(), Refusal> {
    let refuse = |issue: &str| Err(Refusal::field("/notify_url", &Value::from(url), issue));
    if url.contains('?') || url.contains('#') {
        return refuse("不能携带参数");
    }
    if url.starts_with("https://") || is_this_machine(url) {
        Ok(())
    } else {
        refuse("必须是 https 地址")
    }
}

/// Whether an http or https address points to this machine.
pub fn is_this_machine(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|digit| digit.is_ascii_digit()) => host,
        _ => authority,
    };
    host == "localhost"
        || host == "[::1]"
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}
