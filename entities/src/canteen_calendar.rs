use sea_orm::entity::prelude::*;

use crate::enums::MealPeriod;

/// Portions a canteen offers on a weekday, by pool of ways.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "canteen_calendar")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub canteen_id: Uuid,
    /// 1 is Monday, 7 is Sunday.
    #[sea_orm(primary_key, auto_increment = false)]
    pub weekday: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub period: MealPeriod,
    /// Bit set: 1 dine-in, 2 pick-up, 4 delivery.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ways: i16,
    pub capacity: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
