use sea_orm::entity::prelude::*;

use crate::enums::TextState;

/// What a family says about a served meal or a visit at home.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rating")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub provider_id: Uuid,
    pub region_code: String,
    /// Null for a visit at home.
    pub canteen_id: Option<Uuid>,
    pub author_id: Uuid,
    pub stars: i16,
    /// Names joined by commas; empty when none.
    pub tags: String,
    pub text: Option<String>,
    pub text_state: TextState,
    pub hidden_reason: Option<String>,
    pub answer: Option<String>,
    pub answer_state: TextState,
    pub answered_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub changed_at: Option<DateTimeUtc>,
    /// Counts the changes of state.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
