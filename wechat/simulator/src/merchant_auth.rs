//! Verifies the merchant: the headers that v3 demands and the RSA signature over the raw request.

use std::collections::HashMap;

use crate::{
    app::App,
    call::Call,
    crypto::is_signed_by,
    refusal::{Refusal, inner},
    reply::SCHEME,
};

/// Seconds that the merchant's clock may be off.
const TOLERANCE_S: u64 = 300;

/// Refuses a request that the platform would not let in; gives the serial of the key that signed it.
pub fn check(app: &App, call: &Call) -> Result<String, Refusal> {
    check_headers(call)?;
    let given = authorization(call.header("authorization"))?;
    let part = |name: &str| {
        given.get(name).copied().ok_or_else(|| Refusal::signature(format!("Authorization 缺少 {name}")))
    };
    let (nonce, timestamp) = (part("nonce_str")?, part("timestamp")?);
    if part("mchid")? != app.world().who.mchid {
        return Err(Refusal::signature("商户号不存在"));
    }
    let serial = part("serial_no")?;
    let unknown = || Refusal::signature("商户证书序列号有误");
    let key = app.keys.merchant_public(serial).ok_or_else(unknown)?;
    if !app.world().keys.lets_in(serial) {
        return Err(unknown());
    }
    if nonce.is_empty() || nonce.len() > 32 {
        return Err(Refusal::signature("nonce_str 长度应为 1 至 32"));
    }
    let at: i64 = timestamp.parse().map_err(|_| Refusal::signature("timestamp 不是整数"))?;
    let now = app.world().now();
    if at.abs_diff(now) > TOLERANCE_S {
        return Err(Refusal::signature(
            "Http 头 Authorization 中的 timestamp 与发起请求的时间不得超过 5 分钟",
        ));
    }
    let mut message = format!("{}\n{}\n{timestamp}\n{nonce}\n", call.method, call.target).into_bytes();
    message.extend_from_slice(&call.body);
    message.push(b'\n');
    if !is_signed_by(key, &message, part("signature")?) {
        return Err(Refusal::signature("签名错误，请检查后再试"));
    }
    let mut world = app.world();
    if !world.is_fresh_nonce(nonce) && world.settings.strict_nonce {
        return Err(Refusal::signature("nonce_str 重复"));
    }
    Ok(serial.to_owned())
}

fn check_headers(call: &Call) -> Result<(), Refusal> {
    let (accept, agent) = (call.header("accept"), call.header("user-agent"));
    if accept.is_empty() || agent.is_empty() {
        let message = "Http 头缺少 Accept 或 User-Agent";
        return Err(Refusal::invalid(inner::PARAMETER, message));
    }
    if !(accept.contains("application/json") || accept.contains("*/*")) {
        return Err(Refusal::invalid(inner::PARAMETER, "Http 头 Accept 必须包含 application/json"));
    }
    if !call.body.is_empty() && !call.header("content-type").starts_with("application/json") {
        return Err(Refusal::invalid(inner::PARAMETER, "Http 头 Content-Type 必须是 application/json"));
    }
    Ok(())
}

/// Splits `WECHATPAY2-SHA256-RSA2048 name="value",...`; the order of the parts does not matter.
fn authorization(header: &str) -> Result<HashMap<&str, &str>, Refusal> {
    let wrong =
        || Refusal::signature("Http 头 Authorization 值格式错误，请参考《微信支付商户 REST API 签名规则》");
    let parts = header.strip_prefix(SCHEME).and_then(|rest| rest.strip_prefix(' ')).ok_or_else(wrong)?;
    parts
        .split(',')
        .map(|part| {
            let (name, value) = part.trim().split_once('=').ok_or_else(wrong)?;
            let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(wrong)?;
            Ok((name, value))
        })
        .collect()
}
