use sea_orm::entity::prelude::*;

use crate::enums::BillRowKind;

/// What a day's bills say about one of our numbers.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bill_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub day_on: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: BillRowKind,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: String,
    /// How often the bill says it.
    pub times: i32,
    /// The platform's own number.
    pub platform_id: String,
    pub state: String,
    pub amount_fen: i64,
    /// What it brings to the account, fees taken off; below zero when it takes.
    pub net_fen: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
