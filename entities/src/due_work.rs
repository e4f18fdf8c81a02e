use sea_orm::entity::prelude::*;

use crate::enums::DueState;

/// Work for the worker that is due at an instant.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "due_work")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub subject_id: Uuid,
    pub due_at: DateTimeUtc,
    pub state: DueState,
    pub tries: i16,
    pub leased_until: Option<DateTimeUtc>,
    pub last_fault: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
