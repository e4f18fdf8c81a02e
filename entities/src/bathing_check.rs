use sea_orm::entity::prelude::*;

use crate::enums::{BathingAbort, BathingState};

/// The gate beside the order of a bath.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bathing_check")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    pub state: BathingState,
    pub version: i32,
    pub assessment_id: Option<Uuid>,
    pub consent_id: Option<Uuid>,
    pub abort_reason: Option<BathingAbort>,
    /// Tenths of a degree Celsius.
    pub water_tenths: Option<i16>,
    pub skin_note_sealed: Option<String>,
    pub opened_at: DateTimeUtc,
    pub staffed_at: Option<DateTimeUtc>,
    pub cleared_at: Option<DateTimeUtc>,
    pub started_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
