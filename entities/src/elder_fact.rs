use sea_orm::entity::prelude::*;

/// One word about an elder. It counts from its first day until another word on the field begins, or until its last day.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "elder_fact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub elder_id: Uuid,
    /// A code of `api/data/fact-fields.json`.
    pub field: String,
    /// JSON.
    pub value_sealed: String,
    pub source_sealed: String,
    pub from_on: Date,
    /// Last day on which it counts; open when null.
    pub valid_until: Option<Date>,
    /// Null when it came with a file.
    pub entered_by: Option<Uuid>,
    pub entered_at: DateTimeUtc,
    /// The word that was entered in its place.
    pub superseded_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
