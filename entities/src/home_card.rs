use sea_orm::entity::prelude::*;

/// The card at an elder's home whose picture changes every minute.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "home_card")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub elder_id: Uuid,
    /// Tells which card it is; holds nothing of the elder.
    pub public_part: String,
    pub secret_sealed: String,
    pub made_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
