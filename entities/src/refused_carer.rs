use sea_orm::entity::prelude::*;

/// A carer whom an elder does not want any more.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refused_carer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub elder_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub carer_id: Uuid,
    pub refused_by: Uuid,
    pub refused_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
