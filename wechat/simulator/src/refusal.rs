//! How WeChat Pay says no: an HTTP status, a code, a text, and an inner code inside `Request-ID`.

use serde_json::{Value, json};

/// A refused call.
#[derive(Debug)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The code in the body, on which callers decide.
    pub code: &'static str,
    /// Text for people; may echo input.
    pub message: String,
    /// Number after the last `-` of `Request-ID`.
    pub inner: u64,
    /// Which field is wrong and how.
    pub detail: Option<Value>,
}

/// Inner codes named in the platform's trouble-shooting handbook (1.8 of the design notes).
pub mod inner {
    /// No such order.
    pub const NO_ORDER: u64 = 268_512_771;
    /// Bad parameter.
    pub const PARAMETER: u64 = 268_435_461;
    /// Already paid, seen by prepay.
    pub const PAID: u64 = 268_449_538;
    /// Already paid, seen by close.
    pub const PAID_AT_CLOSE: u64 = 268_498_689;
    /// A field that the interface does not know.
    pub const EXTRA_PARAMETER: u64 = 270_924_358;
    /// The merchant does not own this order.
    pub const NOT_YOUR_ORDER: u64 = 268_447_843;
    /// Order expired or closed.
    pub const CLOSED: u64 = 268_447_914;
    /// The signature does not fit.
    pub const SIGNATURE: u64 = 268_443_699;
    /// The payer's openid is missing or of another app.
    pub const OPENID: u64 = 268_501_013;
    /// The same number with other parameters.
    pub const REENTRY: u64 = 268_498_688;
    /// App id and merchant do not belong together.
    pub const NOT_BOUND: u64 = 268_445_527;
    /// A value is out of its range.
    pub const RANGE: u64 = 268_435_464;
    /// Too frequent.
    pub const FREQUENT: u64 = 268_447_840;
}

impl Refusal {
    /// A refusal without detail.
    pub fn new(status: u16, code: &'static str, inner: u64, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), inner, detail: None }
    }

    /// 400 `INVALID_REQUEST`.
    pub fn invalid(inner: u64, message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_REQUEST", inner, message)
    }

    /// 400 `PARAM_ERROR` about one field of the body, named by a JSON pointer.
    pub fn field(pointer: &str, value: &Value, issue: &str) -> Self {
        Self::place("body", pointer, value, issue)
    }

    /// 400 `PARAM_ERROR` about one query parameter.
    pub fn query(name: &str, value: Option<&String>, issue: &str) -> Self {
        Self::place("query", name, &json!(value.map_or("", String::as_str)), issue)
    }

    /// The same refusal with another inner code.
    pub fn with_inner(mut self, inner: u64) -> Self {
        self.inner = inner;
        self
    }

    /// 401 `SIGN_ERROR`.
    pub fn signature(message: impl Into<String>) -> Self {
        Self::new(401, "SIGN_ERROR", inner::SIGNATURE, message)
    }

    /// 413 for a body that was not read.
    pub fn too_long() -> Self {
        Self::new(413, "PARAM_ERROR", inner::PARAMETER, "请求报文过长")
    }

    /// 404 for an order nobody made.
    pub fn no_order() -> Self {
        Self::new(404, "ORDER_NOT_EXIST", inner::NO_ORDER, "订单不存在")
    }

    /// 404 for other things.
    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(404, "RESOURCE_NOT_EXISTS", inner::NO_ORDER, message)
    }

    /// Body of the answer.
    pub fn body(&self) -> Value {
        let mut body = json!({ "code": self.code, "message": self.message });
        if let Some(detail) = &self.detail {
            body["detail"] = detail.clone();
        }
        body
    }

    fn place(location: &str, field: &str, value: &Value, issue: &str) -> Self {
        let mut refusal =
            Self::new(400, "PARAM_ERROR", inner::PARAMETER, format!("参数错误：{field} {issue}"));
        refusal.detail =
            Some(json!({ "field": field, "value": value, "issue": issue, "location": location }));
        refusal
    }
}
