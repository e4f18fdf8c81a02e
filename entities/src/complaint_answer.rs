use sea_orm::entity::prelude::*;

use crate::enums::ComplaintAnswerState;

/// What the desk answered to a complaint.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint_answer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub complaint_id: Uuid,
    pub words_sealed: String,
    pub answered_by: Uuid,
    pub answered_at: DateTimeUtc,
    pub state: ComplaintAnswerState,
    /// Why it was not sent.
    pub reason: Option<String>,
    pub sent_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
