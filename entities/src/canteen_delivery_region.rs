use sea_orm::entity::prelude::*;

/// A region to which a canteen delivers, with everything below it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "canteen_delivery_region")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub canteen_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
