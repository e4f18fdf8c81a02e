use sea_orm::entity::prelude::*;

use crate::enums::TextState;

/// Words that a person wrote for others to read, and what the platform said about them.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "text_check")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject: String,
    pub subject_id: Uuid,
    /// Which words of the subject, such as note.
    pub field: String,
    pub author_id: Uuid,
    pub words_sealed: String,
    /// Pending with a reason: a person must look.
    pub state: TextState,
    /// What the platform saw in the words; none when it lets them pass. It stays after a person's decision.
    pub reason: Option<String>,
    pub written_at: DateTimeUtc,
    pub settled_at: Option<DateTimeUtc>,
    /// Who has shown or hidden them by hand; no verdict comes after that.
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
