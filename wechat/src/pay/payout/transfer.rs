//! Transfers from the merchant to a person's wallet, confirmed by the person. Source: 商家转账.

use serde::{Deserialize, Serialize};

use super::{FrozenPayout, Payout, PayoutAnswer, PayoutKind, PayoutOrder, PayoutState, Receiver};
use crate::ConfigError;
use crate::pay::gateway::{Call, Kind};
use crate::pay::request::{check_number, check_range, check_text, path_segment, write};
use crate::pay::{Pay, PayError};

const BILLS: &str = "/v3/fund-app/mch-transfer/transfer-bills";
/// From this amount on the platform wants the receiver's name: 2000 yuan.
const NAME_FROM_FEN: i64 = 200_000;

/// The scene of the contract, and what must be told about each transfer in it.
#[derive(Debug, Clone)]
pub struct TransferScene {
    /// Such as `1005`, payment for work.
    pub id: String,
    /// Kind and content, such as 岗位类型 / 居家护理员 and 报酬说明 / 上门服务报酬.
    pub reports: Vec<(String, String)>,
    /// Where the end of a transfer is reported; https, no query.
    pub notify_url: Option<String>,
}

/// Transfers. See [`Pay::transfers`].
pub struct Transfers {
    pay: Pay,
    scene: TransferScene,
}

#[derive(Serialize)]
struct Body<'a> {
    appid: &'a str,
    out_bill_no: &'a str,
    transfer_scene_id: &'a str,
    openid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    transfer_amount: i64,
    transfer_remark: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    notify_url: Option<&'a str>,
    transfer_scene_report_infos: Vec<Report<'a>>,
}

#[derive(Serialize)]
struct Report<'a> {
    info_type: &'a str,
    info_content: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    out_bill_no: String,
    state: String,
    package_info: Option<String>,
    fail_reason: Option<String>,
}

impl Transfers {
    pub(super) fn new(pay: Pay, scene: TransferScene) -> Self {
        Self { pay, scene }
    }

    /// Takes a transfer back that the receiver has not confirmed. Ok means that taking back has begun: query.
    pub async fn cancel(&self, number: &str) -> Result<PayoutState, PayError> {
        check_number("number", number, 5..=32, b"")?;
        let target = format!("{BILLS}/out-bill-no/{}/cancel", path_segment(number));
        let answer = self.pay.0.gateway.call(Call::post(Kind::Other, &target, "{}")).await?;
        state(&answer, number)
    }
}

impl Payout for Transfers {
    fn kind(&self) -> PayoutKind {
        PayoutKind::Transfer
    }

    fn freeze(&self, order: &PayoutOrder) -> Result<FrozenPayout, PayError> {
        let Receiver::Person { openid, name } = &order.receiver else {
            return Err(ConfigError::new("receiver", "a transfer goes to a person").into());
        };
        check_number("number", &order.number, 5..=32, b"")?;
        check_range("amount_fen", order.amount_fen, 1, i64::from(i32::MAX))?;
        // 32 characters of three bytes.
        check_text("remark", &order.remark, 96)?;
        if name.is_none() && order.amount_fen >= NAME_FROM_FEN {
            return Err(ConfigError::new("name", "the platform wants it from 2000 yuan on").into());
        }
        let (serial, user_name) = match name {
            None => (None, None),
            Some(name) => {
                let sealer = self.pay.sealer()?;
                let name = sealer.seal(name)?;
                (Some(sealer.serial), Some(name))
            }
        };
        let reports = self.scene.reports.iter();
        let body = Body {
            appid: &self.pay.0.appid,
            out_bill_no: &order.number,
            transfer_scene_id: &self.scene.id,
            openid,
            user_name,
            transfer_amount: order.amount_fen,
            transfer_remark: &order.remark,
            notify_url: self.scene.notify_url.as_deref(),
            transfer_scene_report_infos: reports
                .map(|(info_type, info_content)| Report { info_type, info_content })
                .collect(),
        };
        Ok(FrozenPayout {
            kind: PayoutKind::Transfer,
            number: order.number.clone(),
            transaction_id: String::new(),
            body: write(&body),
            serial,
        })
    }

    fn send<'a>(&'a self, frozen: &'a FrozenPayout) -> PayoutAnswer<'a> {
        Box::pin(async move {
            let sealed_for = frozen.serial.as_deref();
            let call = Call { sealed_for, ..Call::post(Kind::Other, BILLS, &frozen.body) };
            state(&self.pay.0.gateway.call(call).await?, &frozen.number)
        })
    }

    fn query<'a>(&'a self, frozen: &'a FrozenPayout) -> PayoutAnswer<'a> {
        Box::pin(async move {
            let target = format!("{BILLS}/out-bill-no/{}", path_segment(&frozen.number));
            let answer = self.pay.0.gateway.call(Call::get(Kind::OtherQuery, &target)).await?;
            state(&answer, &frozen.number)
        })
    }
}

fn state(answer: &[u8], number: &str) -> Result<PayoutState, PayError> {
    let bill: Option<Answer> = crate::json::read(answer).ok();
    let bill = bill.filter(|bill| bill.out_bill_no == number).ok_or(PayError::malformed(200))?;
    Ok(match bill.state.as_str() {
        "SUCCESS" => PayoutState::Done,
        "ACCEPTED" | "PROCESSING" | "TRANSFERING" | "CANCELING" => PayoutState::UnderWay,
        "WAIT_USER_CONFIRM" => PayoutState::AwaitsReceiver { package: bill.package_info },
        "FAIL" => PayoutState::Failed { reason: bill.fail_reason.unwrap_or_default() },
        "CANCELLED" => PayoutState::Failed { reason: "CANCELLED".to_owned() },
        _ => PayoutState::Other,
    })
}
