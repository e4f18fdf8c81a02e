use sea_orm::entity::prelude::*;

use crate::enums::CallBackState;

/// A visit drawn for a call to the family.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call_back")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    pub provider_id: Uuid,
    pub region_code: String,
    pub state: CallBackState,
    /// What the family said, in the desk's words.
    pub answer_sealed: Option<String>,
    pub is_satisfied: Option<bool>,
    pub answered_by: Option<Uuid>,
    pub answered_at: Option<DateTimeUtc>,
    pub drawn_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
