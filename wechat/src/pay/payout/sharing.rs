//! Profit sharing: parts of a payment go to others, the rest is set free for the merchant. Source: 分账.
//!
//! From one minute after the payment, for 30 days, at most 50 requests a payment. An order that is never shared nor
//! set free keeps its money frozen; shared money must come back before a refund needs it.

use serde::{Deserialize, Serialize};

use super::{FrozenPayout, Payout, PayoutAnswer, PayoutKind, PayoutOrder, PayoutState, Receiver};
use crate::pay::gateway::{Call, Kind};
use crate::pay::request::{check_number, check_range, check_text, path_segment, write};
use crate::pay::{FrozenSealed, Pay, PayError};

const ORDERS: &str = "/v3/profitsharing/orders";

/// Shares of payments. See [`Pay::sharing`].
pub struct ProfitSharing {
    pay: Pay,
}

#[derive(Serialize)]
struct OrderBody<'a> {
    appid: &'a str,
    transaction_id: &'a str,
    out_order_no: &'a str,
    receivers: [ReceiverBody<'a>; 1],
    // The rest is set free by a call of its own, when nothing more will be shared.
    unfreeze_unsplit: bool,
}

#[derive(Serialize)]
struct ReceiverBody<'a> {
    r#type: &'static str,
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    amount: i64,
    description: &'a str,
}

#[derive(Serialize)]
struct AddBody<'a> {
    appid: &'a str,
    r#type: &'static str,
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    relation_type: &'static str,
}

#[derive(Serialize)]
struct UnfreezeBody<'a> {
    transaction_id: &'a str,
    out_order_no: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
struct ReturnBody<'a> {
    out_order_no: &'a str,
    out_return_no: &'a str,
    return_mchid: &'a str,
    amount: i64,
    description: &'a str,
}

#[derive(Deserialize)]
struct OrderAnswer {
    out_order_no: String,
    state: String,
    #[serde(default)]
    receivers: Vec<ReceiverAnswer>,
}

#[derive(Deserialize)]
struct ReceiverAnswer {
    result: Option<String>,
    fail_reason: Option<String>,
}

/// A share that shall come back. Only merchants can give back; within 180 days.
#[derive(Debug, Clone, Copy)]
pub struct ShareReturn<'a> {
    /// The number of the share.
    pub out_order_no: &'a str,
    /// A number of its own; the same again is the same return.
    pub out_return_no: &'a str,
    /// Who gives back.
    pub mchid: &'a str,
    /// Fen.
    pub amount_fen: i64,
    /// What for; 1 to 80 bytes.
    pub reason: &'a str,
}

impl ProfitSharing {
    pub(super) fn new(pay: Pay) -> Self {
        Self { pay }
    }

    /// Makes somebody a receiver; repeating is fine. `freeze` it first if a name goes with it.
    pub async fn add_receiver(&self, receiver: &Receiver) -> Result<(), PayError> {
        let (kind, account) = address(receiver);
        check_text("account", account, 64)?;
        let (serial, name) = self.name(receiver)?;
        let relation_type = if kind == "MERCHANT_ID" { "PARTNER" } else { "STAFF" };
        let body = AddBody { appid: &self.pay.0.appid, r#type: kind, account, name, relation_type };
        self.post("/v3/profitsharing/receivers/add", &FrozenSealed { body: write(&body), serial }).await?;
        Ok(())
    }

    /// Sets free what was not shared. `number` must be **new**: with the number of a share the platform answers that
    /// all is well and does nothing. Afterwards nothing more can be shared.
    pub async fn unfreeze(&self, transaction_id: &str, number: &str) -> Result<PayoutState, PayError> {
        check_number("out_order_no", number, 1..=64, b"_-|*@")?;
        let body = UnfreezeBody { transaction_id, out_order_no: number, description: "解冻剩余资金" };
        let target = "/v3/profitsharing/orders/unfreeze";
        let answer = self.post(target, &FrozenSealed { body: write(&body), serial: None }).await?;
        state(&answer, number)
    }

    /// Takes a merchant's share back, before a refund that needs the money.
    pub async fn take_back(&self, back: ShareReturn<'_>) -> Result<PayoutState, PayError> {
        #[derive(Deserialize)]
        struct Returned {
            result: String,
            fail_reason: Option<String>,
        }
        check_number("out_return_no", back.out_return_no, 1..=64, b"_-|*@")?;
        check_range("amount_fen", back.amount_fen, 1, i64::from(i32::MAX))?;
        check_text("reason", back.reason, 80)?;
        let body = ReturnBody {
            out_order_no: back.out_order_no,
            out_return_no: back.out_return_no,
            return_mchid: back.mchid,
            amount: back.amount_fen,
            description: back.reason,
        };
        let sealed = FrozenSealed { body: write(&body), serial: None };
        let answer = self.post("/v3/profitsharing/return-orders", &sealed).await?;
        let returned: Returned = crate::json::read(&answer).map_err(|_| PayError::malformed(200))?;
        Ok(one(&returned.result, returned.fail_reason))
    }

    async fn post(&self, target: &str, frozen: &FrozenSealed) -> Result<Vec<u8>, PayError> {
        let sealed_for = frozen.serial.as_deref();
        self.pay.0.gateway.call(Call { sealed_for, ..Call::post(Kind::Other, target, &frozen.body) }).await
    }

    fn name(&self, receiver: &Receiver) -> Result<(Option<String>, Option<String>), PayError> {
        let Receiver::Person { name: Some(name), .. } = receiver else { return Ok((None, None)) };
        let sealer = self.pay.sealer()?;
        let name = sealer.seal(name)?;
        Ok((Some(sealer.serial), Some(name)))
    }
}

impl Payout for ProfitSharing {
    fn kind(&self) -> PayoutKind {
        PayoutKind::Sharing
    }

