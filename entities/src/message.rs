use sea_orm::entity::prelude::*;

use crate::enums::{MessageKind, SendState};

/// What the house tells a person about one event.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub event_id: Uuid,
    pub kind: MessageKind,
    pub title: String,
    pub words: String,
    /// Table of what it is about.
    pub subject: String,
    pub subject_id: Uuid,
    /// Short name of the meal, the visit or the voucher.
    pub about: String,
    pub about_at: DateTimeUtc,
    pub amount_fen: Option<i64>,
    pub made_at: DateTimeUtc,
    pub read_at: Option<DateTimeUtc>,
    /// Of the subscription message.
    pub send_state: SendState,
    pub tries: i16,
    pub sent_at: Option<DateTimeUtc>,
    pub platform_message_id: Option<String>,
    /// Told by the platform afterwards; null until then.
    pub has_arrived: Option<bool>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
