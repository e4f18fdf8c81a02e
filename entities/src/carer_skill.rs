use sea_orm::entity::prelude::*;

/// A service that a carer can carry out.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carer_skill")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub carer_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_code: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
