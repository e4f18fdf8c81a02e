use sea_orm::entity::prelude::*;

use crate::enums::HelpCallState;

/// A call for help. Presses within ten minutes are one call.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "help_call")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub elder_id: Uuid,
    pub called_by: Uuid,
    pub called_at: DateTimeUtc,
    pub presses: i32,
    pub last_pressed_at: DateTimeUtc,
    pub state: HelpCallState,
    pub seen_by: Option<Uuid>,
    pub seen_at: Option<DateTimeUtc>,
    /// What the desk did.
    pub note_sealed: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
