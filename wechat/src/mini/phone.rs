//! The phone number behind the code of a phone button. Source: 获取手机号 (0.03 yuan per success).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{MiniError, MiniProgram};

/// A person's phone number. Personal: it does not show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// Without the country code, such as `13800000000`.
    pub number: String,
    /// Digits only, such as `86`.
    pub country_code: String,
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PhoneNumber(…)")
    }
}

#[derive(Serialize)]
struct Asked<'a> {
    code: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    phone_info: Info,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    pure_phone_number: String,
    // A number in some answers, a text in others.
    country_code: serde_json::Value,
    watermark: Watermark,
}

#[derive(Deserialize)]
struct Watermark {
    appid: String,
}

impl MiniProgram {
    /// Exchanges the code of a phone button (5 minutes, single use; not the login code) for the number.
    ///
    /// Each success costs money: ask once and store. Not repeated once it left, the code is spent.
    /// Refuses: `InvalidCode`, `QuotaUsedUp`; then let people type their number.
    pub async fn phone_number(&self, code: &str) -> Result<PhoneNumber, MiniError> {
        if code.is_empty() {
            return Err(MiniError::InvalidCode);
        }
        let answer: Answer = self.post("/wxa/business/getuserphonenumber", &Asked { code }).await?;
        let info = answer.phone_info;
        if info.watermark.appid != self.appid() {
            return Err(MiniError::Refused { errcode: 0, message: "a number of another app".to_owned() });
        }
        let country_code = match info.country_code {
            serde_json::Value::String(code) => code,
            other => other.to_string(),
        };
        Ok(PhoneNumber { number: info.pure_phone_number, country_code })
    }
}
