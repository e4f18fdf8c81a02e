use sea_orm::entity::prelude::*;

use crate::enums::{AbilityLevel, AssessmentState};

/// One assessment of an elder's abilities. The newest published one counts.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assessment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub elder_id: Uuid,
    pub state: AssessmentState,
    pub version: i32,
    /// Null until there is a result, like the three after it.
    pub assessed_on: Option<Date>,
    /// Last day on which it counts.
    pub valid_until: Option<Date>,
    /// Points, 0 to 90.
    pub score: Option<i16>,
    pub level: Option<AbilityLevel>,
    /// Whether something speaks against a bath.
    pub has_contraindication: bool,
    pub note_sealed: Option<String>,
    pub entered_by: Uuid,
    pub entered_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
