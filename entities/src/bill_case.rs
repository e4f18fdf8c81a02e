use sea_orm::entity::prelude::*;

use crate::enums::{BillCaseKind, BillCaseState, BillOwner};

/// A difference between a day's bills and the books.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bill_case")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub day_on: Date,
    pub kind: BillCaseKind,
    /// Our number of the payment or refund.
    pub number: String,
    pub order_id: Option<Uuid>,
    /// Where the order belongs; empty when nobody knows the number.
    pub region_code: String,
    pub ours_fen: Option<i64>,
    pub theirs_fen: Option<i64>,
    pub owner: BillOwner,
    pub state: BillCaseState,
    pub opened_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub ended_by: Option<Uuid>,
    pub note: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
