//! Shipping of orders (发货信息管理): without it the money of a managed mini-program is not settled.
//!
//! Source: 小程序发货信息管理服务. Upload when the service is done or begins, not at payment, and within 48 h.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::{MiniError, MiniProgram};

/// Times are sent as in Beijing.
const BEIJING_OFFSET_S: i64 = 8 * 3600;
/// Longest description of what was shipped, in characters.
const ITEM_MAX_CHARS: usize = 120;
/// Orders are imported with delay: the first try may come too early by about a minute.
const NOT_YET_S: i64 = 60;

/// How an order reaches its receiver (logistics_type).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Brought within the city, such as a delivered meal.
    SameCity,
    /// Nothing is carried: a visit, cleaning, help at home.
    Virtual,
    /// Fetched, such as a meal at the canteen.
    PickUp,
}

/// Which order (order_key).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderKey {
    /// By our number.
    Ours {
        /// The merchant.
        mchid: String,
        /// Our number.
        out_trade_no: String,
    },
    /// By the platform's number.
    Platform {
        /// The platform's number.
        transaction_id: String,
    },
}

/// What is told about one order: shipped as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipping {
    /// Which order.
    pub order: OrderKey,
    /// How.
    pub way: Way,
    /// What, for the payer; 1 to 120 characters.
    pub item: String,
    /// Unix seconds; of two requests about one order the later one counts.
    pub uploaded_at: i64,
    /// Who paid.
    pub openid: String,
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShippingOutcome {
    /// Taken.
    Uploaded,
    /// The platform does not know the payment (10060001). In the first minute after payment that is normal; a
    /// payment from before the merchant was linked never appears.
    NotThereYet {
        /// Seconds to wait before the same upload.
        retry_after_s: i64,
    },
    /// Shipped before (10060002), or the one correction is used up (10060003): nothing more to do.
    AlreadyShipped,
    /// The order cannot be shipped any more (10060004): refunded or done.
    WrongState,
}

/// Where an order stands (order_state).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShippingState {
    /// 1: not shipped yet.
    ToShip,
    /// 2: shipped.
    Shipped,
    /// 3: the payer confirmed, or time did.
    Received,
    /// 4: done.
    Done,
    /// 5: refunded.
    Refunded,
    /// 6: waiting for settlement.
    AwaitingSettlement,
    /// A state of the future.
    Other,
}

/// An order as shipping management sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingOrder {
    /// The platform's number.
    pub transaction_id: String,
    /// Our number.
    pub out_trade_no: String,
    /// State.
    pub state: ShippingState,
}

#[derive(Serialize)]
#[serde(untagged)]
enum KeyWire<'a> {
    Ours { order_number_type: u8, mchid: &'a str, out_trade_no: &'a str },
    Platform { order_number_type: u8, transaction_id: &'a str },
}

#[derive(Serialize)]
struct UploadWire<'a> {
    order_key: KeyWire<'a>,
    logistics_type: u8,
    delivery_mode: u8,
    // A whole shipment has exactly one item, also for services and pick-up (268485228 otherwise).
    shipping_list: [ItemWire<'a>; 1],
    upload_time: String,
    payer: PayerWire<'a>,
}

#[derive(Serialize)]
struct ItemWire<'a> {
    item_desc: &'a str,
}

#[derive(Serialize)]
struct PayerWire<'a> {
    openid: &'a str,
}

#[derive(Deserialize)]
struct Nothing {}

