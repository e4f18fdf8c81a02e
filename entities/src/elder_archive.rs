use sea_orm::entity::prelude::*;

/// The standing words of an elder's archive under one seal.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "elder_archive")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub elder_id: Uuid,
    /// JSON: words by field.
    pub snapshot_sealed: String,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
