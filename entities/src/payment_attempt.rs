use sea_orm::entity::prelude::*;

use crate::enums::AttemptState;

/// One try of one payer to pay one order through WeChat, or cash that the desk took.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub payer_id: Uuid,
    pub number: i16,
    pub out_trade_no: String,
    pub openid_sealed: String,
    pub amount_fen: i64,
    /// The exact bytes sent to the platform, sealed: they name the payer.
    pub body_sealed: String,
    pub state: AttemptState,
    pub prepay_id: Option<String>,
    pub prepaid_at: Option<DateTimeUtc>,
    /// Serial of the merchant's key that signed the prepay; its page needs the same one.
    pub merchant_serial: Option<String>,
    /// When the bytes were last sent; null before the first time.
    pub sent_at: Option<DateTimeUtc>,
    pub transaction_id: Option<String>,
    pub pay_before: DateTimeUtc,
    pub checks: i16,
    pub created_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    /// Cash at the till of this branch of the region tree; null: through WeChat.
    pub till_region: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
