//! Requests that move money: checked once, then frozen as the exact bytes to store and to send.

use chrono::DateTime;
use serde::Serialize;

/// The platform's zone, in which it reads and writes times.
const BEIJING_OFFSET_S: i64 = 8 * 3600;
/// Earlier ends are stretched to this by the platform, so we would believe a wrong end.
const EXPIRY_MIN_S: i64 = 60;
/// Latest end the platform accepts (JSAPI下单, time_expire).
const EXPIRY_MAX_S: i64 = 90 * 24 * 3600;

/// An order for the payment page of a mini-program. Source: JSAPI/小程序下单.
#[derive(Debug, Clone)]
pub struct Prepay {
    /// Shown to the payer; 1 to 127 bytes. No personal names: rare characters are refused.
    pub description: String,
    /// 6 to 32 of `0-9A-Za-z_-|*`; unique in the merchant for ever.
    pub out_trade_no: String,
    /// Unix seconds; after this nobody can pay. 1 minute to 90 days ahead.
    pub expires_at: i64,
    /// Fen, at least 1.
    pub total_fen: i64,
    /// The payer, from the code exchange only. Nobody else can pay this order.
    pub openid: String,
    /// Comes back with the payment; 1 to 128 bytes, not secret.
    pub attach: Option<String>,
}

/// A refund of all or a part of one order. Source: 申请退款.
#[derive(Debug, Clone)]
pub struct RefundRequest {
    /// The paid order.
    pub out_trade_no: String,
    /// 1 to 64 of `0-9A-Za-z_-|*@`. The same number is the same refund: never a new one on repetition.
    pub out_refund_no: String,
    /// Shown to the payer; 1 to 80 bytes.
    pub reason: String,
    /// Fen, 1 to `total_fen`.
    pub refund_fen: i64,
    /// Fen; what the order cost, not what is left of it.
    pub total_fen: i64,
}

/// A request that the platform would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Invalid {
    /// Name of the field.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: InvalidReason,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReason {
    /// Empty, or shorter than the platform's minimum.
    #[error("too short")]
    TooShort,
    /// More bytes than allowed.
    #[error("longer than {max_bytes} bytes")]
    TooLong {
        /// The limit.
        max_bytes: usize,
    },
    /// A character beyond U+FFFF (the platform takes UTF-8 of 1 to 3 bytes), a control character, or
    /// a comma or back-tick, which would shift the columns of the bill.
    #[error("has a character that the platform or its bill cannot carry")]
    Character,
    /// An amount or time outside of its limits.
    #[error("outside of its limits")]
    OutOfRange,
}

/// Who we are, in every request.
pub(super) struct Merchant<'a> {
    pub(super) appid: &'a str,
    pub(super) mchid: &'a str,
    pub(super) notify_url: &'a str,
}

#[derive(Serialize)]
struct PrepayBody<'a> {
    appid: &'a str,
    mchid: &'a str,
    description: &'a str,
    out_trade_no: &'a str,
    time_expire: String,
    // The platform refuses JSON null: leave out what is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<&'a str>,
    notify_url: &'a str,
    amount: PrepayAmount,
    payer: Payer<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settle_info: Option<SettleInfo>,
}

#[derive(Serialize)]
struct SettleInfo {
    profit_sharing: bool,
}

#[derive(Serialize)]
struct PrepayAmount {
    total: i64,
    currency: &'static str,
}

#[derive(Serialize)]
struct Payer<'a> {
    openid: &'a str,
}

#[derive(Serialize)]
struct RefundBody<'a> {
    out_trade_no: &'a str,
    out_refund_no: &'a str,
    reason: &'a str,
    notify_url: &'a str,
    amount: RefundAmount,
}

#[derive(Serialize)]
struct RefundAmount {
    refund: i64,
    total: i64,
    currency: &'static str,
}

/// Checks and writes the body of a prepay call. `now` in unix seconds.
pub(super) fn freeze_prepay(prepay: &Prepay, merchant: &Merchant<'_>, now: i64) -> Result<String, Invalid> {
    prepay_body(prepay, merchant, now).map(|body| write(&body))
}

/// The same for an order whose money waits to be shared.
pub(super) fn freeze_prepay_to_share(
    prepay: &Prepay,
    merchant: &Merchant<'_>,
    now: i64,
) -> Result<String, Invalid> {
    let mut body = prepay_body(prepay, merchant, now)?;
    body.settle_info = Some(SettleInfo { profit_sharing: true });
    Ok(write(&body))
}

