use sea_orm::entity::prelude::*;

/// A mini-program code that was drawn once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scene_picture")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub scene_index: String,
    /// Base 64 of a PNG.
    pub picture_sealed: String,
    pub made_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
