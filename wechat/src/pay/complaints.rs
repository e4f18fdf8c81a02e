//! Complaints of payers, as the platform keeps them. Source: 消费者投诉2.0.
//!
//! A notification only names a complaint ([`super::Complaint`]); what it is about is asked for here.

use serde::{Deserialize, Serialize};

use super::answer::unix_seconds;
use super::gateway::{Call, Kind};
use super::request::{check_number, path_segment, write};
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
    /// State.
    pub state: ComplaintState,
    /// Our numbers of the orders it is about.
    pub out_trade_nos: Vec<String>,
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
    #[serde(default)]
    complaint_order_info: Vec<OrderWire>,
}

#[derive(Deserialize)]
struct OrderWire {
    out_trade_no: String,
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
        let wire: Wire = serde_json::from_slice(&body).map_err(|_| PayError::malformed(200))?;
        if wire.complaint_id != complaint_id {
            return Err(PayError::malformed(200));
        }
        Ok(ComplaintDetail {
            complaint_id: wire.complaint_id,
            made_at: unix_seconds(wire.complaint_time.as_deref()),
            words: wire.complaint_detail,
            state: match wire.complaint_state.as_str() {
                "PENDING" => ComplaintState::Pending,
                "PROCESSING" => ComplaintState::Processing,
                "PROCESSED" => ComplaintState::Processed,
                _ => ComplaintState::Other,
            },
            out_trade_nos: wire.complaint_order_info.into_iter().map(|order| order.out_trade_no).collect(),
        })
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

fn target(complaint_id: &str, act: &str) -> Result<String, PayError> {
    check_number("complaint_id", complaint_id, 1..=64, b"")?;
    Ok(format!("{COMPLAINTS}/{}{act}", path_segment(complaint_id)))
}
