use sea_orm::entity::prelude::*;

/// A quarter of an hour in which a carer is taken, travel included.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carer_time")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub carer_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Quarters of an hour since 1970-01-01T00:00Z.
    pub quarter: i32,
    pub order_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
