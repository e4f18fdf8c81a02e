use sea_orm::entity::prelude::*;

use crate::enums::QueueKind;

/// An act that a phone has handed in later, with the answer it got.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit_queue_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub device_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i32,
    pub kind: QueueKind,
    /// As the phone wrote it; may be nobody's.
    pub order_id: Uuid,
    /// SHA-256 of the signed text.
    pub content_hash: String,
    pub device_at: DateTimeUtc,
    pub received_at: DateTimeUtc,
    pub is_applied: bool,
    /// Why it was not applied; null when it was.
    pub code: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
