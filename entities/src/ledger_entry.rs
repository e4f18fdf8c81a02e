use sea_orm::entity::prelude::*;

/// One side of a posting; the entries of a posting sum to zero.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub posting_key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: String,
    pub amount_fen: i64,
    pub order_id: Uuid,
    pub posted_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
