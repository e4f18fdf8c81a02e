use sea_orm::entity::prelude::*;

/// Something that happened: timeline of its subject, and outbox until told.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject: String,
    pub subject_id: Uuid,
    pub name: String,
    pub from_state: Option<String>,
    pub to_state: Option<String>,
    pub actor_id: Option<Uuid>,
    pub reason: Option<String>,
    pub request_key: Option<String>,
    /// Second subject for live updates, such as a kitchen sheet; null when none.
    pub topic: Option<String>,
    pub happened_at: DateTimeUtc,
    /// Null until the event was handed to live updates.
    pub told_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
