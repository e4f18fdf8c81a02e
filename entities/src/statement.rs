use sea_orm::entity::prelude::*;

/// A provider's closed month, in the parts of its payers.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "statement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub provider_id: Uuid,
    pub region_code: String,
    /// First day of the month.
    pub month_on: Date,
    pub closed_at: DateTimeUtc,
    pub line_count: i32,
    pub subsidy_fen: i64,
    pub voucher_fen: i64,
    pub cash_fen: i64,
    pub paid_at: Option<DateTimeUtc>,
    pub paid_by: Option<Uuid>,
    /// The office's number of the transfer.
    pub payment_reference: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
