//! Fetching the bills of a day. Source: 申请交易账单, 申请资金账单, 下载账单.

use std::time::Duration;

use chrono::NaiveDate;
use serde::Deserialize;
use tokio::time::Instant;

use super::gateway::{Call, Kind, api_error};
use super::{ErrorCode, Pay, PayError};
use crate::ConfigError;
use crate::bill::{BillError, BillFile};
use crate::http::send_for_file;
use crate::route::Passage;

/// A packed bill longer than this is given up: about a million rows.
const PACKED_MAX_BYTES: usize = 64 * 1024 * 1024;
/// A file may take as long as its length needs, while it never is silent for as long as a call may last; this is the end.
const DOWNLOAD_WITHIN: Duration = Duration::from_secs(15 * 60);
/// Where files lie; anything else in an answer is not followed.
const DOWNLOADS: &str = "/v3/billdownload/";

/// Which account of the merchant a fund bill is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Where payments arrive (BASIC).
    Basic,
    /// OPERATION.
    Operation,
    /// FEES.
    Fees,
}

/// What there is about a day.
pub enum Bill {
    /// The file, checked against its hash.
    Ready(BillFile),
    /// No trade on that day: normal.
    NoTrade,
    /// Not made yet; from about 10:00 of the next day.
    NotYet,
}

#[derive(Deserialize)]
struct Address {
    hash_type: String,
    hash_value: String,
    download_url: String,
}

impl Pay {
    /// The trade bill of a day of Beijing: all payments, and refunds by the day they were asked for.
    pub async fn trade_bill(&self, day: NaiveDate) -> Result<Bill, PayError> {
        let day = day.format("%Y-%m-%d");
        self.bill(&format!("/v3/bill/tradebill?bill_date={day}&bill_type=ALL&tar_type=GZIP")).await
    }

    /// The fund bill of a day of Beijing: every movement on one account.
    pub async fn fund_bill(&self, day: NaiveDate, account: Account) -> Result<Bill, PayError> {
        let account = match account {
            Account::Basic => "BASIC",
            Account::Operation => "OPERATION",
            Account::Fees => "FEES",
        };
        let day = day.format("%Y-%m-%d");
        let target = format!("/v3/bill/fundflowbill?bill_date={day}&account_type={account}&tar_type=GZIP");
        self.bill(&target).await
    }

    async fn bill(&self, target: &str) -> Result<Bill, PayError> {
        let answer = match self.0.gateway.call(Call::get(Kind::OtherQuery, target)).await {
            Ok(answer) => answer,
            Err(error) => {
                return match error.code() {
                    Some(ErrorCode::NoStatementExist) => Ok(Bill::NoTrade),
                    Some(ErrorCode::StatementCreating) => Ok(Bill::NotYet),
                    _ => Err(error),
                };
            }
        };
        let address: Option<Address> = crate::json::read(&answer).ok();
        let address =
            address.filter(|address| address.hash_type == "SHA1").ok_or(PayError::malformed(200))?;
        let file = self.download(&download_target(&address.download_url)?).await?;
        BillFile::verified(file, &address.hash_value).map(Bill::Ready).map_err(bill_error)
    }

    /// The file itself. Its answer is the one that is not signed; the hash proves it instead.
    async fn download(&self, target: &str) -> Result<Vec<u8>, PayError> {
        let gateway = &self.0.gateway;
        let call = Call::get(Kind::OtherQuery, target);
        let deadline = Instant::now() + DOWNLOAD_WITHIN;
        let request = gateway.request(&call, deadline)?;
        let sent = send_for_file(request, PACKED_MAX_BYTES, gateway.timeouts.total).await;
        let passage = match &sent {
            Err(_) => Passage::Unreachable,
            Ok(reply) if reply.status >= 500 => Passage::Sick,
            Ok(_) => Passage::Answered,
        };
        gateway.route.report(passage, (gateway.now)());
        let reply = sent?;
        if reply.status == 200 { Ok(reply.body) } else { Err(api_error(&reply, call.kind, false)) }
    }
}

/// Path and query of an address that the platform gave; the host stays the one in use, also when it is the second.
fn download_target(url: &str) -> Result<String, PayError> {
    let url = reqwest::Url::parse(url).map_err(|_| PayError::malformed(200))?;
    let is_expected = url.path().starts_with(DOWNLOADS);
    let query = url.query().filter(|_| is_expected).ok_or(PayError::malformed(200))?;
    Ok(format!("{}?{query}", url.path()))
}

/// A file that does not fit its hash was cut on the way: fetching again may help.
fn bill_error(error: BillError) -> PayError {
    match error {
        BillError::Hash | BillError::Stream => PayError::Transport { sent: true, reason: error.to_string() },
        other => PayError::Config(ConfigError::new("bill", other.to_string())),
    }
}
