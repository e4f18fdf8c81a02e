use sea_orm::entity::prelude::*;

use crate::enums::StatementLineKind;

/// What one order brings in a statement: all of it, or what changed since an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "statement_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub statement_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    pub kind: StatementLineKind,
    pub done_at: DateTimeUtc,
    pub service_code: String,
    pub subsidy_rule: Option<String>,
    pub voucher_rule: Option<String>,
    pub subsidy_fen: i64,
    pub voucher_fen: i64,
    pub cash_fen: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
