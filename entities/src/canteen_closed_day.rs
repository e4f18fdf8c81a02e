use sea_orm::entity::prelude::*;

/// A day on which a canteen is closed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "canteen_closed_day")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub canteen_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub closed_on: Date,
    pub reason: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
