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
    /// Counts the objections and one; null for a result that was entered finished, like everything below.
    pub round: Option<i16>,
    /// When the assessors come.
    pub scheduled_at: Option<DateTimeUtc>,
    /// The days to object count from here.
    pub scored_at: Option<DateTimeUtc>,
    /// JSON: who gave the information, 26 items, adjustments with proof.
    pub answers_sealed: Option<String>,
    pub reviewed_by: Option<Uuid>,
    /// Who was told, and whether he agreed.
    pub told_sealed: Option<String>,
    pub published_at: Option<DateTimeUtc>,
    /// First day on which it counts; the day of the assessment when null.
    pub in_force_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
