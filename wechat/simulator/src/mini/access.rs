//! Who logged in, and access tokens.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Result, body_of};
use crate::{app::App, call::Call, crypto::derived, keys::APP_SECRET, login::CodeRefusal};

/// Logins of one person in a minute.
const LOGINS_A_MINUTE: u32 = 100;
/// Stable tokens in a minute.
const TOKENS_A_MINUTE: u32 = 10_000;

/// `GET /sns/jscode2session`.
pub fn session(app: &App, call: &Call) -> Result<Value> {
    let query = |name: &str| call.query.get(name).map_or("", String::as_str);
    check_app(app, query("appid"), query("secret"))?;
    if query("grant_type") != "authorization_code" {
        return Err(40_002);
    }
    let code = query("js_code");
    if code.is_empty() {
        return Err(41_008);
    }
    let mut world = app.world();
    let openid = world.exchange(code).map_err(|refusal| match refusal {
        CodeRefusal::Invalid => 40_029,
        CodeRefusal::Used => 40_163,
    })?;
    if !world.meter(&format!("login {openid}"), LOGINS_A_MINUTE) {
        return Err(45_011);
    }
    let key = STANDARD.encode(&derived(world.seed, "session key", code)[..16]);
    world.logins.session_keys.insert(openid.clone(), key.clone());
    // As on the platform, success carries no errcode.
    Ok(json!({ "openid": openid, "session_key": key }))
}

/// `GET /cgi-bin/token`.
pub fn plain_token(app: &App, call: &Call) -> Result<Value> {
    let query = |name: &str| call.query.get(name).map_or("", String::as_str);
    if query("grant_type") != "client_credential" {
        return Err(40_002);
    }
    check_app(app, query("appid"), query("secret"))?;
    let (token, expires_in) = app.world().plain_token();
    Ok(json!({ "access_token": token, "expires_in": expires_in }))
}

/// `POST /cgi-bin/stable_token`.
pub fn stable_token(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    if body["grant_type"] != json!("client_credential") {
        return Err(40_002);
    }
    check_app(app, body["appid"].as_str().unwrap_or_default(), body["secret"].as_str().unwrap_or_default())?;
    if !app.world().meter("stable_token", TOKENS_A_MINUTE) {
        return Err(45_011);
    }
    let is_forced = body["force_refresh"].as_bool().unwrap_or(false);
    let (token, expires_in) = app.world().stable_token(is_forced)?;
    Ok(json!({ "access_token": token, "expires_in": expires_in }))
}

fn check_app(app: &App, appid: &str, secret: &str) -> Result<()> {
    match (appid == app.world().who.appid, secret == APP_SECRET) {
        (false, _) => Err(40_013),
        (true, false) => Err(40_125),
        (true, true) => Ok(()),
    }
}

/// `GET /wxa/checksession`: the signature is an HMAC of nothing, keyed with the session key as text.
pub fn check_session(app: &App, call: &Call) -> Result<Value> {
    let query = |name: &str| call.query.get(name).map_or("", String::as_str);
    if query("sig_method") != "hmac_sha256" {
        return Err(40_097);
    }
    let world = app.world();
    let keys = world.logins.session_keys.get(query("openid")).ok_or(40_003_i64)?;
    if hmac_hex(keys.as_bytes()) == query("signature") {
        Ok(json!({ "errcode": 0, "errmsg": "ok" }))
    } else {
        Err(87_009)
    }
}

fn hmac_hex(key: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"");
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