    fn freeze(&self, order: &PayoutOrder) -> Result<FrozenPayout, PayError> {
        check_number("number", &order.number, 1..=64, b"_-|*@")?;
        check_number("transaction_id", &order.transaction_id, 1..=32, b"")?;
        check_range("amount_fen", order.amount_fen, 1, i64::from(i32::MAX))?;
        check_text("remark", &order.remark, 80)?;
        let (kind, account) = address(&order.receiver);
        check_text("account", account, 64)?;
        let (serial, name) = self.name(&order.receiver)?;
        let receiver = ReceiverBody {
            r#type: kind,
            account,
            name,
            amount: order.amount_fen,
            description: &order.remark,
        };
        let body = OrderBody {
            appid: &self.pay.0.appid,
            transaction_id: &order.transaction_id,
            out_order_no: &order.number,
            receivers: [receiver],
            unfreeze_unsplit: false,
        };
        Ok(FrozenPayout {
            kind: PayoutKind::Sharing,
            number: order.number.clone(),
            transaction_id: order.transaction_id.clone(),
            body: write(&body),
            serial,
        })
    }

    fn send<'a>(&'a self, frozen: &'a FrozenPayout) -> PayoutAnswer<'a> {
        Box::pin(async move {
            let sealed = FrozenSealed { body: frozen.body.clone(), serial: frozen.serial.clone() };
            state(&self.post(ORDERS, &sealed).await?, &frozen.number)
        })
    }

    fn query<'a>(&'a self, frozen: &'a FrozenPayout) -> PayoutAnswer<'a> {
        Box::pin(async move {
            let number = path_segment(&frozen.number);
            let target = format!("{ORDERS}/{number}?transaction_id={}", frozen.transaction_id);
            let answer = self.pay.0.gateway.call(Call::get(Kind::OtherQuery, &target)).await?;
            state(&answer, &frozen.number)
        })
    }
}

fn address(receiver: &Receiver) -> (&'static str, &str) {
    match receiver {
        Receiver::Merchant { mchid } => ("MERCHANT_ID", mchid),
        Receiver::Person { openid, .. } => ("PERSONAL_OPENID", openid),
    }
}

/// `FINISHED` does not say that everybody got theirs: each receiver has a result of its own.
fn state(answer: &[u8], number: &str) -> Result<PayoutState, PayError> {
    let order: Option<OrderAnswer> = crate::json::read(answer).ok();
    let order = order.filter(|order| order.out_order_no == number).ok_or(PayError::malformed(200))?;
    match order.state.as_str() {
        "PROCESSING" => return Ok(PayoutState::UnderWay),
        "FINISHED" => {}
        _ => return Ok(PayoutState::Other),
    }
    let results = order.receivers.into_iter();
    let states = results.map(|it| one(it.result.as_deref().unwrap_or_default(), it.fail_reason));
    Ok(states.into_iter().find(|state| *state != PayoutState::Done).unwrap_or(PayoutState::Done))
}

fn one(result: &str, fail_reason: Option<String>) -> PayoutState {
    match result {
        "SUCCESS" => PayoutState::Done,
        "PENDING" | "PROCESSING" => PayoutState::UnderWay,
        "CLOSED" | "FAILED" => PayoutState::Failed { reason: fail_reason.unwrap_or_default() },
        _ => PayoutState::Other,
    }
}
