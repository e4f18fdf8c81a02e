use sea_orm::entity::prelude::*;

use crate::enums::RefundState;

/// Money on its way back to where it came from.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refund")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub attempt_id: Uuid,
    pub out_refund_no: String,
    pub amount_fen: i64,
    pub reason: String,
    /// The exact bytes sent to the platform.
    pub body: String,
    pub state: RefundState,
    pub wechat_refund_id: Option<String>,
    pub checks: i16,
    pub requested_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    /// In cash at the till of this branch; null: through WeChat.
    pub till_region: Option<String>,
    /// Why it waits for a person: the platform's code, or its state CLOSED or ABNORMAL.
    pub stuck_code: Option<String>,
    pub stuck_at: Option<DateTimeUtc>,
    /// The refund that took its place under another number.
    pub replaced_by: Option<Uuid>,
    /// When the bytes were last sent; null before the first time.
    pub sent_at: Option<DateTimeUtc>,
    /// The last day of the refund clock on which somebody was called.
    pub alarm_day: i16,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
