use sea_orm::entity::prelude::*;

use crate::enums::{Channel, MealPeriod, MealState, MealWay};

/// One booked meal of one elder, with everything about its price frozen.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meal_order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub placed_by: Uuid,
    pub request_key: String,
    pub request_fingerprint: String,
    pub elder_id: Uuid,
    pub canteen_id: Uuid,
    pub slot_id: Uuid,
    pub served_on: Date,
    pub period: MealPeriod,
    pub way: MealWay,
    pub channel: Channel,
    pub state: MealState,
    /// Counts the changes of state.
    pub version: i32,
    pub portions: i32,
    pub list_fen: i64,
    pub delivery_fen: i64,
    pub subsidy_fen: i64,
    pub voucher_fen: i64,
    pub cash_fen: i64,
    pub subsidy_rule: Option<String>,
    pub voucher_rule: Option<String>,
    pub has_live_subsidy: bool,
    pub serving_code: String,
    pub note_sealed: Option<String>,
    pub pay_before: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    /// When it was found never to have been handed over and its money went back.
    pub taken_back_at: Option<DateTimeUtc>,
    pub taken_back_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
