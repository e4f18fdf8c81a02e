use sea_orm::entity::prelude::*;

use crate::enums::VitalPhase;

/// Blood pressure, pulse and temperature of one moment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vital_sign")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub phase: VitalPhase,
    pub taken_at: DateTimeUtc,
    /// Which carer.
    pub taken_by: Uuid,
    /// The four values together.
    pub values_sealed: String,
    pub is_within_limits: bool,
    /// When the elder had last eaten, as told.
    pub last_meal_at: Option<DateTimeUtc>,
    pub recorded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
