use sea_orm::entity::prelude::*;

/// What one order took of a voucher; the parts always make what was taken.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "voucher_use")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    pub grant_id: Uuid,
    pub taken_fen: i64,
    pub reserved_fen: i64,
    pub redeemed_fen: i64,
    /// Free again for the elder.
    pub released_fen: i64,
    /// Back in the public account, because the month was over or the voucher revoked.
    pub returned_fen: i64,
    pub reserved_at: DateTimeUtc,
    pub settled_at: Option<DateTimeUtc>,
    /// The contract of its provider that it counts for.
    pub contract_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
