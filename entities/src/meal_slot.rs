use sea_orm::entity::prelude::*;

use crate::enums::MealPeriod;

/// Places of one canteen, day, period and pool of ways.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meal_slot")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub canteen_id: Uuid,
    pub served_on: Date,
    pub period: MealPeriod,
    /// Bit set: 1 dine-in, 2 pick-up, 4 delivery.
    pub ways: i16,
    pub capacity: i32,
    pub taken: i32,
    pub is_open: bool,
    pub cut_off_at: DateTimeUtc,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