fn prepay_body<'a>(prepay: &'a Prepay, merchant: &Merchant<'a>, now: i64) -> Result<PrepayBody<'a>, Invalid> {
    check_text("description", &prepay.description, 127)?;
    check_out_trade_no(&prepay.out_trade_no)?;
    check_text("openid", &prepay.openid, 128)?;
    if let Some(attach) = &prepay.attach {
        check_text("attach", attach, 128)?;
    }
    check_range("total_fen", prepay.total_fen, 1, i64::from(i32::MAX))?;
    let latest = now.saturating_add(EXPIRY_MAX_S);
    check_range("expires_at", prepay.expires_at, now.saturating_add(EXPIRY_MIN_S), latest)?;
    Ok(PrepayBody {
        appid: merchant.appid,
        mchid: merchant.mchid,
        description: &prepay.description,
        out_trade_no: &prepay.out_trade_no,
        time_expire: beijing_time(prepay.expires_at)?,
        attach: prepay.attach.as_deref(),
        notify_url: merchant.notify_url,
        amount: PrepayAmount { total: prepay.total_fen, currency: "CNY" },
        payer: Payer { openid: &prepay.openid },
        settle_info: None,
    })
}

/// Checks and writes the body of a refund call.
pub(super) fn freeze_refund(refund: &RefundRequest, notify_url: &str) -> Result<String, Invalid> {
    check_out_trade_no(&refund.out_trade_no)?;
    check_out_refund_no(&refund.out_refund_no)?;
    check_text("reason", &refund.reason, 80)?;
    check_range("total_fen", refund.total_fen, 1, i64::from(i32::MAX))?;
    check_range("refund_fen", refund.refund_fen, 1, refund.total_fen)?;
    let body = RefundBody {
        out_trade_no: &refund.out_trade_no,
        out_refund_no: &refund.out_refund_no,
        reason: &refund.reason,
        notify_url,
        amount: RefundAmount { refund: refund.refund_fen, total: refund.total_fen, currency: "CNY" },
    };
    Ok(write(&body))
}

/// The body of a close call.
pub(super) fn close_body(mchid: &str) -> String {
    #[derive(Serialize)]
    struct CloseBody<'a> {
        mchid: &'a str,
    }
    write(&CloseBody { mchid })
}

/// A number for a path: percent-encodes what is not plain there, so that both sides sign one spelling.
pub(super) fn path_segment(number: &str) -> String {
    let mut segment = String::with_capacity(number.len());
    for byte in number.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_*@".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

pub(super) fn check_out_trade_no(number: &str) -> Result<(), Invalid> {
    check_number("out_trade_no", number, 6..=32, b"_-|*")
}

pub(super) fn check_out_refund_no(number: &str) -> Result<(), Invalid> {
    check_number("out_refund_no", number, 1..=64, b"_-|*@")
}

pub(super) fn check_number(
    field: &'static str,
    number: &str,
    length: std::ops::RangeInclusive<usize>,
    marks: &[u8],
) -> Result<(), Invalid> {
    let fail = |reason| Err(Invalid { field, reason });
    if number.len() < *length.start() {
        return fail(InvalidReason::TooShort);
    }
    if number.len() > *length.end() {
        return fail(InvalidReason::TooLong { max_bytes: *length.end() });
    }
    if !number.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte)) {
        return fail(InvalidReason::Character);
    }
    Ok(())
}

pub(super) fn check_text(field: &'static str, text: &str, max_bytes: usize) -> Result<(), Invalid> {
    let fail = |reason| Err(Invalid { field, reason });
    if text.is_empty() {
        return fail(InvalidReason::TooShort);
    }
    // The documents say "127" without a unit; bytes are the strictest reading.
    if text.len() > max_bytes {
        return fail(InvalidReason::TooLong { max_bytes });
    }
    let is_refused = |c: char| c > '\u{FFFF}' || c.is_control() || c == ',' || c == '`';
    if text.chars().any(is_refused) {
        return fail(InvalidReason::Character);
    }
    Ok(())
}

pub(super) fn check_range(field: &'static str, value: i64, least: i64, most: i64) -> Result<(), Invalid> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(Invalid { field, reason: InvalidReason::OutOfRange })
    }
}

/// RFC 3339 with `+08:00`, from unix seconds.
fn beijing_time(unix_s: i64) -> Result<String, Invalid> {
    let local = unix_s.checked_add(BEIJING_OFFSET_S).and_then(|s| DateTime::from_timestamp(s, 0));
    let local = local.ok_or(Invalid { field: "expires_at", reason: InvalidReason::OutOfRange })?;
    Ok(local.format("%Y-%m-%dT%H:%M:%S+08:00").to_string())
}

pub(super) fn write(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("structs of texts and integers always serialise")
}
