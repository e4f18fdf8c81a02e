use sea_orm::entity::prelude::*;

/// Hours of a usual week in which a carer works; a weekday without a row is a day off.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carer_week")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub carer_id: Uuid,
    /// 1 is Monday, 7 is Sunday.
    #[sea_orm(primary_key, auto_increment = false)]
    pub weekday: i16,
    /// Minute of the day in Asia/Shanghai.
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_minute: i16,
    /// Minute of the day in Asia/Shanghai, at most 1440.
    pub until_minute: i16,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
