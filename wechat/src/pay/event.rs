//! Notifications that are neither payments nor refunds, read when a caller asks for them.

use serde::Deserialize;

use super::complaints::check_complaint_id;
use super::notification::{Notification, NotificationContent};

const COMPLAINTS: &str = "COMPLAINT.";

/// A complaint of a payer, or a change of one. Source: 消费者投诉2.0, 投诉通知回调. Opens a case for the desk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Complaint {
    /// The platform's number.
    pub complaint_id: String,
    /// `CREATE_COMPLAINT`, `CONTINUE_COMPLAINT`, `USER_RESPONSE`, …: what happened to it.
    #[serde(default)]
    pub action_type: String,
}

/// How a transfer ended. Source: 商家转账, 回调通知.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TransferNotice {
    /// Our number.
    pub out_bill_no: String,
    /// The platform's number.
    #[serde(default)]
    pub transfer_bill_no: String,
    /// `SUCCESS`, `FAIL` or `CANCELLED`.
    pub state: String,
    /// Fen.
    #[serde(rename = "transfer_amount")]
    pub amount_fen: i64,
    /// Who was to receive it.
    #[serde(default)]
    pub openid: String,
    /// Why not, if it failed.
    pub fail_reason: Option<String>,
}

/// A share that arrived. Sent to receivers only. Source: 分账动账通知.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ShareNotice {
    /// The payment that was shared.
    pub transaction_id: String,
    /// The number of the share.
    pub out_order_no: String,
}

impl Notification {
    /// Whether it is about a complaint: `COMPLAINT.CREATE` and `COMPLAINT.STATE_CHANGE`.
    pub fn is_complaint(&self) -> bool {
        self.event_type.starts_with(COMPLAINTS)
    }

    /// The complaint it is about; `None` also for one without a number of the documented form, of which nothing can be asked.
    pub fn complaint(&self) -> Option<Complaint> {
        let said: Complaint = self.read(COMPLAINTS)?;
        check_complaint_id(&said.complaint_id).ok().map(|()| said)
    }

    /// `MCHTRANSFER.BILL.FINISHED`.
    pub fn transfer(&self) -> Option<TransferNotice> {
        self.read("MCHTRANSFER.BILL.")
    }

    /// `PROFITSHARING.SUCCESS` and `PROFITSHARING.RETURN`.
    pub fn share(&self) -> Option<ShareNotice> {
        self.read("PROFITSHARING.")
    }

    fn read<T: for<'a> Deserialize<'a>>(&self, events: &str) -> Option<T> {
        match &self.content {
            NotificationContent::Other(value) if self.event_type.starts_with(events) => {
                serde_json::from_value(value.clone()).ok()
            }
            _ => None,
        }
    }
}
