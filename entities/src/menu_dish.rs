use sea_orm::entity::prelude::*;

use crate::enums::MealPeriod;

/// A dish on the menu of one day and period.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "menu_dish")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub canteen_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub served_on: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub period: MealPeriod,
    #[sea_orm(primary_key, auto_increment = false)]
    pub dish_id: Uuid,
    pub position: i16,
    pub is_sold_out: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
