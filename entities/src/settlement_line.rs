use sea_orm::entity::prelude::*;

use crate::enums::LineState;

/// What a confirmed visit brings its provider, in the parts of its payers.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "settlement_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    pub provider_id: Uuid,
    pub region_code: String,
    pub state: LineState,
    pub subsidy_fen: i64,
    pub voucher_fen: i64,
    pub cash_fen: i64,
    pub confirmed_at: DateTimeUtc,
    pub reviewed_by: Option<Uuid>,
    pub reviewed_at: Option<DateTimeUtc>,
    pub review_reason: Option<String>,
    pub version: i32,
    pub voucher_rule: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
