use sea_orm::entity::prelude::*;

/// Where a carer on the way was last.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carer_way")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    pub carer_id: Uuid,
    /// Millionths of a degree, WGS 84.
    pub latitude_e6: i32,
    /// Millionths of a degree, WGS 84.
    pub longitude_e6: i32,
    pub told_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
