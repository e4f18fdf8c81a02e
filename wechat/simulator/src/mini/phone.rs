//! The number behind the code of a phone button.

use serde_json::{Value, json};

use super::{Result, body_of};
use crate::{app::App, call::Call, login::CodeRefusal};

/// `POST /wxa/business/getuserphonenumber`. Draws on the quota of `Settings::phone_quota`.
pub fn number(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    let mut world = app.world();
    if world.settings.phone_quota == Some(0) {
        return Err(1_400_001);
    }
    let code = body["code"].as_str().unwrap_or_default();
    let number = world.exchange_phone(code).map_err(|refusal| match refusal {
        CodeRefusal::Invalid => 40_029,
        CodeRefusal::Used => 40_163,
    })?;
    world.settings.phone_quota = world.settings.phone_quota.map(|left| left - 1);
    Ok(json!({
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": number,
            "purePhoneNumber": number,
            "countryCode": "86",
            "watermark": { "timestamp": world.now(), "appid": world.who.appid },
        },
    }))
}
