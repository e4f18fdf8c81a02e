use sea_orm::entity::prelude::*;

use crate::enums::MealPeriod;

/// When a canteen serves a meal period and until when orders are taken.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "canteen_period")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub canteen_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub period: MealPeriod,
    pub serves_from: Time,
    pub serves_until: Time,
    pub cut_off_days_before: i16,
    pub cut_off_at: Time,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
