use sea_orm::entity::prelude::*;

/// An earlier version of a rating, kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rating_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub rating_id: Uuid,
    /// Counts the changes of state.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    pub stars: i16,
    /// Names joined by commas; empty when none.
    pub tags: String,
    pub text: Option<String>,
    pub replaced_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
