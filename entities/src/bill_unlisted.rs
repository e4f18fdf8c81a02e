use sea_orm::entity::prelude::*;

use crate::enums::BillCaseKind;

/// A difference beyond those of its kind and day that became cases.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bill_unlisted")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub day_on: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: BillCaseKind,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