impl MiniProgram {
    /// Tells that an order was shipped.
    ///
    /// Errors that pass (`is_passing`) are tried again later with the same content: the time of upload decides
    /// which of two counts.
    pub async fn upload_shipping(&self, shipping: &Shipping) -> Result<ShippingOutcome, MiniError> {
        let length = shipping.item.chars().count();
        if length == 0 || length > ITEM_MAX_CHARS {
            return Err(MiniError::Length { max_chars: ITEM_MAX_CHARS });
        }
        let wire = UploadWire {
            order_key: shipping.order.wire(),
            logistics_type: shipping.way.number(),
            delivery_mode: 1,
            shipping_list: [ItemWire { item_desc: &shipping.item }],
            upload_time: beijing_ms(shipping.uploaded_at)?,
            payer: PayerWire { openid: &shipping.openid },
        };
        match self.post::<Nothing>("/wxa/sec/order/upload_shipping_info", &wire).await {
            Ok(Nothing {}) => Ok(ShippingOutcome::Uploaded),
            Err(MiniError::Refused { errcode, message }) => match errcode {
                10_060_001 => Ok(ShippingOutcome::NotThereYet { retry_after_s: NOT_YET_S }),
                10_060_002 | 10_060_003 => Ok(ShippingOutcome::AlreadyShipped),
                10_060_004 => Ok(ShippingOutcome::WrongState),
                _ => Err(MiniError::Refused { errcode, message }),
            },
            Err(error) => Err(error),
        }
    }

    /// Whether the platform manages shipping of this mini-program; then every order must be uploaded.
    pub async fn is_trade_managed(&self) -> Result<bool, MiniError> {
        #[derive(Serialize)]
        struct Asked<'a> {
            appid: &'a str,
        }
        #[derive(Deserialize)]
        struct Answer {
            is_trade_managed: bool,
        }
        let asked = Asked { appid: self.appid() };
        let answer: Answer = self.post("/wxa/sec/order/is_trade_managed", &asked).await?;
        Ok(answer.is_trade_managed)
    }

    /// Where an order stands; `None` if shipping management does not know it (yet).
    pub async fn shipping_order(&self, order: &OrderKey) -> Result<Option<ShippingOrder>, MiniError> {
        #[derive(Deserialize)]
        struct Answer {
            order: OrderWire,
        }
        #[derive(Deserialize)]
        struct OrderWire {
            transaction_id: String,
            merchant_trade_no: String,
            order_state: i64,
        }
        // Here the key stands bare, and our number has another name.
        let asked = match order {
            OrderKey::Ours { mchid, out_trade_no } => {
                serde_json::json!({ "merchant_id": mchid, "merchant_trade_no": out_trade_no })
            }
            OrderKey::Platform { transaction_id } => serde_json::json!({ "transaction_id": transaction_id }),
        };
        match self.post::<Answer>("/wxa/sec/order/get_order", &asked).await {
            Ok(Answer { order }) => Ok(Some(ShippingOrder {
                transaction_id: order.transaction_id,
                out_trade_no: order.merchant_trade_no,
                state: ShippingState::from_number(order.order_state),
            })),
            Err(MiniError::Refused { errcode: 10_060_001, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl OrderKey {
    fn wire(&self) -> KeyWire<'_> {
        match self {
            Self::Ours { mchid, out_trade_no } => KeyWire::Ours { order_number_type: 1, mchid, out_trade_no },
            Self::Platform { transaction_id } => KeyWire::Platform { order_number_type: 2, transaction_id },
        }
    }
}

impl Way {
    fn number(self) -> u8 {
        match self {
            Self::SameCity => 2,
            Self::Virtual => 3,
            Self::PickUp => 4,
        }
    }
}

impl ShippingState {
    fn from_number(number: i64) -> Self {
        match number {
            1 => Self::ToShip,
            2 => Self::Shipped,
            3 => Self::Received,
            4 => Self::Done,
            5 => Self::Refunded,
            6 => Self::AwaitingSettlement,
            _ => Self::Other,
        }
    }
}

/// RFC 3339 with milliseconds and `+08:00`, as the page demands.
fn beijing_ms(at: i64) -> Result<String, MiniError> {
    let shifted = at.checked_add(BEIJING_OFFSET_S).and_then(|s| DateTime::from_timestamp(s, 0));
    let local = shifted.ok_or(MiniError::Argument { field: "uploaded_at", reason: "is out of range" })?;
    Ok(local.format("%Y-%m-%dT%H:%M:%S.000+08:00").to_string())
}
