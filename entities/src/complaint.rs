use sea_orm::entity::prelude::*;

use crate::enums::ComplaintState;

/// What a payer complains about to the platform.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub platform_id: String,
    pub order_id: Option<Uuid>,
    pub out_trade_no: Option<String>,
    /// Where the order belongs; empty when nobody knows it.
    pub region_code: String,
    /// The payer's words and phone and what was said since, as JSON, sealed.
    pub told_sealed: Option<String>,
    pub state: ComplaintState,
    pub made_at: DateTimeUtc,
    pub due_at: DateTimeUtc,
    pub completed_at: Option<DateTimeUtc>,
    pub completed_by: Option<Uuid>,
    /// When the platform took the completion.
    pub completion_told_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
