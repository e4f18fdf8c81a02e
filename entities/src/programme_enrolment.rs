use sea_orm::entity::prelude::*;

use crate::enums::EnrolmentState;

/// An officer's approval that an elder takes part in an item of a programme.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme_enrolment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub elder_id: Uuid,
    /// Code of the programme.
    pub programme: String,
    /// Code of the item.
    pub item: String,
    /// First day of the first month.
    pub from_month: Date,
    /// First day of the last month; open when null.
    pub until_month: Option<Date>,
    /// On what the approval rests, such as the number of a paper.
    pub source: String,
    pub state: EnrolmentState,
    /// Null when it came with a file.
    pub decided_by: Option<Uuid>,
    pub decided_at: DateTimeUtc,
    pub ended_by: Option<Uuid>,
    pub ended_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
