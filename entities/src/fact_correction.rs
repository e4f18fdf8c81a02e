use sea_orm::entity::prelude::*;

use crate::enums::CorrectionState;

/// What an elder or his family holds for wrong in the archive, and what the office said.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fact_correction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub elder_id: Uuid,
    /// A code of `api/data/fact-fields.json`.
    pub field: String,
    pub words_sealed: String,
    pub state: CorrectionState,
    pub asked_by: Uuid,
    pub asked_at: DateTimeUtc,
    pub answered_by: Option<Uuid>,
    pub answered_at: Option<DateTimeUtc>,
    pub answer_sealed: Option<String>,
    /// The word that was entered with a yes.
    pub fact_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
