//! Complaints of payers, as the platform keeps them. Source: 消费者投诉2.0.
//!
//! A notification only names a complaint ([`super::Complaint`]); what it is about is asked for here.

use serde::{Deserialize, Serialize};

use super::answer::unix_seconds;
use super::gateway::{Call, Kind};
use super::request::{Invalid, check_number, path_segment, write};
use super::{Pay, PayError};
use crate::ConfigError;

/// Longest answer to a payer.
const WORDS_MAX_BYTES: usize = 600;
const COMPLAINTS: &str = "/v3/merchant-service/complaints-v2";

/// What a payer complains about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintDetail {
    /// The platform's number.
    pub complaint_id: String,
    /// Unix seconds.
    pub made_at: Option<i64>,
    /// The payer's words. Personal: show them to the desk only.
    pub words: String,
    /// The payer's phone, opened with the merchant's key. Personal.
    pub payer_phone: Option<String>,
    /// State.
    pub state: ComplaintState,
    /// Our numbers of the orders it is about.
    pub out_trade_nos: Vec<String>,
}

/// One step of a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintStep {
    /// Who, in the platform's words.
    pub by: String,
    /// Unix seconds.
    pub at: Option<i64>,
    /// What was said or done.
    pub words: String,
}

/// Where a complaint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ComplaintState {
    /// Nobody answered yet. The platform counts the hours: answer within 24.
    Pending,
    /// Answered, not closed.
    Processing,
    /// Closed.
    Processed,
    /// A state of the future.
    Other,
}

#[derive(Deserialize)]
struct Wire {
    complaint_id: String,
    complaint_time: Option<String>,
    #[serde(default)]
    complaint_detail: String,
    complaint_state: String,
    payer_phone: Option<String>,
    #[serde(default)]
    complaint_order_info: Vec<OrderWire>,
}

#[derive(Deserialize)]
struct OrderWire {
    out_trade_no: String,
}

#[derive(Deserialize)]
struct HistoryWire {
    #[serde(default)]
    data: Vec<StepWire>,
}

#[derive(Deserialize)]
struct StepWire {
    #[serde(default)]
    operator: String,
    operate_time: Option<String>,
    #[serde(default)]
    operate_details: String,
}

#[derive(Serialize)]
struct Address<'a> {
    url: &'a str,
}

#[derive(Serialize)]
struct Response<'a> {
    complainted_mchid: &'a str,
    response_content: &'a str,
}

#[derive(Serialize)]
struct Done<'a> {
    complainted_mchid: &'a str,
}

impl Pay {
    /// Asks what a complaint is about.
    pub async fn complaint(&self, complaint_id: &str) -> Result<ComplaintDetail, PayError> {
        let target = target(complaint_id, "")?;
        let body = self.0.gateway.call(Call::get(Kind::OtherQuery, &target)).await?;
        let wire: Wire = crate::json::read(&body).map_err(|_| PayError::malformed(200))?;
        if wire.complaint_id != complaint_id {
            return Err(PayError::malformed(200));
        }
        Ok(ComplaintDetail {
            complaint_id: wire.complaint_id,
            made_at: unix_seconds(wire.complaint_time.as_deref()),
            words: wire.complaint_detail,
            payer_phone: wire.payer_phone.and_then(|sealed| self.0.gateway.merchant.open(&sealed)),
            state: match wire.complaint_state.as_str() {
                "PENDING" => ComplaintState::Pending,
                "PROCESSING" => ComplaintState::Processing,
                "PROCESSED" => ComplaintState::Processed,
                _ => ComplaintState::Other,
            },
            out_trade_nos: wire.complaint_order_info.into_iter().map(|order| order.out_trade_no).collect(),
        })
    }

    /// What was said since, the oldest first; at most 50 steps.
    pub async fn complaint_history(&self, complaint_id: &str) -> Result<Vec<ComplaintStep>, PayError> {
        let target = target(complaint_id, "/negotiation-historys?limit=50&offset=0")?;
        let body = self.0.gateway.call(Call::get(Kind::OtherQuery, &target)).await?;
        let wire: HistoryWire = crate::json::read(&body).map_err(|_| PayError::malformed(200))?;
        let step = |wire: StepWire| ComplaintStep {
            by: wire.operator,
            at: unix_seconds(wire.operate_time.as_deref()),
            words: wire.operate_details,
        };
        let mut steps: Vec<ComplaintStep> = wire.data.into_iter().take(50).map(step).collect();
        // The platform lists the newest first, or not: the time decides.
        steps.sort_by_key(|step| step.at);
        Ok(steps)
    }

    /// Has the platform tell complaints at this address: https, no query, at most 255 characters. May be repeated.
    pub async fn tell_complaints_to(&self, url: &str) -> Result<(), PayError> {
        super::check_notify_url("url", url)?;
        let body = write(&Address { url });
        let target = "/v3/merchant-service/complaint-notifications";
        self.0.gateway.call(Call::post(Kind::Other, target, &body)).await?;
        Ok(())
    }

    /// Answers the payer; 1 to 600 bytes without rare characters. Not repeated by itself: the payer would read it
    /// twice.
    pub async fn answer_complaint(&self, complaint_id: &str, words: &str) -> Result<(), PayError> {
        if words.is_empty() || words.len() > WORDS_MAX_BYTES || words.chars().any(|c| c > '\u{FFFF}') {
            return Err(
                ConfigError::new("words", "must have 1 to 600 bytes, no character beyond U+FFFF").into()
            );
        }
        let body = write(&Response { complainted_mchid: &self.0.gateway.mchid, response_content: words });
        let target = target(complaint_id, "/response")?;
        self.0.gateway.call(Call::post(Kind::Once, &target, &body)).await?;
        Ok(())
    }

    /// Tells the platform that a complaint is settled.
    pub async fn complete_complaint(&self, complaint_id: &str) -> Result<(), PayError> {
        let body = write(&Done { complainted_mchid: &self.0.gateway.mchid });
        let target = target(complaint_id, "/complete")?;
        self.0.gateway.call(Call::post(Kind::Other, &target, &body)).await?;
        Ok(())
    }
}

/// 1 to 64 letters and digits.
pub(super) fn check_complaint_id(complaint_id: &str) -> Result<(), Invalid> {
    check_number("complaint_id", complaint_id, 1..=64, b"")
}

fn target(complaint_id: &str, act: &str) -> Result<String, PayError> {
    check_complaint_id(complaint_id)?;
    Ok(format!("{COMPLAINTS}/{}{act}", path_segment(complaint_id)))
}
