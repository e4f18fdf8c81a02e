use sea_orm::entity::prelude::*;

/// One day of the platform's bills, compared once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bill_day")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub day_on: Date,
    pub row_count: i32,
    pub paid_fen: i64,
    pub refunded_fen: i64,
    /// Differences found when it was compared.
    pub case_count: i32,
    pub done_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
